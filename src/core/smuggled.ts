/** Only so much of a text is read a second time. */
const MOST_CHARS = 20_000;
const MOST_READINGS = 12;

/**
 * What a text may say besides its plain words: hidden in invisible tag characters, base64, digits for letters, rot13, spaced-out letters,
 * backwards or as numeric entities. Each reading differs from the text; most are gibberish, which says nothing.
 */
export function readingsOf(text: string): string[] {
  const sample = text.slice(0, MOST_CHARS);
  const readings = [
    ...encoded(sample),
    tagged(sample),
    sample.replace(SPACED_OUT, (run) => run.replace(/[ ._-]/g, "")),
    sample.replace(DIGIT_WORD, (word) => [...word].map((letter) => LEET[letter] ?? letter).join("")),
    sample.replace(/&#(x[\da-f]{1,6}|\d{1,7});/gi, (_, code: string) => fromCode(code)),
    sample.replace(/[a-z]/gi, rotated),
    [...sample].reverse().join(""),
  ];
  return [...new Set(readings)].filter((reading) => reading !== "" && reading !== sample).slice(0, MOST_READINGS);
}

/** Characters that nobody sees and that can carry words: the tags of U+E0000 outside of flags, and zero-width ones between letters. */
export function hidesWords(text: string): boolean {
  return /[\u{e0020}-\u{e007e}]{8}/u.test(text) || /(?:\p{L}[\u200b-\u200d\u2060\u00ad\ufeff]){3}/u.test(text);
}

const SPACED_OUT = /(?<!\p{L})\p{L}(?:[ ._-]\p{L}(?!\p{L})){3,}/gu;
/** A word of letters and digits, such as pr3v10us; plain numbers and sizes like AN6 come out as gibberish. */
const DIGIT_WORD = /(?<![\p{L}\p{N}])(?=[\p{L}\d@$]{0,30}\p{L})(?=[\p{L}\d@$]{0,30}[\d@$])[\p{L}\d@$]{2,30}(?![\p{L}\p{N}])/gu;
const LEET: Record<string, string> = { 0: "o", 1: "i", 3: "e", 4: "a", 5: "s", 7: "t", 8: "b", "@": "a", $: "s" };
const BASE64 = /(?<![\w+/=-])[A-Za-z0-9+/_-]{24,4000}={0,2}/g;
const READABLE = /^[\p{L}\p{N}\p{P}\p{Zs}\s]+$/u;

function encoded(text: string): string[] {
  return [...text.matchAll(BASE64)].slice(0, 4).flatMap(([run]) => {
    try {
      const bytes = Uint8Array.from(atob(run.replaceAll("-", "+").replaceAll("_", "/")), (character) => character.charCodeAt(0));
      const words = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
      return READABLE.test(words) && words.includes(" ") ? [words] : [];
    } catch {
      return []; // not base64, or not words
    }
  });
}

const tagged = (text: string) =>
  (text.match(/[\u{e0020}-\u{e007e}]+/gu) ?? []).map((run) => String.fromCodePoint(...[...run].map(plainOfTag))).join(" ");

const plainOfTag = (character: string) => (character.codePointAt(0) ?? 0xe0020) - 0xe0000;

function fromCode(code: string): string {
  const point = code.startsWith("x") || code.startsWith("X") ? Number.parseInt(code.slice(1), 16) : Number(code);
  return point > 0 && point <= 0x10ffff ? String.fromCodePoint(point) : " ";
}

function rotated(letter: string): string {
  const from = letter <= "Z" ? 65 : 97;
  return String.fromCharCode(((letter.charCodeAt(0) - from + 13) % 26) + from);
}
