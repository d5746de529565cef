import { randomUUID } from "node:crypto";
import { markSendFailed } from "../core/approval.ts";
import type { Job } from "../ports/jobs.ts";
import type { DeadLetter, Tables } from "../ports/store.ts";
import type { Ports } from "../ports.ts";
import { tellChange } from "./tell-change.ts";

/** Keeps a job that is out of attempts for people, frees its key, and shows what it was about in its new state. */
export async function buryJob(
  { store, clock, settings }: Pick<Ports, "store" | "clock" | "settings">,
  { job, reason }: { job: Job; reason: string },
): Promise<void> {
  const at = clock.now();
  await store.transaction(async (tables) => {
    const letter: DeadLetter = {
      id: randomUUID(),
      kind: job.kind,
      data: job.data,
      key: job.key,
      ...(await subjectOf(tables, job.data)),
      deliveryId: typeof job.data.deliveryId === "string" ? job.data.deliveryId : null,
      reason,
      attempts: job.attempt,
      createdAt: at,
      redrivenAt: null,
      redrivenBy: null,
    };
    await tables.deadLetters.insert(letter);
    await tables.jobs.remove(job.kind, job.id);
    await showFailure(tables, letter, settings.accountId, at);
    await tables.live.publish({ type: "delivery.dead", id: letter.id });
  });
}

/** Which conversation and which approval a job was about; most carry the id of one thing only. */
async function subjectOf(tables: Tables, data: Job["data"]): Promise<Pick<DeadLetter, "conversationId" | "approvalId">> {
  const note = typeof data.noteId === "string" ? await tables.notes.get(data.noteId) : null;
  const approvalId = typeof data.approvalId === "string" ? data.approvalId : (note?.approvalId ?? null);
  const approval = approvalId === null ? null : await tables.approvals.get(approvalId);
  const conversationId = typeof data.conversationId === "number" ? data.conversationId : null;
  return { conversationId: conversationId ?? note?.conversationId ?? approval?.conversationId ?? null, approvalId };
}

async function showFailure(tables: Tables, letter: DeadLetter, accountId: number, at: Date): Promise<void> {
  if (letter.kind === "draft-reply" && letter.conversationId !== null && typeof letter.data.messageId === "number") {
    await tables.deliveries.setFate(accountId, letter.conversationId, letter.data.messageId, "dead_letter");
  }
  if (letter.kind === "send-reply" && letter.approvalId) await sendFailed(tables, letter.approvalId, letter.reason, at);
  if (letter.kind === "post-note" && typeof letter.data.noteId === "string") await noteFailed(tables, letter.data.noteId, at);
}

async function sendFailed(tables: Tables, approvalId: string, reason: string, at: Date): Promise<void> {
  const before = await tables.approvals.lock(approvalId);
  if (before?.status !== "approved") return;
  // The time of the last attempt stays: should it turn out to have arrived after all, a redrive finds it instead of sending again.
  const { approval } = markSendFailed(before, { error: reason, at });
  await tables.approvals.update(approval);
  await tellChange(tables, { before, approval, at, what: "send_failed", detail: { reason } });
}

async function noteFailed(tables: Tables, noteId: string, at: Date): Promise<void> {
  const seen = await tables.notes.get(noteId);
  // The approval first, as everywhere: two that lock both never wait for one another.
  const approval = seen?.approvalId && seen.kind === "draft" ? await tables.approvals.lock(seen.approvalId) : null;
  const note = await tables.notes.lock(noteId);
  if (!note || note.status === "removed") return;
  await tables.notes.update({ ...note, status: "failed" });
  if (!approval) return;
  await tables.approvals.update({ ...approval, noteStatus: "failed", updatedAt: at });
  await tables.live.publish({ type: "approval.updated", id: approval.id });
}
