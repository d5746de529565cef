import { auroc } from "../../core/reliability.ts";
import { calibrationError, type Figure } from "../retrieval/measures.ts";

/** What one message came to. */
export interface Judged {
  /** null: none of the labels fits. */
  label: string | null;
  guess: string | null;
  /** null where the judge has none. */
  confidence: number | null;
  /** Higher is likelier in scope; a probability where `calibrated`. */
  inScope: number | null;
  calibrated: boolean;
}

export const FIGURES = ["accuracy", "macro-F1", "AUROC out of scope", "ECE in scope", "ECE confidence"] as const;
export type FigureName = (typeof FIGURES)[number];

const RESAMPLES = 300;

/** All figures with 95 % bootstrap intervals over messages. Accuracy, F1 and the error of `confidence` are those of messages in scope. */
export function figuresOf(rows: Judged[]): Record<FigureName, Figure> {
  const resamples = Array.from({ length: RESAMPLES }, (_, seed) => resampled(rows, seed + 1));
  const figure = (of: (rows: Judged[]) => number | null): Figure => {
    const spread = resamples
      .map(of)
      .filter((value) => value !== null)
      .sort((a, b) => a - b);
    const at = (share: number) => spread[Math.floor(share * (spread.length - 1))] ?? null;
    return { value: of(rows), low: at(0.025), high: at(0.975) };
  };
  return {
    accuracy: figure(accuracy),
    "macro-F1": figure(macroF1),
    "AUROC out of scope": figure((held) => auroc(scored(held, false))),
    "ECE in scope": figure((held) => calibrationError(scored(held, true))),
    "ECE confidence": figure((held) => calibrationError(confidences(held))),
  };
}

const scored = (rows: Judged[], calibrated: boolean) =>
  rows.flatMap((row) =>
    row.inScope === null || (calibrated && !row.calibrated) ? [] : [{ score: row.inScope, label: row.label !== null }],
  );

const confidences = (rows: Judged[]) =>
  rows.flatMap(({ label, guess, confidence }) =>
    label === null || confidence === null ? [] : [{ score: confidence, label: label === guess }],
  );

function accuracy(rows: Judged[]): number | null {
  const held = rows.filter(({ label }) => label !== null);
  return held.length === 0 ? null : held.filter(({ label, guess }) => label === guess).length / held.length;
}

/** Mean over the labels that the messages have; precision counts the guesses among messages in scope. */
function macroF1(rows: Judged[]): number | null {
  const held = rows.filter(({ label }) => label !== null);
  const labels = [...new Set(held.map(({ label }) => label))];
  if (labels.length === 0) return null;
  const sum = labels.reduce((total, wanted) => {
    const right = held.filter(({ label, guess }) => label === wanted && guess === wanted).length;
    const said = held.filter(({ guess }) => guess === wanted).length;
    const there = held.filter(({ label }) => label === wanted).length;
    return total + (2 * right) / (said + there);
  }, 0);
  return sum / labels.length;
}

/** As many rows, drawn with replacement: the same for the same seed. */
function resampled(rows: Judged[], seed: number): Judged[] {
  let state = (seed * 2654435761) >>> 0;
  return rows.map(() => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return rows[Math.floor((state / 4294967296) * rows.length)] as Judged;
  });
}
