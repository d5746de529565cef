import { z } from "zod";
import { verifyQuote } from "../../core/quotes.ts";
import type { DraftSentence, FoundPassage, Intent, Sentiment } from "../../core/words.ts";

const INTENTS = [
  "product_question",
  "order_status",
  "return_refund",
  "technical_issue",
  "complaint",
  "account",
  "sales",
  "feedback",
  "other",
] as const satisfies readonly Intent[];

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
  urgency: z.enum(["low", "normal", "high", "urgent"]),
  language: z.string().describe("ISO 639-1 code of the reply, such as en"),
  missing: z.array(z.string()).describe("what only an operator can look up, as in the blanks"),
  self_rating: z.number().describe("between 0 and 1"),
});

/** A usable answer in our words; `failures` names facts without a quote that holds. */
export interface Answer {
  text: string;
  sentences: DraftSentence[];
  intent: Intent;
  sentiment: Sentiment;
  language: string;
  selfRating: number;
  failures: string[];
}

const MOST_SENTENCES = 40;
const MOST_CHARS = 10_000;

/** Reads the model's answer, or says in a sentence (for the model) why it is unusable. Passages go by the names the model was given. */
export function readAnswer(json: string, passages: Map<string, FoundPassage>): Answer | { unusable: string } {
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
  if (sentences.length > MOST_SENTENCES || text.length > MOST_CHARS)
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
  return {
    text,
    sentences: drafted,
    intent: data.intent,
    sentiment: data.sentiment,
    language: languageCode(data.language),
    selfRating: Math.min(1, Math.max(0, data.self_rating)),
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

function languageCode(language: string): string {
  const code = language.trim().slice(0, 2).toLowerCase();
  return /^[a-z]{2}$/.test(code) ? code : "en";
}
