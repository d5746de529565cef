import { requeueSend } from "../core/approval.ts";
import { Problem } from "../core/problem.ts";
import type { DeadLetter } from "../ports/dead-letters.ts";
import type { JobKind, NewJob } from "../ports/jobs.ts";
import type { NewDelivery, Tables } from "../ports/store.ts";
import type { Ports } from "../ports.ts";
import { sendJob } from "./keys.ts";

type Reach = Pick<Ports, "store" | "clock">;

/**
 * Puts a dead letter back into the queue, once; asking again changes nothing. Throws `not_found`, `already_decided` for a discarded one, or
 * `unavailable` when the database still refuses the delivery that stands in it.
 */
export async function redriveDeadLetter({ store, clock }: Reach, { id, by }: { id: string; by: { name: string } }): Promise<DeadLetter> {
  return store.transaction(async (tables) => {
    const letter = await lockLetter(tables, id);
    if (letter.discardedAt) throw new Problem("already_decided", `${letter.discardedBy} discarded this dead letter.`);
    if (letter.redrivenAt) return letter;
    const at = clock.now();
    await tables.deadLetters.markRedriven(id, at, by.name);
    if (letter.kind === "receive-delivery") {
      const { row, job } = deliveryIn(letter);
      await store.ingest(row, job).catch((cause) => {
        throw new Problem("unavailable", `The database still does not take the delivery ${id}; its dead letter stays open.`, { cause });
      });
    } else {
      const send = letter.kind === "send-reply" && letter.approvalId ? await reopenSend(tables, letter.approvalId, at) : null;
      await tables.jobs.send(send ?? (await jobOf(tables, letter, letter.kind)));
    }
    await tables.live.publish({ type: "delivery.dead", id });
    return { ...letter, redrivenAt: at, redrivenBy: by.name };
  });
}

/** Puts the newest open letters back, of one kind or of all; answers those that were. */
export async function redriveOpenLetters(
  ports: Reach,
  { kind, limit, by }: { kind?: string | undefined; limit: number; by: { name: string } },
): Promise<DeadLetter[]> {
  const { data } = await ports.store.deadLetters.list({ open: true, limit, ...(kind !== undefined && { kind }) });
  return redriveEach(ports, { ids: data.map(({ id }) => id), by });
}

/** Puts these back and answers those that were; one that stays open, or that somebody settled meanwhile, holds up none behind it. */
export async function redriveEach(ports: Reach, { ids, by }: { ids: string[]; by: { name: string } }): Promise<DeadLetter[]> {
  const redriven: DeadLetter[] = [];
  for (const id of ids) {
    try {
      redriven.push(await redriveDeadLetter(ports, { id, by }));
    } catch (error) {
      if (!(error instanceof Problem && HOLDS_UP_NOBODY.has(error.code))) throw error;
    }
  }
  return redriven;
}

const HOLDS_UP_NOBODY = new Set(["already_decided", "unavailable", "not_found"]);

/** Lets a dead letter go, once, for a reason that stays with it. Throws `not_found`, or `already_decided` for one that was put back. */
export async function discardDeadLetter(
  { store, clock }: Reach,
  { id, by, reason }: { id: string; by: { name: string }; reason: string },
): Promise<DeadLetter> {
  return store.transaction(async (tables) => {
    const letter = await lockLetter(tables, id);
    if (letter.redrivenAt) throw new Problem("already_decided", `${letter.redrivenBy} put this dead letter back.`);
    if (letter.discardedAt) return letter;
    const at = clock.now();
    await tables.deadLetters.markDiscarded(id, at, by.name, reason);
    await tables.live.publish({ type: "delivery.dead", id });
    return { ...letter, discardedAt: at, discardedBy: by.name, discardReason: reason };
  });
}

async function lockLetter(tables: Tables, id: string): Promise<DeadLetter> {
  const letter = await tables.deadLetters.lock(id);
  if (!letter) throw new Problem("not_found", `There is no dead letter ${id}.`);
  return letter;
}

/** A message whose placeholder stands in the queue gets its real draft there; a new draft that was asked for is still wanted. */
async function jobOf(tables: Tables, { data, key, approvalId, conversationId }: DeadLetter, kind: JobKind): Promise<NewJob> {
  const keyed = key !== null && { key };
  if (kind !== "draft-reply" || approvalId === null) return { kind, data, ...keyed };
  if (data.approvalId === undefined) return { kind, data: { conversationId, approvalId, upgrade: true }, ...keyed };
  const version = (await tables.approvals.get(approvalId))?.version;
  return { kind, data: typeof data.version === "number" && version ? { ...data, version } : data, ...keyed };
}

/**
 * The words that were approved last go out, also when the letter is about an earlier decision; when their last attempt began stays known, so
 * that one which arrived is found. null when nothing failed to be sent any more.
 */
async function reopenSend(tables: Tables, approvalId: string, at: Date): Promise<NewJob | null> {
  const before = await tables.approvals.lock(approvalId);
  if (before?.status !== "send_failed") return null;
  const { approval } = requeueSend(before, at);
  await tables.approvals.update({ ...approval, sendAttemptedAt: before.sendAttemptedAt });
  await tables.live.publish({ type: "approval.updated", id: approvalId });
  return sendJob(approval);
}

/** The delivery in a dead letter of kind `receive-delivery`, as it was to be recorded. */
export function deliveryIn({ data }: DeadLetter): { row: NewDelivery; job: NewJob | null } {
  const { row, job } = data as { row: NewDelivery & { receivedAt: string; messageAt: string | null }; job: NewJob | null };
  return { row: { ...row, receivedAt: new Date(row.receivedAt), messageAt: row.messageAt === null ? null : new Date(row.messageAt) }, job };
}
