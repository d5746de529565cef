import { type Budget, createBudget, type ModelLimits } from "../../src/adapters/anthropic/budget.ts";
import type { ModelCallsTable } from "../../src/ports/model-calls.ts";
import type { Log } from "../../src/ports.ts";

export const NO_LIMITS: ModelLimits = { tokensPerDay: null, usdPerDay: null, tokensPerDraft: null, usdPerDraft: null };

/** A budget without limits but those given, and without an account unless given. */
export function budgetWith(
  log: Log,
  limits: Partial<ModelLimits> = {},
  calls: ModelCallsTable | null = null,
  now = () => new Date(),
): Budget {
  return createBudget({ calls, limits: { ...NO_LIMITS, ...limits }, clock: { now }, log });
}

export const unlimited = (log: Log): Budget => budgetWith(log);
