import { CALIBRATED_FROM_DECISIONS, MIDDLE, PRIOR_WEIGHTS, type SignalName, scoreOf, type Weights } from "./confidence.ts";
import { type Belief, fitLogistic, logLikelihood, type Observation } from "./logistic.ts";
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

/** Fewer decisions say too little to change a score: on simulated operators for whom the prior was right, fits on 25 lost on average. */
export const LEAST_DECISIONS = CALIBRATED_FROM_DECISIONS;
/** A decision counts half as much as one that came so many decisions later: operators, drafters and knowledge change. */
export const HALF_LIFE_DECISIONS = 500;
/** The newest fifth is held back, as a forecast meets only what comes after it. */
const HELD_BACK = 1 / 5;
const FOLDS = 5;
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
const FIRMNESS = [0.25, 0.5, 1, 2];

/**
 * Fits decisions (oldest first) and lets decisions that were held back judge the new weights, by log loss:
 *
 * 1. In five folds, each decision held back once, they must beat the prior by half a standard error; else the prior serves (again).
 * 2. On the newest fifth, weights fitted on what came before must not be clearly worse (by two standard errors) than the prior, nor than the
 *    newest weights that had not seen that fifth either: the past may have been another one. Else the weights in use stay, or the prior
 *    comes back where it is clearly better than these, too.
 */
export function refit(drafts: DecidedDraft[], earlier: FittedWeights[]): Refit {
  const cut = drafts.length - Math.round(drafts.length * HELD_BACK);
  const [older, newest] = [drafts.slice(0, cut), drafts.slice(cut)];
  const begins = newest[0]?.decidedAt.getTime() ?? Number.POSITIVE_INFINITY;
  const unseeing = newestOf(earlier.filter(({ fittedAt }) => fittedAt.getTime() < begins))?.weights ?? PRIOR_WEIGHTS;
  const inUse = newestOf(earlier)?.weights ?? PRIOR_WEIGHTS;
  const candidate = fitWeights(older);
  const on = (weights: Weights) => reliabilityOf(forecastsOf(newest, weights));
  return { ...choice(), decisions: drafts.length, heldBack: { before: on(unseeing), after: on(candidate) } };

  function choice(): Pick<Refit, "weights" | "taken" | "reason"> {
    const kept = (reason: string) => ({ weights: fitWeights(drafts), taken: false, reason });
    const back = (reason: string) => ({ weights: PRIOR_WEIGHTS, taken: true, reason: `${reason}, which serves again` });
    if (drafts.length < LEAST_DECISIONS) return kept(`${drafts.length} decisions are too few, ${LEAST_DECISIONS} are needed`);
    const isPrior =
      inUse === PRIOR_WEIGHTS || Object.entries(PRIOR_WEIGHTS).every(([name, weight]) => inUse[name as SignalName] === weight);
    const folds = crossValidated(drafts);
    if (folds.mean <= folds.error / 2) {
      const reason = "decisions held back in five folds are not clearly met better than by the prior";
      return isPrior ? kept(reason) : back(reason);
    }
    const rival = isWorse(gain(newest, candidate, PRIOR_WEIGHTS)) ? "the prior" : "the weights before";
    if (rival === "the weights before" && !isWorse(gain(newest, candidate, unseeing)))
      return { weights: fitWeights(drafts), taken: true, reason: "decisions held back are met better than by the prior" };
    const reason = `the newest ${newest.length} decisions are met clearly better by ${rival}`;
    return !isPrior && isWorse(gain(newest, inUse, PRIOR_WEIGHTS)) ? back(reason) : kept(reason);
  }
}

/** What a decision loses less by one forecast than by another, in nats: the mean and its standard error, newer decisions counting more. */
interface Gain {
  mean: number;
  error: number;
}

const isWorse = ({ mean, error }: Gain) => mean < -CLEAR * error;

/** Nats per decision that `by` is ahead of `over`. */
function gain(drafts: DecidedDraft[], by: Weights, over: Weights): Gain {
  return meanOf(gains(drafts, by, over));
}

