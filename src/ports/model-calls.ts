import type { ModelUse } from "../core/words.ts";

/** A call of a model before it is made, at the most that it can cost. */
export interface PlannedCall {
  id: string; // uuid
  /** The approval that the draft is for; null outside the trip. */
  approvalId: string | null;
  at: Date;
  stage: ModelUse["stage"];
  model: string;
  tokens: number;
  usd: number;
}

/** What came of a call. `counted…` is what the day's budget is charged: the worst case where nobody knows whether it was paid. */
export interface EndedCall extends Omit<ModelUse, "stage"> {
  outcome: "answered" | "free" | "unknown";
  countedTokens: number;
  countedUsd: number;
}

/** Calls of models, in one place for all processes. */
export interface ModelCallsTable {
  /**
   * Writes the call down (`reserved`) when what was charged since `since` leaves room for it; null is no limit. Two processes never get the
   * same room. `set_aside`: there will be room when the calls under way turn out to need less than they might.
   */
  reserve(
    call: PlannedCall,
    day: { since: Date; tokens: number | null; usd: number | null },
  ): Promise<"reserved" | "set_aside" | "used_up">;
  settle(id: string, end: EndedCall): Promise<void>;
  /** What was charged since then. */
  chargedSince(since: Date): Promise<{ tokens: number; usd: number }>;
}
