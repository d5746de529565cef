import { randomUUID } from "node:crypto";
import { markSendFailed } from "../core/approval.ts";
import { dueAt } from "../core/sla.ts";
import { triage } from "../core/triage.ts";
import type { Approval } from "../core/words.ts";
import type { DeadLetter, LastResponse } from "../ports/dead-letters.ts";
import type { Job } from "../ports/jobs.ts";
import type { DeliveryRow, Tables } from "../ports/store.ts";
import type { DeliveryReader, Ports } from "../ports.ts";
import { composePlaceholder } from "./compose-draft.ts";
import { leaveApproval, newApproval } from "./leave-approval.ts";
import { tellChange } from "./tell-change.ts";

export type BuryReach = Pick<Ports, "store" | "clock" | "settings" | "policy" | "drafter" | "log"> & {
  reader: Pick<DeliveryReader, "writerOf">;
};

/** Keeps a job that is out of attempts for people, frees its key, and shows what it was about in its new state. */
export async function buryJob(
  ports: BuryReach,
  { job, reason, lastResponse }: { job: Job; reason: string; lastResponse: LastResponse | null },
): Promise<void> {
  const at = ports.clock.now();
  await ports.store.transaction(async (tables) => {
    const letter: DeadLetter = {
      id: randomUUID(),
      kind: job.kind,
      data: job.data,
      key: job.key,
      ...(await subjectOf(tables, job.data)),
      deliveryId: typeof job.data.deliveryId === "string" ? job.data.deliveryId : null,
      reason,
      lastResponse,
      attempts: job.attempt,
      createdAt: at,
      redrivenAt: null,
      redrivenBy: null,
      discardedAt: null,
      discardedBy: null,
      discardReason: null,
    };
    const shown = job.kind === "draft-reply" ? await showMessage(ports, tables, job, letter, at) : null;
    await tables.deadLetters.insert({ ...letter, ...shown });
    await tables.jobs.remove(job.kind, job.id);
    if (letter.kind === "draft-reply" && job.data.redraft === true && letter.approvalId && !shown)
      await redraftFailed(tables, letter.approvalId, reason, at);
    if (letter.kind === "send-reply" && letter.approvalId) await sendFailed(tables, letter.approvalId, reason, at);
    if (letter.kind === "post-note" && typeof letter.data.noteId === "string") await noteFailed(tables, letter.data.noteId, at);
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

/**
 * A customer's message that could not be drafted is in the queue all the same: as a placeholder, made of the delivery alone because
 * Chatwoot may be what failed; so is one for which a person asked for a draft. Answers with what the letter is about then; null when a
 * newer message, or a draft that is there already, is what was drafted for.
 */
async function showMessage(
  ports: BuryReach,
  tables: Tables,
  job: Job,
  { conversationId, reason }: DeadLetter,
  at: Date,
): Promise<Pick<DeadLetter, "approvalId" | "deliveryId"> | null> {
  const { accountId } = ports.settings;
  if (conversationId === null) return null;
  const live = await tables.approvals.lockLive(accountId, conversationId); // before the deliveries, as a draft that is left does
  const newest = await tables.deliveries.newestCustomerMessage(accountId, conversationId);
  const { messageId } = job.data;
  if (typeof messageId === "number") await tables.deliveries.setFate(accountId, conversationId, messageId, "dead_letter");
  else if (typeof job.data.approvalId !== "string" || live.length > 0) return null;
  // A job that began when the conversation opened, or because a person asked, names no delivery: the message does.
  const delivery = newest && newest.messageId === (messageId ?? newest.messageId) ? await tables.deliveries.get(newest.deliveryId) : null;
  const id = typeof job.data.approvalId === "string" ? job.data.approvalId : job.id;
  if (!newest || !delivery || (await tables.approvals.get(id))) return null;
  const approval = placeholderOf(ports, delivery, { id, conversationId, messageId: newest.messageId, reason, at });
  if (!approval) return null;
  await leaveApproval(tables, approval, { before: null, live, at });
  return { approvalId: approval.id, deliveryId: delivery.deliveryId };
}

/** null when the message itself is what breaks us: the job must come to its end even then. */
function placeholderOf(
  ports: BuryReach,
  delivery: DeliveryRow & { body: string },
  { reason, ...about }: { id: string; conversationId: number; messageId: number; reason: string; at: Date },
): Approval | null {
  try {
    const writer = ports.reader.writerOf(delivery.body);
    const policy = ports.policy();
    const judged = triage({
      text: writer.text,
      channel: writer.channel,
      hmacVerified: false,
      contact: { id: writer.customerId ?? 0, customAttributes: {} },
      labels: [],
      customAttributes: {},
      earlierComplaints: 0,
      policy,
    });
    const draft = composePlaceholder(ports, judged, writer.text);
    const why = { code: "dead_letter", text: `Drafting was given up: ${reason} An administrator can put it back under Dead letters.` };
    return newApproval(
      { ...draft, findings: [why, ...draft.findings] },
      {
        ...about,
        accountId: ports.settings.accountId,
        inboxId: writer.inboxId ?? 0,
        customerId: writer.customerId,
        customerName: writer.customerName,
        customerMessage: writer.text,
        instruction: null,
        dueAt: dueAt({ waitingSince: delivery.messageAt ?? delivery.receivedAt, priority: draft.priority, policy }),
      },
    );
  } catch (error) {
    ports.log.error({ err: error, delivery_id: delivery.deliveryId }, "a message that could not be drafted has no placeholder either");
    return null;
  }
}

/** Whoever asked for another draft learns that none will come; the one that is there can be decided. */
async function redraftFailed(tables: Tables, approvalId: string, reason: string, at: Date): Promise<void> {
  const before = await tables.approvals.lock(approvalId);
  if (before?.status !== "pending") return;
  const why = { code: "redraft_failed", text: `A new draft was asked for and could not be made: ${reason}` };
  const approval = { ...before, findings: [...before.findings, why], version: before.version + 1, updatedAt: at };
  await tables.approvals.update(approval);
  await tellChange(tables, { before, approval, at, what: "redraft_failed", detail: { reason } });
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
