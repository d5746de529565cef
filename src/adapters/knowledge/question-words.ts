import { type Term, termsOf } from "../../core/terms.ts";

/** A long message says what it is about early on; its later words weigh less and less. */
const HALF_WORDS = 60;
const MOST_WORDS = 200;
/** What each further mention of a word adds to its first. */
const REPEATED = 0.2;

/** The telling words of a question, each once, with what each weighs. */
export function questionWords(text: string, language: string | undefined): { term: Term; weight: number }[] {
  const words = new Map<string, { term: Term; weight: number }>();
  let position = 0;
  for (const term of termsOf(text, language)) {
    const weight = 1 / (1 + position / HALF_WORDS);
    position += 1;
    const known = words.get(term.whole);
    if (known) known.weight += REPEATED * weight;
    else if (words.size < MOST_WORDS) words.set(term.whole, { term, weight });
  }
  return [...words.values()];
}
