/** What a score promised, 0..1, and what came: 1 when the draft's words (nearly) went out. */
export interface Forecast {
  score: number;
  label: 0 | 1;
}

/** How far scores keep their word. Each is null without decisions; `auroc` also when all decisions went the same way. */
export interface Reliability {
  decisions: number;
  /** Expected calibration error, 0..1: mean distance of promise and outcome over ten bins of equal width (Guo et al. 2017). */
  ece: number | null;
  /** Mean squared error, 0..1; always saying one half is .25. */
  brier: number | null;
  /** Mean negative log-likelihood in nats; always saying one half is .693. */
  logLoss: number | null;
  /** How often a good draft scored above a bad one, ties halved. */
  auroc: number | null;
}

/** One tenth of the scale: what its scores promised on average, and the share that came with its 95 % interval. Null where there are no decisions. */
export interface Bin {
  from: number; // 0..1, included
  to: number; // excluded, but for the last
  decisions: number;
  promised: number | null;
  came: Share | null;
}

/** A share, 0..1, with the bounds of its 95 % interval. */
export interface Share {
  share: number;
  low: number;
  high: number;
}

const BINS = 10;
/** Keeps the logarithm finite for a forecast that was sure and wrong. */
const LEAST = 1e-6;

/** Measures forecasts against outcomes. */
export function reliabilityOf(forecasts: Forecast[]): Reliability {
  const decisions = forecasts.length;
  if (decisions === 0) return { decisions, ece: null, brier: null, logLoss: null, auroc: null };
  const mean = (of: (forecast: Forecast) => number) => forecasts.reduce((sum, forecast) => sum + of(forecast), 0) / decisions;
  return {
    decisions,
    ece: binsOf(forecasts).reduce(
      (sum, bin) => sum + (bin.decisions / decisions) * Math.abs((bin.promised ?? 0) - (bin.came?.share ?? 0)),
      0,
    ),
    brier: mean(({ score, label }) => (score - label) ** 2),
    logLoss: mean(logLoss),
    auroc: auroc(forecasts),
  };
}

/** The loss of one forecast in nats. */
export function logLoss({ score, label }: Forecast): number {
  return -Math.log(Math.max(LEAST, label === 1 ? score : 1 - score));
}

/** The reliability diagram: ten bins of equal width, empty ones included. */
export function binsOf(forecasts: Forecast[]): Bin[] {
  const held: Forecast[][] = Array.from({ length: BINS }, () => []);
  // A score is a whole hundredth; what lies between bins by a rounding error only belongs to the upper one.
  for (const forecast of forecasts) held[Math.min(BINS - 1, Math.floor(forecast.score * BINS + 1e-9))]?.push(forecast);
  return held.map((inside, index) => ({
    from: index / BINS,
    to: (index + 1) / BINS,
    decisions: inside.length,
    promised: inside.length === 0 ? null : inside.reduce((sum, { score }) => sum + score, 0) / inside.length,
    came: shareOf(inside.filter(({ label }) => label === 1).length, inside.length),
  }));
}

const Z_95 = 1.959964;

/** A share with its 95 % interval by Wilson's score method, which stays honest for few and for extreme ones; null of nothing. */
export function shareOf(successes: number, trials: number): Share | null {
  if (trials === 0) return null;
  const share = successes / trials;
  const squared = Z_95 ** 2 / trials;
  const middle = (share + squared / 2) / (1 + squared);
  const reach = (Z_95 / (1 + squared)) * Math.sqrt((share * (1 - share)) / trials + squared / (4 * trials));
  return { share, low: Math.max(0, middle - reach), high: Math.min(1, middle + reach) };
}

/** Area under the receiver operating characteristic by ranks (Mann and Whitney), ties halved; null when only one kind is there. */
export function auroc(rows: { score: number; label: boolean | 0 | 1 }[]): number | null {
  const sorted = rows.toSorted((a, b) => a.score - b.score);
  let ranks = 0;
  let positives = 0;
  for (let from = 0; from < sorted.length; ) {
    let to = from;
    let held = 0;
    for (; to < sorted.length && sorted[to]?.score === sorted[from]?.score; to++) if (sorted[to]?.label) held += 1;
    ranks += held * ((from + to + 1) / 2);
    positives += held;
    from = to;
  }
  const negatives = sorted.length - positives;
  return positives === 0 || negatives === 0 ? null : (ranks - (positives * (positives + 1)) / 2) / (positives * negatives);
}
