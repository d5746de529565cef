import { setTimeout as pause } from "node:timers/promises";
import type Anthropic from "@anthropic-ai/sdk";
import pRetry from "p-retry";
import type { Breaker } from "../../core/breaker.ts";
import { type Hold, HoldLost } from "../../ports/jobs.ts";
import { answerSchema } from "./answer.ts";
import { thinkingOf } from "./models.ts";
import type { Usage } from "./pricing.ts";

/** How one paid call ended. */
export interface Reply {
  text: string;
  /** `cut`: the answer ran into max_tokens. */
  ended: "whole" | "refused" | "cut";
  /** The model that answered, as the API names it. */
  model: string;
  usage: Usage;
}

/**
 * How a call failed. `overloaded`: another model may not be. `unreadable`: what was paid for did not arrive whole or made no sense as an
 * answer of the API. `late`: given up, so nobody knows whether it was paid. `refused`: it cost nothing, and asking again now is no use.
 */
export class CallError extends Error {
  readonly kind: "overloaded" | "unreadable" | "late" | "refused";
  readonly retryAfterSeconds: number | null;
  /** The service itself does not work: for whatever is asked, and for other models, too. */
  readonly outage: boolean;

  constructor(
    kind: CallError["kind"],
    message: string,
    {
      cause,
      retryAfterSeconds = null,
      outage = kind === "late" || kind === "unreadable",
    }: { cause?: unknown; retryAfterSeconds?: number | null; outage?: boolean } = {},
  ) {
    super(message, { cause });
    this.kind = kind;
    this.retryAfterSeconds = retryAfterSeconds;
    this.outage = outage;
  }
}

export interface Question {
  model: string;
  system: string;
  user: string;
  /** For the answer; what the model may think comes on top. */
  maxTokens: number;
  thinkingTokens: number;
}

/** Longer than this nobody waits inside a job: the queue does. Seconds. */
const LONGEST_WAIT_SECONDS = 20;
/** Further tries of calls that cost nothing: refused connections, 408, 409, 429 and 5xx. */
const FREE_RETRIES = 2;
const FIRST_PAUSE_MS = 500;

/**
 * Asks the Messages API through the vendor's SDK, loaded at the first call (130 ms, 25 MB). Retries are ours alone, and only of calls that were not paid for;
 * each attempt is bounded by `timeoutMs` from connection to the last byte, and ends when the hold is lost. Throws CallError and HoldLost.
 */
export function createCaller(options: {
  apiKey: string;
  baseUrl?: string | undefined;
  timeoutMs: number;
  breaker?: Breaker | undefined;
}): (question: Question, hold?: Hold) => Promise<Reply> {
  const { timeoutMs, breaker } = options;
  let client: Promise<{ anthropic: Anthropic; format: Anthropic.JSONOutputFormat }> | null = null;

  return async (question, hold) => {
    const waitMs = breaker?.wait() ?? 0;
    if (waitMs > 0) {
      throw new CallError("refused", "The model failed again and again and is left alone for a moment.", {
        retryAfterSeconds: Math.ceil(waitMs / 1000),
      });
    }
    try {
      const reply = await ask(question, hold);
      breaker?.answered();
      return reply;
    } catch (error) {
      if (error instanceof CallError && error.outage) breaker?.failed(error.message);
      else if (!(error instanceof HoldLost)) breaker?.answered();
      throw error;
    }
  };

  async function ask(question: Question, hold?: Hold): Promise<Reply> {
    client ??= load(options);
    const { anthropic, format } = await client;
    const attempt = async () => {
      hold?.check();
      const late = AbortSignal.timeout(timeoutMs);
      const signal = hold ? AbortSignal.any([late, hold.signal]) : late;
      try {
        return replyOf(await anthropic.messages.create(bodyOf(question, format), { signal, timeout: timeoutMs }), question.model);
      } catch (error) {
        hold?.check();
        throw troubleOf(error, late);
      }
    };
    return pRetry(attempt, {
      retries: FREE_RETRIES,
      minTimeout: FIRST_PAUSE_MS,
      ...(hold && { signal: hold.signal }),
      shouldRetry: ({ error }) => error instanceof Passing,
      onFailedAttempt: async ({ error, retriesLeft }) => {
        if (error instanceof Passing && error.waitSeconds !== null && retriesLeft > 0)
          await pause(error.waitSeconds * 1000, undefined, hold && { signal: hold.signal }).catch(() => hold?.check());
      },
    }).catch((error: unknown) => {
      if (error instanceof Passing)
        throw new CallError("refused", error.message, {
          retryAfterSeconds: error.waitSeconds,
          outage: error.outage,
          cause: error.cause,
        });
      throw error;
    });
  }
}

/** A failure that cost nothing and may pass; `waitSeconds` when it asked to wait. */
class Passing extends Error {
  readonly waitSeconds: number | null;
  readonly outage: boolean;

