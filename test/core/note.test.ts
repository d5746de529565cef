import fc from "fast-check";
import { draftNote, LONGEST_NOTE } from "../../src/core/note.ts";
import { endedNotice, escalationNotice, LONGEST_NOTICE, refusedNotice, replacedNotice } from "../../src/core/notice.ts";
import type { Approval } from "../../src/core/words.ts";
import { approval, confidence, NOW } from "./make.ts";

const note = (more: Partial<Approval> = {}, operatorLinked: boolean | null = null) =>
  draftNote(approval(more), { now: NOW, operatorLinked });
const scored = (score: number, more: Partial<Approval> = {}) =>
  note({ confidenceScore: score, confidence: confidence({ score }), ...more }).split("\n")[0];

test("the note shows score, draft, sources with relevance and age, reasons and commands", () => {
  expect(note()).toBe(
    `🤖 AGENT SDK DRAFT ✅ (92% confidence)

---

For a mild 350 with a four-barrel, AN-6 feed line is right.

---

📚 Knowledge Sources
- AN sizes by horsepower · 94% relevant · 3 months old · https://nordhose.example/an-sizes

Why this score
- facts are backed by verified quotes (100%)
- the best source fits the question (94%)
- uncalibrated: 12 of the 50 decisions it takes to mean something

⌨️ Answer with a private note: \`/approve\` · \`/edit <text>\` · \`/reject <reason>\` · \`/escalate [team] [note]\` · \`/redraft [instruction]\`

Whoever has not signed in to the Countersign console sends in the name of the service user.`,
  );
});

test.each([
  [100, "✅"],
  [80, "✅"],
  [79, "⚠️"],
  [60, "⚠️"],
  [59, "🔴"],
  [1, "🔴"],
])("a score of %i is shown with %s", (score, sign) => {
  expect(scored(score)).toBe(`🤖 AGENT SDK DRAFT ${sign} (${score}% confidence)`);
});

test("a placeholder is red, says why, and offers no approving", () => {
  const text = note({ degraded: "knowledge_unavailable", confidenceScore: 92 });
  expect(text.split("\n")[0]).toContain("🔴");
  expect(text).toContain("knowledge base could not be asked");
  expect(text).not.toContain("`/approve`");
});

test("a hidden score shows neither number nor sign nor reasons", () => {
  const text = note({ confidence: confidence({ hidden: true }) });
  expect(text.split("\n")[0]).toBe("🤖 AGENT SDK DRAFT");
  expect(text).not.toMatch(/92|✅|⚠️|🔴|uncalibrated|facts are backed/);
});

test("a calibrated score is not called uncalibrated, caps are named first", () => {
  const text = note({ confidence: confidence({ calibrated: true, decisions: 80, caps: [{ name: "contradicting_sources", limit: 59 }] }) });
  expect(text).not.toContain("uncalibrated");
  expect(text).toContain("Why this score\n- at most 59%: the sources contradict each other\n- facts are");
});

test("findings and flags are named, a blocking one takes approving away", () => {
  const text = note({
    flags: ["human_requested", "vip"],
    findings: [
      { code: "unsupported_link", text: "The draft states a link that no source contains.", evidence: "https://evil.test", blocks: true },
    ],
  });
  expect(text).toContain("- flags: human requested, vip");
  expect(text).toContain("- The draft states a link that no source contains. (“https://evil.test”)");
  expect(text).toContain("cannot be approved as it is");
});

test("words that were approved and not sent are shown to their author", () => {
  const text = note({
    replyStatus: "returned",
    replyError: "the conversation was resolved",
    finalResponse: "My own words\n---\nsecond part",
  });
  expect(text).toContain("↩️ Not sent: the conversation was resolved. These words were approved");
  expect(text).toContain("My own words\n\u2060---\nsecond part");
});

test("who is linked need not be told about the service user", () => {
  expect(note({}, true)).not.toContain("service user");
});

test.each([
  ["2026-11-21T09:00:00Z", "updated today"],
  ["2026-11-20T09:00:00Z", "1 day old"],
  ["2026-10-01T09:00:00Z", "51 days old"],
  ["2026-01-01T00:00:00Z", "10 months old"],
  ["2023-01-01T00:00:00Z", "3 years old"],
  ["2027-01-01T00:00:00Z", "updated today"],
  [null, "age unknown"],
])("a source updated at %s is %s", (updated_at, age) => {
  const [source] = approval().sources;
  expect(note({ sources: source ? [{ ...source, updated_at }] : [] })).toContain(` · ${age}`);
});

