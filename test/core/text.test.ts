import fc from "fast-check";
import { contradictionsOf } from "../../src/core/contradictions.ts";
import { fold, languageOf } from "../../src/core/language.ts";
import { plainText, sentencesOf } from "../../src/core/sentences.ts";
import { termsOf } from "../../src/core/terms.ts";
import { foundPassage } from "../support/draft-request.ts";

const formsOf = (text: string, language?: string) => termsOf(text, language).map((term) => term.whole);

test.each([
  ["Where is my order and when will it arrive?", "en"],
  ["Wie lange dauert der Versand nach Österreich?", "de"],
  ["¿Cuánto cuesta el envío a España?", "es"],
  ["Comment puis-je retourner un article ?", "fr"],
  ["Quanto custa o envio para Portugal? Não encontrei.", "pt"],
  ["La olla exprés explotó y me quemé la mano.", "es"],
  ["AN-6", null],
  ["", null],
])("the language of %j is %s", (text, language) => {
  expect(languageOf(text)).toBe(language);
});

describe("sizes and part numbers are one term however they are written", () => {
  test.each(["AN-6", "an-6", "AN6", "6AN", "-6AN", "6-AN", "AN‑6"])("%j", (written) => {
    expect(formsOf(`hose ${written} black`)).toContain("an6");
  });
  test.each(["AN 6", "6 AN"])("%j is found as one, too", (written) => {
    expect(termsOf(`hose ${written} black`).flatMap((term) => term.weaker)).toContain("an6");
  });
  test("fractions and threads stay whole, their parts stand beside them", () => {
    expect(formsOf('3/8 hose with 1/4" NPT and 7/8-14 UNF')).toEqual(["3/8", "hose", "1/4", "npt", "7/8-14", "unf"]);
    expect(termsOf("7/8-14 UNF")[0]?.weaker).toContain("7/8");
  });
});

test("small words of the text's own language are dropped, and only those", () => {
  expect(formsOf("What size AN fitting for my 350 Chevy?")).toEqual(["size", "an", "fitting", "350", "chevy"]);
  expect(formsOf("Wie lange dauert der Versand nach Österreich?")).toEqual(["dauert", "versand", "osterreich"]);
  expect(formsOf("Comment retourner l'article ?")).toEqual(["retourner", "article"]);
});

test("inflected words share a root, a fitting is no fit", () => {
  const [ships, shipping] = termsOf("ships shipping", "en");
  expect(ships?.weaker[0]).toBe(shipping?.weaker[0]);
  expect(formsOf("fittings")).toEqual(["fitting"]);
  expect(formsOf("fit")).not.toContain("fitting");
});

test("no text makes the word functions throw", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 400 }), (text) => {
      termsOf(text);
      sentencesOf(text);
      plainText(text);
      fold(text);
      contradictionsOf([foundPassage({ passageId: "a#1", text }), foundPassage({ passageId: "b#1", text })], text);
    }),
    { numRuns: 2000 },
  );
});

test.each([
  ["(".repeat(200_000)],
  ["[".repeat(200_000)],
  ["](".repeat(100_000)],
  ["1,".repeat(100_000)],
  ["a-".repeat(100_000)],
  ["*_".repeat(100_000)],
  ["| ".repeat(100_000)],
  [". A".repeat(100_000)],
  [`x${"!)".repeat(100_000)}`],
])("hostile repetition is read to the end: %.6j…", (text) => {
  expect(termsOf(text).length).toBeLessThanOrEqual(400_000);
  expect(sentencesOf(text).length).toBeLessThanOrEqual(200_000);
  contradictionsOf([foundPassage({ passageId: "a#1", text }), foundPassage({ passageId: "b#1", text })], "how much");
});

test("sentences end where people end them, not at e.g., numbers or initials", () => {
  const said = (text: string) => sentencesOf(text).map((sentence) => sentence.raw);
  expect(said("Use AN-6, e.g. for a 350. It costs 4.90 euros. Really?")).toEqual([
    "Use AN-6, e.g. for a 350.",
    "It costs 4.90 euros.",
    "Really?",
  ]);
  expect(said("Das geht z.B. mit J. Müller. Ja.")).toEqual(["Das geht z.B. mit J. Müller.", "Ja."]);
  expect(said('He said "Stop." Then he left.')).toEqual(['He said "Stop."', "Then he left."]);
});

