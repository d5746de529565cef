import type { ModelRequest, Turn } from "./model-server.ts";

/** An answer in the model's schema. */
export const answer = (sentences: object[], change: object = {}) => ({
  sentences,
  intent: "product_question",
  sentiment: "neutral",
  urgency: "normal",
  language: "en",
  missing: [],
  self_rating: 0.9,
  recommended_action: "send",
  ...change,
});

export const courtesy = (text: string) => ({ text, kind: "courtesy", passage_id: null, quote: null, new_paragraph: false });

export const fact = (text: string, quote: string | null, passage_id: string | null = "P1") => ({
  text,
  kind: "fact",
  passage_id,
  quote,
  new_paragraph: false,
});

/** Answers with the first sentence of the best passage, quoted word for word, and whatever is changed. */
export const fromPassages =
  (change: object = {}, before: object[] = []): Turn =>
  (request) => {
    const said = firstSentence(request);
    return { answer: answer([...before, fact(said, said)], change) };
  };

function firstSentence({ body }: ModelRequest): string {
  const block = /<passages-[^>]+>\n([\s\S]*?)\n<\/passages-/.exec(body.messages[0]?.content ?? "")?.[1] ?? "[]";
  const [passage] = JSON.parse(block) as { text: string }[];
  if (!passage) throw new Error("the model was given no passage");
  return /[A-Z][^.#|*\n]{20,200}\./.exec(passage.text)?.[0] ?? passage.text.slice(0, 80);
}