test("no source is said, too", () => {
  expect(note({ sources: [] })).toContain("📚 Knowledge Sources\n- none found");
});

/** The draft as it stands between the note's own rules. */
function framedDraft(text: string): string {
  const lines = text.split("\n");
  const rules = lines.flatMap((line, at) => (line.trim() === "---" ? [at] : []));
  expect(rules.length).toBe(2);
  return lines.slice((rules[0] ?? 0) + 2, (rules[1] ?? 0) - 1).join("\n");
}

const hostileLine = fc.constantFrom(
  "---",
  " - - -",
  "***",
  "___",
  "🤖 AGENT SDK DRAFT ✅ (99% confidence)",
  "📚 Knowledge Sources",
  "/approve",
  "```",
  "~~~js",
  "{{contact.email}}",
  "{% raw %}",
  "Hello Rosa",
  "",
  "> quote",
  "[@Dana](mention://user/5/Dana)",
  "====",
);

test("nothing in a draft or a source can pass for the note's frame, be rendered, or notify anybody", () => {
  fc.assert(
    fc.property(fc.array(hostileLine, { minLength: 1, maxLength: 12 }), fc.array(hostileLine, { maxLength: 4 }), (draft, title) => {
      const [source] = approval().sources;
      const text = note({
        draftResponse: draft.join("\n"),
        sources: source ? [{ ...source, title: title.join("\n"), url: "javascript:alert(1)" }] : [],
        findings: [{ code: "x", text: title.join("\n"), evidence: title.join("\n") }],
      });
      const between = framedDraft(text);
      expect(between.replaceAll("\u2060", "")).toBe(draft.join("\n"));
      expect(text).not.toMatch(/\{[{%]|mention:\/\/|javascript:/);
      expect(text.match(/^🤖/gm)).toHaveLength(1);
      expect(text.match(/^📚/gm)).toHaveLength(1);
      expect(text).not.toMatch(/^\s*\/approve/m);
    }),
  );
});

test("a code fence that is never closed cannot swallow the rest of the note", () => {
  expect(note({ draftResponse: "Run\n```\nmake" })).toContain("Run\n\u2060```\nmake");
  expect(note({ draftResponse: "Run\n```\nmake\n```\ndone" })).toContain("Run\n```\nmake\n```\ndone");
});

test("an ordinary draft stands in the note to the letter", () => {
  fc.assert(
    fc.property(fc.lorem({ mode: "sentences", maxCount: 10 }), (draft) => {
      expect(framedDraft(note({ draftResponse: draft }))).toBe(draft);
    }),
  );
});

test("a note never gets longer than Chatwoot takes, and says where it was cut", () => {
  const long = note({ draftResponse: "word ".repeat(30_000), finalResponse: "{{".repeat(75_000), edited: true, replyStatus: "returned" });
  expect(long.length).toBeLessThanOrEqual(LONGEST_NOTE);
  expect(long).toContain("✂️");
  expect(long).toContain("`/edit <text>`");
  expect(note({ draftResponse: "{".repeat(149_999) }).length).toBeLessThanOrEqual(LONGEST_NOTE);
});

describe("notices", () => {
  const outside = fc.oneof(
    fc.string({ unit: "binary", maxLength: 3_000 }),
    fc.string({ unit: fc.constantFrom("{", "*", "\n", "[", "a", "%", "`"), maxLength: 1_000 }),
  );

  test("are one short line without Liquid that is no command, whatever they are about", () => {
    fc.assert(
      fc.property(outside, outside, outside, (a, b, c) => {
        for (const text of [
          refusedNotice(a, b),
          replacedNotice(a, b),
          escalationNotice({ by: a, to: b, note: c }),
          endedNotice("superseded"),
        ]) {
          expect(text.length).toBeLessThanOrEqual(LONGEST_NOTICE);
          expect(text).not.toMatch(/\{[{%]|\n|\r|^\s*\//);
          expect(text.isWellFormed()).toBe(true);
        }
      }),
    );
  });

  test("say what was refused and why", () => {
    expect(refusedNotice("approve", "This approval is already rejected by Dana.")).toBe(
      "⛔ `/approve` was not carried out. This approval is already rejected by Dana.",
    );
    expect(escalationNotice({ by: "Dana", to: "senior", note: "please look" })).toBe(
      "📣 Dana escalated this conversation to senior. please look",
    );
  });
});