  constructor(message: string, { waitSeconds, outage, cause }: { waitSeconds: number | null; outage: boolean; cause: unknown }) {
    super(message, { cause });
    this.waitSeconds = waitSeconds;
    this.outage = outage;
  }
}

async function load({ apiKey, baseUrl }: { apiKey: string; baseUrl?: string | undefined }) {
  const [{ default: Client }, { zodOutputFormat }] = await Promise.all([
    import("@anthropic-ai/sdk"),
    import("@anthropic-ai/sdk/helpers/zod"),
  ]);
  const { type, schema } = zodOutputFormat(answerSchema);
  return {
    anthropic: new Client({ apiKey, baseURL: baseUrl ?? "https://api.anthropic.com", maxRetries: 0, logLevel: "off" }),
    format: { type, schema },
  };
}

function bodyOf(
  { model, system, user, maxTokens, thinkingTokens }: Question,
  format: Anthropic.JSONOutputFormat,
): Anthropic.MessageCreateParamsNonStreaming {
  const { thinking, effort } = thinkingOf(model, thinkingTokens);
  return {
    model,
    max_tokens: maxTokens + thinkingTokens,
    system: [{ type: "text", text: system, cache_control: { type: "ephemeral" } }],
    messages: [{ role: "user", content: user }],
    ...(thinking && { thinking }),
    output_config: { format, ...(effort && { effort }) },
  };
}

function replyOf(message: Anthropic.Message, asked: string): Reply {
  if (!Array.isArray(message?.content) || typeof message.usage?.output_tokens !== "number")
    throw new CallError("unreadable", "The answer is no message.");
  const text = message.content.map((block) => (block.type === "text" ? block.text : "")).join("");
  const ended = message.stop_reason === "refusal" ? "refused" : CUT.has(message.stop_reason ?? "") ? "cut" : "whole";
  return { text, ended, model: message.model || asked, usage: message.usage };
}

const CUT = new Set(["max_tokens", "model_context_window_exceeded"]);

/** Names the failure without the request's words; the cause is kept for the log. */
function troubleOf(error: unknown, signal: AbortSignal): Error {
  if (error instanceof CallError) return error;
  const status = statusOf(error);
  if (signal.aborted) return new CallError("late", "The model did not answer in time.", { cause: error });
  if (status === 529) return new CallError("overloaded", "The model is overloaded.", { cause: error });
  const retryAfterSeconds = secondsToWait(error);
  if (retryAfterSeconds !== null && retryAfterSeconds > LONGEST_WAIT_SECONDS)
    return new CallError("refused", `The model asked to wait ${retryAfterSeconds} seconds.`, { retryAfterSeconds, cause: error });
  if (status !== null && (status >= 500 || status === 408 || status === 409 || status === 429))
    return new Passing(`The model answered ${status}.`, { waitSeconds: retryAfterSeconds, outage: status >= 500, cause: error });
  if (status !== null)
    return new CallError("refused", `The model refused the request with ${status}${HINTS[status] ?? ""}.`, { cause: error });
  if (neverConnected(error)) return new Passing("The model cannot be reached.", { waitSeconds: null, outage: true, cause: error });
  return new CallError("unreadable", "The answer broke off or was not readable.", { cause: error });
}

const HINTS: Record<number, string> = {
  401: ": ANTHROPIC_API_KEY is wrong",
  403: ": ANTHROPIC_API_KEY may not use this model",
  404: ": ANTHROPIC_MODEL or ANTHROPIC_BASE_URL is wrong",
};

function statusOf(error: unknown): number | null {
  return typeof error === "object" && error !== null && "status" in error && typeof error.status === "number" ? error.status : null;
}

/** Seconds from a `retry-after` header, a number or a date; null without one. */
function secondsToWait(error: unknown): number | null {
  const headers = typeof error === "object" && error !== null && "headers" in error ? error.headers : null;
  const value = headers instanceof Headers ? headers.get("retry-after") : null;
  if (!value) return null;
  const seconds = /^\d+(?:\.\d+)?$/.test(value.trim()) ? Number(value) : (Date.parse(value) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, Math.ceil(seconds)) : null;
}

const NEVER_CONNECTED = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH", "UND_ERR_CONNECT_TIMEOUT"]);
/** A certificate or a handshake that failed: the request was never sent. */
const NO_HANDSHAKE = /^(?:CERT_|ERR_TLS_|ERR_SSL_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|EPROTO$)/;

/** True when no byte of the request can have been read. Looks through the causes, where fetch hides the reason. */
function neverConnected(error: unknown): boolean {
  let cause = error;
  for (let depth = 0; depth < 5 && typeof cause === "object" && cause !== null; depth++) {
    if ("code" in cause && typeof cause.code === "string" && (NEVER_CONNECTED.has(cause.code) || NO_HANDSHAKE.test(cause.code)))
      return true;
    if ("message" in cause && cause.message === "bad port") return true; // fetch opens none to such ports, and says it without a code
    if (cause instanceof AggregateError && cause.errors.some(neverConnected)) return true;
    cause = "cause" in cause ? cause.cause : null;
  }
  return false;
}
