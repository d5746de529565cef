import { CALIBRATED_FROM_DECISIONS, MIDDLE, PRIOR_WEIGHTS, type SignalName, scoreOf, type Weights } from "./confidence.ts";
import { fitLogistic, type Observation } from "./logistic.ts";
import { type Forecast, logLoss, type Reliability, reliabilityOf } from "./reliability.ts";

/** A draft that a person decided: what its score was made of, and whether its words (nearly) went out. */
export interface DecidedDraft {
  /** Each 0..1; those that were not seen are missing. */
  signals: { name: SignalName; value: number }[];
  caps: { name: string; limit: number }[];
  /** As it was shown, or would have been: 0–100, after the caps. */
  score: number;
  /** The operator decided without seeing the score. */
  hidden: boolean;
  label: 0 | 1;
  decidedAt: Date;
}

/** Weights that decisions were compared with, and when these were fitted. */
export interface FittedWeights {
  weights: Weights;
  fittedAt: Date;
}

/** What a refit came to. */
export interface Refit {
  /** Fitted on all decisions, whether or not they are taken. */
  weights: Weights;
  taken: boolean;
  /** Why, for people. */
  reason: string;
  decisions: number;
  /** On the newest decisions: the weights in use until now, and new ones that were fitted without these. */
  heldBack: { before: Reliability; after: Reliability };
}

/** Below this many the score is called uncalibrated, and the prior serves. */
export const LEAST_DECISIONS = CALIBRATED_FROM_DECISIONS;
/** A decision counts half as much as one that came so many decisions later: operators, drafters and knowledge change. */
export const HALF_LIFE_DECISIONS = 500;
/** The newest fifth is held back, as a forecast meets only what comes after it. */
const HELD_BACK = 1 / 5;
/** Weights are kept to a millionth: what machines round differently in the sixteenth digit is no other fit. */
const EXACTLY = 1_000_000;
/** Standard errors that a difference must have to count as one. */
const CLEAR = 2;

const NAMES = ["bias", "retrieval_strength", "question_coverage", "verified_quotes", "self_rating", "history"] as const;

/**
 * How far weights may lie from the documented prior, in log-odds (standard deviations): how strict operators are (`bias`), how far all
 * signals together tell too much or too little (`scale`, as a share of the prior's weights; this is Platt's slope), and each signal by itself.
 */
const SPREAD = { bias: 1.5, scale: 0.5, signal: 1 };
/** The same belief, held more or less firmly. */
const FIRMNESS = [0.5, 1];
/** How sure we are before any decision that the prior is simply right: two to one. */
const PRIOR_IS_RIGHT = 2 / 3;

/**
 * Fits decisions (oldest first) and lets the newest fifth of them judge, by log loss: weights fitted on what came before must not be clearly
 * worse on it (by two standard errors) than the prior, nor than the newest weights that had not seen that fifth either, for the past may have
 * been another one. Else the weights in use stay, or the prior comes back where it is clearly better than these, too.
 *
 * Nothing else has to be passed, because a fit is never far from the prior without cause (`fitWeights`). A threshold would lose: what just
 * passes it by chance is the worst of the fits, while small steps in the right direction would all be refused.
 */
export function refit(drafts: DecidedDraft[], earlier: FittedWeights[]): Refit {
  const cut = drafts.length - Math.round(drafts.length * HELD_BACK);
  const [older, newest] = [drafts.slice(0, cut), drafts.slice(cut)];
  const begins = newest[0]?.decidedAt.getTime() ?? Number.POSITIVE_INFINITY;
  const unseeing = newestOf(earlier.filter(({ fittedAt }) => fittedAt.getTime() < begins))?.weights ?? PRIOR_WEIGHTS;
  const inUse = newestOf(earlier)?.weights ?? PRIOR_WEIGHTS;
  const candidate = fitWeights(older);
  const fitted = fitWeights(drafts);
  const on = (weights: Weights) => reliabilityOf(forecastsOf(newest, weights));
  return { ...choice(), decisions: drafts.length, heldBack: { before: on(unseeing), after: on(candidate) } };

  function choice(): Pick<Refit, "weights" | "taken" | "reason"> {
    if (drafts.length < LEAST_DECISIONS)
      return { weights: fitted, taken: false, reason: `${drafts.length} decisions are too few, ${LEAST_DECISIONS} are needed` };
    const rival = isWorse(newest, candidate, PRIOR_WEIGHTS)
      ? "the prior"
      : isWorse(newest, candidate, unseeing)
        ? "the weights before"
        : null;
    if (rival === null)
      return {
        weights: fitted,
        taken: true,
        reason: `neither the prior nor the weights before meet the newest ${newest.length} clearly better`,
      };
    const reason = `the newest ${newest.length} decisions are met clearly better by ${rival}`;
    return isWorse(newest, inUse, PRIOR_WEIGHTS)
      ? { weights: PRIOR_WEIGHTS, taken: true, reason: `${reason}, and by the prior than by the weights in use: it serves again` }
      : { weights: fitted, taken: false, reason };
  }
}

