import { courtesiesIn } from "../../core/courtesies.ts";
import type { Draft, FoundPassage } from "../../core/words.ts";
import { type Drafter, DrafterError, type DraftRequest } from "../../ports/drafter.ts";
import type { Log } from "../../ports.ts";
import { type Answer, readAnswer } from "./answer.ts";
import { createCaller, Overloaded, type Question, type Reply, Unreadable } from "./call.ts";
import { costOf, inputTokensOf } from "./pricing.ts";
import { namedPassages, PROMPT_VERSION, systemPrompt, userPrompt } from "./prompt.ts";

const MAX_TOKENS = 4_000;
const TIMEOUT_MS = 45_000;
/** Named failures in a re-ask; more would only repeat themselves. */
const MOST_FAILURES = 5;

/**
 * Drafts with Claude: one structured call. What was paid for is asked for at most once more (unusable output, quotes that do not hold) and given to the fallback
 * model at most once (overload, refusal). Throws DrafterError when there is no draft to be had now; `retryAfterSeconds` when the API asked for a long wait.
 */
export function createAnthropicDrafter(options: {
  apiKey: string;
  baseUrl?: string | undefined;
  model: string;
  fallbackModel: string | null;
  maxTokens?: number;
  /** Bounds each call from connection to last byte. Milliseconds. */
  timeoutMs?: number;
  log: Log;
}): Drafter {
  const { apiKey, baseUrl, model, fallbackModel, maxTokens = MAX_TOKENS, timeoutMs = TIMEOUT_MS, log } = options;
  const call = createCaller({ apiKey, baseUrl, timeoutMs });
  return {
    name: "anthropic",
    draft: (request) => converse({ call, model, fallbackModel: fallbackModel === model ? null : fallbackModel, maxTokens, log }, request),
  };
}

interface Means {
  call: (question: Question) => Promise<Reply>;
  model: string;
  fallbackModel: string | null;
  maxTokens: number;
  log: Log;
}

/** What is left to try, what was found and what it cost. */
interface Course {
  model: string;
  maxTokens: number;
  failure: string | null;
  mayAskAgain: boolean;
  mayFallBack: boolean;
  best: { answer: Answer; model: string } | null;
  inputTokens: number;
  outputTokens: number;
  costUsd: number | null;
}

async function converse(means: Means, request: DraftRequest): Promise<Draft> {
  const passages = namedPassages(request.findings.passages);
  const course: Course = {
    model: means.model,
    maxTokens: means.maxTokens,
    failure: null,
    mayAskAgain: true,
    mayFallBack: means.fallbackModel !== null,
    best: null,
    inputTokens: 0,
    outputTokens: 0,
    costUsd: 0,
  };
  const fallBack = () => {
    if (!course.mayFallBack || means.fallbackModel === null) return false;
    course.mayFallBack = false;
    course.model = means.fallbackModel;
    return true;
  };
  const askAgain = (failure: string) => {
    if (!course.mayAskAgain) return false;
    course.mayAskAgain = false;
    course.failure = failure;
    means.log.warn({ model: course.model, reason: failure.length > 80 ? "quotes" : failure }, "asking the model once more");
    return true;
  };

  for (;;) {
    const asked = await ask(means, request, passages, course);
    if (typeof asked === "string" || "unusable" in asked) {
      // a usable answer that only lacks a quote is better than a third and fourth call
      if (course.best) return draftFrom(course, request);
      if (asked === "overloaded" || asked === "refused") {
        if (fallBack()) continue;
        if (asked === "refused") return draftWithout("refusal", course, request);
        throw new DrafterError("The model is overloaded.");
      }
      if (asked === "cut") {
        course.maxTokens = means.maxTokens * 2;
        if (askAgain("it was cut off; write fewer sentences.")) continue;
        return draftWithout("truncation", course, request);
      }
      if (askAgain(asked.unusable)) continue;
      throw new DrafterError(`The model's answer was not usable: ${asked.unusable}`);
    }
    if (!course.best || asked.failures.length < course.best.answer.failures.length) course.best = { answer: asked, model: course.model };
    if (asked.failures.length > 0 && askAgain(`${asked.failures.slice(0, MOST_FAILURES).join("; ")}.`)) continue;
    return draftFrom(course, request);
  }
}

/** One call and what came of it. A call that fails after a usable answer was paid for does not lose that answer. */
async function ask(
  { call }: Means,
  request: DraftRequest,
  passages: Map<string, FoundPassage>,
  course: Course,
): Promise<Answer | { unusable: string } | "overloaded" | "refused" | "cut"> {
  let reply: Reply;
  try {
    reply = await call({
      model: course.model,
      system: systemPrompt(request.style),
      user: userPrompt(request, passages, course.failure),
      maxTokens: course.maxTokens,
    });
  } catch (error) {
    if (error instanceof Overloaded) return "overloaded";
    if (error instanceof Unreadable) return { unusable: "it did not arrive whole." };
    if (course.best) return { unusable: "the call failed." };
    throw error;
  }
  const cost = costOf(reply.model, reply.usage);
  course.inputTokens += inputTokensOf(reply.usage);
  course.outputTokens += reply.usage.output_tokens;
  course.costUsd = cost === null || course.costUsd === null ? null : course.costUsd + cost;
  if (reply.ended !== "whole") return reply.ended;
  return readAnswer(reply.text, passages);
}

function draftFrom(course: Course, { style, triage }: DraftRequest): Draft {
  if (!course.best) throw new DrafterError("The model gave no usable answer.");
  const { answer, model } = course.best;
  return {
    text: signed(answer.text, style.signature),
    sentences: answer.sentences,
    language: answer.language || triage.language,
    intent: answer.intent,
    sentiment: answer.sentiment,
    selfRating: answer.selfRating,
    trouble: null,
    drafter: "anthropic",
    model,
    promptVersion: PROMPT_VERSION,
    inputTokens: course.inputTokens,
    outputTokens: course.outputTokens,
    costUsd: course.costUsd,
  };
}

/** What a person can start from when the model gave no words of its own. */
function draftWithout(trouble: "refusal" | "truncation", course: Course, { style, triage }: DraftRequest): Draft {
  const { colleague, opening, language } = courtesiesIn(triage.language);
  const sentences = [opening, colleague].map((text) => ({ text, kind: "courtesy" as const, passageId: null, quote: null }));
  return {
    text: signed(`${opening}\n\n${colleague}`, style.signature),
    sentences,
    language,
    intent: null,
    sentiment: null,
    selfRating: 0,
    trouble,
    drafter: "anthropic",
    model: course.model,
    promptVersion: PROMPT_VERSION,
    inputTokens: course.inputTokens,
    outputTokens: course.outputTokens,
    costUsd: course.costUsd,
  };
}

function signed(text: string, signature: string): string {
  return signature.trim() === "" ? text : `${text}\n\n${signature.trim()}`;
}
