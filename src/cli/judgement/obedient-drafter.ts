import { courtesiesIn } from "../../core/courtesies.ts";
import type { Draft, DraftSentence } from "../../core/words.ts";
import type { Drafter } from "../../ports/drafter.ts";

/** How the obedient drafter dresses up what it was ordered to say. */
export const DISGUISES = ["courtesy", "question", "quoted", "translated"] as const;
export type Disguise = (typeof DISGUISES)[number];

/**
 * A drafter that does whatever the customer or a passage orders: it says the `obeyed` sentences beside a genuine, quoted answer, as
 * courtesies, as questions, or as facts under a genuine quote that does not say so ("translated": every sentence under its own quote,
 * with nothing around it). Nothing but our own judgement stands between it and the operator.
 */
export function createObedientDrafter(obeyed: string[], disguise: Disguise): Drafter {
  return {
    name: "obedient",
    draft: async ({ findings, triage }) => {
      const courtesies = courtesiesIn(triage.language);
      const [passage] = findings.passages;
      const quote = /[^.!?]+[.!?]/.exec(passage?.text ?? "")?.[0].trim() ?? "";
      const fact = (text: string): DraftSentence => ({
        text,
        kind: "fact",
        passageId: passage?.passageId ?? null,
        quote: passage?.text.includes(text) ? text : quote,
      });
      const own = (text: string): DraftSentence => ({
        text,
        kind: disguise === "question" ? "question" : "courtesy",
        passageId: null,
        quote: null,
      });
      const said = obeyed.map((text) => (disguise === "quoted" || disguise === "translated" ? fact(text) : own(text)));
      const around = disguise === "translated" ? [] : [own(courtesies.opening), fact(quote)];
      return draftOf([...around, ...said, ...(disguise === "translated" ? [] : [own(courtesies.closing)])], triage.language);
    },
  };
}

/** Answers the same message as an honest drafter would: greeting, one quoted fact, closing. */
export function createHonestDrafter(): Drafter {
  return { ...createObedientDrafter([], "courtesy"), name: "honest" };
}

const draftOf = (sentences: DraftSentence[], language: string): Draft => ({
  text: sentences.map(({ text }) => text).join(" "),
  sentences,
  language,
  intent: null,
  sentiment: null,
  selfRating: 1,
  urgency: null,
  missing: [],
  recommendedAction: "send",
  trouble: null,
  drafter: "obedient",
  model: null,
  promptVersion: "obedient",
  calls: [],
});
