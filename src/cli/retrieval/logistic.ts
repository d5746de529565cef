const ROUNDS = 30;
const CLOSE_ENOUGH = 1e-7;

/** Newton's method for a weighted ridge logistic; targets may lie between 0 and 1, each weight has a penalty of its own. */
export function logistic(x: number[][], target: number[], weight: number[], ridge: number[]): number[] {
  const size = ridge.length;
  let weights = ridge.map(() => 0);
  for (let round = 0; round < ROUNDS; round++) {
    const gradient = weights.map((value, i) => -(ridge[i] ?? 0) * value);
    const hessian = ridge.map((penalty, i) => ridge.map((_, j) => (i === j ? penalty : 0)));
    for (let row = 0; row < x.length; row++) {
      const features = x[row] ?? [];
      const p = 1 / (1 + Math.exp(-dot(features, weights)));
      const residual = (weight[row] ?? 0) * ((target[row] ?? 0) - p);
      const curvature = (weight[row] ?? 0) * p * (1 - p);
      for (let i = 0; i < size; i++) {
        const value = features[i] ?? 0;
        if (value === 0) continue;
        gradient[i] = (gradient[i] ?? 0) + residual * value;
        const line = hessian[i] ?? [];
        for (let j = 0; j <= i; j++) line[j] = (line[j] ?? 0) + curvature * value * (features[j] ?? 0);
      }
    }
    const step = solve(
      hessian.map((line, i) => line.map((value, j) => (j <= i ? value : (hessian[j]?.[i] ?? 0)))),
      gradient,
    );
    weights = weights.map((value, i) => value + (step[i] ?? 0));
    if (Math.max(...step.map(Math.abs)) < CLOSE_ENOUGH) break;
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

function dot(a: number[], b: number[]): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}
