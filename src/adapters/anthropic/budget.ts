import { randomUUID } from "node:crypto";
import type { ModelUse } from "../../core/words.ts";
import { DrafterError } from "../../ports/drafter.ts";
import type { EndedCall, ModelCallsTable } from "../../ports/model-calls.ts";
import type { Clock, Log } from "../../ports.ts";
import { costOf, inputTokensOf, mostCostOf, type Usage } from "./pricing.ts";

/** What models may take; null is no limit. Tokens are input and output together, a day is one of UTC. */
export interface ModelLimits {
  tokensPerDay: number | null;
  usdPerDay: number | null;
  tokensPerDraft: number | null;
  usdPerDraft: number | null;
}

/** A call that is about to be made; `spent` is what its draft has cost before it. */
export interface Plan {
  approvalId: string | null;
  stage: ModelUse["stage"];
  model: string;
  /** Characters of prompt and schema are counted before they are sent. */
  prompt: string;
  maxTokens: number;
  /** With less no answer is to be had. */
  leastTokens: number;
  spent: { tokens: number; usd: number };
}

/** Room that was set aside for one call. */
export interface Room {
  /** What the answer may take, so that the draft keeps within its budget. */
  maxTokens: number;
  /** Charges what was used; a call whose end nobody knows counts at its worst. */
  answered(model: string, usage: Usage): Promise<ModelUse>;
  unpaid(): Promise<ModelUse>;
  unknown(): Promise<ModelUse>;
}

export type Budget = (plan: Plan) => Promise<Room>;

/** Bytes of UTF-8 per token at the least: English takes about three, other languages' longer letters fewer words. Rounds the need up. */
const BYTES_PER_TOKEN = 2.5;
/** Until drafts under way have ended. */
const SOON_SECONDS = 60;

/**
 * Sets room aside before each call and charges what it took. The day's account lies with `calls`, in one place for all processes; without
 * one only the draft's own limits hold. Throws DrafterError `model_budget` when there is no room, saying until when.
 */
export function createBudget({
  calls,
  limits,
  clock,
  log,
}: {
  calls: ModelCallsTable | null;
  limits: ModelLimits;
  clock: Clock;
  log: Log;
}): Budget {
  return async (plan) => {
    const inputTokens = Math.ceil(Buffer.byteLength(plan.prompt) / BYTES_PER_TOKEN);
    const maxTokens = roomInDraft(plan, inputTokens, limits);
    const most = { tokens: inputTokens + maxTokens, usd: mostCostOf(plan.model, inputTokens, maxTokens) };
    const { approvalId, stage, model } = plan;
    const id = randomUUID();
    const at = clock.now();
    const { since, until } = dayOf(at);
    const day = { since, tokens: limits.tokensPerDay, usd: limits.usdPerDay };
    const room = await calls?.reserve({ id, approvalId, at, stage, model, ...most }, day);
    if (room === "set_aside") throw setAside();
    if (room === "used_up") throw usedUp(at, until);

    const began = performance.now();
    const end = async (
      outcome: EndedCall["outcome"],
      use: Pick<ModelUse, "model" | "inputTokens" | "outputTokens" | "costUsd">,
      usd: number,
    ) => {
      const ended = { ...use, latencyMs: Math.round(performance.now() - began) };
      const counted = outcome === "unknown" ? most : { tokens: use.inputTokens + use.outputTokens, usd };
      await calls
        ?.settle(id, { ...ended, outcome, countedTokens: counted.tokens, countedUsd: counted.usd })
        .catch((error: unknown) => log.warn({ err: error, call: id }, "a model's call counts at its worst: its end could not be written"));
      return { stage, ...ended };
    };
    return {
      maxTokens,
      answered(name, usage) {
        const use = { model: name, inputTokens: inputTokensOf(usage), outputTokens: usage.output_tokens, costUsd: costOf(name, usage) };
        return end("answered", use, use.costUsd ?? mostCostOf(name, use.inputTokens, use.outputTokens));
      },
      unpaid: () => end("free", { model, inputTokens: 0, outputTokens: 0, costUsd: 0 }, 0),
      unknown: () => end("unknown", { model, inputTokens: 0, outputTokens: 0, costUsd: null }, 0),
    };
  };
}

/** Tokens that the answer may take, at most the plan's. */
function roomInDraft(
  { model, maxTokens, leastTokens, spent }: Plan,
  inputTokens: number,
  { tokensPerDraft, usdPerDraft }: ModelLimits,
): number {
  const inTokens = tokensPerDraft === null ? maxTokens : tokensPerDraft - spent.tokens - inputTokens;
  const perToken = mostCostOf(model, inputTokens, 1) - mostCostOf(model, inputTokens, 0);
  const inUsd = usdPerDraft === null ? maxTokens : Math.floor((usdPerDraft - spent.usd - mostCostOf(model, inputTokens, 0)) / perToken);
  const room = Math.min(maxTokens, inTokens, inUsd);
  if (room >= leastTokens) return room;
  const which = inTokens <= inUsd ? "MODEL_TOKENS_PER_DRAFT" : "MODEL_USD_PER_DRAFT";
  throw new DrafterError(`Asking the model would take more than one draft may cost (${which}).`, { code: "model_budget" });
}

function setAside(): DrafterError {
  return new DrafterError("What is left of the model's budget for today is set aside for drafts under way.", {
    code: "model_budget",
    retryAfterSeconds: SOON_SECONDS,
  });
}

function usedUp(at: Date, until: Date): DrafterError {
  const shown = until.toISOString().slice(0, 16).replace("T", " ");
  return new DrafterError(`The model's budget for today is used up until ${shown} UTC (MODEL_TOKENS_PER_DAY, MODEL_USD_PER_DAY).`, {
    code: "model_budget",
    retryAfterSeconds: Math.ceil((until.getTime() - at.getTime()) / 1000),
  });
}

function dayOf(at: Date): { since: Date; until: Date } {
  const since = new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate()));
  return { since, until: new Date(since.getTime() + 86_400_000) };
}