function gains(drafts: DecidedDraft[], by: Weights, over: Weights): number[] {
  const rivals = forecastsOf(drafts, over);
  return forecastsOf(drafts, by).map((forecast, place) => logLoss(rivals[place] ?? forecast) - logLoss(forecast));
}

/** Every decision judged by weights that were fitted without it and the others of its fold, against the prior. */
function crossValidated(drafts: DecidedDraft[]): Gain {
  const gained: number[] = [];
  for (let fold = 0; fold < FOLDS; fold++) {
    const isHeld = (place: number) => place % FOLDS === fold;
    const weights = fitWeights(drafts.filter((_, place) => !isHeld(place)));
    const held = gains(
      drafts.filter((_, place) => isHeld(place)),
      weights,
      PRIOR_WEIGHTS,
    );
    for (const [nth, value] of held.entries()) gained[nth * FOLDS + fold] = value;
  }
  return meanOf(gained);
}

function meanOf(values: number[]): Gain {
  const weights = values.map((_, place) => weightOf(place, values.length));
  const all = weights.reduce((sum, weight) => sum + weight, 0) || 1;
  const mean = values.reduce((sum, value, place) => sum + (weights[place] ?? 0) * value, 0) / all;
  const squares = values.reduce((sum, value, place) => sum + ((weights[place] ?? 0) * (value - mean)) ** 2, 0);
  return { mean, error: Math.sqrt(squares) / all };
}

/** How much a decision counts: less the more came after it. */
const weightOf = (place: number, decisions: number) => 0.5 ** ((decisions - 1 - place) / HALF_LIFE_DECISIONS);

const newestOf = (fitted: FittedWeights[]) =>
  fitted.reduce<FittedWeights | null>((newest, one) => (newest && newest.fittedAt >= one.fittedAt ? newest : one), null);

/**
 * The weights that these decisions (oldest first) and the prior speak for: the fits under beliefs of different firmness, averaged by how
 * probable each belief makes the decisions (Bayesian model averaging: the data choose the shrinkage, nothing held back does). That the prior
 * is simply right begins with even odds; the more the decisions contradict it, the less it counts.
 */
export function fitWeights(drafts: DecidedDraft[]): Weights {
  const observations = observationsOf(drafts);
  const prior = { weights: PRIOR, logEvidence: logLikelihood(observations, PRIOR), share: 1 / 2 };
  const fits = FIRMNESS.map((firmness) => ({
    ...fitLogistic(observations, { mean: PRIOR, covariance: covariance(firmness) }),
    share: 1 / 2 / FIRMNESS.length,
  }));
  const best = Math.max(...[prior, ...fits].map(({ logEvidence }) => logEvidence));
  const odds = [prior, ...fits].map((fit) => ({ ...fit, odds: fit.share * Math.exp(fit.logEvidence - best) }));
  const all = odds.reduce((sum, fit) => sum + fit.odds, 0);
  const average = (i: number) => odds.reduce((sum, fit) => sum + (fit.odds / all) * (fit.weights[i] ?? 0), 0);
  return Object.fromEntries(NAMES.map((name, i) => [name, Math.round(average(i) * EXACTLY) / EXACTLY])) as Weights;
}

/** What these weights would have promised for decided drafts, caps included. */
export function forecastsOf(drafts: DecidedDraft[], weights: Weights): Forecast[] {
  return drafts.map(({ signals, caps, label }) => ({ score: scoreOf(signals, weights, caps) / 100, label }));
}

const PRIOR = NAMES.map((name) => PRIOR_WEIGHTS[name]);

function covariance(firmness: number): Belief["covariance"] {
  return NAMES.map((row, i) =>
    NAMES.map((column, j) => {
      const own = row === column ? (row === "bias" ? SPREAD.bias : SPREAD.signal) ** 2 : 0;
      const shared = row === "bias" || column === "bias" ? 0 : SPREAD.scale ** 2 * (PRIOR[i] ?? 0) * (PRIOR[j] ?? 0);
      return firmness ** 2 * (own + shared);
    }),
  );
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
