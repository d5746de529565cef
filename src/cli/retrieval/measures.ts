import { auroc } from "../../core/reliability.ts";

/** What one question came to. */
export interface Asked {
  id: string;
  relevant: string[];
  answerable: boolean;
  /** Sources, best first. */
  ranked: string[];
  /** The ranker's probability that there is an answer; null where it has none. */
  probability: number | null;
  ms: number;
  threw: boolean;
}

export interface Figure {
  value: number | null;
  /** 95 % bootstrap interval over questions. */
  low: number | null;
  high: number | null;
}

export const MEASURES = ["hit@1", "hit@5", "MRR@10", "nDCG@10", "AUROC answerable", "AUROC top-1 right", "ECE"] as const;
export type MeasureName = (typeof MEASURES)[number];

export interface Measured {
  questions: number;
  figures: Record<MeasureName, Figure>;
  ms: { mean: number; p95: number };
  threw: number;
}

const RESAMPLES = 200;
const BINS = 10;

/** All figures of one ranker's answers. Retrieval is judged on the answerable questions, probabilities on all. */
export function measure(asked: Asked[]): Measured {
  const resamples = Array.from({ length: RESAMPLES }, (_, seed) => resample(asked, seed + 1));
  const figure = (of: (rows: Asked[]) => number | null): Figure => {
    const spread = resamples
      .map(of)
      .filter((value) => value !== null)
      .sort((a, b) => a - b);
    const at = (share: number) => spread[Math.floor(share * (spread.length - 1))] ?? null;
    return { value: of(asked), low: at(0.025), high: at(0.975) };
  };
  const times = asked.map(({ ms }) => ms).sort((a, b) => a - b);
  return {
    questions: asked.length,
    figures: {
      "hit@1": figure((rows) => meanOf(rows, (row) => hit(row, 1))),
      "hit@5": figure((rows) => meanOf(rows, (row) => hit(row, 5))),
      "MRR@10": figure((rows) => meanOf(rows, reciprocalRank)),
      "nDCG@10": figure((rows) => meanOf(rows, gain)),
      "AUROC answerable": figure((rows) => auroc(scored(rows, ({ answerable }) => answerable))),
      "AUROC top-1 right": figure((rows) => auroc(scored(rows, (row) => row.answerable && hit(row, 1) === 1))),
      ECE: figure((rows) => calibrationError(scored(rows, ({ answerable }) => answerable))),
    },
    ms: { mean: times.reduce((sum, ms) => sum + ms, 0) / (times.length || 1), p95: times[Math.floor(times.length * 0.95)] ?? 0 },
    threw: asked.filter(({ threw }) => threw).length,
  };
}

/** Expected calibration error in ten bins of equal mass. */
export function calibrationError(rows: { score: number; label: boolean }[]): number | null {
  if (rows.length === 0) return null;
  const sorted = rows.toSorted((a, b) => a.score - b.score);
  let error = 0;
  for (let bin = 0; bin < BINS; bin++) {
    const held = sorted.slice(Math.floor((bin * sorted.length) / BINS), Math.floor(((bin + 1) * sorted.length) / BINS));
    error += Math.abs(held.reduce((sum, { score, label }) => sum + score - (label ? 1 : 0), 0)) / sorted.length;
  }
  return error;
}

function scored(rows: Asked[], labelOf: (row: Asked) => boolean): { score: number; label: boolean }[] {
  return rows.flatMap((row) => (row.probability === null ? [] : [{ score: row.probability, label: labelOf(row) }]));
}

function meanOf(rows: Asked[], value: (row: Asked) => number): number | null {
  const judged = rows.filter(({ answerable }) => answerable);
  return judged.length === 0 ? null : judged.reduce((sum, row) => sum + value(row), 0) / judged.length;
}

/** 1 when one of the first `depth` sources is right. */
export const hit = ({ ranked, relevant }: Pick<Asked, "ranked" | "relevant">, depth: number): number =>
  ranked.slice(0, depth).some((id) => relevant.includes(id)) ? 1 : 0;

function reciprocalRank({ ranked, relevant }: Asked): number {
  const place = ranked.slice(0, 10).findIndex((id) => relevant.includes(id));
  return place < 0 ? 0 : 1 / (place + 1);
}

function gain({ ranked, relevant }: Asked): number {
  const discount = (place: number) => 1 / Math.log2(place + 2);
  const got = ranked.slice(0, 10).reduce((sum, id, place) => sum + (relevant.includes(id) ? discount(place) : 0), 0);
  const best = relevant.slice(0, 10).reduce((sum, _, place) => sum + discount(place), 0);
  return best === 0 ? 0 : got / best;
}

/** As many rows drawn with replacement, the same ones at every run. */
function resample<Row>(rows: Row[], seed: number): Row[] {
  let state = seed * 2_654_435_761;
  const next = () => {
    state = (Math.imul(state ^ (state >>> 15), 2_246_822_519) + 0x9e3779b9) | 0;
    return ((state ^ (state >>> 13)) >>> 0) / 2 ** 32;
  };
  return rows.map(() => rows[Math.floor(next() * rows.length)] as Row);
}
