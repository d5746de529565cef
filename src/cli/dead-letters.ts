import { parseArgs } from "node:util";
import { redriveDeadLetter } from "../flow/redrive-dead-letter.ts";
import { withRecords } from "./records.ts";
import { UsageError } from "./usage.ts";

const MOST = 200;

/** `list [--json]` shows what waits for people; `redrive ID…` (or `--all`) puts it back into the queue. */
export async function run(args: string[]): Promise<number> {
  const { positionals, values } = parseArgs({
    args,
    allowPositionals: true,
    options: { json: { type: "boolean" }, all: { type: "boolean" } },
  });
  const [action, ...ids] = positionals;
  if (action === "list" && ids.length === 0) return list(values.json === true);
  if (action === "redrive" && ids.length > 0 !== (values.all === true)) return redrive(ids);
  throw new UsageError("Say `list`, `redrive ID…` or `redrive --all`.");
}

async function list(json: boolean): Promise<number> {
  const { data } = await withRecords(({ records }) => records.store.deadLetters.list({ open: true, limit: MOST }));
  for (const letter of data) {
    const line = `${letter.id}  ${letter.createdAt.toISOString()}  ${letter.kind}  ${letter.attempts} attempts  ${letter.reason}`;
    process.stdout.write(`${json ? JSON.stringify(letter) : line}\n`);
  }
  if (data.length === 0 && !json) process.stdout.write("There are no dead letters.\n");
  return 0;
}

async function redrive(ids: string[]): Promise<number> {
  return withRecords(async ({ records: { store } }) => {
    const chosen = ids.length > 0 ? ids : (await store.deadLetters.list({ open: true, limit: MOST })).data.map(({ id }) => id);
    for (const id of chosen) {
      await redriveDeadLetter({ store, clock: { now: () => new Date() } }, { id, by: { name: "command line" } });
      process.stdout.write(`${id} is back in the queue.\n`);
    }
    return 0;
  });
}
