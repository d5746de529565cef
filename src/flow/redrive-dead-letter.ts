import { requeueSend } from "../core/approval.ts";
import { Problem } from "../core/problem.ts";
import type { NewJob } from "../ports/jobs.ts";
import type { DeadLetter, NewDelivery, Tables } from "../ports/store.ts";
import type { Ports } from "../ports.ts";

/** Puts a dead letter back into the queue, once; asking again changes nothing. */
export async function redriveDeadLetter(
  { store, clock }: Pick<Ports, "store" | "clock">,
  { id, by }: { id: string; by: { name: string } },
): Promise<DeadLetter> {
  return store.transaction(async (tables) => {
    const letter = await tables.deadLetters.lock(id);
    if (!letter) throw new Problem("not_found", "There is no dead letter with this id.");
    if (letter.redrivenAt) return letter;
    const at = clock.now();
    await tables.deadLetters.markRedriven(id, at, by.name);
    if (letter.kind === "receive-delivery") {
      const { row, job } = deliveryIn(letter);
      await store.ingest(row, job);
    } else {
      if (letter.kind === "send-reply" && letter.approvalId) await reopenSend(tables, letter.approvalId, at);
      await tables.jobs.send({ kind: letter.kind, data: letter.data, ...(letter.key !== null && { key: letter.key }) });
    }
    return { ...letter, redrivenAt: at, redrivenBy: by.name };
  });
}

/** The same decision's words go out; when its last attempt began stays known, so that one which arrived is found. */
async function reopenSend(tables: Tables, approvalId: string, at: Date): Promise<void> {
  const before = await tables.approvals.lock(approvalId);
  if (before?.status !== "send_failed") return;
  const { approval } = requeueSend(before, at);
  await tables.approvals.update({ ...approval, sendAttemptedAt: before.sendAttemptedAt });
  await tables.live.publish({ type: "approval.updated", id: approvalId });
}

/** The delivery in a dead letter, as it was to be recorded. */
function deliveryIn({ data }: DeadLetter): { row: NewDelivery; job: NewJob | null } {
  const { row, job } = data as { row: NewDelivery & { receivedAt: string; messageAt: string | null }; job: NewJob | null };
  return { row: { ...row, receivedAt: new Date(row.receivedAt), messageAt: row.messageAt === null ? null : new Date(row.messageAt) }, job };
}
