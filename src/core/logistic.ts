/** A decided draft for the fit: `x` with a leading 1 for the bias, the outcome, and how much it counts. */
export interface Observation {
  x: number[];
  label: 0 | 1;
  weight: number;
}

/** What we believe of the weights before the observations: a normal distribution. */
export interface Belief {
  mean: number[];
  covariance: number[][];
}

/** The most probable weights, and the logarithm of how probable the observations are under this belief (up to a constant that all beliefs share). */
export interface Fit {
  weights: number[];
  logEvidence: number;
}

const MOST_STEPS = 50;
const CLOSE_ENOUGH = 1e-9;
const HALVINGS = 30;

/**
 * Logistic regression shrunk to a belief (maximum a posteriori), by Newton's method with halved steps: the posterior is log-concave, so it
 * ends at the one maximum, the same at every run. The evidence is Laplace's approximation (MacKay 1992): how well the best weights fit,
 * less what it cost to choose them.
 */
export function fitLogistic(observations: Observation[], { mean, covariance }: Belief): Fit {
  const precision = inverse(covariance);
  const posterior = (weights: number[]) => logLikelihood(observations, weights) - half(precision, subtract(weights, mean));
  let weights = mean;
  let height = posterior(weights);
  for (let step = 0; step < MOST_STEPS; step++) {
    const { gradient, hessian } = slopeAt(observations, weights, mean, precision);
    const direction = solve(hessian, gradient);
    let reach = 1;
    let next = weights.map((weight, i) => weight + (direction[i] ?? 0));
    let higher = posterior(next);
    for (let halving = 0; halving < HALVINGS && higher < height; halving++) {
      reach /= 2;
      next = weights.map((weight, i) => weight + reach * (direction[i] ?? 0));
      higher = posterior(next);
    }
    if (!(higher > height + CLOSE_ENOUGH)) break;
    weights = next;
    height = higher;
  }
  const { hessian } = slopeAt(observations, weights, mean, precision);
  return { weights, logEvidence: height - (logDeterminant(hessian) + logDeterminant(covariance)) / 2 };
}

/** The logarithm of how probable the outcomes are with these weights. */
export function logLikelihood(observations: Observation[], weights: number[]): number {
  return observations.reduce((sum, { x, label, weight }) => {
    const logOdds = dot(x, weights);
    const sure = label === 1 ? logOdds : -logOdds;
    return sum - weight * (sure > 0 ? Math.log1p(Math.exp(-sure)) : -sure + Math.log1p(Math.exp(sure)));
  }, 0);
}

/** Gradient of the posterior's logarithm, and its curvature with the sign turned, so that it is positive definite. */
function slopeAt(observations: Observation[], weights: number[], mean: number[], precision: number[][]) {
  const pull = multiply(precision, subtract(weights, mean));
  const gradient = pull.map((value) => -value);
  const hessian = precision.map((row) => [...row]);
  for (const { x, label, weight } of observations) {
    const p = 1 / (1 + Math.exp(-dot(x, weights)));
    for (let i = 0; i < x.length; i++) {
      const xi = x[i] as number;
      if (xi === 0) continue;
      (gradient[i] as number) += weight * (label - p) * xi;
      const row = hessian[i] as number[];
      const curve = weight * p * (1 - p) * xi;
      for (let j = 0; j <= i; j++) (row[j] as number) += curve * (x[j] as number);
    }
  }
  for (const [i, row] of hessian.entries()) for (let j = 0; j < i; j++) (hessian[j] as number[])[i] = row[j] as number;
  return { gradient, hessian };
}

/** A plain loop: it is run millions of times in a fit. */
function dot(a: number[], b: number[]): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}
const subtract = (a: number[], b: number[]) => a.map((value, i) => value - (b[i] ?? 0));
const multiply = (matrix: number[][], vector: number[]) => matrix.map((row) => dot(row, vector));
const half = (matrix: number[][], vector: number[]) => dot(vector, multiply(matrix, vector)) / 2;

/** Cholesky's lower triangle of a symmetric positive definite matrix. */
function cholesky(matrix: number[][]): number[][] {
  const lower = matrix.map((row) => row.map(() => 0));
  const at = (i: number, j: number) => lower[i]?.[j] ?? 0;
  for (let i = 0; i < matrix.length; i++) {
    const row = lower[i] ?? [];
    for (let j = 0; j <= i; j++) {
      let rest = matrix[i]?.[j] ?? 0;
      for (let k = 0; k < j; k++) rest -= at(i, k) * at(j, k);
      row[j] = i === j ? Math.sqrt(rest) : rest / at(j, j);
    }
  }
  return lower;
}

function solve(matrix: number[][], vector: number[]): number[] {
  const lower = cholesky(matrix);
  const size = vector.length;
  const forward: number[] = [];
  for (let i = 0; i < size; i++) forward.push(((vector[i] ?? 0) - dot((lower[i] ?? []).slice(0, i), forward)) / (lower[i]?.[i] ?? 1));
  const solution = new Array<number>(size).fill(0);
  for (let i = size - 1; i >= 0; i--) {
    let rest = forward[i] ?? 0;
    for (let k = i + 1; k < size; k++) rest -= (lower[k]?.[i] ?? 0) * (solution[k] ?? 0);
    solution[i] = rest / (lower[i]?.[i] ?? 1);
  }
  return solution;
}

const inverse = (matrix: number[][]) =>
  matrix.map((_, column) =>
    solve(
      matrix,
      matrix.map((__, row) => (row === column ? 1 : 0)),
    ),
  );

const logDeterminant = (matrix: number[][]) => 2 * cholesky(matrix).reduce((sum, row, i) => sum + Math.log(row[i] ?? 1), 0);
