import { parseArgs } from "node:util";
import { discardDeadLetter, redriveDeadLetter, redriveOpenLetters } from "../flow/settle-dead-letter.ts";
import type { DeadLetter } from "../ports/store.ts";
import { withRecords } from "./records.ts";
import { UsageError } from "./usage.ts";

const MOST = 200;

const BY = { name: "command line" };

/** `list` shows what waits for people, `show ID` all of one; `redrive ID…` (or `--all`, of a `--kind`) puts back, `discard ID… --reason` lets go. */
export async function run(args: string[]): Promise<number> {
  const { positionals, values } = parseArgs({
    args,
    allowPositionals: true,
    options: { json: { type: "boolean" }, all: { type: "boolean" }, kind: { type: "string" }, reason: { type: "string" } },
  });
  const [action, ...ids] = positionals;
  if (action === "list" && ids.length === 0) return list(values.json === true, values.kind);
  if (action === "show" && ids.length === 1) return show(ids[0] as string);
  if (action === "redrive" && ids.length > 0 !== (values.all === true)) return redrive(ids, values.kind);
  if (action === "discard" && ids.length > 0 && values.reason?.trim()) return discard(ids, values.reason.trim());
  throw new UsageError("Say `list`, `show ID`, `redrive ID…`, `redrive --all [--kind KIND]` or `discard ID… --reason WHY`.");
}

const openLetters = (kind: string | undefined) =>
  withRecords(async ({ records }) => {
    const { data } = await records.store.deadLetters.list({ open: true, limit: MOST, ...(kind !== undefined && { kind }) });
    return data;
  });

async function list(json: boolean, kind: string | undefined): Promise<number> {
  const letters = await openLetters(kind);
  for (const letter of letters) {
    const line = `${letter.id}  ${letter.createdAt.toISOString()}  ${letter.kind}  ${letter.attempts} attempts  ${letter.reason}`;
    process.stdout.write(`${json ? JSON.stringify(withoutWords(letter)) : line}\n`);
  }
  if (letters.length === 0 && !json) process.stdout.write("There are no dead letters.\n");
  return 0;
}

async function show(id: string): Promise<number> {
  const letter = await withRecords(({ records: { store } }) => store.deadLetters.get(id));
  if (!letter) throw new Error(`there is no dead letter ${id}; \`dead-letters list\` shows them`);
  process.stdout.write(`${JSON.stringify(withoutWords(letter), null, 2)}\n`);
  return 0;
}

/** A delivery that the database refused stands in its letter whole, with what the customer wrote. */
function withoutWords(letter: DeadLetter): DeadLetter {
  return letter.kind === "receive-delivery" ? { ...letter, data: {} } : letter;
}

async function redrive(ids: string[], kind: string | undefined): Promise<number> {
  return withRecords(async ({ records: { store } }) => {
    const ports = { store, clock: { now: () => new Date() } };
    const redriven: { id: string }[] = ids.length > 0 ? [] : await redriveOpenLetters(ports, { kind, limit: MOST, by: BY });
    for (const id of ids) redriven.push(await redriveDeadLetter(ports, { id, by: BY }));
    for (const { id } of redriven) process.stdout.write(`${id} is back in the queue.\n`);
    return 0;
  });
}

async function discard(ids: string[], reason: string): Promise<number> {
  return withRecords(async ({ records: { store } }) => {
    for (const id of ids) {
      await discardDeadLetter({ store, clock: { now: () => new Date() } }, { id, by: BY, reason });
      process.stdout.write(`${id} is let go.\n`);
    }
    return 0;
  });
}
