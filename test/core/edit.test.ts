import fc from "fast-check";
import { decide } from "../../src/core/approval.ts";
import { editRatio, wordDiff } from "../../src/core/edit.ts";
import { answeredByHand, labelOf, learningOf } from "../../src/core/learning.ts";
import type { Approval } from "../../src/core/words.ts";
import { approval, confidence, NOW } from "./make.ts";

const TEN = "one two three four five six seven eight nine ten";

test.each([
  [TEN, TEN, 0],
  [TEN, TEN.replace("five", "5"), 0.1],
  [TEN, TEN.replace("five ", ""), 0.1],
  [TEN.replace("five ", ""), TEN, 0.1],
  [TEN, TEN.replaceAll(" ", "\n\n"), 0],
  ["", "", 0],
  ["", "word", 1],
  ["word", "", 1],
  ["a b", "c d", 1],
  ["Use {{x}} now", "Use {\u2060{x}} now", 0],
  ["今日は良い天気です", "今日は悪い天気です", 1 / 9],
])("of %j to %j the share of changed words is %d", (before, after, ratio) => {
  expect(editRatio(before, after)).toBeCloseTo(ratio, 10);
});

test("the diff shows what stayed, went and came", () => {
  expect(wordDiff("Use an AN-6 line.", "Please use an AN-8 line.")).toEqual([
    { op: "removed", words: "Use" },
    { op: "added", words: "Please use" },
    { op: "same", words: "an" },
    { op: "removed", words: "AN-6" },
    { op: "added", words: "AN-8" },
    { op: "same", words: "line." },
  ]);
});

const words = fc.array(fc.constantFrom("a", "b", "c", "d", "AN-6", "AN-8"), { maxLength: 40 }).map((list) => list.join(" "));

test("a diff rebuilds both texts, the ratio is 0 only for the same words and looks the same from both sides", () => {
  fc.assert(
    fc.property(words, words, (before, after) => {
      const diff = wordDiff(before, after);
      const side = (without: string) =>
        diff
          .filter(({ op }) => op !== without)
          .map((part) => part.words)
          .join(" ");
      expect(side("added")).toBe(before);
      expect(side("removed")).toBe(after);
      const ratio = editRatio(before, after);
      expect(ratio).toBeGreaterThanOrEqual(0);
      expect(ratio).toBeLessThanOrEqual(1);
      expect(ratio === 0).toBe(before === after);
      expect(editRatio(after, before)).toBeCloseTo(ratio, 10);
    }),
  );
});

test("two long texts that share nothing are compared, too", () => {
  const long = (word: string) => Array.from({ length: 20_000 }, (_, at) => `${word}${at}`).join(" ");
  expect(editRatio(long("a"), long("b"))).toBe(1);
  expect(wordDiff(`start ${long("a")} end`, `start ${long("b")} end`).map(({ op }) => op)).toEqual(["same", "removed", "added", "same"]);
});

describe("what a decision teaches", () => {
  const context = { by: { id: 5, name: "Dana" }, at: NOW, ifVersion: null, newerMessage: null };
  const draft = approval({ draftResponse: TEN, confidence: confidence({ caps: [{ name: "no_verified_quote", limit: 30 }] }) });
  const lessonOf = (a: Approval) => learningOf(a, NOW);

  test("an approval unchanged is a 1, with the signals it had", () => {
    const lesson = lessonOf(decide(draft, { decision: "approve" }, context).approval);
    expect(lesson).toMatchObject({
      decision: "approve",
      draftVersion: TEN,
      finalVersion: TEN,
      editRatio: 0,
      wasSent: false,
      features: { retrieval_strength: 0.94, question_coverage: 0.6, verified_quotes: 1, score: 92, cap_no_verified_quote: 1 },
    });
    expect(labelOf(lesson)).toBe(1);
  });

  test("an edit of a tenth is a 1, of more a 0", () => {
    const edited = (response: string) => lessonOf(decide(draft, { decision: "edit", response }, context).approval);
    expect(labelOf(edited(TEN.replace("five", "5")))).toBe(1);
    expect(labelOf(edited(TEN.replace("five six", "5 6")))).toBe(0);
    expect(edited("other").operatorEdits.map(({ op }) => op)).toEqual(["removed", "added"]);
  });

  test("a rejection and an escalation are a 0 with reason and without words", () => {
    const rejected = lessonOf(decide(draft, { decision: "reject", reason: "wrong_tone", comment: null }, context).approval);
    expect(rejected).toMatchObject({ rejectReason: "wrong_tone", finalVersion: null, editRatio: null, operatorEdits: [] });
    expect(labelOf(rejected)).toBe(0);
    expect(labelOf(lessonOf(decide(draft, { decision: "escalate", teamId: 1, assigneeId: null, note: null }, context).approval))).toBe(0);
  });

  test("an answer by hand is judged by the same tenth", () => {
    expect(answeredByHand(draft, TEN, NOW)).toMatchObject({ decision: "answered_by_hand", wasSent: true, finalVersion: TEN, editRatio: 0 });
    expect(labelOf(answeredByHand(draft, "something else", NOW))).toBe(0);
  });

  test("a placeholder teaches nothing about drafts", () => {
    expect(labelOf(answeredByHand(approval({ degraded: "drafter_unavailable" }), "words", NOW))).toBeNull();
  });

  test("an approval that nobody decided teaches nothing", () => {
    expect(() => lessonOf(draft)).toThrow(TypeError);
  });
});
