import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { citationsOf, verifiedShare, verifyQuote } from "../../src/core/quotes.ts";
import { sentencesOf } from "../../src/core/sentences.ts";
import type { DraftSentence } from "../../src/core/words.ts";

const folder = new URL("../../fixtures/knowledge/", import.meta.url);
const articles = readdirSync(folder)
  .filter((file) => file.endsWith(".md"))
  .map((file) => readFileSync(new URL(file, folder), "utf8").replace(/^---\n[\s\S]*?\n---\n/, ""));
const real = articles.flatMap((article) => sentencesOf(article).map(({ raw }) => ({ article, raw })));
const proving = real.filter(({ raw }) => (raw.match(/[\p{L}\p{N}]+/gu) ?? []).length >= 3);

test("every sentence, list item and table row of the help center is accepted against its own article", () => {
  expect(proving.length).toBeGreaterThan(800);
  expect(proving.filter(({ raw, article }) => !verifyQuote(raw, article)).map(({ raw }) => raw)).toEqual([]);
});

test("a real sentence is accepted as a model would type it: other case, quotes, dashes, spaces and no Markdown", () => {
  const retype = (text: string) =>
    text
      .toUpperCase()
      .replace(/"([^"]*)"/g, "“$1”")
      .replaceAll("'", "’")
      .replaceAll("-", "‑")
      .replaceAll(" ", "\u00a0\n")
      .replace(/[*_`|]/g, " ");
  expect(proving.filter(({ raw, article }) => !verifyQuote(retype(raw), article)).map(({ raw }) => raw)).toEqual([]);
});

test("a real sentence with one word replaced by another word of the help center is refused", () => {
  const words = [...new Set(articles.join(" ").match(/[\p{L}\p{N}]+/gu) ?? [])];
  let changed = 0;
  const accepted: string[] = [];
  fc.assert(
    fc.property(fc.constantFrom(...proving), fc.nat(), fc.constantFrom(...words), ({ raw, article }, position, word) => {
      const own = [...raw.replace(/\]\([^()]*\)/g, "]").matchAll(/(?<![\p{L}\p{N}.,/-])[\p{L}\p{N}]+/gu)];
      const target = own[position % own.length];
      if (!target || target[0].toLowerCase() === word.toLowerCase()) return;
      const text = raw.replace(/\]\([^()]*\)/g, "]");
      const forged = text.slice(0, target.index) + word + text.slice(target.index + target[0].length);
      changed += 1;
      if (verifyQuote(forged, article)) accepted.push(forged);
    }),
    { numRuns: 5000 },
  );
  expect(changed).toBeGreaterThan(4500);
  expect(accepted.length / changed).toBeLessThanOrEqual(0.002);
});

test("a number changed by one digit is refused", () => {
  const numbered = proving.filter(({ raw }) => /\d/.test(raw.replace(/\]\([^()]*\)/g, "]")));
  const accepted = numbered.filter(({ raw, article }) => {
    const text = raw.replace(/\]\([^()]*\)/g, "]");
    return verifyQuote(
      text.replace(/\d/, (digit) => String((Number(digit) + 1) % 10)),
      article,
    );
  });
  expect(numbered.length).toBeGreaterThan(250);
  expect(accepted.length / numbered.length).toBeLessThanOrEqual(0.01); // a table holds the neighbouring value now and then
});

test.each([
  ["24 months from the date of delivery", "The warranty is **24 months** from the\ndate of delivery.", true],
  ["the warranty is 36 months", "The warranty is 24 months", false],
  ["Tighten with -6 Nm", "Tighten with 6 Nm", false],
  ["costs 4.90 euros", "It costs 490 euros", false],
  ["costs $49 a metre", "It costs €49 a metre", false],
  ["an area of 10² mm", "an area of 102 mm", false],
  ["a thread of 1½ inch", "a thread of 11/2 inch", false],
  ["a thread of 1 1/2 inch", "a thread of 1½ inch", true],
  ["up to 80 °C", "up to 80 °F", false],
  ["see shipping costs for details", "see [shipping costs](https://a.example/costs) for details", true],
  ["see [shipping costs](https://b.example) for details", "see [shipping costs](https://a.example) for details", false],
  ["AN-6 feed line", "| up to 450 hp | AN-6 | feed line |", true],
  ["use the max_pool_size setting", "use the `max_pool_size` setting", true],
])("%j against %j: %s", (quote, passage, accepted) => {
  expect(verifyQuote(quote, passage)).toBe(accepted);
});

describe("an ellipsis", () => {
  const passage =
    "We refund within five working days after the return has arrived. Express surcharges are not refunded. Goods with signs of use are refunded with a deduction.";
  test.each([
    ["We refund within five working days … the return has arrived", true],
    ["We refund … within five working days ... the return has arrived", true],
    ["the return has arrived … We refund within five working days", false],
    ["Express surcharges are … refunded", false],
    ["We refund […] Express surcharges", true],
    ["refund … … arrived", false],
  ])("%j: %s", (quote, accepted) => {
    expect(verifyQuote(quote, passage)).toBe(accepted);
  });
});

test("a quote that proves nothing is refused: empty, two words, only marks", () => {
  for (const quote of ["", "  ", "…", "the hose", "***", "„“"]) expect(verifyQuote(quote, "the hose is black")).toBe(false);
  expect(verifyQuote("25 Nm", "Tighten with 25 Nm.")).toBe(true);
});

test("no text makes it throw, and hostile repetition stays linear", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "binary" }),
      fc.string({ unit: "binary" }),
      (quote, passage) => typeof verifyQuote(quote, passage) === "boolean",
    ),
  );
  const passage = `${"a ".repeat(200_000)}b`;
  expect(verifyQuote(`${"a ".repeat(100_000)}b`, passage)).toBe(true);
  expect(verifyQuote(`${"a ".repeat(100_000)}c`, passage)).toBe(false);
  expect(verifyQuote("](".repeat(100_000), "](".repeat(100_000))).toBe(false);
  expect(verifyQuote(`the hose${" ".repeat(200_000)}fits`, "The hose fits.")).toBe(true); // quadratic work would take minutes here
});

test("the verified share counts factual sentences only, and is null when nothing is stated", () => {
  const fact = (text: string, quote: string | null): DraftSentence => ({ text, kind: "fact", passageId: "w#1", quote });
  const courtesy: DraftSentence = { text: "Hello!", kind: "courtesy", passageId: null, quote: null };
  const passages = [{ passageId: "w#1", text: "The warranty is 24 months." }];
  const share = (...sentences: DraftSentence[]) => verifiedShare({ sentences }, citationsOf({ sentences }, passages));
  expect(share(courtesy)).toBeNull();
  expect(share(courtesy, fact("Two years.", "The warranty is 24 months"))).toBe(1);
  expect(share(fact("Two years.", "The warranty is 24 months"), fact("For ever.", "The warranty is for ever"))).toBe(0.5);
  expect(share(fact("Two years.", null))).toBe(0);
  expect(citationsOf({ sentences: [{ ...fact("Two years.", "The warranty is 24 months"), passageId: "x#9" }] }, passages)).toMatchObject([
    { verified: false },
  ]);
});
