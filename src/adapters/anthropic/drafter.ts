import type { Breaker } from "../../core/breaker.ts";
import type { ModelUse } from "../../core/words.ts";
import { type Drafter, DrafterError, type DraftRequest } from "../../ports/drafter.ts";
import { type Hold, HoldLost } from "../../ports/jobs.ts";
import type { Log } from "../../ports.ts";
import { type Answer, readAnswer } from "./answer.ts";
import type { Budget } from "./budget.ts";
import { CallError, createCaller, type Question, type Reply } from "./call.ts";
import { type Drafted, draftOf, draftWithout } from "./draft.ts";
import { mostCostOf } from "./pricing.ts";
import { namedPassages, systemPrompt, userPrompt } from "./prompt.ts";

/** No reply fits into less. */
const LEAST_ANSWER_TOKENS = 400;
/** Named failures in a re-ask; more would only repeat themselves. */
const MOST_FAILURES = 5;

/**
 * Drafts with Claude: one structured call. What was paid for is asked for at most once more (unusable output, quotes that do not hold, the
 * wrong language) and given to the fallback model at most once (overload, refusal). Throws DrafterError when there is no draft to be had now:
 * with `retryAfterSeconds` when the API asked for a long wait or the day's budget is used up, and always with the calls that were made.
 * A hold that is lost ends a call under way: whoever has the job now makes its own.
 */
export function createAnthropicDrafter(options: {
  apiKey: string;
  baseUrl?: string | undefined;
  model: string;
  fallbackModel: string | null;
  maxTokens: number;
  /** What the model may think before it answers, on top of `maxTokens`; 0 for as little as it can. */
  thinkingTokens: number;
  /** Bounds each call from connection to last byte. Milliseconds. */
  timeoutMs: number;
  budget: Budget;
  breaker?: Breaker | undefined;
  log: Log;
}) {
  const { apiKey, baseUrl, model, fallbackModel, maxTokens, thinkingTokens, timeoutMs, budget, breaker, log } = options;
  const call = createCaller({ apiKey, baseUrl, timeoutMs, breaker });
  const means = { call, model, fallbackModel: fallbackModel === model ? null : fallbackModel, maxTokens, thinkingTokens, budget, log };
  return { name: "anthropic", draft: (request: DraftRequest, hold?: Hold) => converse(means, request, hold) } satisfies Drafter;
}

interface Means {
  call: (question: Question, hold?: Hold) => Promise<Reply>;
  model: string;
  fallbackModel: string | null;
  maxTokens: number;
  thinkingTokens: number;
  budget: Budget;
  log: Log;
}

/** What is left to try, what was found and what it cost. */
interface Course extends Drafted {
  stage: ModelUse["stage"];
  maxTokens: number;
  failure: string | null;
  mayAskAgain: boolean;
  mayFallBack: boolean;
  best: { answer: Answer; model: string } | null;
}

