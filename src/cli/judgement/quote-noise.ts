import { plainText } from "../../core/sentences.ts";

type Noise = (sentence: string, place: number) => string | null;
type Change = (sentence: string, place: number, words: string[]) => string | null;

/** What typing, copying and models do to a sentence without changing it. null where there is nothing to do. */
export const NOISES: Record<string, Noise> = {
  "as it stands": (sentence) => sentence,
  "typographic quotes": (sentence) => sentence.replace(/'/g, "’").replace(/"([^"]*)"/g, "“$1”"),
  "straight quotes": (sentence) => sentence.replace(/[‘’‚]/g, "'").replace(/[“”„«»]/g, '"'),
  "markdown stripped": (sentence) => plainText(sentence),
  "in quotation marks": (sentence) => `“${sentence}”`,
  "white space": (sentence) => `  ${sentence.replace(/\s+(?=[\p{L}\p{N}])/gu, (gap) => `${gap}\n `)} `,
  "no-break spaces": (sentence) => sentence.replace(/ /g, "\u00a0"),
  "upper case": (sentence) => (/[ıİß]/.test(sentence) ? null : sentence.toUpperCase()),
  "without the full stop": (sentence) => sentence.replace(/[.!?]+$/, ""),
  decomposed: (sentence) => sentence.normalize("NFD"),
  "dashes of another width": (sentence) => sentence.replace(/[‐‑‒–−]/g, "-"),
  "middle left out": (sentence, place) => {
    const words = sentence.split(/\s+/);
    if (words.length < 10 || NEGATED.test(sentence)) return null;
    const from = 4 + (place % (words.length - 8));
    return [...words.slice(0, from), "…", ...words.slice(from + 1)].join(" ");
  },
};

const NEGATED =
  /\b(?:not|no|never|nor|neither|without|except|unless|cannot|\p{L}+n['’]t|nicht|kein\p{L}*|nie|ohne|ne|pas|sans|jamais|sin|nunca|não|sem)\b/iu;

/** One word changed: each makes another statement of it. null where the sentence has nothing to change. */
export const CHANGES: Record<string, Change> = {
  "a word replaced": (sentence, place, words) => {
    const other = words[(place * 7919) % words.length];
    return other === undefined
      ? null
      : replaceOne(sentence, /\p{L}{4,}/gu, place, (word) => (word.toLowerCase() === other.toLowerCase() ? null : other));
  },
  "a digit changed": (sentence, place) =>
    replaceOne(sentence, /\p{Nd}/gu, place, (digit) => (/[0-9]/.test(digit) ? String((Number(digit) + 1 + (place % 8)) % 10) : null)),
  "a negation put in": (sentence, place) => replaceOne(sentence, /(?<=\p{L}) (?=\p{L})/gu, place, () => " not "),
  "a negation dropped": (sentence) => {
    const dropped = sentence.replace(/ (?:not|never|nicht|kein|keine|no) /iu, " ");
    return dropped === sentence ? null : dropped;
  },
  "a unit changed": (sentence) => {
    const changed = sentence.replace(
      /(\d\s?)(mm|cm|kg|bar|psi|MB|GB|days|hours|minutes|weeks|Tage|euros|%)(?!\p{L})/u,
      (_, number: string, unit: string) => [number, OTHER_UNIT[unit]].join(""),
    );
    return changed === sentence ? null : changed;
  },
  "a word dropped": (sentence, place) => (sentence.split(/\s+/).length < 8 ? null : dropInner(sentence, place)),
};

const OTHER_UNIT: Record<string, string> = {
  mm: "cm",
  cm: "mm",
  kg: "g",
  bar: "psi",
  psi: "bar",
  MB: "GB",
  GB: "MB",
  days: "weeks",
  hours: "days",
  minutes: "hours",
  weeks: "days",
  Tage: "Wochen",
  euros: "dollars",
  "%": "‰",
};

function replaceOne(sentence: string, pattern: RegExp, place: number, by: (found: string) => string | null): string | null {
  const found = [...sentence.replace(/\]\([^()]*\)/g, (target) => "\u0000".repeat(target.length)).matchAll(pattern)];
  const match = found[place % (found.length || 1)];
  const other = match ? by(match[0]) : null;
  return !match || other === null ? null : sentence.slice(0, match.index) + other + sentence.slice(match.index + match[0].length);
}

/** One word out of the middle, so that what is left is no part of the sentence. */
function dropInner(sentence: string, place: number): string | null {
  const words = sentence.split(/\s+/);
  const at = 2 + (place % (words.length - 4));
  return /\p{L}{3,}/u.test(words[at] ?? "") ? words.toSpliced(at, 1).join(" ") : null;
}
