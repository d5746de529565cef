import { type DecidedDraft, type FittedWeights, refit } from "../../core/calibration.ts";
import { PRIOR_WEIGHTS, scoreOf, type Weights } from "../../core/confidence.ts";
import { type Forecast, type Reliability, reliabilityOf } from "../../core/reliability.ts";
import { drawDraft, type Operators, type SimulatedDraft } from "./operators.ts";
import { chanceOf } from "./random.ts";

/** After how many decisions the weights are measured. */
export const CHECKPOINTS = [0, 10, 25, 50, 100, 200, 500, 1000, 2000];
/** Decisions that a fit is measured on. */
export const FRESH = 10_000;
/** As in production: the score of a random tenth is hidden. */
const HIDDEN_SHARE = 0.1;

/** How weights did on fresh decisions of the same operators, and what the prior would have done on them. */
export interface Checkpoint {
  decisions: number;
  taken: boolean;
  prior: Reliability;
  fitted: Reliability;
}

/**
 * One installation from its first decision on: refitted at each checkpoint with what it knows then, under the rules of production, and measured on
 * 10,000 fresh decisions that took part in nothing. Decisions up to then are made with the prior's score in sight, fresh ones with the
 * score that is measured.
 */
export function simulate(operators: Operators, seed: number): Checkpoint[] {
  const chance = chanceOf(seed);
  const settled = operators.settle(chance);
  const selfRating = chance.even() < 0.5;
  const draw = (weights: Weights, nth: number): DecidedDraft => {
    const draft = drawDraft(chance, { selfRating });
    const score = scoreOf(draft.signals, weights, draft.caps);
    const hidden = chance.even() < HIDDEN_SHARE;
    const sends = settled.sends(draft, { seen: hidden ? null : score / 100, nth, chance });
    return { ...draft, score, hidden, label: chance.even() < sends ? 1 : 0, decidedAt: new Date(nth) };
  };
  const fresh = Array.from({ length: FRESH }, () => ({
    ...drawDraft(chance, { selfRating }),
    hidden: chance.even() < HIDDEN_SHARE,
    dice: chance.even(),
    unseen: Math.floor(chance.even() * 2 ** 31),
  }));
  const decided: DecidedDraft[] = [];
  const taken: FittedWeights[] = [];
  return CHECKPOINTS.map((decisions) => {
    while (decided.length < decisions) decided.push(draw(taken.at(-1)?.weights ?? PRIOR_WEIGHTS, decided.length));
    const fit = refit(decided, taken);
    if (fit.taken) taken.push({ weights: fit.weights, fittedAt: new Date(decisions - 1) });
    const weights = taken.at(-1)?.weights ?? PRIOR_WEIGHTS;
    const seen = fresh.map((one) => decideFresh(one, settled, { nth: decisions, weights }));
    const prior = reliabilityOf(seen.map((draft) => draft.prior));
    const fitted = weights === PRIOR_WEIGHTS ? prior : reliabilityOf(seen.map((draft) => draft.fitted));
    return { decisions, taken: fit.taken, prior, fitted };
  });
}

type Settled = ReturnType<Operators["settle"]>;

/** A draft that took part in no fit, with the dice that decide it. */
interface Fresh extends SimulatedDraft {
  hidden: boolean;
  dice: number;
  /** Seed of what the operators see and we do not. */
  unseen: number;
}

/** The same draft under the prior's and the fitted score, decided with the same roll of the dice. */
function decideFresh(
  draft: Fresh,
  settled: Settled,
  { nth, weights }: { nth: number; weights: Weights },
): { prior: Forecast; fitted: Forecast } {
  const forecast = (by: Weights): Forecast => {
    const score = scoreOf(draft.signals, by, draft.caps) / 100;
    const sends = settled.sends(draft, { seen: draft.hidden ? null : score, nth, chance: chanceOf(draft.unseen) });
    return { score, label: draft.dice < sends ? 1 : 0 };
  };
  const prior = forecast(PRIOR_WEIGHTS);
  return { prior, fitted: weights === PRIOR_WEIGHTS ? prior : forecast(weights) };
}
