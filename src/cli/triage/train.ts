import type { Readable } from "node:stream";
import type { TriageExample, TriageExamplesTable } from "../../ports/triage.ts";
import { linesOf } from "../lines.ts";
import { parseExample } from "./rows.ts";

/**
 * Takes `{id?, text, label}` lines in; they count from the next message on, in a running server too. A line that is none is named and stops no
 * other: exit code 1 then. Without a single example nothing is changed. With `json` one line `{line, error}` for each bad one and one
 * `{examples, labels, failed}` at the end. Of two examples with one id the later stands.
 */
export async function train(
  table: Pick<TriageExamplesTable, "replace" | "add">,
  input: Readable,
  { add, json }: { add: boolean; json: boolean },
): Promise<number> {
  const examples = new Map<string, TriageExample>();
  let failed = 0;
  let line = 0;
  for await (const text of linesOf(input)) {
    line += 1;
    if (text.trim() === "") continue;
    try {
      const example = parseExample(text);
      examples.set(example.id, example);
    } catch (error) {
      failed += 1;
      const reason = error instanceof Error ? error.message : String(error);
      if (json) process.stdout.write(`${JSON.stringify({ line, error: reason })}\n`);
      else process.stderr.write(`line ${line}: ${reason}\n`);
    }
  }
  const rows = [...examples.values()];
  const labels = new Set(rows.map(({ label }) => label)).size;
  if (rows.length > 0) await (add ? table.add(rows) : table.replace(rows));
  else process.stderr.write("No example was given, so nothing was changed; `triage reset` goes back to the built-in ones.\n");
  process.stdout.write(
    json
      ? `${JSON.stringify({ examples: rows.length, labels, failed })}\n`
      : `${rows.length} examples of ${labels} labels ${add ? "added" : "taken in place of those before"}, ${failed} lines failed\n`,
  );
  return failed > 0 || rows.length === 0 ? 1 : 0;
}