/** Whether decisions lose more by these weights than by others, by more than chance explains; newer decisions count more. */
function isWorse(drafts: DecidedDraft[], by: Weights, than: Weights): boolean {
  const rivals = forecastsOf(drafts, than);
  const gains = forecastsOf(drafts, by).map((forecast, place) => logLoss(rivals[place] ?? forecast) - logLoss(forecast));
  const weights = gains.map((_, place) => weightOf(place, gains.length));
  const all = weights.reduce((sum, weight) => sum + weight, 0) || 1;
  const mean = gains.reduce((sum, value, place) => sum + (weights[place] ?? 0) * value, 0) / all;
  const squares = gains.reduce((sum, value, place) => sum + ((weights[place] ?? 0) * (value - mean)) ** 2, 0);
  return mean < (-CLEAR * Math.sqrt(squares)) / all;
}

/** How much a decision counts: less the more came after it. */
const weightOf = (place: number, decisions: number) => 0.5 ** ((decisions - 1 - place) / HALF_LIFE_DECISIONS);

const newestOf = (fitted: FittedWeights[]) =>
  fitted.reduce<FittedWeights | null>((newest, one) => (newest && newest.fittedAt >= one.fittedAt ? newest : one), null);

/**
 * The weights that these decisions (oldest first) and the prior speak for: the prior and the fits under beliefs of different firmness, averaged
 * by how probable each makes the decisions (Bayesian model averaging: the data choose the shrinkage, nothing held back does). Where the prior is
 * right it keeps nearly all of the average; the more the decisions contradict it, the less.
 *
 * Decisions made without the score in sight count like the others: the score promises what operators do who see it, and a tenth of them alone
 * would be too few to fit. What they say about anchoring is measured apart (`analytics/calibration`).
 */
export function fitWeights(drafts: DecidedDraft[]): Weights {
  const observations = observationsOf(drafts);
  const fits = [
    { ...fitLogistic(observations, { mean: PRIOR, directions: [] }), share: PRIOR_IS_RIGHT },
    ...FIRMNESS.map((firmness) => ({
      ...fitLogistic(observations, { mean: PRIOR, directions: directions(firmness) }),
      share: (1 - PRIOR_IS_RIGHT) / FIRMNESS.length,
    })),
  ];
  const best = Math.max(...fits.map(({ logEvidence }) => logEvidence));
  const odds = fits.map((fit) => ({ ...fit, odds: fit.share * Math.exp(fit.logEvidence - best) }));
  const all = odds.reduce((sum, fit) => sum + fit.odds, 0);
  const average = (i: number) => odds.reduce((sum, fit) => sum + (fit.odds / all) * (fit.weights[i] ?? 0), 0);
  return Object.fromEntries(NAMES.map((name, i) => [name, Math.round(average(i) * EXACTLY) / EXACTLY])) as Weights;
}

/** What these weights would have promised for decided drafts, caps included. */
export function forecastsOf(drafts: DecidedDraft[], weights: Weights): Forecast[] {
  return drafts.map(({ signals, caps, label }) => ({ score: scoreOf(signals, weights, caps) / 100, label }));
}

const PRIOR = NAMES.map((name) => PRIOR_WEIGHTS[name]);

/** The bias by itself, all signals together, each signal by itself: one standard deviation each. */
function directions(firmness: number): number[][] {
  const together = PRIOR.map((weight, i) => (NAMES[i] === "bias" ? 0 : firmness * SPREAD.scale * weight));
  const alone = NAMES.map((_, i) => NAMES.map((name, j) => (i === j ? firmness * (name === "bias" ? SPREAD.bias : SPREAD.signal) : 0)));
  return [together, ...alone];
}

/**
 * Drafts whose score a cap held down say nothing about the formula: what was wrong with them is not in the signals. They are measured all the
 * same, since the number that people saw is the cap.
 */
function observationsOf(drafts: DecidedDraft[]): Observation[] {
  return drafts.flatMap(({ signals, caps, score, label }, place) => {
    if (caps.some(({ limit }) => score >= limit)) return [];
    const values = new Map(signals.map(({ name, value }) => [name, value - MIDDLE]));
    const x = NAMES.map((name) => (name === "bias" ? 1 : (values.get(name) ?? 0)));
    return [{ x, label, weight: weightOf(place, drafts.length) }];
  });
}
