import { answeredFrom } from "../core/answered.ts";
import { expire, markSendFailed, supersede } from "../core/approval.ts";
import { burstOf } from "../core/burst.ts";
import { Later } from "../core/later.ts";
import { answeredByHand } from "../core/learning.ts";
import type { Approval, Message } from "../core/words.ts";
import { HelpdeskError } from "../ports/helpdesk.ts";
import type { Job } from "../ports/jobs.ts";
import type { Tables } from "../ports/store.ts";
import type { Ports } from "../ports.ts";
import { numberOf } from "./ids.ts";
import { conversationKey } from "./keys.ts";
import { withdrawNotes } from "./notes.ts";
import { tellChange } from "./tell-change.ts";

type Reach = Pick<Ports, "store" | "helpdesk" | "clock" | "settings">;

/** What happened in a conversation after a draft: an operator answered, it was resolved or opened, a message was deleted or refused, a rating came. */
export async function captureOutcome(ports: Reach, job: Pick<Job, "data">): Promise<void> {
  const conversationId = numberOf(job.data.conversationId);
  const key = conversationKey(ports.settings.accountId, conversationId);
  // Its draft may have been begun before this happened: only when it stands can it give way.
  if (await ports.store.jobs.isActive("draft-reply", key)) throw new Later(0.3, "a draft is being written in this conversation");
  switch (job.data.what) {
    case "operator_reply":
      return answered(ports, conversationId, numberOf(job.data.messageId));
    case "status_changed":
      return statusChanged(ports, conversationId);
    case "message_changed":
      return messageChanged(ports, conversationId, numberOf(job.data.messageId), job.data.csatRating);
    default:
      throw new TypeError(`capture-outcome does not know "${String(job.data.what)}"`);
  }
}

/** An operator's own public reply takes the pending draft's place; their words are what the draft should have been. */
async function answered(ports: Reach, conversationId: number, messageId: number): Promise<void> {
  const reply = await read(ports, conversationId, messageId);
  if (!reply || reply.deleted || reply.private) return;
  await changeLive(ports, conversationId, async (tables, approval, at) => {
    if (approval.status === "approved" || approval.messageId > messageId) return null; // the send step sees the answer itself
    await tables.learning.insert(answeredByHand(approval, reply.text, at));
    const learned = answeredFrom(approval, reply.text, at, true);
    if (learned) await tables.answered.learn([learned]);
    return { ...supersede(approval, { by: null, at }), detail: { answered_by: reply.sender.id, message_id: messageId } };
  });
  await ports.store.deliveries.setFate(ports.settings.accountId, conversationId, messageId, "answered_by_operator");
}

/** Resolved: what waits expires. Open again with a question that nobody answered: the trip starts. The status is read afresh. */
async function statusChanged(ports: Reach, conversationId: number): Promise<void> {
  const { store, helpdesk, settings, clock } = ports;
  try {
    const conversation = await helpdesk.conversation(conversationId);
    await store.conversations.see(conversation, clock.now());
    if (conversation.status === "resolved") return void (await expireLive(ports, conversationId, "resolved"));
    if (conversation.status !== "open") return;
  } catch (error) {
    if (!(error instanceof HelpdeskError && error.kind === "gone")) throw error;
    await store.conversations.markGone(settings.accountId, conversationId, clock.now());
    return void (await expireLive(ports, conversationId, "gone"));
  }
  const newest = await store.deliveries.newestCustomerMessage(settings.accountId, conversationId);
  if (newest?.fate !== "conversation_pending" && newest?.fate !== "conversation_closed") return;
  await store.jobs.send({
    kind: "draft-reply",
    key: conversationKey(settings.accountId, conversationId),
    data: { conversationId, messageId: newest.messageId },
  });
}

async function messageChanged(ports: Reach, conversationId: number, messageId: number, csatRating: unknown): Promise<void> {
  const { store, settings } = ports;
  if (typeof csatRating === "number") {
    const latest = await store.approvals.latestOf(settings.accountId, conversationId);
    if (latest) await store.learning.patch(latest.id, { csatRating });
    return;
  }
  const message = await read(ports, conversationId, messageId);
  if (!message) return;
  if (message.externalError !== null) return notDelivered(ports, conversationId, message, message.externalError);
  if (message.deleted && message.type === "incoming") return deleted(ports, conversationId, message);
}

