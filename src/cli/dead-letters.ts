import { parseArgs } from "node:util";
import { isUuid } from "../core/hash.ts";
import { Problem } from "../core/problem.ts";
import { discardDeadLetter, redriveDeadLetter, redriveOpenLetters } from "../flow/settle-dead-letter.ts";
import { deadLetterJson, inspectedLetter } from "../http/dead-letters.ts";
import { DEAD_LETTER_KINDS, type DeadLetter } from "../ports/dead-letters.ts";
import type { Store } from "../ports/store.ts";
import { withRecords } from "./records.ts";
import { UsageError } from "./usage.ts";

/** Letters that are read, or put back, at a time. */
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
  const { kind, all = false } = values;
  const reason = values.reason?.trim();
  refuseUnknown(ids, kind);
  if (action === "list" && ids.length === 0) return list(values.json === true, kind);
  if (action === "show" && ids.length === 1) return show(ids[0] as string);
  if (action === "redrive" && all && ids.length === 0) return redriveAll(kind);
  if (action === "redrive" && !all && ids.length > 0 && kind === undefined)
    return each(ids, "is back in the queue", (ports, id) => redriveDeadLetter(ports, { id, by: BY }));
  if (action === "discard" && ids.length > 0 && reason)
    return each(ids, "is let go", (ports, id) => discardDeadLetter(ports, { id, by: BY, reason }));
  throw new UsageError(
    "Say `list [--kind KIND]`, `show ID`, `redrive ID…`, `redrive --all [--kind KIND]` or `discard ID… --reason WHY`; `--json` with `list`.",
  );
}

function refuseUnknown(ids: string[], kind: string | undefined): void {
  for (const id of ids) if (!isUuid(id)) throw new UsageError(`${id}: is no id of a dead letter; \`dead-letters list\` shows them.`);
  if (kind !== undefined && !DEAD_LETTER_KINDS.some((known) => known === kind))
    throw new UsageError(`--kind ${kind}: there is no such kind. There are ${DEAD_LETTER_KINDS.join(", ")}.`);
}

async function list(json: boolean, kind: string | undefined): Promise<number> {
  const letters = await withRecords(({ records: { store } }) => openLetters(store, kind));
  for (const letter of letters) {
    const about = letter.conversationId === null ? "" : `  conversation ${letter.conversationId}`;
    const tries = letter.attempts === 1 ? "1 attempt" : `${letter.attempts} attempts`;
    const line = `${letter.id}  ${letter.createdAt.toISOString()}  ${letter.kind}  ${tries}${about}  ${letter.reason}`;
    process.stdout.write(`${json ? JSON.stringify(deadLetterJson(letter)) : line}\n`);
  }
  if (letters.length === 0 && !json) process.stdout.write("There are no dead letters.\n");
  return 0;
}

async function openLetters(store: Store, kind: string | undefined): Promise<DeadLetter[]> {
  const letters: DeadLetter[] = [];
  for (let cursor: string | null = null; ; ) {
    const page = await store.deadLetters.list({ open: true, limit: MOST, ...(kind !== undefined && { kind }), ...(cursor && { cursor }) });
    letters.push(...page.data);
    cursor = page.nextCursor;
    if (cursor === null) return letters;
  }
}

async function show(id: string): Promise<number> {
  const shown = await withRecords(async ({ records: { store } }) => {
    const letter = await store.deadLetters.get(id.toLowerCase());
    return letter && inspectedLetter(store, letter);
  });
  if (!shown) throw new Error(`there is no dead letter ${id}; \`dead-letters list\` shows them`);
  process.stdout.write(`${JSON.stringify(shown, null, 2)}\n`);
  return 0;
}

/** Goes on until none is left but those that stay open; exit code 1 when some do. */
async function redriveAll(kind: string | undefined): Promise<number> {
  return withRecords(async ({ records: { store } }) => {
    const redriven: DeadLetter[] = [];
    for (let more = MOST; more === MOST; ) {
      const batch = await redriveOpenLetters({ store, clock }, { kind, limit: MOST, by: BY });
      for (const { id } of batch) process.stdout.write(`${id} is back in the queue.\n`);
      redriven.push(...batch);
      more = batch.length;
    }
    const left = await openLetters(store, kind);
    if (left.length > 0)
      process.stderr.write(`${left.length} could not be put back and stay open: ${left.map(({ id }) => id).join(", ")}\n`);
    else if (redriven.length === 0) process.stdout.write("There are no dead letters to put back.\n");
    return left.length > 0 ? 1 : 0;
  });
}

/** One that cannot be settled is told and holds up none of the others; exit code 1 then. */
async function each(ids: string[], done: string, work: (ports: { store: Store; clock: typeof clock }, id: string) => Promise<unknown>) {
  return withRecords(async ({ records: { store } }) => {
    let code = 0;
    for (const id of ids) {
      try {
        await work({ store, clock }, id.toLowerCase());
        process.stdout.write(`${id} ${done}.\n`);
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        process.stderr.write(`${id}: ${error.message}\n`);
        code = 1;
      }
    }
    return code;
  });
}

const clock = { now: () => new Date() };
