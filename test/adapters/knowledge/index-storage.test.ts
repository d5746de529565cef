import fc from "fast-check";
import { createLexicalIndex, type LexicalIndex } from "../../../src/adapters/knowledge/lexical-index.ts";
import { createPostings } from "../../../src/adapters/knowledge/postings.ts";
import { createVocabulary } from "../../../src/adapters/knowledge/vocabulary.ts";
import type { Passage } from "../../../src/core/words.ts";

const passage = (sourceId: string, number: number, text: string, safety = false): Passage => ({
  sourceId,
  passageId: `${sourceId}#${number}`,
  title: sourceId,
  titlePath: [],
  text,
  url: null,
  updatedAt: null,
  safety,
});

const WORDS = ["oak", "elm", "fir", "yew", "ash", "box", "bay", "fig"];
const text = fc.array(fc.constantFrom(...WORDS), { minLength: 1, maxLength: 12 }).map((words) => words.join(" "));
const source = fc.record({ id: fc.constantFrom("a", "b", "c", "d", "e"), texts: fc.array(text, { maxLength: 4 }), safety: fc.boolean() });
const at = async () => {};

function answers(index: LexicalIndex): unknown {
  const words = WORDS.map((word) => index.ask(word, { limit: 1000, language: "en" }));
  const all = index.ask(WORDS.join(" "), { limit: 1000, language: "en", votes: new Map([["a", 0.3]]) });
  // ties stand in the order of arrival, which is another after a change
  return [...words, all].map(({ passages, signals }) => ({
    signals,
    passages: passages.toSorted((one, other) => (one.passageId < other.passageId ? -1 : 1)),
  }));
}

test("an index answers after any changes exactly as one that was built afresh", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(source, { maxLength: 12 }), async (changes) => {
      const changed = createLexicalIndex();
      const now = new Map<string, Passage[]>();
      for (const { id, texts, safety } of changes) {
        const passages = texts.map((words, number) => passage(id, number, words, safety));
        await changed.replace(id, passages, "en", at);
        now.set(id, passages);
      }
      const fresh = createLexicalIndex();
      for (const passages of now.values()) for (const each of passages) fresh.add(each, "en");
      expect(changed.size()).toBe(fresh.size());
      expect(answers(changed)).toEqual(answers(fresh));
    }),
    { numRuns: 300 },
  );
});

test("while a source is replaced, searches see all of the old or all of the new, never both and never a part", async () => {
  const index = createLexicalIndex();
  const version = (name: string, count: number) =>
    Array.from({ length: count }, (_, number) => passage("torque", number, `tighten the ${name} nut ${number}`, true));
  await index.replace("torque", version("old", 5), "en", at);
  index.add(passage("other", 0, "a nut of another kind"), "en");
  const seen: string[] = [];
  const look = async () => {
    const texts = index
      .search("tighten nut old new kind", { limit: 50 })
      .map(({ sourceId, text: words }) => `${sourceId} ${words.split(" ")[2]}`);
    seen.push(texts.sort().join());
  };
  await index.replace("torque", version("new", 7), "en", look);
  await look();
  const old = [...Array(5).fill("torque old"), "other of"].sort().join();
  const fresh = [...Array(7).fill("torque new"), "other of"].sort().join();
  expect(seen).toHaveLength(13);
  expect(seen.slice(0, 7)).toEqual(Array(7).fill(old));
  expect(seen.slice(7)).toEqual(Array(6).fill(fresh));
});

test("a word that no passage holds any more is not guessed at, one that comes back is", async () => {
  const index = createLexicalIndex();
  await index.replace("a", [passage("a", 0, "the carburettor leaks")], "en", at);
  expect(index.search("carburetor", { limit: 5 })).toHaveLength(1);
  await index.replace("a", [passage("a", 0, "the wheel squeaks")], "en", at);
  expect(index.search("carburettor", { limit: 5 })).toHaveLength(0);
  await index.replace("a", [passage("a", 0, "the carburettor leaks")], "en", at);
  expect(index.search("carburetor", { limit: 5 })).toHaveLength(1);
});

test("texts come back as they went in, in any script", async () => {
  const index = createLexicalIndex();
  const words = "Größe ≥ AN-6 · “quoted” · 配管 · 🚗";
  await index.replace("a", [passage("a", 0, words)], "en", at);
  expect(index.search("größe", { limit: 1 })[0]?.text).toBe(words);
});

test("postings hold what a map of maps holds, whatever comes and goes", () => {
  const change = fc.record({
    passage: fc.nat({ max: 200 }),
    words: fc.dictionary(fc.constantFrom(...WORDS, "x1", "x2", "x3"), fc.integer({ min: 1, max: 65_535 }), { minKeys: 1 }),
  });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 400 }), (changes) => {
      const postings = createPostings(createVocabulary());
      const put = new Map<number, Map<string, number>>();
      for (const { passage: number, words } of changes) {
        const before = put.get(number);
        if (before) {
          postings.take(number, before.keys());
          put.delete(number);
        } else {
          put.set(number, new Map(Object.entries(words)));
          postings.put(number, put.get(number) ?? new Map());
        }
      }
      for (const word of [...WORDS, "x1", "x2", "x3"]) {
        const holders = [...put].filter(([, words]) => words.has(word)).sort(([a], [b]) => a - b);
        const posting = postings.get(word);
        expect([...(posting?.passages ?? [])]).toEqual(holders.map(([number]) => number));
        expect([...(posting?.counts ?? [])]).toEqual(holders.map(([, words]) => words.get(word)));
        expect(postings.held(word)).toBe(holders.length);
        expect(postings.has(word)).toBe(holders.length > 0);
        for (const number of [0, 100, 200]) expect(postings.holds(word, number)).toBe(holders.some(([each]) => each === number));
      }
      const most = Math.max(0, ...WORDS.concat("x1", "x2", "x3").map(postings.held));
      expect(postings.mostHeld()).toBe(most > 1 ? most : 0);
    }),
    { numRuns: 200 },
  );
});

test("a word that 200,000 passages hold is kept like any other", () => {
  const postings = createPostings(createVocabulary());
  for (let number = 0; number < 200_000; number++)
    postings.put(
      number,
      new Map([
        ["common", 1],
        [`rare${number % 70_000}`, 2],
      ]),
    );
  expect(postings.held("common")).toBe(200_000);
  expect(postings.get("common")?.passages.at(-1)).toBe(199_999);
  expect([...(postings.get("rare69999")?.passages ?? [])]).toEqual([69_999, 139_999]);
  postings.take(5, ["common", "rare5"]);
  expect(postings.holds("common", 5)).toBe(false);
  expect(postings.holds("common", 6)).toBe(true);
  expect([...(postings.get("rare5")?.passages ?? [])]).toEqual([70_005, 140_005]);
});
