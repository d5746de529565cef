import { fold } from "./language.ts";

/**
 * Finds phrases in text by whole words, case and accents aside. A phrase is written as words with spaces between them:
 * `sued` one word · `leak*` every word that begins so · `smell|stink` one or the other · `..` up to three words in between and
 * `...` up to seven, within one sentence. Nothing is built from the text itself and each word is looked at a bounded number of times.
 */

export interface Word {
  /** Folded. */
  text: string;
  /** With "ae", "oe" and "ue" read as the umlauts they may stand for, folded; the same as `text` without them. */
  umlauts: string;
  sentence: number;
  /** Changes at commas and "but", too: a negation does not reach beyond. */
  clause: number;
}

export interface Hit {
  /** The places of the phrase's own words, ascending; words in a gap are not among them. */
  places: number[];
  phrase: Phrase;
}

export interface Phrase {
  /** As it was written in the list. */
  source: string;
  parts: Part[];
}

/** One word of a phrase, or a gap. */
interface Part {
  /** How many words may stand here, 0 where one of `words` or `prefixes` must. */
  gap: number;
  words: Set<string>;
  prefixes: string[];
}

export interface PhraseIndex {
  byWord: Map<string, Phrase[]>;
  byPrefix: Map<string, Phrase[]>;
  prefixLengths: number[];
}

/** The words of a text in order. Invisible characters are dropped, look-alike letters of other scripts inside a Latin word are read as Latin. */
export function wordsOf(text: string): Word[] {
  const words: Word[] = [];
  let sentence = 0;
  let clause = 0;
  const plain = text.replace(INVISIBLE, "").replace(APOSTROPHES, "'");
  for (const match of plain.matchAll(TOKENS)) {
    const [token] = match;
    if (LETTER.test(token)) {
      for (const part of partsOf(token)) {
        if (TURNS.has(part)) clause++;
        words.push({ text: part, umlauts: part.replace(/([aou])e/g, "$1"), sentence, clause });
      }
      continue;
    }
    if (token === "." && /\S/.test(plain[match.index + 1] ?? " ")) continue; // the dot of 3.5 or shop.example
    clause++;
    if (token !== "," && !CLAUSE_MARKS.test(token)) sentence++;
  }
  return words;
}

/** Phrases written one after the other, parted by semicolons or line breaks. */
export function phraseList(text: string): string[] {
  return text
    .split(/[;\n]/)
    .map((phrase) => phrase.trim())
    .filter((phrase) => phrase !== "");
}

/** Makes a list of phrases ready to be looked for. */
export function indexOf(sources: readonly string[]): PhraseIndex {
  const index: PhraseIndex = { byWord: new Map(), byPrefix: new Map(), prefixLengths: [] };
  for (const source of sources) {
    const phrase = { source, parts: partsOfPhrase(source) };
    const first = phrase.parts[0];
    if (!first || first.gap > 0) continue;
    for (const word of first.words) index.byWord.set(word, [...(index.byWord.get(word) ?? []), phrase]);
    for (const prefix of first.prefixes) index.byPrefix.set(prefix, [...(index.byPrefix.get(prefix) ?? []), phrase]);
  }
  index.prefixLengths = [...new Set([...index.byPrefix.keys()].map(({ length }) => length))];
  return index;
}

/** Every place where a phrase of the index stands, in order of its first word. */
export function find(words: Word[], index: PhraseIndex): Hit[] {
  return words.flatMap(({ text, umlauts }, at) => {
    const phrases = phrasesAt(index, text);
    if (umlauts !== text) phrases.push(...phrasesAt(index, umlauts));
    return phrases.flatMap((phrase) => {
      const places = match(words, at, phrase.parts, 0);
      return places ? [{ places, phrase }] : [];
    });
  });
}

const phrasesAt = ({ byWord, byPrefix, prefixLengths }: PhraseIndex, text: string): Phrase[] => [
  ...(byWord.get(text) ?? []),
  ...prefixLengths.flatMap((n) => (text.length >= n ? (byPrefix.get(text.slice(0, n)) ?? []) : [])),
];

