import { askedIn } from "./question.ts";
import { termsOf } from "./terms.ts";
import type { Intent } from "./words.ts";

/** A question whose draft was decided before. */
export interface DecidedQuestion {
  question: string;
  intent: Intent;
  label: 0 | 1;
}

/** Questions that share less of their words say nothing about one another. */
const LEAST_LIKENESS = 0.25;
/** Of another intent they count this much. */
const OTHER_INTENT = 0.5;

/**
 * How drafts for like questions were decided, 0..1: the mean of their outcomes, weighed by how like the questions are (cosine of their words),
 * with one success and one failure added (Laplace), so that a single decision moves it only to a third or two thirds. Null when no
 * question was like this one.
 */
export function historyOf({ question, intent }: { question: string; intent: Intent }, decided: DecidedQuestion[]): number | null {
  const asked = wordsOf(question);
  let likeness = 0;
  let sent = 0;
  for (const earlier of decided) {
    const like = cosine(asked, wordsOf(earlier.question));
    if (like < LEAST_LIKENESS) continue;
    const weight = like * (earlier.intent === intent ? 1 : OTHER_INTENT);
    likeness += weight;
    sent += weight * earlier.label;
  }
  return likeness === 0 ? null : (sent + 1) / (likeness + 2);
}

const wordsOf = (question: string): Set<string> => new Set(termsOf(askedIn(question)).map(({ whole }) => whole));

function cosine(a: Set<string>, b: Set<string>): number {
  if (a.size === 0 || b.size === 0) return 0;
  let shared = 0;
  for (const word of a) if (b.has(word)) shared += 1;
  return shared / Math.sqrt(a.size * b.size);
}
