import { existsSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { readDocuments } from "../../../src/adapters/knowledge/documents.ts";
import { createLexicalIndex, type LexicalIndex } from "../../../src/adapters/knowledge/lexical-index.ts";
import { createMemory } from "../../../src/adapters/knowledge/memory.ts";
import { cutIntoPassages } from "../../../src/adapters/knowledge/passages.ts";
import { answerable } from "../../../src/core/answerable.ts";
import { contradictionsOf } from "../../../src/core/contradictions.ts";
import { languageOf } from "../../../src/core/language.ts";
import { askedIn } from "../../../src/core/question.ts";
import { foundPassage } from "../../support/draft-request.ts";

const NOW = new Date("2026-11-21T00:00:00Z");
const HISTORY = [
  ["my fuel line leaks, what now", "fuel-leak-safety"],
  ["fuel is leaking from the line", "fuel-leak-safety"],
  ["which size for a small block", "an-size-by-horsepower"],
  ["what AN size fits my engine", "an-size-by-horsepower"],
];

let index: LexicalIndex;
const memory = createMemory(() => NOW);

beforeAll(async () => {
  index = createLexicalIndex();
  for await (const document of readDocuments(new URL("../../../fixtures/knowledge", import.meta.url).pathname)) {
    if (!("text" in document)) continue;
    for (const { slug, titlePath, text } of cutIntoPassages(document.text, document.title))
      index.add(foundPassage({ passageId: `${document.id}#${slug}`, title: document.title, titlePath, text }), languageOf(text));
  }
  for (const [number, [question = "", source = ""]] of HISTORY.entries())
    memory.put({
      question,
      sourceIds: [source],
      answer: null,
      outcome: "imported",
      answeredAt: NOW,
      approvalId: null,
      id: `${number}`,
      removed: false,
    });
});

/** The whole way of a question: reduced, remembered, searched, judged, compared. Answers whether anything was found. */
function ask(message: string): boolean {
  const text = askedIn(message);
  const { votes, reliability, nearness } = memory.recall(text);
  const { passages, signals } = index.ask(text, { limit: 5, votes, trust: reliability });
  const probability = answerable({ ...signals, nearness, memory: reliability });
  contradictionsOf(passages, text);
  const relevances = passages.map(({ relevance }) => relevance);
  if (![probability, ...relevances].every((value) => value >= 0 && value <= 1))
    throw new Error(`${JSON.stringify(message.slice(0, 200))} is answerable ${probability} by passages of ${relevances.join(", ")}`);
  return passages.length > 0;
}

const WORDS = "hose fitting AN-6 3/8 leak return shipping €4,90 push-lock Größe 7/8-14 refund (a+)+$ [x]{2,} \\b __proto__ \u0000 🙂".split(
  " ",
);
const question = fc.oneof(
  fc.string({ unit: "binary", maxLength: 300 }),
  fc.string({ unit: "grapheme", maxLength: 300 }),
  fc.stringMatching(/^[()[\]{}*+?.\\^$|/AN0-9 -]{0,80}$/),
  fc.array(fc.constantFrom(...WORDS), { maxLength: 60 }).map((words) => words.join(" ")),
  fc.array(fc.constantFrom(...WORDS, "\n", "> ", "<p>", "</b>", "&amp;", "--\n"), { maxLength: 60 }).map((parts) => parts.join("")),
);

test("none of 10,000 generated questions throws, and all get a probability", () => {
  let asked = 0;
  let found = 0;
  fc.assert(
    fc.property(question, (text) => {
      found += ask(text) ? 1 : 0;
      asked += 1;
    }),
    { numRuns: 10_000 },
  );
  expect(asked).toBe(10_000);
  expect(found).toBeGreaterThan(1000); // most of what is made of the shop's words finds something
});

test("no hostile or gigantic question throws", () => {
  const texts = [
    "(a+)+$",
    "hose ".repeat(60_000),
    "x".repeat(300_000),
    "AN-6 ".repeat(50_000),
    "1,".repeat(100_000),
    "<p>".repeat(100_000),
  ];
  for (const text of [...texts, "__proto__ constructor toString", "\ud800", ""]) expect(() => ask(text)).not.toThrow();
});

const evaluation = new URL("../../../../shared/eval/", import.meta.url);
(existsSync(evaluation) ? test : test.skip)("none of the real questions and messages throws (skipped without ../shared)", () => {
  const rows = (file: string) =>
    readFileSync(new URL(file, evaluation), "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
  const sets = ["thunderbird", "techqa", "wixqa", "hint3-curekart", "hint3-powerplay11", "hint3-sofmattress"];
  const questions = sets.flatMap((set) => rows(`${set}/queries.jsonl`).map(({ text }: { text: string }) => text));
  const threads: { messages: { text: string }[] }[] = rows("thunderbird/threads.jsonl");
  const messages = threads.flatMap((thread) => thread.messages.map(({ text }) => text));
  expect(questions.length).toBeGreaterThanOrEqual(3500);
  expect(messages.length).toBeGreaterThanOrEqual(1000);
  for (const text of [...questions, ...messages]) ask(text);
});