/** How many words may stand in a gap. */
const GAPS = new Map([
  ["..", 3],
  ["...", 7],
]);

/** The places of the parts from `part` on when the first of them stands at `at`. */
function match(words: Word[], at: number, parts: Part[], part: number): number[] | null {
  const wanted = parts[part];
  const word = words[at];
  if (!wanted || wanted.gap > 0 || !word || !(stands(word.text, wanted) || stands(word.umlauts, wanted))) return null;
  if (part === parts.length - 1) return [at];
  const gap = parts[part + 1]?.gap ?? 0;
  for (let next = at + 1; next <= at + 1 + gap; next++) {
    if (words[next]?.sentence !== word.sentence) return null;
    const rest = match(words, next, parts, part + (gap > 0 ? 2 : 1));
    if (rest) return [at, ...rest];
  }
  return null;
}

const stands = (word: string, { words, prefixes }: { words: Set<string>; prefixes: string[] }) =>
  words.has(word) || prefixes.some((prefix) => word.startsWith(prefix));

function partsOfPhrase(source: string): Part[] {
  return source
    .trim()
    .split(/\s+/)
    .map((written) => {
      const gap = GAPS.get(written);
      if (gap !== undefined) return { gap, words: new Set(), prefixes: [] };
      const choices = written.split("|").map(fold);
      const prefixes = choices.filter((choice) => choice.endsWith("*")).map((choice) => choice.slice(0, -1));
      return {
        gap: 0,
        words: new Set(choices.filter((choice) => !choice.endsWith("*"))),
        prefixes: prefixes.filter((prefix) => prefix !== ""),
      };
    });
}

const INVISIBLE = /\p{Cf}|\u034f/gu;
const APOSTROPHES = /[’‘‛`´ʼ]/g;
/** Words with their apostrophes; else one mark that ends a clause or a sentence. A single line break is only a wrapped line. */
const TOKENS = /[\p{L}\p{M}\p{N}]+(?:'[\p{L}\p{M}]+)*|[.!?;…]|\n[^\S\n]*\n|[,:()[\]{}—–"“”„«»]|\s-\s/gu;
const CLAUSE_MARKS = /^(?:[:()[\]{}—–"“”„«»]|\s-\s)$/;
const LETTER = /[\p{L}\p{N}]/u;
const LONGEST_WORD = 60;
/** Words after which a negation holds no longer. */
const TURNS = new Set([
  "but",
  "however",
  "although",
  "aber",
  "doch",
  "sondern",
  "jedoch",
  "pero",
  "sino",
  "mais",
  "cependant",
  "mas",
  "porem",
]);
/** French words that lose their vowel before another. */
const ELIDED = new Set(["l", "d", "j", "n", "m", "s", "t", "c", "qu", "jusqu", "lorsqu", "puisqu", "quelqu"]);

/** "don't" stays one word, "customer's" loses its s, "n'est" is "ne" and "est". */
function partsOf(token: string): string[] {
  const word = fold(unmasked(token.slice(0, LONGEST_WORD)));
  const apostrophe = word.indexOf("'");
  if (apostrophe === -1) return [word];
  const [before, after] = [word.slice(0, apostrophe), word.slice(apostrophe + 1)];
  if (after === "s") return before === "it" || before === "that" ? [word] : [before];
  if (ELIDED.has(before) && after.length > 1) return [before === "n" ? "ne" : before, ...partsOf(after)];
  return [word];
}

const LOOK_ALIKES: Record<string, string> = Object.fromEntries(
  [..."аaеeоoрpсcуyхxіiјjѕsԁdһhоoαaοoεeιiνvκkρp"].flatMap((letter, at, all) => (at % 2 === 0 ? [[letter, all[at + 1] ?? letter]] : [])),
);

/** Letters of another script that look Latin are read as Latin where they stand among Latin ones. */
function unmasked(word: string): string {
  if (!/[a-z]/i.test(word) || !/[\p{Script=Cyrillic}\p{Script=Greek}]/u.test(word)) return word;
  return [...word.toLowerCase()].map((letter) => LOOK_ALIKES[letter] ?? letter).join("");
}