async function converse(means: Means, request: DraftRequest, hold?: Hold) {
  const course: Course = {
    model: means.model,
    stage: "model",
    maxTokens: means.maxTokens,
    failure: null,
    mayAskAgain: true,
    mayFallBack: means.fallbackModel !== null,
    best: null,
    calls: [],
  };
  const fallBack = () => {
    if (!course.mayFallBack || means.fallbackModel === null) return false;
    Object.assign(course, { mayFallBack: false, model: means.fallbackModel, stage: "model_fallback" });
    return true;
  };
  const askAgain = (failure: string) => {
    if (!course.mayAskAgain) return false;
    Object.assign(course, { mayAskAgain: false, failure, stage: "model_re_ask" });
    means.log.warn({ model: course.model, reason: failure.length > 80 ? "quotes" : failure }, "asking the model once more");
    return true;
  };
  const failed = (message: string, error?: CallError | DrafterError) =>
    new DrafterError(message, {
      calls: course.calls,
      cause: error?.cause,
      retryAfterSeconds: error?.retryAfterSeconds ?? null,
      ...(error instanceof DrafterError && { code: error.code }),
    });

  for (;;) {
    const asked = await ask(means, request, course, hold);
    if ("text" in asked) {
      if (!course.best || asked.failures.length < course.best.answer.failures.length) course.best = { answer: asked, model: course.model };
      if (asked.failures.length > 0 && askAgain(`${asked.failures.slice(0, MOST_FAILURES).join("; ")}.`)) continue;
      return draftOf(course.best.answer, { ...course, model: course.best.model }, request);
    }
    // a usable answer that only lacks a quote is better than a third and fourth call
    if (course.best) return draftOf(course.best.answer, { ...course, model: course.best.model }, request);
    switch (asked.ended) {
      case "overloaded":
        if (fallBack()) continue;
        throw failed("The model is overloaded.", asked.error);
      case "refused":
        if (fallBack()) continue;
        return draftWithout("refusal", course, request);
      case "cut":
        course.maxTokens = means.maxTokens * 2;
        if (askAgain("it was cut off; write fewer sentences.")) continue;
        return draftWithout("truncation", course, request);
      case "unusable":
        if (askAgain(asked.why)) continue;
        throw failed(`The model's answer was not usable: ${asked.why}`);
      case "failed":
        throw failed(asked.error.message, asked.error);
    }
  }
}

type Asked =
  | Answer
  | { ended: "overloaded"; error: CallError }
  | { ended: "refused" | "cut" }
  | { ended: "unusable"; why: string }
  | { ended: "failed"; error: CallError | DrafterError };

/** One call and what came of it. */
async function ask({ call, budget, thinkingTokens }: Means, request: DraftRequest, course: Course, hold?: Hold): Promise<Asked> {
  const passages = namedPassages(request.findings.passages);
  const system = systemPrompt(request.style, request.houseStyle);
  const user = userPrompt(request, passages, course.failure);
  const room = await budget({
    approvalId: request.approvalId,
    stage: course.stage,
    model: course.model,
    prompt: system + user + ANSWER_FORMAT,
    maxTokens: course.maxTokens + thinkingTokens,
    leastTokens: LEAST_ANSWER_TOKENS + thinkingTokens,
    spent: spentOn(course.calls),
  }).catch((error: unknown) => {
    if (error instanceof DrafterError) return error;
    throw error;
  });
  if (room instanceof DrafterError) return { ended: "failed", error: room };
  if (hold?.isLost()) void room.unpaid();
  hold?.check();
  let reply: Reply;
  try {
    const maxTokens = room.maxTokens - thinkingTokens;
    reply = await call({ model: course.model, system, user, maxTokens, thinkingTokens }, hold);
  } catch (error) {
    if (error instanceof HoldLost) void room.unknown(); // nobody waits for a database that is out of reach, maybe
    if (!(error instanceof CallError)) throw error;
    course.calls.push(await (error.kind === "overloaded" || error.kind === "refused" ? room.unpaid() : room.unknown()));
    if (error.kind === "overloaded") return { ended: "overloaded", error };
    if (error.kind === "unreadable") return { ended: "unusable", why: "it did not arrive whole." };
    return { ended: "failed", error };
  }
  course.calls.push(await room.answered(reply.model, reply.usage));
  if (reply.ended !== "whole") return { ended: reply.ended };
  const answer = readAnswer(reply.text, { passages, customerText: request.instruction === null ? request.customerMessage : null });
  return "unusable" in answer ? { ended: "unusable", why: answer.unusable } : answer;
}

/** The schema is sent, too: about as many tokens as this many characters. */
const ANSWER_FORMAT = " ".repeat(2_000);

const spentOn = (calls: ModelUse[]) =>
  calls.reduce(
    ({ tokens, usd }, { model, inputTokens, outputTokens, costUsd }) => ({
      tokens: tokens + inputTokens + outputTokens,
      usd: usd + (costUsd ?? mostCostOf(model, inputTokens, outputTokens)),
    }),
    { tokens: 0, usd: 0 },
  );
