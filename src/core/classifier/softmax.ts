import type { Vector } from "./vectors.ts";

/** Weights per feature and class, class by class within a feature; `bias` one per class. */
export interface Softmax {
  weights: Float32Array;
  bias: Float64Array;
}

const ROUNDS = 8;
const RATE = 0.3;
const BIAS_RATE = 0.03;
const SHRINK = 3e-5;
/** Classes that a text is this unlikely to belong to learn nothing from it. */
const NEGLIGIBLE = 3e-3;
const STEP = 64;

/**
 * Fits a multinomial logistic regression by AdaGrad: the same examples in the same order give the same weights. Yields every 64 texts, so that
 * whoever must answer meanwhile can; time grows with texts × their features × classes.
 */
export function* fitSoftmax(texts: Vector[], classes: number[], size: number, count: number): Generator<void, Softmax> {
  const weights = new Float32Array(size * count);
  const bias = new Float64Array(count);
  const seen = new Float32Array(size * count);
  const seenBias = new Float64Array(count);
  const shares = new Float64Array(count);
  /** The classes that the text at hand teaches something. */
  const learners = new Int32Array(count);
  const order = texts.map((_, place) => place);
  const random = randomFrom(1);
  for (let round = 0; round < ROUNDS; round++) {
    shuffle(order, random);
    for (const [done, text] of order.entries()) {
      const { places, values } = texts[text] as Vector;
      score({ weights, bias }, texts[text] as Vector, shares);
      toShares(shares);
      const own = classes[text] ?? 0;
      shares[own] = (shares[own] ?? 0) - 1;
      let taught = 0;
      for (let c = 0; c < count; c++) {
        const error = shares[c] as number;
        if (Math.abs(error) < NEGLIGIBLE) continue;
        learners[taught++] = c;
        seenBias[c] = (seenBias[c] as number) + error * error;
        bias[c] = (bias[c] as number) - (BIAS_RATE * error) / Math.sqrt((seenBias[c] as number) + 1e-6);
      }
      for (let k = 0; k < places.length; k++) {
        const value = values[k] as number;
        const from = (places[k] as number) * count;
        for (let l = 0; l < taught; l++) {
          const c = learners[l] as number;
          const at = from + c;
          const slope = (shares[c] as number) * value + SHRINK * (weights[at] as number);
          const sum = (seen[at] as number) + slope * slope;
          seen[at] = sum;
          weights[at] = (weights[at] as number) - (RATE * slope) / Math.sqrt(sum + 1e-4);
        }
      }
      if (done % STEP === STEP - 1) yield;
    }
  }
  return { weights, bias };
}

/** Stopped early, the weights are too modest; on each of three sets of real messages this made the shares the most likely. */
const SHARPNESS = 1.2;

/** Writes each class's share of the probability into `into`. */
export function sharesOf(model: Softmax, text: Vector, into: Float64Array): Float64Array {
  score(model, text, into);
  for (let c = 0; c < into.length; c++) into[c] = SHARPNESS * (into[c] as number);
  return toShares(into);
}

function score({ weights, bias }: Softmax, { places, values }: Vector, into: Float64Array): void {
  into.set(bias);
  const count = into.length;
  for (let k = 0; k < places.length; k++) {
    const value = values[k] as number;
    const from = (places[k] as number) * count;
    for (let c = 0; c < count; c++) into[c] = (into[c] as number) + value * (weights[from + c] as number);
  }
}

function toShares(scores: Float64Array): Float64Array {
  const highest = scores.reduce((best, value) => Math.max(best, value), Number.NEGATIVE_INFINITY);
  let sum = 0;
  for (let c = 0; c < scores.length; c++) {
    const value = Math.exp((scores[c] as number) - highest);
    scores[c] = value;
    sum += value;
  }
  for (let c = 0; c < scores.length; c++) scores[c] = (scores[c] as number) / sum;
  return scores;
}

function shuffle(order: number[], random: () => number): void {
  for (let last = order.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [order[last], order[other]] = [order[other] as number, order[last] as number];
  }
}

/** Numbers in 0..1, the same for the same seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