/**
 * Chatwoot stored our reply and the channel refused it: back to the queue, sending again is a person's decision. A channel may be faster
 * than the answer that tells us the reply's id; its refusal waits for that.
 */
async function notDelivered({ store, clock, settings }: Reach, conversationId: number, { id: messageId, mark }: Message, reason: string) {
  await store.transaction(async (tables) => {
    // Locked first: whoever writes the reply's id down has done so when we look for it.
    const live = await tables.approvals.lockLive(settings.accountId, conversationId);
    const sent = await tables.approvals.byReplyMessage(settings.accountId, messageId);
    if (!sent && mark?.kind === "reply" && live.some((approval) => approval.id === mark.approvalId && isBeingSent(approval)))
      throw new Later(1, "the reply that the channel refused is still being sent");
    const before = sent && (await tables.approvals.lock(sent.id));
    if (before?.status !== "sent") return;
    const at = clock.now();
    const { approval } = markSendFailed(before, { error: `The channel refused it: ${reason}`.slice(0, 500), at });
    await keep(tables, before, approval, "send_failed", { message_id: messageId }, at);
    await tables.learning.patch(approval.id, { wasSent: false });
  });
}

const isBeingSent = ({ status, sendAttemptedAt }: Approval) => status === "approved" && sendAttemptedAt !== null;

/** The customer took their message back: its words go; a draft that answers others, too, is written anew, one that answers nothing else expires. */
async function deleted(ports: Reach, conversationId: number, message: Message): Promise<void> {
  const { store, settings, clock } = ports;
  const messages = await ports.helpdesk.messages(conversationId, { atLeast: 50 });
  const asItWas = messages.map((one) => (one.id === message.id ? { ...one, deleted: false } : one));
  if (!burstOf(asItWas).burst.some(({ id }) => id === message.id)) return;
  if (burstOf(messages).burst.length === 0) {
    await expireLive(ports, conversationId, "message_deleted");
    await store.deliveries.setFate(settings.accountId, conversationId, message.id, "message_deleted");
    return;
  }
  await store.transaction(async (tables) => {
    for (const before of await tables.approvals.lockLive(settings.accountId, conversationId)) {
      if (before.status !== "pending") continue;
      const at = clock.now();
      const approval = { ...before, customerMessage: "", version: before.version + 1, updatedAt: at };
      await keep(tables, before, approval, "message_deleted", { message_id: message.id }, at);
      await tables.jobs.send({
        kind: "draft-reply",
        key: conversationKey(settings.accountId, conversationId),
        data: { conversationId, approvalId: approval.id, version: approval.version, redraft: true },
      });
    }
  });
}

async function expireLive(ports: Reach, conversationId: number, why: "resolved" | "gone" | "message_deleted"): Promise<void> {
  await changeLive(ports, conversationId, async (_tables, approval, at) =>
    approval.status === "approved"
      ? null
      : { ...expire(approval, { at, eraseMessage: why === "message_deleted" }), detail: { because: why } },
  );
}

type LiveChange = { approval: Approval; event: string | null; detail: Record<string, unknown> };

async function changeLive(
  { store, clock, settings }: Reach,
  conversationId: number,
  change: (tables: Tables, approval: Approval, at: Date) => Promise<LiveChange | null>,
): Promise<void> {
  await store.transaction(async (tables) => {
    const at = clock.now();
    for (const before of await tables.approvals.lockLive(settings.accountId, conversationId)) {
      const changed = await change(tables, before, at);
      if (!changed) continue;
      await keep(tables, before, changed.approval, changed.event ?? "changed", changed.detail, at);
      await withdrawNotes(tables, before.id);
    }
  });
}

async function keep(
  tables: Tables,
  before: Approval,
  approval: Approval,
  what: string,
  detail: Record<string, unknown>,
  at: Date,
): Promise<void> {
  await tables.approvals.update(approval);
  await tellChange(tables, { before, approval, at, what, detail });
}

async function read({ helpdesk }: Reach, conversationId: number, messageId: number): Promise<Message | null> {
  try {
    return (await helpdesk.messages(conversationId, { afterId: messageId - 1 })).find(({ id }) => id === messageId) ?? null;
  } catch (error) {
    if (error instanceof HelpdeskError && error.kind === "gone") return null;
    throw error;
  }
}
