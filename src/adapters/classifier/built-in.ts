import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Example } from "../../core/classifier/classifier.ts";

const FILE = join(import.meta.dirname, "examples.jsonl");

/** The examples of the built-in intents, in five languages: `{label, text}` a line. */
export async function builtInExamples(): Promise<Example[]> {
  return (await readFile(FILE, "utf8"))
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
}
