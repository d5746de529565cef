/** A decided draft for the fit: `x` with a leading 1 for the bias, the outcome, and how much it counts. */
export interface Observation {
  x: number[];
  label: 0 | 1;
  weight: number;
}

/**
 * What we believe of the weights before the observations: they lie at `mean` plus so many times each of `directions`, and each of these
 * multiples is normal with mean 0 and standard deviation 1. A direction's length says how far weights may go that way.
 */
export interface Belief {
  mean: number[];
  directions: number[][];
}

/** The most probable weights, and the logarithm of how probable the observations are under this belief. */
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
 * less what it cost to choose them. Without directions nothing is chosen: the weights are the mean.
 */
export function fitLogistic(observations: Observation[], { mean, directions }: Belief): Fit {
  // In multiples of the directions the belief is the standard normal one.
  const seen = observations.map(({ x, label, weight }) => ({
    along: directions.map((direction) => dot(direction, x)),
    start: dot(mean, x),
    label,
    weight,
  }));
  let now = stateAt(
    seen,
    directions.map(() => 0),
  );
  for (let step = 0; step < MOST_STEPS && directions.length > 0; step++) {
    const move = solve(now.lower, now.gradient);
    let next = now;
    for (let halving = 0, reach = 1; halving < HALVINGS; halving++, reach /= 2) {
      next = stateAt(
        seen,
        now.multiples.map((multiple, i) => multiple + reach * (move[i] as number)),
      );
      if (next.height >= now.height) break;
    }
    if (!(next.height > now.height + CLOSE_ENOUGH)) break;
    now = next;
  }
  const { lower, multiples, height } = now;
  return {
    weights: mean.map((value, i) => value + multiples.reduce((sum, multiple, k) => sum + multiple * (directions[k]?.[i] ?? 0), 0)),
    logEvidence: height - lower.reduce((sum, row, i) => sum + Math.log(row[i] as number), 0),
  };
}

/** The posterior's logarithm at these multiples, its gradient, and Cholesky's triangle of its curvature with the sign turned. */
function stateAt(seen: { along: number[]; start: number; label: 0 | 1; weight: number }[], multiples: number[]) {
  const size = multiples.length;
  const gradient = multiples.map((value) => -value);
  const curvature = multiples.map((_, i) => multiples.map((__, j) => (i === j ? 1 : 0)));
  let height = -dot(multiples, multiples) / 2;
  for (const { along, start, label, weight } of seen) {
    const logOdds = start + dot(along, multiples);
    const small = Math.exp(-Math.abs(logOdds));
    const p = (logOdds > 0 ? 1 : small) / (1 + small);
    height += weight * (label * logOdds - Math.max(0, logOdds) - Math.log1p(small));
    const bend = weight * p * (1 - p);
    for (let i = 0; i < size; i++) {
      const ai = along[i] as number;
      (gradient[i] as number) += weight * (label - p) * ai;
      const row = curvature[i] as number[];
      for (let j = 0; j <= i; j++) (row[j] as number) += bend * ai * (along[j] as number);
    }
  }
  return { multiples, height, gradient, lower: cholesky(curvature) };
}

/** A plain loop: it is run millions of times in a fit. */
function dot(a: number[], b: number[]): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

/** Cholesky's lower triangle of a symmetric positive definite matrix, of which only the lower half is read. */
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

/** Solves by the triangle alone. */
function forward(lower: number[][], vector: number[]): number[] {
  const solution: number[] = [];
  for (const [i, row] of lower.entries()) {
    let rest = vector[i] ?? 0;
    for (let k = 0; k < i; k++) rest -= (row[k] as number) * (solution[k] as number);
    solution.push(rest / (row[i] as number));
  }
  return solution;
}

/** Solves by the triangle and its mirror image: by the whole matrix. */
function solve(lower: number[][], vector: number[]): number[] {
  const half = forward(lower, vector);
  const solution = new Array<number>(half.length).fill(0);
  for (let i = half.length - 1; i >= 0; i--) {
    let rest = half[i] as number;
    for (let k = i + 1; k < half.length; k++) rest -= (lower[k]?.[i] as number) * (solution[k] as number);
    solution[i] = rest / (lower[i]?.[i] as number);
  }
  return solution;
}
