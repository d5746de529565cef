import { orderOf, pairsOf, shareTogether } from "./neighbours.ts";
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
  /** Share of the question's neighbouring words, by rarity, that stand side by side in the best passage, too. */
  together: number;
  /** How common the question's commonest word is in the knowledge base, against the commonest of all: does it name what all is about? */
  subject: number;
  /** How near the questions lie that were answered before, by the source they are nearest to. */
  nearness: number;
  /** What the questions that the best source answered before say for it. */
  vote: number;
  /** How far the memory of answered questions is to be trusted; 0 without one. */
  memory: number;
}

/** Signals that count by themselves, and those that count as far as the memory of answered questions is to be trusted. */
export const WORD_SIGNALS = ["spread", "lead", "distinction", "title", "together", "subject"] as const;
export const MEMORY_SIGNALS = [...WORD_SIGNALS, "nearness", "vote"] as const;

/** A score in log-odds, and how it becomes a probability: a line with a bend at 0, another one as far as there is a memory. */
export interface AnswerableWeights {
  words: Record<"bias" | (typeof WORD_SIGNALS)[number], number>;
  memory: Record<"bias" | (typeof MEMORY_SIGNALS)[number], number>;
  scale: Record<"words" | "memory", { shift: number; slope: number; above: number }>;
}

/**
 * Fitted by `countersign eval retrieval --fit` (src/cli/retrieval/fit.ts says how) on the development halves of three public sets of real
 * support questions (thunderbird, techqa, wixqa; each alone and with its other questions as memory, five folds), one configuration for all.
 * `subject` is held small by a strong ridge: that a question about this shop names the shop's main thing is true of some knowledge bases only.
 */
export const WEIGHTS: AnswerableWeights = {
  words: { bias: -1.802, spread: 0.245, lead: 1.698, distinction: 1.92, title: 1.244, together: 0.183, subject: 0.511 },
  memory: {
    bias: -0.381,
    spread: -0.833,
    lead: 0.466,
    distinction: -0.391,
    title: -0.554,
    together: -0.029,
    subject: 0.252,
    nearness: 0.581,
    vote: 2.185,
  },
  scale: { words: { shift: 1.306, slope: 1.096, above: -0.547 }, memory: { shift: 0.861, slope: 0.943, above: -0.708 } },
};

/** The probability, 0..1, that the knowledge base answers the question. */
export function answerable(signals: RetrievalSignals, weights: AnswerableWeights = WEIGHTS): number {
  const score = scoreOf(signals, weights);
  const scaled = ({ shift, slope, above }: AnswerableWeights["scale"]["words"]) => shift + slope * score + above * Math.max(0, score);
  return 1 / (1 + Math.exp(-scaled(weights.scale.words) - signals.memory * scaled(weights.scale.memory)));
}

/** How good the find is, before it becomes a probability. */
export function scoreOf(signals: RetrievalSignals, { words, memory }: Pick<AnswerableWeights, "words" | "memory">): number {
  const byWords = WORD_SIGNALS.reduce((sum, name) => sum + words[name] * signalOf(signals, name), words.bias);
  const byMemory = MEMORY_SIGNALS.reduce((sum, name) => sum + memory[name] * signalOf(signals, name), memory.bias);
  return byWords + signals.memory * byMemory;
}

/** A signal as it is weighed: of words that stand together the first ones tell most. */
export function signalOf(signals: RetrievalSignals, name: (typeof MEMORY_SIGNALS)[number]): number {
  return name === "together" ? Math.log(signals.together + LEAST) : signals[name];
}

/** The same signals, as far as they can be read off passages that somebody else's retriever found. */
export function signalsOf(passages: FoundPassage[], question: string): Omit<RetrievalSignals, "nearness" | "memory"> {
  const bySource = new Map<string, number>();
  for (const { sourceId, relevance } of passages) bySource.set(sourceId, Math.max(bySource.get(sourceId) ?? 0, relevance));
  const ranked = [...bySource.values()].sort((a, b) => b - a);
  const [best] = passages;
  const words = termsOf(question);
  const asked = new Set(words.flatMap(({ whole, weaker }) => [whole, ...weaker]));
  const pairs = pairsOf(
    words.slice(1).map((second, place) => ({ first: words[place] ?? second, second })),
    () => 1,
  );
  const title = termsOf(best?.title ?? "");
  const named = title.filter(({ whole, weaker }) => [whole, ...weaker].some((form) => asked.has(form)));
  return {
    ...standingOf(ranked, ranked),
    title: title.length > 0 ? named.length / title.length : 0,
    together: best ? shareTogether(orderOf(termsOf(`${best.title}\n${best.text}`)), pairs) : 0,
    subject: best?.coverage ?? 0,
    vote: 0,
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
/** Keeps the logarithms finite where nothing was found. */
const LEAST = 0.02;
