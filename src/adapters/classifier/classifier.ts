import { setImmediate } from "node:timers/promises";
import { type Classify, type Example, trainInSteps } from "../../core/classifier/classifier.ts";
import type { IntentClassifier, TriageExamplesTable } from "../../ports/triage.ts";
import { builtInExamples } from "./built-in.ts";

/** A classifier over the team's examples, else the built-in ones: trained at the first message, and again after they changed. */
export function createClassifier({ table }: { table: Pick<TriageExamplesTable, "all" | "revision"> }): IntentClassifier {
  let held: { revision: number; classify: Promise<Classify> } | null = null;
  return {
    examples: () => examplesInUse(table),
    async classify(text) {
      const revision = await table.revision();
      if (held?.revision !== revision) {
        const classify = examplesInUse(table).then(trainGently);
        held = { revision, classify };
        classify.catch(() => {
          if (held?.classify === classify) held = null; // the next message tries again
        });
      }
      return (await held.classify)(text);
    },
  };
}

/** The team's examples, or those that came with the program while there are none. */
async function examplesInUse(table: Pick<TriageExamplesTable, "all">): Promise<(Example & { id?: string })[]> {
  const own = await table.all();
  return own.length > 0 ? own : builtInExamples();
}

/** Trains without holding up whoever else has work on this thread. */
async function trainGently(examples: Example[]): Promise<Classify> {
  const steps = trainInSteps(examples);
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
    await setImmediate();
  }
}
