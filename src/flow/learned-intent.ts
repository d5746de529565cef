import { chosenIntent } from "../core/intents.ts";
import type { Triage } from "../core/words.ts";
import type { Ports } from "../ports.ts";

/** The rules' judgement with the intent that the team's examples tell, where they know better. Flags and all else stay; without a classifier the rules stand. */
export async function withLearnedIntent(
  { classifier, log }: Pick<Ports, "classifier" | "log">,
  triage: Triage,
  text: string,
): Promise<Triage> {
  try {
    return { ...triage, intent: chosenIntent(triage.intent, await classifier.classify(text)) };
  } catch (error) {
    log.warn({ err: error }, "the examples could not be asked, so the rules alone tell the intent");
    return triage;
  }
}
