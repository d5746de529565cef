import { isHarmless } from "./harmless.ts";
import { languageOf } from "./language.ts";
import { verifyQuote } from "./quotes.ts";
import { sentencesOf } from "./sentences.ts";
import { termsOf } from "./terms.ts";
import type { Citation } from "./words.ts";

/** How a sentence of a draft stands: its own quote says so, it is a mere courtesy, or nothing speaks for it. */
export type Standing = "proven" | "courtesy" | "loose";

/** Share of a sentence's telling words that its quote must hold to say the same. */
const SAME = 0.6;

/**
 * The sentences of a draft with how each stands. A verified quote proves only a sentence that uses its words, in its own language; a
 * courtesy is made of a closed list of harmless words. What stands in a source word for word is proven without a quote; the signature
 * is the house's own. With `customerText`, a courtesy may name what the customer wrote about: "sorry that your hose leaks".
 */
export function standings(
  draftText: string,
  citations: Citation[],
  { signature, sources, customerText }: { signature: string; sources: string[]; customerText: string | null },
): { text: string; standing: Standing }[] {
  const body = signature.trim() === "" ? draftText : draftText.replace(signature.trim(), " ");
  const quotes = citations.filter(({ verified, sentence }) => verified && sentence.trim() !== "");
  return sentencesOf(body).map(({ text }) => {
    const own = quotes.filter(({ sentence }) => sentence.includes(text) || text.includes(sentence));
    const proven = own.some(({ quote }) => sharedWords(text, quote) >= SAME) || sources.some((source) => verifyQuote(text, source));
    return { text, standing: proven ? "proven" : isHarmless(text, customerText) ? "courtesy" : "loose" };
  });
}

/** Share of the sentence's telling words that stand in the quote, 0..1; 1 for a sentence that has none. */
export function sharedWords(sentence: string, quote: string): number {
  const language = languageOf(quote);
  const forms = new Set(termsOf(quote, language).flatMap(({ whole, weaker }) => [whole, ...weaker]));
  const words = termsOf(sentence, language);
  if (words.length === 0) return 1;
  return (
    words.filter(({ whole, weaker }) => forms.has(whole) || weaker.some((form) => form.startsWith("~") && forms.has(form))).length /
    words.length
  );
}
