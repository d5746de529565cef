import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { parseArgs } from "node:util";
import { rowJson } from "../http/learning.ts";
import type { ExportedLearning } from "../ports/learning.ts";
import { withRecords } from "./records.ts";
import { UsageError } from "./usage.ts";

/** `export` prints what every decision taught, as `GET /api/v1/learning/export` does: one JSON object a line, with or without `--json`. */
export async function run(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options: { since: { type: "string" }, json: { type: "boolean", default: true } } });
  const since = values.since === undefined ? null : new Date(values.since);
  if (since && Number.isNaN(since.getTime())) throw new UsageError(`--since ${values.since}: is no time such as 2026-11-21T09:00:00Z.`);
  await withRecords(({ records: { store } }) =>
    pipeline(Readable.from(linesOf(store.learning.export({ since }))), process.stdout, { end: false }),
  );
  return 0;
}

async function* linesOf(rows: AsyncIterable<ExportedLearning>): AsyncGenerator<string> {
  for await (const row of rows) yield `${JSON.stringify(rowJson(row))}\n`;
}
