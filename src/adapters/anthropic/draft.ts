import { courtesiesIn } from "../../core/courtesies.ts";
import type { Draft, ModelUse } from "../../core/words.ts";
import type { DraftRequest } from "../../ports/drafter.ts";
import type { Answer } from "./answer.ts";
import { promptVersion } from "./prompt.ts";

/** Which model a draft is from, and every call that it took. */
export interface Drafted {
  model: string;
  calls: ModelUse[];
}

/** The model's answer as a draft, with our signature. */
export function draftOf(answer: Answer, by: Drafted, request: DraftRequest): Draft {
  return {
    text: signed(answer.text, request.style.signature),
    sentences: answer.sentences,
    language: answer.language,
    intent: answer.intent,
    sentiment: answer.sentiment,
    urgency: answer.urgency,
    missing: answer.missing,
    selfRating: answer.selfRating,
    recommendedAction: answer.recommendedAction,
    trouble: null,
    ...signs(by, request),
  };
}

/** What a person can start from when the model gave no words of its own. */
export function draftWithout(trouble: "refusal" | "truncation", by: Drafted, request: DraftRequest): Draft {
  const { colleague, opening, language } = courtesiesIn(request.triage.language);
  return {
    text: signed(`${opening}\n\n${colleague}`, request.style.signature),
    sentences: [opening, colleague].map((text) => ({ text, kind: "courtesy", passageId: null, quote: null })),
    language,
    intent: null,
    sentiment: null,
    urgency: null,
    missing: [],
    selfRating: 0,
    recommendedAction: "review",
    trouble,
    ...signs(by, request),
  };
}

function signs({ model, calls }: Drafted, { houseStyle }: DraftRequest) {
  return { drafter: "anthropic", model, promptVersion: promptVersion(houseStyle), calls };
}

function signed(text: string, signature: string): string {
  return signature.trim() === "" ? text : `${text}\n\n${signature.trim()}`;
}
