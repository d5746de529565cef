import { fold } from "./language.ts";

/**
 * A text with what is spelled to be overlooked written plainly: digits of any script and full stops of any width, invisible characters
 * dropped, "fast-refund dot com" as an address, spoken telephone numbers and sums ("ninety percent", "zweihundert Euro") in digits.
 * Bounded patterns: time grows with the text only.
 */
export function plainlyWritten(text: string): string {
  return text
    .normalize("NFKC")
    .replace(INVISIBLE, "")
    .replace(/[。｡．]/g, ".")
    .replace(/[‐‑‒–−]/g, "-")
    .replace(OTHER_DIGITS, digitOf)
    .replace(SPELLED_MAIL, (whole, name: string, host: string) => `${name}@${host}.${lastWord(whole)}`)
    .replace(SPELLED_HOST, (whole, host: string) => `${host}.${lastWord(whole)}`)
    .replace(BRACKETED, (_, mark: string) => (/^(?:at|arroba|ät)$/i.test(mark) ? "@" : "."))
    .replace(SPOKEN_DIGITS, (run) => run.replace(/\p{L}+/gu, (word) => DIGITS[fold(word)] ?? word).replace(/[\s,-]+/g, ""))
    .replace(SPELLED_SUM, (whole, number: string, unit: string) => {
      const value = spokenNumber(number);
      return value === null ? whole : `${number} (${value} ${unit})`;
    });
}

const lastWord = (text: string) => text.slice(text.search(/\S+$/));

const INVISIBLE = /[\u00ad\u200b-\u200f\u2060-\u2064\ufeff\u{e0000}-\u{e007f}]/gu;
const OTHER_DIGITS = /(?![0-9])\p{Nd}/gu;

/** Digits of a script stand ten in a row, from zero on. */
function digitOf(character: string): string {
  const point = character.codePointAt(0) ?? 0;
  let zero = point;
  while (/\p{Nd}/u.test(String.fromCodePoint(zero - 1)) && point - zero < 9) zero--;
  return String(point - zero);
}

/** Only endings that no sentence goes on with: "el punto es", "point it out" are none. */
const SPELLED_ENDING =
  "(?:dot\\s(?:com|net|org|info|biz|io|co|shop|store|app|eu|de|ch|fr|es|pt|br|uk|ru|cn|xyz|online|site|click|test|example)|(?:punkt|punto|point|ponto)\\s(?:com|net|org|info))";
const SPELLED_MAIL = new RegExp(`([\\w.+-]{1,64})\\s(?:at|arroba|ät)\\s([\\w-]{1,63})\\s${SPELLED_ENDING}\\b`, "gi");
const SPELLED_HOST = new RegExp(`([\\w-]{2,63})\\s${SPELLED_ENDING}\\b`, "gi");
const BRACKETED = /\s?[[({<]\s?(at|arroba|ät|dot|punkt|punto|point|ponto)\s?[\])}>]\s?/gi;

const list = (words: string) => words.trim().split(/\s+/);

const DIGITS: Record<string, string> = Object.fromEntries(
  [
    "zero oh null cero zero",
    "one eins uno un um",
    "two zwei zwo dos deux dois",
    "three drei tres trois tres",
    "four vier cuatro quatre quatro",
    "five funf fuenf cinco cinq",
    "six sechs seis",
    "seven sieben siete sept sete",
    "eight acht ocho huit oito",
    "nine neun nueve neuf nove",
  ].flatMap((names, digit) => list(names).map((name) => [name, String(digit)])),
);
const DIGIT_WORD =
  "(?:zero|oh|null|cero|one|eins|uno|un|um|two|zwei|zwo|dos|deux|dois|three|drei|tr[eê]s|trois|four|vier|cuatro|quatre|quatro|five|f[uü]nf|fuenf|cinco|cinq|six|sechs|seis|seven|sieben|siete|sept|sete|eight|acht|ocho|huit|oito|nine|neun|nueve|neuf|nove)";
