/** A figure with its 95 % bootstrap interval over questions; null where there is nothing to measure. */
export interface Figure {
  value: number | null;
  low: number | null;
  high: number | null;
}

const RESAMPLES = 500;

/** Measures rows, and the spread over rows drawn with replacement: the same draws at every run. */
export function bootstrap<Row>(rows: Row[], measure: (rows: Row[]) => number | null): Figure {
  const spread: number[] = [];
  for (let seed = 1; seed <= RESAMPLES; seed++) {
    const value = measure(resample(rows, seed));
    if (value !== null) spread.push(value);
  }
  spread.sort((a, b) => a - b);
  const at = (share: number) => spread[Math.round(share * (spread.length - 1))] ?? null;
  return { value: measure(rows), low: at(0.025), high: at(0.975) };
}

/** The difference of two runs over the same questions, each draw taking the same questions of both. */
export function bootstrapDifference<Row>(pairs: { ours: Row; theirs: Row }[], measure: (rows: Row[]) => number | null): Figure {
  return bootstrap(pairs, (drawn) => {
    const ours = measure(drawn.map((pair) => pair.ours));
    const theirs = measure(drawn.map((pair) => pair.theirs));
    return ours === null || theirs === null ? null : ours - theirs;
  });
}

function resample<Row>(rows: Row[], seed: number): Row[] {
  const next = generator(seed);
  return rows.map(() => rows[Math.floor(next() * rows.length)] as Row);
}

/** mulberry32: small, fast, the same everywhere. */
function generator(seed: number): () => number {
  let state = Math.imul(seed, 0x9e3779b1);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
