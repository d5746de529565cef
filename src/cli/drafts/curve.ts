import type { Observation } from "./observation.ts";

/** What answering only from a threshold on would come to. */
export interface CurvePoint {
  threshold: number;
  /** Share of what would be answered that can be answered; null when nothing would be. */
  precision: number | null;
  /** Share of the answerable questions that would be answered. */
  answered: number;
}

/** By what it is decided whether to answer. */
export type Score = "found" | "confidence";

/** Every threshold that makes a difference, lowest first. A draft that states nothing answers nothing, whatever its score. */
export function curveOf(rows: Observation[], score: Score): CurvePoint[] {
  const able = rows.filter(({ answerable }) => answerable).length;
  const sorted = rows.filter((row) => speaks(row, score)).toSorted((a, b) => b[score] - a[score]);
  const points: CurvePoint[] = [];
  let right = 0;
  for (const [place, row] of sorted.entries()) {
    if (row.answerable) right += 1;
    if (sorted[place + 1]?.[score] === row[score]) continue;
    points.push({ threshold: row[score], precision: right / (place + 1), answered: able === 0 ? 0 : right / able });
  }
  return points.reverse();
}

/** The curve at a threshold. */
export function pointAt(rows: Observation[], score: Score, threshold: number): CurvePoint {
  const answered = rows.filter((row) => speaks(row, score) && row[score] >= threshold);
  const right = answered.filter(({ answerable }) => answerable).length;
  const able = rows.filter(({ answerable }) => answerable).length;
  return { threshold, precision: answered.length === 0 ? null : right / answered.length, answered: able === 0 ? 0 : right / able };
}

/** The largest share of answerable questions that can be answered with at least this precision; 0 when no threshold reaches it. */
export function answeredAtPrecision(rows: Observation[], score: Score, precision: number): number | null {
  if (rows.length === 0) return null;
  return Math.max(0, ...curveOf(rows, score).flatMap((point) => ((point.precision ?? 0) >= precision ? [point.answered] : [])));
}

const speaks = ({ facts }: Observation, score: Score) => score === "found" || facts > 0;
