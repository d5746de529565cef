import { z } from "zod";
import { INTENTS } from "../../core/intents.ts";
import { verifyQuote } from "../../core/quotes.ts";
import { languageOfReply, wrongLanguage } from "../../core/tongue.ts";
import type { DraftSentence, FoundPassage, Intent, RecommendedAction, Sentiment, Urgency } from "../../core/words.ts";

/** What the model must answer. Limits that its schema language lacks are kept by `readAnswer`. */
export const answerSchema = z.object({
  sentences: z.array(
    z.object({
      text: z.string(),
      kind: z.enum(["fact", "courtesy", "question"]),
      passage_id: z.string().nullable().describe("id of the passage that proves a fact, else null"),
      quote: z.string().nullable().describe("words of that passage, verbatim, else null"),
      new_paragraph: z.boolean(),
    }),
  ),
  intent: z.enum(INTENTS),
  sentiment: z.enum(["negative", "neutral", "positive"]),
  urgency: z.enum(["low", "normal", "high"]),
  language: z.string().describe("ISO 639-1 code of the reply, such as en"),
  missing: z.array(z.string()).describe("what only an operator can look up, as in the blanks"),
  self_rating: z.number().describe("between 0 and 1"),
  recommended_action: z.enum(["send", "review", "escalate"]),
});

/** A usable answer in our words; `failures` names facts without a quote that holds, and a language that is not the customer's. */
export interface Answer {
  text: string;
  sentences: DraftSentence[];
  intent: Intent;
  sentiment: Sentiment;
  urgency: Urgency;
  language: string;
  missing: string[];
  selfRating: number;
  recommendedAction: RecommendedAction;
  failures: string[];
}

const MOST_SENTENCES = 40;
const MOST_CHARS = 10_000;
const MOST_MISSING = 10;
const LONGEST_MISSING = 100;

/**
 * Reads the model's answer, or says in a sentence (for the model) why it is unusable. Passages go by the names the model was given;
 * `customerText` says which language the reply must have, null where the operator may have asked for another one.
 */
export function readAnswer(
  json: string,
  { passages, customerText }: { passages: Map<string, FoundPassage>; customerText: string | null },
): Answer | { unusable: string } {
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch {
    return { unusable: json.trim() === "" ? "it was empty." : "it was not valid JSON." };
  }
  const { data, error } = answerSchema.safeParse(parsed);
  if (!data) return { unusable: `it did not follow the schema at ${error.issues[0]?.path.join(".") || "the top"}.` };
  const sentences = data.sentences
    .map((sentence) => ({ ...sentence, text: sentence.text.trim() }))
    .filter((sentence) => sentence.text !== "");
  if (sentences.length === 0) return { unusable: "it held no sentence." };
  const text = joined(sentences);
  if (sentences.length > MOST_SENTENCES || text.length > MOST_CHARS || sentences.some(({ quote }) => (quote?.length ?? 0) > MOST_CHARS))
    return { unusable: "it was far too long; two to six sentences are enough." };

  const failures: string[] = [];
  const drafted = sentences.map(({ text, kind, passage_id, quote }): DraftSentence => {
    if (kind !== "fact") return { text, kind, passageId: null, quote: null };
    const passage = passages.get(passage_id ?? "");
    if (!passage || !quote) failures.push(`the fact ${JSON.stringify(text)} has no passage or no quote`);
    else if (!verifyQuote(quote, passage.text))
      failures.push(`the quote ${JSON.stringify(quote)} does not stand in ${passage_id} word for word`);
    return { text, kind, passageId: passage?.passageId ?? null, quote };
  });
  const strange = customerText === null ? null : wrongLanguage(text, customerText);
  if (strange) failures.push(`it is in the wrong language: ${strange} Quotes stay in their passage's language`);
  return {
    text,
    sentences: drafted,
    intent: data.intent,
    sentiment: data.sentiment,
    urgency: data.urgency,
    language: languageOfReply(text, data.language),
    missing: [...new Set(data.missing.map((one) => one.trim().slice(0, LONGEST_MISSING)).filter(Boolean))].slice(0, MOST_MISSING),
    selfRating: Math.min(1, Math.max(0, data.self_rating)),
    recommendedAction: data.recommended_action,
    failures,
  };
}

/** Sentences as a letter: steps on lines of their own. */
function joined(sentences: { text: string; new_paragraph: boolean }[]): string {
  return sentences.reduce((letter, { text, new_paragraph }) => {
    if (letter === "") return text;
    return `${letter}${new_paragraph ? "\n\n" : STEP.test(text) ? "\n" : " "}${text}`;
  }, "");
}

const STEP = /^(?:\d{1,2}[.)]|[-*•])\s/;