/** Six digits in a row are a number that is told, not counted. */
const SPOKEN_DIGITS = new RegExp(`(?<!\\p{L})${DIGIT_WORD}(?:[\\s,-]{1,3}${DIGIT_WORD}){5,20}(?!\\p{L})`, "giu");

const NUMBER_PART = "[\\p{L}-]{2,30}";
const SPELLED_SUM = new RegExp(
  `(?<!\\p{L})(${NUMBER_PART}(?:\\s${NUMBER_PART}){0,4})\\s(percent|per cent|prozent|por ciento|por cento|pour cent|euros?|eur|dollars?|d[oó]lares|pounds?|reais|francs?|franken|usd|gbp)(?!\\p{L})`,
  "giu",
);

/** The value of each number word; hundreds and thousands multiply. */
const VALUES = new Map<string, number>(
  (
    [
      [1, "one a an ein eine eins un una uno une um uma"],
      [2, "two zwei dos deux dois duas"],
      [3, "three drei tres trois"],
      [4, "four vier cuatro quatre quatro"],
      [5, "five funf cinco cinq"],
      [6, "six sechs seis"],
      [7, "seven sieben siete sept sete"],
      [8, "eight acht ocho huit oito"],
      [9, "nine neun nueve neuf nove"],
      [10, "ten zehn diez dix dez"],
      [11, "eleven elf once onze"],
      [12, "twelve zwolf doce douze doze"],
      [15, "fifteen funfzehn quince quinze"],
      [20, "twenty zwanzig veinte vingt vingts vinte"],
      [25, "veinticinco funfundzwanzig"],
      [30, "thirty dreissig treinta trente trinta"],
      [40, "forty fourty vierzig cuarenta quarante quarenta"],
      [50, "fifty funfzig cincuenta cinquante cinquenta"],
      [60, "sixty sechzig sesenta soixante sessenta"],
      [70, "seventy siebzig setenta septante"],
      [80, "eighty achtzig ochenta huitante oitenta"],
      [90, "ninety neunzig noventa nonante"],
      [100, "hundred hundert cien ciento cent cents cem cento"],
      [200, "doscientos doscientas duzentos duzentas"],
      [300, "trescientos trescientas trezentos trezentas"],
      [400, "cuatrocientos quatrocentos"],
      [500, "quinientos quinhentos"],
      [1000, "thousand tausend mil mille"],
    ] as const
  ).flatMap(([value, names]) => list(names).map((name) => [name, value] as const)),
);
const JOINING = new Set(["and", "und", "y", "et", "e"]);

/** The number that the last words of a phrase say, null when they say none: "bonus of two hundred" is 200. */
function spokenNumber(phrase: string): number | null {
  const words = fold(phrase)
    .split(/[\s-]+/)
    .flatMap(germanParts);
  let from = words.length;
  while (from > 0 && (VALUES.has(words[from - 1] ?? "") || (from < words.length && JOINING.has(words[from - 1] ?? "")))) from--;
  const numbers = words.slice(from).flatMap((word) => VALUES.get(word) ?? []);
  if (numbers.length === 0) return null;
  let [total, current] = [0, 0];
  for (const value of numbers) {
    if (value === 1000) [total, current] = [total + Math.max(1, current) * 1000, 0];
    else if (value === 100 || (value === 20 && current === 4)) current = Math.max(1, current) * value;
    else current += value;
  }
  return total + current;
}

/** "zweihundertfunfzig" is written in one word. */
function germanParts(word: string): string[] {
  if (VALUES.has(word)) return [word];
  const parts =
    word.match(
      /zwanzig|dreissig|vierzig|funfzig|sechzig|siebzig|achtzig|neunzig|hundert|tausend|sieben|sechs|zehn|zwei|drei|vier|funf|acht|neun|ein|und/g,
    ) ?? [];
  return parts.join("") === word && parts.length > 1 ? parts : [word];
}
