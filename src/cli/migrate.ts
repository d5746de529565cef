import { parseArgs } from "node:util";
import { withRecords } from "./records.ts";

/** Brings the database up to date and ends. */
export async function run(args: string[]): Promise<number> {
  parseArgs({ args, options: {} });
  await withRecords(async () => {});
  process.stdout.write("The database is up to date.\n");
  return 0;
}
