import { type RetrievalSignals, WEIGHTS } from "../../core/answerable.ts";
import { foldOf } from "./set.ts";

/** One question as the fit sees it. */
export interface Observation {
  id: string;
  set: string;
  signals: RetrievalSignals;
  answerable: boolean;
  topRight: boolean;
}

type Weights = typeof WEIGHTS;
type Name = keyof Weights["words"];
const NAMES: Name[] = ["bias", "spread", "lead", "distinction", "title", "subject"];
const MEMORY_NAMES: Name[] = [...NAMES, "nearness"];

/** What an answerable question counts whose best source is wrong: the score should tell a right find from a near one, too. */
const HALF_RIGHT = 0.4;
/** Ridge per weight, in units of observations; `subject` is held small (core/answerable.ts says why). */
const RIDGE = { bias: 0.001, spread: 1, lead: 1, distinction: 1, title: 1, subject: 120, nearness: 1 } as const;
/** Small sets are heard beside large ones: each question weighs by its set's size to the power of minus this. */
const SMALL_SETS_COUNT_MORE = 0.25;

/**
 * Fits the weights of `answerable` by ridge logistic regression in two steps: first on how good the find is (1 right source first, 0.4 answerable
 * but wrong first, 0 no answer), questions of small sets weighing more; then one line puts that score on the scale of probabilities
 * of being answerable, each question counting the same.
 */
export function fitAnswerable(rows: Observation[]): Weights {
  const sizes = Map.groupBy(rows, ({ set }) => set);
  const x = rows.map(featuresOf);
  const ridge = [...NAMES.map((name) => RIDGE[name]), ...MEMORY_NAMES.map((name) => (name === "bias" ? 1 : RIDGE[name]))];
  const target = rows.map(({ answerable, topRight }) => (topRight ? 1 : answerable ? HALF_RIGHT : 0));
  const mean = rows.length / sizes.size;
  const weight = rows.map(({ set }) => (mean / (sizes.get(set)?.length ?? 1)) ** SMALL_SETS_COUNT_MORE);
  const weights = logistic(x, target, weight, ridge);
  const score = x.map((features) => dot(features, weights));
  const memory = rows.map(({ signals }) => signals.memory);
  const scale = logistic(
    score.map((value, row) => [1, value, memory[row] ?? 0]),
    rows.map(({ answerable }) => (answerable ? 1 : 0)),
    rows.map(() => 1),
    [0.001, 0.001, 0.001],
  );
  const [shift = 0, slope = 1, withMemory = 0] = scale;
  const scaled = weights.map((value) => value * slope);
  const zero = { ...WEIGHTS.words, bias: 0, spread: 0, lead: 0, distinction: 0, title: 0, subject: 0, nearness: 0 };
  const words = { ...zero, ...Object.fromEntries(NAMES.map((name, place) => [name, scaled[place] ?? 0])) };
  const memoryWeights = { ...zero, ...Object.fromEntries(MEMORY_NAMES.map((name, place) => [name, scaled[NAMES.length + place] ?? 0])) };
  words.bias += shift;
  memoryWeights.bias += withMemory;
  return { words, memory: memoryWeights };
}

/** For each observation weights that were fitted without its fold. */
export function fitOutOfFold(rows: Observation[], folds: number): Weights[] {
  const byFold = Array.from({ length: folds }, (_, fold) => fitAnswerable(rows.filter(({ id }) => foldOf(id, folds) !== fold)));
  return rows.map(({ id }) => byFold[foldOf(id, folds)] ?? WEIGHTS);
}

function featuresOf({ signals }: Observation): number[] {
  const value = (name: Name) => (name === "bias" ? 1 : signals[name]);
  return [...NAMES.map(value), ...MEMORY_NAMES.map((name) => signals.memory * value(name))];
}

const ROUNDS = 30;

/** Newton's method for a ridge logistic; targets may lie between 0 and 1. */
export function logistic(x: number[][], target: number[], weight: number[], ridge: number[]): number[] {
  let weights = ridge.map(() => 0);
  for (let round = 0; round < ROUNDS; round++) {
    const gradient = weights.map((value, i) => -(ridge[i] ?? 0) * value);
    const hessian = weights.map((_, i) => weights.map((__, j) => (i === j ? (ridge[i] ?? 0) : 0)));
    for (const [row, features] of x.entries()) {
      const p = 1 / (1 + Math.exp(-dot(features, weights)));
      const residual = (weight[row] ?? 0) * ((target[row] ?? 0) - p);
      const curvature = (weight[row] ?? 0) * p * (1 - p);
      for (const [i, a] of features.entries()) {
        gradient[i] = (gradient[i] ?? 0) + residual * a;
        const line = hessian[i] ?? [];
        for (const [j, b] of features.entries()) line[j] = (line[j] ?? 0) + curvature * a * b;
      }
    }
    const step = solve(hessian, gradient);
    weights = weights.map((value, i) => value + (step[i] ?? 0));
    if (Math.max(...step.map(Math.abs)) < 1e-8) break;
  }
  return weights;
}

/** Gauss's elimination with pivots. */
function solve(matrix: number[][], right: number[]): number[] {
  const rows = matrix.map((line, i) => [...line, right[i] ?? 0]);
  const size = rows.length;
  for (let i = 0; i < size; i++) {
    const pivot = rows.reduce((best, line, k) => (k >= i && Math.abs(line[i] ?? 0) > Math.abs(rows[best]?.[i] ?? 0) ? k : best), i);
    [rows[i], rows[pivot]] = [rows[pivot] ?? [], rows[i] ?? []];
    for (const [k, line] of rows.entries()) {
      if (k === i) continue;
      const factor = (line[i] ?? 0) / (rows[i]?.[i] ?? 1);
      for (let j = i; j <= size; j++) line[j] = (line[j] ?? 0) - factor * (rows[i]?.[j] ?? 0);
    }
  }
  return rows.map((line, i) => (line[size] ?? 0) / (line[i] ?? 1));
}

const dot = (a: number[], b: number[]) => a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);
