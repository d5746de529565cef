import { SCOPE_WEIGHTS, type ScopeSignals } from "../../core/classifier/scope.ts";
import { logistic } from "../retrieval/logistic.ts";

/** One message as the fit sees it. */
export interface ScopeObservation {
  set: string;
  signals: ScopeSignals;
  inScope: boolean;
}

const NAMES = ["surety", "nearness", "coverage", "length"] as const;
/** Ridge per weight, in messages. */
const RIDGE = [0.001, 1, 1, 1, 1];

/** Fits the weights of `inScope` by ridge logistic regression, every set weighing the same. */
export function fitScope(rows: ScopeObservation[]): typeof SCOPE_WEIGHTS {
  const sizes = Map.groupBy(rows, ({ set }) => set);
  const weights = logistic(
    rows.map(({ signals }) => [1, ...NAMES.map((name) => signals[name])]),
    rows.map(({ inScope }) => (inScope ? 1 : 0)),
    rows.map(({ set }) => rows.length / sizes.size / (sizes.get(set)?.length ?? 1)),
    RIDGE,
  );
  const named = Object.fromEntries(NAMES.map((name, place) => [name, weights[place + 1] ?? 0]));
  return { ...SCOPE_WEIGHTS, ...named, bias: weights[0] ?? 0 };
}
