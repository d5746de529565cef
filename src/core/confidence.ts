import type { Confidence, Findings, Signal } from "./words.ts";

export type SignalName = Signal["name"];

/** One weight per signal and the bias, in units of log-odds. */
export type Weights = Record<SignalName | "bias", number>;

/**
 * What we believe before any decision was seen. With every signal at one half the odds are about 1 : 2 (35 %), in line with studies
 * that see few AI drafts sent as they are; verified quotes weigh most because they are checked by us, the self-rating little because
 * models overrate themselves. With all signals near one the score is 90–95, with all near zero below 5.
 */
export const PRIOR_WEIGHTS: Weights = {
  bias: -0.6,
  retrieval_strength: 1.8,
  question_coverage: 1.4,
  verified_quotes: 3,
  self_rating: 1.2,
  history: 2.2,
};

/** Below this many decisions the score says that it is uncalibrated. */
export const CALIBRATED_FROM_DECISIONS = 50;

/** Limits outside the formula, whatever the signals say. Scores 0–100. */
export const CAPS = { no_verified_quote: 30, contradicting_sources: 59, refusal_or_truncation: 20, unsupported_fact: 20 } as const;

/** What the score is made of. Signals are 0..1, null when they were not seen (they then say nothing either way). */
export interface Evidence {
  retrievalStrength: number;
  questionCoverage: number;
  verifiedShare: number | null;
  selfRating: number | null;
  history: number | null;
  caps: { noVerifiedQuote: boolean; contradiction: boolean; refusalOrTruncation: boolean; unsupportedFact: boolean };
  /** What serves, and how many decisions that was compared on; null before the first fit, `weights` null while the prior serves. */
  calibration: { version: number | null; weights: Weights | null; decisions: number } | null;
  hidden: boolean;
}

/** Trusts a draft no further than its best evidence: logistic of bias + Σ weight × (value − ½), then the caps. Never below 1 or above 99 by itself. */
export function confidenceOf(evidence: Evidence): Confidence {
  const weights = evidence.calibration?.weights ?? PRIOR_WEIGHTS;
  const decisions = evidence.calibration?.decisions ?? 0;
  const seen: [SignalName, number | null][] = [
    ["retrieval_strength", evidence.retrievalStrength],
    ["question_coverage", evidence.questionCoverage],
    ["verified_quotes", evidence.verifiedShare],
    ["self_rating", evidence.selfRating],
    ["history", evidence.history],
  ];
  const signals = seen.flatMap(([name, value]) => (value === null ? [] : [{ name, value: unit(value), weight: weights[name] }]));
  const caps = capsOf(evidence.caps);
  const score = scoreOf(signals, weights, caps);
  return {
    score,
    calibrated: decisions >= CALIBRATED_FROM_DECISIONS,
    decisions,
    hidden: evidence.hidden,
    version: evidence.calibration?.version ?? null,
    signals,
    caps,
  };
}

/**
 * How well the best source fits, 0..1: its score over the best one that the question could reach, times the search's probability that there is
 * an answer at all. The first alone cannot see that other sources fit as well, or that a word which matters is nowhere.
 */
export function retrievalStrengthOf({ passages, answerable }: Pick<Findings, "passages" | "answerable">): number {
  return unit(passages[0]?.relevance ?? 0) * unit(answerable);
}

/** What the formula says of signals 0..1, no higher than the lowest cap: 0–100, whole. */
export function scoreOf(signals: Pick<Signal, "name" | "value">[], weights: Weights, caps: { limit: number }[]): number {
  const logOdds = signals.reduce((sum, { name, value }) => sum + weights[name] * (value - MIDDLE), weights.bias);
  const raw = Math.min(99, Math.max(1, Math.round(100 / (1 + Math.exp(-logOdds)))));
  return Math.min(raw, ...caps.map(({ limit }) => limit));
}

/** A signal at one half moves the score neither way, and so does one that was not seen. */
export const MIDDLE = 0.5;

/** The strongest reasons for a score, in words: caps first, then the signals that move it most. At most `count`. */
export function strongestReasons(confidence: Pick<Confidence, "signals" | "caps">, count: number): string[] {
  const caps = confidence.caps.toSorted((a, b) => a.limit - b.limit).map(({ name, limit }) => `at most ${limit}%: ${capWords(name)}`);
  const push = ({ value, weight }: Signal) => Math.abs(weight * (value - 0.5));
  const signals = confidence.signals
    .toSorted((a, b) => push(b) - push(a))
    .map(({ name, value }) => `${SIGNAL_WORDS[name][value >= 0.5 ? "high" : "low"]} (${Math.round(value * 100)}%)`);
  return [...caps, ...signals].slice(0, count);
}

/** Why a cap holds, for people. */
export const capWords = (name: string): string => CAP_WORDS[name] ?? name.replaceAll("_", " ");

const CAP_WORDS: Record<string, string> = {
  no_verified_quote: "no sentence is backed by a verified quote",
  contradicting_sources: "the sources contradict each other",
  refusal_or_truncation: "the drafter refused or broke off",
  unsupported_fact: "the draft says something that no source contains or that it must not say",
} satisfies Record<keyof typeof CAPS, string>;

const SIGNAL_WORDS: Record<SignalName, { high: string; low: string }> = {
  retrieval_strength: { high: "the best source fits the question", low: "no source fits the question well" },
  question_coverage: { high: "the sources cover the question's words", low: "the sources cover few of the question's words" },
  verified_quotes: { high: "facts are backed by verified quotes", low: "few facts are backed by verified quotes" },
  self_rating: { high: "the drafter is sure", low: "the drafter is not sure" },
  history: { high: "similar drafts were sent unchanged", low: "similar drafts were changed or rejected" },
};

function capsOf(caps: Evidence["caps"]): Confidence["caps"] {
  const held: [boolean, keyof typeof CAPS][] = [
    [caps.noVerifiedQuote, "no_verified_quote"],
    [caps.contradiction, "contradicting_sources"],
    [caps.refusalOrTruncation, "refusal_or_truncation"],
    [caps.unsupportedFact, "unsupported_fact"],
  ];
  return held.flatMap(([holds, name]) => (holds ? [{ name, limit: CAPS[name] }] : []));
}

/** A signal that is no number says nothing good. */
const unit = (value: number) => (Number.isFinite(value) ? Math.min(1, Math.max(0, value)) : 0);
