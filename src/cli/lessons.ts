import { parseArgs } from "node:util";
import { mineHouseLessons } from "../flow/mine-lessons.ts";
import { withRecords } from "./records.ts";
import { UsageError } from "./usage.ts";

/** `lessons mine` looks now for what operators keep changing; `lessons list` shows what waits for an administrator, and what was accepted. */
export async function run(args: string[]): Promise<number> {
  const { positionals, values } = parseArgs({ args, allowPositionals: true, options: { json: { type: "boolean", default: false } } });
  const [action, ...more] = positionals;
  if (more.length > 0 || (action !== "mine" && action !== "list")) throw new UsageError("Say `lessons mine` or `lessons list`.");
  return withRecords(async ({ records: { store }, log }) => {
    if (action === "mine") {
      const report = await mineHouseLessons({ store, clock: { now: () => new Date() }, log });
      const { replies, found, suggested } = report;
      process.stdout.write(
        values.json
          ? `${JSON.stringify(report)}\n`
          : `${replies} replies, ${found} changes made again and again, ${suggested} new suggestions: GET /api/v1/lessons\n`,
      );
      return 0;
    }
    for (const status of ["suggested", "accepted"] as const)
      for (const { id, kind, text, times, chances } of (await store.lessons.list({ status, limit: 100 })).data)
        process.stdout.write(
          values.json
            ? `${JSON.stringify({ id, status, kind, text, times, chances })}\n`
            : `${id}  ${status.padEnd(9)}  ${kind.padEnd(6)}  ${`${times} of ${chances}`.padEnd(10)}  ${text}\n`,
        );
    return 0;
  });
}
