/** What tells whether any label fits a message at all. */
export interface ScopeSignals {
  /** Logit of the best label's share, between −7 and 7; 0 when there is only one label. */
  surety: number;
  /** Cosine with the nearest example, 0..1. */
  nearness: number;
  /** Share of the telling words that stand in an example, 0..1. */
  coverage: number;
  /** Logarithm of one more than the number of words. */
  length: number;
}

/**
 * Fitted on the real messages of three sets (`countersign eval triage --fit`), each set weighing the same; the command prints what they
 * are worth on a set they were not fitted on. They know nothing about any label, so they hold for a team's own.
 */
export const SCOPE_WEIGHTS = { bias: -4.18, surety: 0.55, nearness: 2.14, coverage: 1.93, length: 0.67 };

/** The probability, 0..1, that one of the labels fits; below a half a person should look. */
export function inScope(signals: ScopeSignals, weights = SCOPE_WEIGHTS): number {
  const { bias, surety, nearness, coverage, length } = weights;
  const score = bias + surety * signals.surety + nearness * signals.nearness + coverage * signals.coverage + length * signals.length;
  return 1 / (1 + Math.exp(-score));
}
