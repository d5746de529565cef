import { courtesiesIn } from "../../core/courtesies.ts";
import type { Draft, DraftSentence } from "../../core/words.ts";
import type { Drafter, DraftRequest } from "../../ports/drafter.ts";
import { type Chosen, chooseSentences, safetyStep, worthQuoting } from "./choose.ts";

const PROMPT_VERSION = "extractive-2";
const MOST_SENTENCES = 3;
/** Our own rating when there is nothing to say; people should answer. */
const RATING_WITHOUT_ANSWER = 0.1;

/**
 * Drafts without a model: the sentences of the knowledge base that answer best, word for word, between a greeting and a closing in the customer's language.
 * It never uses the customer's words for anything but finding, so no message can make it say something. Any instruction makes it shorter: that is all it can do.
 * House rules are for models; its words are the sources' and a fixed courtesy, so it follows none.
 */
export function createExtractiveDrafter(): Drafter {
  return { name: "extractive", draft: async (request) => draftOf(request) };
}

function draftOf(request: DraftRequest): Draft {
  const { triage, findings, style, customerMessage } = request;
  const courtesies = courtesiesIn(triage.language);
  const passages = worthQuoting(findings.passages, courtesies.language);
  const step = safetyStep(findings.passages, triage.flags.includes("safety"));
  const most = request.instruction === null ? MOST_SENTENCES : 1;
  const answer = chooseSentences(passages, customerMessage, most).filter((sentence) => sentence.text !== step?.text);
  const facts = (step ? [step, ...answer] : answer).slice(0, Math.max(most, step ? 2 : 1)).map(factOf);

  const opening = courtesy(triage.sentiment === "negative" ? courtesies.sorry : courtesies.opening);
  const closing = courtesy(facts.length > 0 ? courtesies.closing : courtesies.colleague);
  const body = facts.map((fact) => fact.text).join(" ");
  // what to do against danger comes before any greeting
  const paragraphs = step ? [body, closing.text] : [opening.text, body, closing.text];
  return {
    text: [...paragraphs, style.signature.trim()].filter((paragraph) => paragraph !== "").join("\n\n"),
    sentences: step ? [...facts, closing] : [opening, ...facts, closing],
    language: courtesies.language,
    intent: null,
    sentiment: null,
    urgency: null,
    missing: [],
    recommendedAction: null,
    // as sure as the search is that there is an answer: more it cannot know of its own words
    selfRating: facts.length > 0 ? findings.answerable : RATING_WITHOUT_ANSWER,
    trouble: null,
    drafter: "extractive",
    model: null,
    promptVersion: PROMPT_VERSION,
    calls: [],
  };
}

function factOf({ text, raw, kind, passage }: Chosen): DraftSentence {
  const whole = kind === "sentence" || /[.!?]$/.test(text) ? text : `${text}.`;
  return { text: whole, kind: "fact", passageId: passage.passageId, quote: raw };
}

function courtesy(text: string): DraftSentence {
  return { text, kind: "courtesy", passageId: null, quote: null };
}
