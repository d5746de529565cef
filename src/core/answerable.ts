import { termsOf } from "./terms.ts";
import type { FoundPassage } from "./words.ts";

/** What a search says about whether there is an answer at all. Each 0..1 but `distinction`, which is a logarithm. */
export interface RetrievalSignals {
  /** How far the best source stands above the tenth, by words alone. */
  spread: number;
  /** How far the best source stands above the second, votes of answered questions included. */
  lead: number;
  /** Logarithm of the best source's score over the mean of the nine behind it. */
  distinction: number;
  /** Share of the best source's title, by rarity, that the question names. */
  title: number;
  /** How common the question's commonest word is in the knowledge base, against the commonest of all: does it name what all is about? */
  subject: number;
  /** How near the questions that the best source answered before lie. */
  nearness: number;
  /** How far the memory of answered questions is to be trusted; 0 without one. */
  memory: number;
}

type Weights = Record<"bias" | "spread" | "lead" | "distinction" | "title" | "subject" | "nearness", number>;

/**
 * Weights in log-odds: `words` always, `memory` on top of them as far as the memory of answered questions is to be trusted.
 *
 * Fitted by `countersign eval retrieval --fit` (src/cli/eval-fit.ts says how) on the development halves of three public sets of real support
 * questions (thunderbird, techqa, wixqa; each alone and with its other questions as memory, five folds), one configuration for all.
 * `subject` is held small by a strong ridge: that a question about this shop names the shop's main thing is true of some knowledge bases only.
 */
export const WEIGHTS: { words: Weights; memory: Weights } = {
  words: { bias: -1.186, spread: 0.314, lead: 3.352, distinction: 1.723, title: 1.836, subject: 0.672, nearness: 0 },
  memory: { bias: -0.558, spread: -1.182, lead: 1.193, distinction: 0.196, title: -0.804, subject: 0.309, nearness: 3.417 },
};

/** The probability, 0..1, that the knowledge base answers the question. */
export function answerable(signals: RetrievalSignals, { words, memory }: typeof WEIGHTS = WEIGHTS): number {
  const logOdds = weigh(signals, words) + signals.memory * weigh(signals, memory);
  return 1 / (1 + Math.exp(-logOdds));
}

/** The same signals, as far as they can be read off passages that somebody else's retriever found. */
export function signalsOf(passages: FoundPassage[], question: string): Omit<RetrievalSignals, "nearness" | "memory"> {
  const bySource = new Map<string, number>();
  for (const { sourceId, relevance } of passages) bySource.set(sourceId, Math.max(bySource.get(sourceId) ?? 0, relevance));
  const ranked = [...bySource.values()].sort((a, b) => b - a);
  const [best] = passages;
  const asked = new Set(termsOf(question).flatMap(({ whole, weaker }) => [whole, ...weaker]));
  const title = termsOf(best?.title ?? "");
  const named = title.filter(({ whole, weaker }) => [whole, ...weaker].some((form) => asked.has(form)));
  return {
    ...standingOf(ranked, ranked),
    title: title.length > 0 ? named.length / title.length : 0,
    subject: best?.coverage ?? 0,
  };
}

/** How clearly the best source stands out. Relevances 0..1, best first: by words alone, and with everything that is known. */
export function standingOf(byWords: number[], fused: number[]): Pick<RetrievalSignals, "spread" | "lead" | "distinction"> {
  const [first = 0, second = 0] = fused;
  const behind = fused.slice(1, COMPARED).reduce((sum, relevance) => sum + relevance, 0) / (COMPARED - 1);
  return {
    spread: (byWords[0] ?? 0) - (byWords[COMPARED - 1] ?? 0),
    lead: first - second,
    distinction: Math.log((first + LEAST) / (behind + LEAST)),
  };
}

/** Sources whose relevance is compared, the best one included. */
export const COMPARED = 10;
/** Keeps the logarithm finite where nothing else was found. */
const LEAST = 0.02;

function weigh({ spread, lead, distinction, title, subject, nearness }: RetrievalSignals, weights: Weights): number {
  return (
    weights.bias +
    weights.spread * spread +
    weights.lead * lead +
    weights.distinction * distinction +
    weights.title * title +
    weights.subject * subject +
    weights.nearness * nearness
  );
}
