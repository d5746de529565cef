import { sentencesOf } from "./sentences.ts";
import { termsOf } from "./terms.ts";
import type { Findings, Passage } from "./words.ts";

/** Words two sentences must share, and the share of the shorter one that must be among them, to be about the same thing. */
const FEWEST_SHARED = 3;
const LEAST_SHARE = 0.8;
/** Sentences looked at per passage: a contradiction worth showing stands in an article, not in a log. */
const MOST_SENTENCES = 200;
const LONGEST_SENTENCE = 600;

/**
 * Pairs of passages of different sources that state different values of one unit about the same thing, where the question asks for it:
 * "free shipping over $99" and "over $149". Conservative: a sentence with two values of a unit, a table row, or sentences about different sizes,
 * names or halves of a comparison never count.
 */
export function contradictionsOf(passages: Passage[], question: string): Findings["contradictions"] {
  const asked = new Set(termsOf(question).flatMap((term) => [term.whole, ...term.weaker]));
  const statements = passages.flatMap((passage) => statementsOf(passage, asked));
  const found: Findings["contradictions"] = [];
  const pairs = new Set<string>();
  for (const [index, one] of statements.entries())
    for (const other of statements.slice(index + 1)) {
      const pair = `${one.passage.passageId}\n${other.passage.passageId}`;
      if (pairs.has(pair) || !contradicts(one, other)) continue;
      pairs.add(pair);
      found.push({
        passageIds: [one.passage.passageId, other.passage.passageId],
        text: `"${one.passage.title}" says ${one.shown}, "${other.passage.title}" says ${other.shown}`,
      });
    }
  return found;
}

interface Statement {
  passage: Passage;
  unit: string;
  value: number;
  /** As it was written, for people. */
  shown: string;
  /** The words it is about: without numbers, by their roots. */
  about: Set<string>;
  /** Sizes and part numbers: AN-6 and AN-8 are two things. */
  sizes: string;
  /** Capitalised words inside the sentence: Germany and Austria are two things. */
  names: Set<string>;
}

function statementsOf(passage: Passage, asked: Set<string>): Statement[] {
  const statements: Statement[] = [];
  for (const { text, kind } of sentencesOf(passage.text).slice(0, MOST_SENTENCES)) {
    if (kind === "row" || text.length > LONGEST_SENTENCE) continue;
    const values = valuesIn(text);
    if (values.length === 0) continue;
    const terms = termsOf(values.reduce((rest, value) => rest.replace(value.shown, " "), text));
    if (!terms.some((term) => [term.whole, ...term.weaker].some((form) => asked.has(form)))) continue;
    const about = new Set(
      terms.filter((term) => !/\p{N}/u.test(term.whole)).map((term) => term.weaker.find((form) => form.startsWith("~")) ?? term.whole),
    );
    const sizes = terms
      .filter((term) => /\p{N}/u.test(term.whole))
      .map((term) => term.whole)
      .sort()
      .join(" ");
    const names = new Set(text.match(/(?<=[\p{L}\p{N},;:]\s)\p{Lu}[\p{L}\p{N}-]+/gu) ?? []);
    for (const value of values) {
      if (values.filter((other) => other.unit === value.unit).length > 1) continue;
      statements.push({ passage, ...value, about, sizes, names });
    }
  }
  return statements;
}

function contradicts(one: Statement, other: Statement): boolean {
  if (one.passage.sourceId === other.passage.sourceId || one.unit !== other.unit || one.value === other.value || one.sizes !== other.sizes)
    return false;
  if (lacks(one.names, other.names) && lacks(other.names, one.names)) return false;
  const shared = [...one.about].filter((word) => other.about.has(word)).length;
  const fewer = Math.min(one.about.size, other.about.size);
  const same = shared === one.about.size && shared === other.about.size;
  return (same && shared > 0) || (shared >= FEWEST_SHARED && shared / fewer >= LEAST_SHARE);
}

function lacks(names: Set<string>, others: Set<string>): boolean {
  return [...names].some((name) => !others.has(name));
}

/** Units by the words and signs that stand for them; what a value is counted in, in our five languages. */
const UNITS: [unit: string, words: string][] = [
  ["minute", "minute minutes min minuten minuto minutos"],
  ["hour", "hour hours stunde stunden heure heures hora horas"],
  ["day", "day days tag tage tagen jour jours día días dia dias"],
  ["week", "week weeks woche wochen semaine semaines semana semanas"],
  ["month", "month months monat monate monaten mois mes meses mês"],
  ["year", "year years jahr jahre jahren an ans année années año años ano anos"],
  ["euro", "€ eur euro euros"],
  ["dollar", "$ usd dollar dollars dólares"],
  ["pound", "£ gbp"],
  ["percent", "% percent prozent pourcent porciento"],
  ["Nm", "nm"],
  ["bar", "bar"],
  ["psi", "psi"],
  ["mm", "mm"],
  ["cm", "cm"],
  ["kg", "kg"],
  ["metre", "metre metres meter meters metern"],
  ["litre", "litre litres liter liters litern litro litros"],
  ["hp", "hp ps"],
  ["°C", "°c"],
  ["°F", "°f"],
];
const UNIT_OF = new Map(UNITS.flatMap(([unit, words]) => words.split(" ").map((word) => [word, unit] as const)));

/** "4.90 euros", "€4.90", "five working days", "24-month". */
const VALUE =
  /([$€£])\s?(\p{N}[\p{N}.,]{0,15})|(?<![\p{L}\p{N}])(\p{N}[\p{N}.,]{0,15}|\p{L}{3,6})[\s-]{0,2}((?:working|business|calendar)\s)?([€$£%]|°[CF]|\p{L}{2,8})(?![\p{L}\p{N}])/giu;
const NUMBER_WORDS = new Map(
  "one two three four five six seven eight nine ten eleven twelve".split(" ").map((word, index) => [word, index + 1] as const),
);

function valuesIn(sentence: string): { unit: string; value: number; shown: string }[] {
  return [...sentence.matchAll(VALUE)].flatMap(([shown, sign, signed, number, qualifier, word]) => {
    const unit = UNIT_OF.get((sign ?? word ?? "").toLowerCase());
    const written = signed ?? number ?? "";
    const value = NUMBER_WORDS.get(written.toLowerCase()) ?? numberOf(written);
    if (!unit || Number.isNaN(value)) return [];
    return [{ unit: `${qualifier ? "working " : ""}${unit}`, value, shown: shown.trim() }];
  });
}

/** "1,200" and "1.200" are twelve hundred, "4,90" and "4.90" are not. */
function numberOf(written: string): number {
  const digits = written.replace(/[.,]+$/, "");
  if (/^\d{1,3}(?:[.,]\d{3})+$/.test(digits)) return Number(digits.replace(/[.,]/g, ""));
  return /^\d/.test(digits) ? Number(digits.replace(",", ".")) : Number.NaN;
}
