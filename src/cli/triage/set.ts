import { basename, join, resolve } from "node:path";
import { z } from "zod";
import type { Example } from "../../core/classifier/classifier.ts";
import { readRows } from "../retrieval/set.ts";

const example = z.object({ text: z.string(), label: z.string() });
const message = z.object({ id: z.string(), text: z.string(), label: z.string() });

/** Labelled examples and messages to try them on; `label` is null where none of the examples' labels fits. */
export interface TriageSet {
  name: string;
  examples: Example[];
  messages: { id: string; text: string; label: string | null }[];
}

/** Reads `train.jsonl` (`{text, label}`) and `queries.jsonl` (`{id, text, label}`) of a folder; a label without examples means out of scope. */
export async function readTriageSet(folder: string): Promise<TriageSet> {
  const examples = await readRows(join(folder, "train.jsonl"), example);
  const known = new Set(examples.map(({ label }) => label));
  const messages = await readRows(join(folder, "queries.jsonl"), message);
  return {
    name: basename(resolve(folder)),
    examples,
    messages: messages.map(({ id, text, label }) => ({ id, text, label: known.has(label) ? label : null })),
  };
}
