import type { Refit } from "../core/calibration.ts";
import type { Weights } from "../core/confidence.ts";

/** One fit of the confidence's weights, and what became of it. */
export interface Calibration extends Refit {
  /** Counts up over all accounts. */
  version: number;
  accountId: number;
  /** Whose drafts' decisions were fitted. */
  drafter: string;
  /** How many decisions it rests on: `decisions` without those on other drafters' words. */
  fittedOn: number;
  since: Date;
  fittedAt: Date;
}

/** What new drafts are scored with. */
export interface Serving {
  /** null: the prior. */
  version: number | null;
  weights: Weights | null;
  /** Decisions on this drafter's words that the last fit rested on, whether it was taken or the weights before stood the comparison. */
  decisions: number;
}

/** Fits of the confidence's weights. */
export interface CalibrationsTable {
  /** Keeps a fit; answers its version. */
  add(calibration: Omit<Calibration, "version">): Promise<number>;
  /** The newest fit, taken or not. */
  latest(accountId: number): Promise<Calibration | null>;
  /** Those that were taken, newest first, at most a hundred. */
  taken(accountId: number): Promise<Calibration[]>;
  /** Read for every draft, so that all processes are in step from the moment of the fit on: two rows by their index. */
  serving(accountId: number, drafter: string): Promise<Serving>;
}
