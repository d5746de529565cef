import { fold, isLanguage, type Language, languageOf, stopwordsFor } from "./language.ts";

/** A word of a text in the forms it can be found by. */
export interface Term {
  /** As people read it, folded: "an-6". */
  word: string;
  /** Canonical, at best one size or number whole: "an6". The strongest form. */
  whole: string;
  /** Weaker forms: the parts of a compound ("an", "push", "lock") and the root of an inflected word ("~ship"). */
  weaker: string[];
}

/**
 * The telling words of a text in order, small words dropped. Sizes and part numbers stay together however they are written:
 * AN-6, AN 6, 6AN and an6 are one term, 3/8 and 7/8-14 are whole terms. Linear in the text, never throws.
 */
export function termsOf(text: string, language?: string | null): Term[] {
  const own = language && isLanguage(language) ? language : languageOf(text);
  const small = stopwordsFor(text, own);
  const terms: Term[] = [];
  let before: string | null = null; // a short word that a number may belong to: the AN of "AN 6"
  let number: Term | null = null; // a number that a short word may belong to: the 6 of "6 AN"
  for (const [raw] of text.slice(0, LONGEST_TEXT).matchAll(TOKENS)) {
    const word = fold(raw);
    if (word.length > LONGEST_WORD) continue;
    const plain = !DIGIT.test(word);
    if (number && plain && word.length <= 3 && raw === raw.toUpperCase()) number.weaker.push(word + number.whole);
    number = null;
    if (plain && small(word) && !(raw.length === 2 && raw === raw.toUpperCase())) {
      before = word === "an" || (word.length <= 3 && raw === raw.toUpperCase()) ? word : null;
      continue;
    }
    const term = plain ? wordTerm(word, own, small) : numberTerm(word, before);
    before = plain && word.length <= 4 ? word : null;
    if (!term) continue;
    terms.push(term);
    if (WHOLE_NUMBER.test(word)) number = term;
  }
  return terms;
}

/** The root that inflections of a word share, marked with "~" so that it is never taken for a word. Folded words only. */
export function rootOf(word: string, language: Language | null): string {
  const stem = singular(word);
  for (const ending of ENDINGS[language ?? "en"])
    if (stem.endsWith(ending) && stem.length - ending.length >= 3) return `~${undouble(stem.slice(0, -ending.length))}`;
  return `~${undouble(stem)}`;
}

/** The word without the plural's s: "fittings" and "fitting" are one word, "fit" is another. */
export function singular(word: string): string {
  if (word.length < 4 || !word.endsWith("s") || /(?:ss|us|is)$/.test(word)) return word;
  if (word.endsWith("ies") && word.length > 4) return `${word.slice(0, -3)}y`;
  if (/(?:sses|xes|zes|ches|shes)$/.test(word)) return word.slice(0, -2);
  return word.slice(0, -1);
}

const LONGEST_TEXT = 400_000; // the longest real message is 303 KB of HTML
const LONGEST_WORD = 60; // base64 and hashes tell nothing
const DIGIT = /\p{N}/u;
const WHOLE_NUMBER = /^\p{N}+$/u;
/** Letters and digits with what holds a size, a fraction, a part number or a contraction together. One pass, no choice to go back to. */
const TOKENS = /[\p{L}\p{M}\p{N}]+(?:[-‐-–/⁄.,'’_+&@][\p{L}\p{M}\p{N}]+)*/gu;

function wordTerm(word: string, language: Language | null, small: (word: string) => boolean): Term | null {
  const parts = word.split(/[^\p{L}]+/u).filter((part) => part.length > 1 && (part === word || !small(part)));
  if (parts.length === 0) return word.length === 1 && !small(word) ? { word, whole: word, weaker: [] } : null;
  const [only] = parts;
  if (parts.length === 1 && only) return { word: only, whole: singular(only), weaker: [rootOf(only, language)] };
  return { word, whole: parts.map(singular).join(""), weaker: parts.flatMap((part) => [singular(part), rootOf(part, language)]) };
}

function numberTerm(word: string, before: string | null): Term {
  const clean = word.replace(/[’']/g, "").replace(/[‐-–]/g, "-").replaceAll("⁄", "/");
  const sized = SIZED.exec(clean);
  if (sized) {
    const letters = sized[1] ?? sized[4] ?? "";
    return { word, whole: letters + (sized[2] ?? sized[3] ?? ""), weaker: letters.length > 1 ? [letters] : [] };
  }
  const parts = clean.split(clean.includes("-") ? "-" : /[^\p{L}\p{N}]+/u).filter((part) => part.length > 1);
  return { word, whole: clean, weaker: parts.length > 1 ? parts.slice(0, 4) : before && WHOLE_NUMBER.test(clean) ? [before + clean] : [] };
}

/** Letters and digits of a size in either order: AN-6, an6, 6-AN, 6AN. */
const SIZED = /^(?:(\p{L}{1,4})[-.]?(\p{N}+)|(\p{N}+)[-.]?(\p{L}{1,4}))$/u;

function undouble(stem: string): string {
  const last = stem.at(-1);
  return stem.length > 3 && last === stem.at(-2) && last !== "s" && last !== "l" ? stem.slice(0, -1) : stem;
}

/** Endings that come off, longest first; light on purpose, since wrong roots cost more than missing ones. Folded. */
const ENDINGS: Record<Language, string[]> = {
  en: [
    "ization",
    "isation",
    "ations",
    "ation",
    "ments",
    "ment",
    "ings",
    "ing",
    "ness",
    "able",
    "ible",
    "ally",
    "edly",
    "tion",
    "ies",
    "ied",
    "ed",
    "er",
    "or",
    "al",
    "ly",
    "es",
    "e",
    "y",
  ],
  de: [
    "ungen",
    "heiten",
    "keiten",
    "lichen",
    "ischen",
    "ung",
    "heit",
    "keit",
    "lich",
    "isch",
    "ern",
    "em",
    "en",
    "er",
    "es",
    "et",
    "st",
    "te",
    "e",
    "n",
    "t",
  ],
  es: [
    "aciones",
    "iciones",
    "amientos",
    "imientos",
    "acion",
    "icion",
    "amiento",
    "imiento",
    "ancia",
    "encia",
    "idad",
    "mente",
    "ando",
    "iendo",
    "ados",
    "adas",
    "idos",
    "idas",
    "ado",
    "ada",
    "ido",
    "ida",
    "ar",
    "er",
    "ir",
    "os",
    "as",
    "es",
    "an",
    "en",
    "o",
    "a",
    "e",
  ],
  fr: [
    "issements",
    "issement",
    "ements",
    "ations",
    "ement",
    "ation",
    "ances",
    "ences",
    "ance",
    "ence",
    "ites",
    "ite",
    "ment",
    "eurs",
    "euse",
    "eur",
    "ees",
    "ent",
    "ant",
    "er",
    "ez",
    "ir",
    "ee",
    "es",
    "e",
  ],
  pt: [
    "amentos",
    "imentos",
    "amento",
    "imento",
    "acoes",
    "icoes",
    "acao",
    "icao",
    "ancia",
    "encia",
    "idade",
    "mente",
    "ando",
    "endo",
    "indo",
    "ados",
    "adas",
    "idos",
    "idas",
    "ado",
    "ada",
    "ido",
    "ida",
    "ar",
    "er",
    "ir",
    "oes",
    "os",
    "as",
    "es",
    "am",
    "em",
    "o",
    "a",
    "e",
  ],
};
