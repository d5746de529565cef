import { languageOf, surelyIn } from "./language.ts";

/**
 * Why a reply is in another language than the customer's, in words; null where it is not, or where that cannot be told for sure: short
 * messages and languages we do not know by their small words are judged by their script alone.
 */
export function wrongLanguage(reply: string, customerText: string): string | null {
  const [said, asked] = [scriptOf(reply), scriptOf(customerText)];
  if (said !== null && asked !== null && said !== asked) return `The reply is in ${said} letters, the customer writes ${asked} ones.`;
  const [from, to] = [surelyIn(customerText), surelyIn(reply)];
  if (from === null || to === null || from === to) return null;
  return `The reply seems to be in ${NAMES.of(to)}, the customer writes ${NAMES.of(from)}.`;
}

/** The language of a reply: what its words say, else what its drafter says, else English. ISO 639-1. */
export function languageOfReply(reply: string, claimed: string): string {
  const code = claimed.trim().slice(0, 2).toLowerCase();
  return surelyIn(reply) ?? (/^[a-z]{2}$/.test(code) ? code : (languageOf(reply) ?? "en"));
}

const NAMES = new Intl.DisplayNames("en", { type: "language" });

const SCRIPTS: Record<string, RegExp> = {
  Latin: /\p{Script=Latin}/gu,
  Cyrillic: /\p{Script=Cyrillic}/gu,
  Greek: /\p{Script=Greek}/gu,
  Arabic: /\p{Script=Arabic}/gu,
  Hebrew: /\p{Script=Hebrew}/gu,
  "Chinese or Japanese": /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/gu,
  Korean: /\p{Script=Hangul}/gu,
  Thai: /\p{Script=Thai}/gu,
  Devanagari: /\p{Script=Devanagari}/gu,
};
/** Product names stand in Latin letters everywhere. */
const MAIN_SHARE = 0.6;
const FEWEST_LETTERS = 6;
const SAMPLE_CHARS = 4000;

function scriptOf(text: string): string | null {
  const sample = text.slice(0, SAMPLE_CHARS);
  const counts = Object.entries(SCRIPTS).map(([name, letters]) => ({ name, count: sample.match(letters)?.length ?? 0 }));
  const all = counts.reduce((sum, { count }) => sum + count, 0);
  const main = counts.find(({ count }) => count >= FEWEST_LETTERS && count >= MAIN_SHARE * all);
  return main?.name ?? null;
}
