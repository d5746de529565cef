import {
  type AnswerableWeights,
  answerable,
  MEMORY_SIGNALS,
  type RetrievalSignals,
  scoreOf,
  signalOf,
  WORD_SIGNALS,
} from "../../core/answerable.ts";
import { auroc } from "../../core/reliability.ts";
import { logistic } from "./logistic.ts";
import { foldOf } from "./set.ts";

/** One question as the fit sees it. */
export interface Observation {
  id: string;
  set: string;
  signals: RetrievalSignals;
  answerable: boolean;
  topRight: boolean;
}

/** How strongly weights are held to 0, in units of observations; `subject` has its own (core/answerable.ts says why). */
interface Penalty {
  subject: number;
  others: number;
}
const PENALTIES: Penalty[] = [120, 180].flatMap((subject) => [0.3, 1, 3].map((others) => ({ subject, others })));
const INNER_FOLDS = 3;
const BIAS_PENALTY = 0.001;
const MEMORY_BIAS_PENALTY = 1;

/** What an answerable question counts whose best source is wrong: the score should tell a right find from a near one, too. */
const HALF_RIGHT = 0.3;
/** Small sets are heard beside large ones: each question weighs by its set's size to the power of minus this. */
const SMALL_SETS_COUNT_MORE = 0.25;

/** Fits the weights of `answerable`; how strongly they are held small is chosen by cross-validation within these rows. */
export function fitAnswerable(rows: Observation[]): AnswerableWeights {
  return fitWith(rows, bestPenalty(rows));
}

/** For each observation weights that were fitted, penalty and all, without its fold. */
export function fitOutOfFold(rows: Observation[], folds: number): AnswerableWeights[] {
  const byFold = Array.from({ length: folds }, (_, fold) => fitAnswerable(rows.filter(({ id }) => foldOf(id, folds) !== fold)));
  return rows.map(({ id }) => byFold[foldOf(id, folds)] as AnswerableWeights);
}

/** The penalty with the best order of questions the fit has not seen, each set counting the same. */
function bestPenalty(rows: Observation[]): Penalty {
  const innerFold = ({ id }: Observation) => foldOf(`inner:${id}`, INNER_FOLDS);
  const judged = PENALTIES.map((penalty) => {
    const scored = Array.from({ length: INNER_FOLDS }, (_, fold) => {
      const weights = fitWith(
        rows.filter((row) => innerFold(row) !== fold),
        penalty,
      );
      return rows.filter((row) => innerFold(row) === fold).map((row) => ({ row, score: answerable(row.signals, weights) }));
    }).flat();
    const order = [...Map.groupBy(scored, ({ row }) => row.set).values()].map((own) => {
      const by = (label: (row: Observation) => boolean) => auroc(own.map(({ row, score }) => ({ score, label: label(row) }))) ?? 0.5;
      return by((row) => row.answerable) + by((row) => row.topRight);
    });
    return { penalty, order: order.reduce((sum, value) => sum + value, 0) };
  });
  return judged.reduce((best, other) => (other.order > best.order ? other : best)).penalty;
}

/**
 * Two steps of ridge logistic regression: first how good the find is (1 right source first, less when answerable but wrong first, 0 no
 * answer), questions of small sets weighing more; then what puts that score on the scale of probabilities of being answerable,
 * each question counting the same.
 */
function fitWith(rows: Observation[], penalty: Penalty): AnswerableWeights {
  const sizes = Map.groupBy(rows, ({ set }) => set);
  const mean = rows.length / sizes.size;
  const penaltyOf = (name: string) => (name === "subject" ? penalty.subject : penalty.others);
  const found = logistic(
    rows.map(({ signals }) => [
      1,
      ...WORD_SIGNALS.map((name) => signalOf(signals, name)),
      signals.memory,
      ...MEMORY_SIGNALS.map((name) => signals.memory * signalOf(signals, name)),
    ]),
    rows.map((row) => (row.topRight ? 1 : row.answerable ? HALF_RIGHT : 0)),
    rows.map(({ set }) => (mean / (sizes.get(set)?.length ?? 1)) ** SMALL_SETS_COUNT_MORE),
    [BIAS_PENALTY, ...WORD_SIGNALS.map(penaltyOf), MEMORY_BIAS_PENALTY, ...MEMORY_SIGNALS.map(penaltyOf)],
  );
  const words = named(["bias", ...WORD_SIGNALS], found);
  const memory = named(["bias", ...MEMORY_SIGNALS], found.slice(WORD_SIGNALS.length + 1));
  return { words, memory, scale: scaleOf(rows, { words, memory }) };
}

function scaleOf(rows: Observation[], weights: Pick<AnswerableWeights, "words" | "memory">): AnswerableWeights["scale"] {
  const line = (score: number, share: number) => [share, share * score, share * Math.max(0, score)];
  const x = rows.map(({ signals }) => {
    const score = scoreOf(signals, weights);
    return [...line(score, 1), ...line(score, signals.memory)];
  });
  const found = logistic(
    x,
    rows.map((row) => (row.answerable ? 1 : 0)),
    rows.map(() => 1),
    x[0]?.map(() => BIAS_PENALTY) ?? [],
  );
  const names = ["shift", "slope", "above"] as const;
  return { words: named(names, found), memory: named(names, found.slice(names.length)) };
}

function named<Name extends string>(names: readonly Name[], values: number[]): Record<Name, number> {
  return Object.fromEntries(names.map((name, place) => [name, values[place] ?? 0])) as Record<Name, number>;
}