test("items, table rows and sentences keep their verbatim text; code and headings are left out", () => {
  const text =
    "# Title\n\nFirst **bold**\nline. Second.\n\n1. Do [this](https://a.example/x).\n- Or that\n\n| Size | Torque |\n| --- | --- |\n| AN-6 | 25 Nm |\n\n```\ncode. Here.\n```\nEnd.";
  expect(sentencesOf(text)).toEqual([
    { text: "First bold line.", raw: "First **bold**\nline.", kind: "sentence" },
    { text: "Second.", raw: "Second.", kind: "sentence" },
    { text: "Do this (https://a.example/x).", raw: "Do [this](https://a.example/x).", kind: "item" },
    { text: "Or that", raw: "Or that", kind: "item" },
    { text: "Size: AN-6, Torque: 25 Nm", raw: "| AN-6 | 25 Nm |", kind: "row" },
    { text: "End.", raw: "End.", kind: "sentence" },
  ]);
});

describe("contradictions", () => {
  const between = (one: string, other: string, question: string) =>
    contradictionsOf([foundPassage({ passageId: "a#1", text: one }), foundPassage({ passageId: "b#1", text: other })], question);

  test.each([
    ["The warranty on hoses is 24 months.", "We give a warranty of 36 months on hoses.", "How long is the hose warranty?"],
    ["Free shipping over $99.", "Free shipping over $149!", "when is shipping free"],
    [
      "Orders of 150 euros or more are shipped free of charge within Germany.",
      "Free shipping within Germany starts at an order value of 120 euros.",
      "free shipping?",
    ],
    [
      "Die Garantie auf Schläuche beträgt 24 Monate ab Lieferung.",
      "Die Garantie auf Schläuche beträgt 36 Monate ab Lieferung.",
      "Wie lange ist die Garantie?",
    ],
    [
      "Returns are possible within 30 days of delivery.",
      "Returns are possible within fourteen days of delivery. Returns are possible within 14 days of delivery.",
      "returns",
    ],
  ])("%j against %j", (one, other, question) => {
    expect(between(one, other, question)).toHaveLength(1);
    expect(between(one, other, question)[0]?.passageIds).toEqual(["a#1", "b#1"]);
  });

  test.each([
    ["the same value in other words", "The warranty on hoses is 24 months.", "The warranty on hoses is 24 months long.", "warranty"],
    ["written another way", "A metre costs 4.90 euros today.", "A metre costs 4,90 euro today.", "metre costs"],
    ["two sizes", "Tighten an AN-6 nut with 25 Nm.", "Tighten an AN-8 nut with 35 Nm.", "torque to tighten a nut"],
    ["two materials", "Tighten an aluminium AN-6 nut with 25 Nm.", "Tighten a steel AN-6 nut with 35 Nm.", "tighten nut"],
    [
      "two countries",
      "Standard shipping of parcels costs 4.90 euros within Germany.",
      "Standard shipping of parcels costs 9.90 euros within Austria.",
      "shipping costs",
    ],
    ["two units", "The hose lasts 10 years.", "The hose lasts 100 bar.", "how long does the hose last"],
    ["not what was asked", "The warranty on hoses is 24 months.", "The warranty on hoses is 36 months.", "Do you ship to Japan?"],
    ["a comparison", "The hose stands 34 bar, the other hose 69 bar.", "The hose stands 17 bar.", "pressure the hose stands"],
  ])("not: %s", (_, one, other, question) => {
    expect(between(one, other, question)).toEqual([]);
  });

  test("not within one source: an article may speak of two cases", () => {
    const passages = [
      foundPassage({ passageId: "a#1", text: "Free shipping over $99." }),
      foundPassage({ passageId: "a#2", text: "Free shipping over $149." }),
    ];
    expect(contradictionsOf(passages, "free shipping")).toEqual([]);
  });
});
