import { setImmediate } from "node:timers/promises";
import { type Classify, type Example, trainInSteps } from "../../core/classifier/classifier.ts";
import type { IntentClassifier, TriageExamplesTable } from "../../ports/triage.ts";
import { builtInExamples } from "./built-in.ts";

type Table = Pick<TriageExamplesTable, "all" | "revision">;

/** A classifier over the team's examples, else the built-in ones: trained at the first message, and again after they changed. */
export function createClassifier({ table }: { table: Table }): IntentClassifier {
  let held: { revision: number; trained: Promise<{ classify: Classify; own: boolean }> } | null = null;
  return {
    async examples() {
      return (await examplesInUse(table)).examples;
    },
    async classify(text) {
      const revision = await table.revision();
      if (held?.revision !== revision) {
        const trained = examplesInUse(table).then(async ({ examples, own }) => ({ classify: await trainGently(examples), own }));
        held = { revision, trained };
        trained.catch(() => {
          if (held?.trained === trained) held = null; // the next message tries again
        });
      }
      const { classify, own } = await held.trained;
      return { ...classify(text), own };
    },
  };
}

/** The team's examples, or those that came with the program while there are none. */
async function examplesInUse(table: Table): Promise<{ examples: (Example & { id?: string })[]; own: boolean }> {
  const examples = await table.all();
  return examples.length > 0 ? { examples, own: true } : { examples: await builtInExamples(), own: false };
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
