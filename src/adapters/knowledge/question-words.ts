import { type Term, termsOf } from "../../core/terms.ts";

/** A long message says what it is about early on; its later words weigh less and less. */
const HALF_WORDS = 60;
const MOST_WORDS = 200;
/** What each further mention of a word adds to its first. */
const REPEATED = 0.2;

/** The telling words of a question, each once, with what each weighs; and those that stand side by side. */
export interface QuestionWords {
  words: { term: Term; weight: number }[];
  neighbours: { first: Term; second: Term; weight: number }[];
}

/** Reads a question's words. Linear in the text, never throws. */
export function questionWords(text: string, language: string | undefined): QuestionWords {
  const words = new Map<string, { term: Term; weight: number }>();
  const neighbours: QuestionWords["neighbours"] = [];
  let before: { term: Term; weight: number } | null = null;
  for (const [position, term] of termsOf(text, language).entries()) {
    const weight = 1 / (1 + position / HALF_WORDS);
    const known = words.get(term.whole);
    if (known) known.weight += REPEATED * weight;
    else if (words.size < MOST_WORDS) words.set(term.whole, { term, weight });
    if (before && neighbours.length < MOST_WORDS) neighbours.push({ first: before.term, second: term, weight: before.weight });
    before = { term, weight };
  }
  return { words: [...words.values()], neighbours };
}
