import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SpoolRecord } from "../../../src/adapters/spool/record.ts";
import type { Entry, Spool } from "../../../src/adapters/spool/spool.ts";
import type { Log } from "../../../src/ports.ts";

/** The n-th delivery of a test: ids and times follow from n, the text has what breaks naive files. */
export function recordOf(n: number, text = `"Line\r\nbreak" \u2028 🙂 \ud800 {{liquid}} $1 — ${n}`): SpoolRecord {
  const deliveryId = `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`;
  return {
    row: {
      deliveryId,
      accountId: 1,
      event: "message_created",
      conversationId: 1 + (n % 7),
      messageId: 1000 + n,
      messageAt: n % 5 === 0 ? null : new Date(Date.UTC(2026, 10, 20) + n * 1000),
      body: JSON.stringify({ content: text }),
      receivedAt: new Date(Date.UTC(2026, 10, 20) + n * 1000 + 250),
      source: "webhook",
      outcome: "accepted",
      reason: null,
      fromCustomer: true,
    },
    job: n % 3 === 0 ? null : { kind: "draft-reply", id: deliveryId, key: "1/5", data: { deliveryId }, startAfterSeconds: 2 },
  };
}

/** Which delivery of a test a record is. */
export const numberOf = ({ row }: SpoolRecord): number => Number(row.deliveryId.slice(-12));

/** A folder for one test file's spools; `remove` deletes it. */
export async function makeFolder(): Promise<{ path(name: string): string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), "countersign-spool-"));
  return { path: (name) => join(folder, name), remove: () => rm(folder, { recursive: true, force: true }) };
}

/** A log that remembers what was said, as `level message`. */
export function memoryLog(): Log & { said: string[] } {
  const said: string[] = [];
  const say = (level: string) => (_: object, message: string) => void said.push(`${level} ${message}`);
  return { said, debug: say("debug"), info: say("info"), warn: say("warn"), error: say("error") };
}

/** Takes and settles everything there is, and gives it in the order in which it came. */
export async function drainAll(spool: Spool): Promise<Entry[]> {
  const all: Entry[] = [];
  for (;;) {
    const entries = await spool.take();
    if (entries.length === 0) return all;
    all.push(...entries);
    await spool.settle(entries);
  }
}

/** The numbers from `first` to `last`. */
export const range = (first: number, last: number): number[] => Array.from({ length: last - first + 1 }, (_, i) => first + i);
