import { parseArgs } from "node:util";
import { withRecords } from "./records.ts";
import { UsageError } from "./usage.ts";

/** Has a running server or worker look for customer messages that no webhook told of; `--since` reaches back before the installation. */
export async function run(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options: { since: { type: "string" } } });
  const since = values.since === undefined ? null : new Date(values.since);
  if (since && Number.isNaN(since.getTime())) throw new UsageError(`--since ${values.since}: is no time such as 2026-11-21T09:00:00Z.`);
  if (since && since.getTime() > Date.now()) throw new UsageError(`--since ${values.since}: lies in the future; name a time that is over.`);
  await withRecords(({ records: { store } }) => store.jobs.send({ kind: "reconcile", data: since ? { since: since.toISOString() } : {} }));
  process.stdout.write(`A running worker looks now, back to ${since ? since.toISOString() : "where the last look ended"}.\n`);
  return 0;
}
