import MiniSearch from "minisearch";
import { type Example, train } from "../../core/classifier/classifier.ts";
import type { ScopeSignals } from "../../core/classifier/scope.ts";
import type { Judged } from "./figures.ts";

/** Something that gives messages labels, trained on a set's examples. */
export interface Judge {
  name: string;
  judge(text: string): Omit<Judged, "label"> & { signals?: ScopeSignals };
}

/** What `triage test` answers with. */
export function ours(examples: Example[]): Judge {
  const classify = train(examples);
  return {
    name: "countersign",
    judge(text) {
      const { label, confidence, inScope, signals } = classify(text);
      return { guess: label, confidence, inScope, calibrated: true, signals };
    },
  };
}

/** The label of the example that MiniSearch finds first, forgiving typos; its score tells the scope. */
export function nearestByMiniSearch(examples: Example[]): Judge {
  const engine = new MiniSearch<Example & { id: number }>({
    fields: ["text"],
    storeFields: ["label"],
    searchOptions: { fuzzy: 0.2, prefix: true },
  });
  engine.addAll(examples.map((example, id) => ({ ...example, id })));
  const most = mostFrequent(examples);
  return {
    name: "nearest by MiniSearch",
    judge(text) {
      const [first] = engine.search(text);
      return { guess: first?.label ?? most, confidence: null, inScope: first?.score ?? 0, calibrated: false };
    },
  };
}

/** The label with the most examples, whatever is asked. */
export function majority(examples: Example[]): Judge {
  const guess = mostFrequent(examples);
  return { name: "most frequent label", judge: () => ({ guess, confidence: null, inScope: null, calibrated: false }) };
}

function mostFrequent(examples: Example[]): string | null {
  const counts = [...Map.groupBy(examples, ({ label }) => label)].map(([label, { length }]) => ({ label, length }));
  return counts.sort((a, b) => b.length - a.length)[0]?.label ?? null;
}
