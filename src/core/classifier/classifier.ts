import { intentOfLabel } from "../intents.ts";
import { featuresOf } from "./features.ts";
import { nearestOf } from "./nearest.ts";
import { inScope, type ScopeSignals } from "./scope.ts";
import { fitSoftmax, sharesOf } from "./softmax.ts";
import { vocabularyOf } from "./vectors.ts";

/** A message that a person gave a label. */
export interface Example {
  text: string;
  label: string;
}

export interface Verdict {
  /** The best label whatever its score; null when there are no examples. */
  label: string | null;
  /** The label's share among all labels, 0..1. */
  confidence: number;
  /** The probability, 0..1, that any of the labels fits; `other`, `none` and `out_of_scope` are labels of what fits none. */
  inScope: number;
  signals: ScopeSignals;
}

/** Judges one message; never throws, time linear in the text. */
export type Classify = (text: string) => Verdict;

/** Trains a classifier at one go: the same examples in the same order give the same verdicts. */
export function train(examples: Example[]): Classify {
  const steps = trainInSteps(examples);
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/** The same in steps of a few milliseconds, between which others get a turn. The name of a label counts as an example of it. */
export function* trainInSteps(examples: Example[]): Generator<void, Classify> {
  const labels = [...new Set(examples.map(({ label }) => label))];
  const places = new Map(labels.map((label, place) => [label, place]));
  const rows = [...examples, ...labels.map((label) => ({ text: label.replace(/[^\p{L}\p{N}]+/gu, " "), label }))];
  const features = [];
  for (const [row, { text }] of rows.entries()) {
    features.push(featuresOf(text));
    if (row % 64 === 63) yield;
  }
  const vocabulary = vocabularyOf(features);
  const vectors = features.map(vocabulary.vectorOf);
  yield;
  const classes = rows.map(({ label }) => places.get(label) ?? 0);
  const model = yield* fitSoftmax(vectors, classes, vocabulary.size, labels.length);
  const nearest = nearestOf(vectors);
  const shares = new Float64Array(labels.length);
  const none = labels.flatMap((label, place) => (NONE.has(intentOfLabel(label)) ? [place] : []));
  return (text) => {
    const asked = featuresOf(text);
    const vector = vocabulary.vectorOf(asked);
    sharesOf(model, vector, shares);
    const best = shares.reduce((winner, share, place) => (share > (shares[winner] ?? -1) ? place : winner), 0);
    const confidence = shares[best] ?? 0;
    const signals = {
      surety: labels.length < 2 ? 0 : Math.max(-SUREST, Math.min(SUREST, Math.log(confidence / (1 - confidence)))),
      nearness: nearest(vector),
      coverage: vocabulary.coverage(asked),
      length: Math.log(1 + asked.length),
    };
    const outside = none.reduce((sum, place) => sum + (shares[place] ?? 0), 0);
    const fits = vector.places.length === 0 ? 0 : inScope(signals) * Math.max(0, 1 - outside);
    return { label: labels[best] ?? null, confidence, inScope: fits, signals };
  };
}

const SUREST = 7;
/** Labels that say that none of the others fits: their examples show what is out of scope. */
const NONE = new Set(["other", "none", "out_of_scope"]);
