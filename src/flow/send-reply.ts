import { answeredFrom } from "../core/answered.ts";
import { giveBack, markSendFailed, markSending, markSent } from "../core/approval.ts";
import { burstOf, isAnswer, replyRef } from "../core/burst.ts";
import { sha256Hex, uuidOf } from "../core/hash.ts";
import { Later } from "../core/later.ts";
import { draftNote } from "../core/note.ts";
import { differsNotice } from "../core/notice.ts";
import type { Approval, Conversation, Mark, Message } from "../core/words.ts";
import { HelpdeskError } from "../ports/helpdesk.ts";
import type { Hold, Job, NewJob } from "../ports/jobs.ts";
import type { Tables } from "../ports/store.ts";
import type { Ports } from "../ports.ts";
import { nameOf } from "./ids.ts";
import { NOTE_QUEUED, queueNotice, replaceDraftNote } from "./notes.ts";
import { tellChange } from "./tell-change.ts";
import { waitForFate } from "./unknown-fate.ts";

type Reach = Pick<Ports, "store" | "helpdesk" | "clock" | "log">;

/**
 * Sends an approved reply, exactly once and byte for byte. An attempt whose fate is unknown is looked for before another one begins;
 * when the conversation moved on the approval is given back instead. A post under way is never cut off: that would only make its fate unknown.
 */
export async function sendReply(ports: Reach, job: Pick<Job, "data">, hold: Hold): Promise<void> {
  const approval = await ports.store.approvals.get(nameOf(job.data.approvalId));
  if (approval?.status !== "approved" || approval.decidedAt?.toISOString() !== job.data.decidedAt) return;
  const scene = await look(ports, approval);
  if (!scene) return returnToQueue(ports, approval.id, GONE);

  const ref = replyRef(approval);
  const stored = scene.messages.find((message) => isOurReply(message, approval, ref));
  if (stored) return arrive(ports, approval.id, stored, stored.sender.name);
  if (approval.sendAttemptedAt) waitForFate(approval.sendAttemptedAt, ports.clock.now());

  const obstacle = obstacleIn(scene, await knownWhenDecided(ports, approval)) ?? (await newerQuestion(ports, approval, scene.messages));
  if (obstacle) return returnToQueue(ports, approval.id, obstacle, scene.messages.at(-1)?.id);

  const token = approval.decidedBy ? await ports.store.operators.token(approval.decidedBy.id) : null;
  if (token === null && approval.decidedBy && (await ports.store.operators.get(approval.decidedBy.id))) {
    return returnToQueue(ports, approval.id, tokenRefused(approval.decidedBy));
  }
  const words = await begin(ports, approval);
  hold.check(); // whoever stood still here for longer than others look for the attempt would send beside them
  await post(ports, approval, words, { approvalId: approval.id, kind: "reply", ref }, token);
}

const GONE = "Chatwoot no longer has this conversation.";

/** Who signed in once speaks in their own name or not at all; only who never did is spoken for by the service user. */
const tokenRefused = ({ name }: { name: string }) => `Chatwoot refused ${name}'s access token. They have to sign in again.`;

/** The reply of this decision; or the same words of an earlier one that was given up and arrived after all. */
function isOurReply({ mark, deleted, externalError, text }: Message, approval: Approval, ref: string): boolean {
  if (deleted || mark?.kind !== "reply" || mark.approvalId !== approval.id) return false;
  return mark.ref === ref || (externalError === null && text === approval.finalResponse);
}

interface Scene {
  conversation: Conversation;
  /** Everything after the customer message that the reply answers. */
  messages: Message[];
}

async function look({ helpdesk, store, clock }: Reach, approval: Approval): Promise<Scene | null> {
  try {
    const conversation = await helpdesk.conversation(approval.conversationId);
    await store.conversations.see(conversation, clock.now());
    return { conversation, messages: await helpdesk.messages(approval.conversationId, { afterId: approval.messageId }) };
  } catch (error) {
    if (!(error instanceof HelpdeskError && error.kind === "gone")) throw error;
    await store.conversations.markGone(approval.accountId, approval.conversationId, clock.now());
    return null;
  }
}

/** Marks the send as begun, which ends the time for undoing. Throws Later when somebody else was faster. */
async function begin({ store, clock }: Reach, seen: Approval): Promise<string> {
  return store.transaction(async (tables) => {
    const approval = await tables.approvals.lock(seen.id);
    const unchanged =
      approval?.status === "approved" &&
      approval.decidedAt?.getTime() === seen.decidedAt?.getTime() &&
      approval.sendAttemptedAt?.getTime() === seen.sendAttemptedAt?.getTime();
    if (!unchanged || approval.finalResponse === null) throw new Later(1, "the approval changed under the send");
    if (sha256Hex(approval.finalResponse) !== approval.approvedHash) throw new Error("the words to send are not those that were approved");
    await tables.approvals.update({ ...markSending(approval, clock.now()).approval, version: approval.version });
    return approval.finalResponse;
  });
}

async function post(ports: Reach, approval: Approval, words: string, mark: Mark, token: string | null): Promise<void> {
  try {
    const stored = await ports.helpdesk.sendReply(approval.conversationId, words, mark, token);
    await arrive(ports, approval.id, stored, token === null ? "the service user" : (approval.decidedBy?.name ?? null));
  } catch (error) {
    if (!(error instanceof HelpdeskError) || error.kind === "unknown") throw error;
    if (error.kind === "refused" && token !== null && approval.decidedBy) {
      await forgetToken(ports, approval.decidedBy.id, token);
      return returnToQueue(ports, approval.id, tokenRefused(approval.decidedBy));
    }
    if (error.kind === "gone") return returnToQueue(ports, approval.id, GONE);
    if (error.kind === "forbidden")
      return returnToQueue(ports, approval.id, "Chatwoot does not let this operator write in the conversation.");
    await notStored(ports, approval.id);
    throw error;
  }
}

/** Whoever has signed in with another token meanwhile keeps that one. */
async function forgetToken({ store }: Reach, operatorId: number, refused: string): Promise<void> {
  if ((await store.operators.token(operatorId)) === refused) await store.operators.unlink(operatorId);
}

/** The attempt surely stored nothing: the next one need not look for it. */
async function notStored({ store }: Reach, approvalId: string): Promise<void> {
  await store.transaction(async (tables) => {
    const approval = await tables.approvals.lock(approvalId);
    if (approval?.status === "approved") await tables.approvals.update({ ...approval, replyStatus: "queued", sendAttemptedAt: null });
  });
}

/** Chatwoot holds the reply: what it stored is compared with what was approved, and a difference is told, never hidden. */
async function arrive(
  { store, clock, log }: Reach,
  approvalId: string,
  stored: { id: number; text: string; externalError?: string | null },
  inTheNameOf: string | null,
): Promise<void> {
  await store.transaction(async (tables) => {
    const before = await tables.approvals.lock(approvalId);
    if (!before || before.status === "sent") return;
    const at = clock.now();
    const { approval } = markSent(before, { messageId: stored.id, at });
    const differs = stored.text !== before.finalResponse;
    approval.findings = approval.findings.filter(({ code }) => code !== "stored_differs"); // of an earlier send
    if (differs) {
      log.error({ approval: approvalId, message: stored.id }, "Chatwoot stored other words than those approved");
      approval.findings = [
        ...approval.findings,
        { code: "stored_differs", text: "Chatwoot stored other words than those approved.", evidence: stored.text },
      ];
    }
    await tables.approvals.update(approval);
    await tables.learning.patch(approvalId, { wasSent: true });
    const answered = answeredFrom(approval, approval.finalResponse ?? "", at, false);
    if (answered) await tables.answered.learn([answered]);
    await tellChange(tables, {
      before,
      approval,
      at,
      what: "sent",
      detail: { message_id: stored.id, in_the_name_of: inTheNameOf, stored_differs: differs },
    });
    if (differs) await tellDifference(tables, approval, stored.id, at);
    if (stored.externalError) await tables.jobs.send(refusalToCapture(approval.conversationId, stored.id));
  });
}

/** Those who look at the conversation must not take what stands there for what was approved. */
async function tellDifference(tables: Tables, approval: Approval, messageId: number, at: Date): Promise<void> {
  const { accountId, conversationId, decidedBy, finalResponse } = approval;
  const text = differsNotice({ by: decidedBy?.name ?? null, approved: finalResponse ?? "" });
  await queueNotice(tables, { id: uuidOf(`differs:${approval.id}:${messageId}`), accountId, conversationId, approval, text, at });
}

/** The channel refused what we found stored: the same as if its webhook came now. */
const refusalToCapture = (conversationId: number, messageId: number): NewJob => ({
  kind: "capture-outcome",
  data: { conversationId, messageId, what: "message_changed" },
});

/** Why the approved words must not go out any more; null when they may. A changed assignee alone is no reason. */
function obstacleIn({ conversation, messages }: Scene, known: Known): string | null {
  if (conversation.contact.blocked) return "The customer is blocked.";
  if (conversation.status === "resolved" && known.status !== "resolved") return "The conversation was resolved.";
  if (conversation.status === "pending" && known.status !== "pending") return "The conversation was handed to a bot.";
  if (!conversation.canReply) return "The channel takes no reply any more: its window has closed.";
  const answer = messages.find((message) => message.id > known.messageId && isAnswer(message) && !message.mark);
  return answer ? `${answer.sender.name ?? "Somebody"} answered the customer meanwhile.` : null;
}

/** What whoever decided could know; only what happened since then is in the way. */
interface Known {
  status: string | null;
  /** The newest message when the approval was last given back, 0 when it never was. */
  messageId: number;
}

async function knownWhenDecided({ store }: Reach, approval: Approval): Promise<Known> {
  const events = await store.approvalEvents.of(approval.id);
  const status = events.findLast(({ what }) => what === "decided")?.detail.conversation_status;
  const messageId = events.findLast(({ what }) => what === "given_back")?.detail.newest_message_id;
  return { status: typeof status === "string" ? status : null, messageId: typeof messageId === "number" ? messageId : 0 };
}

/** The draft that answers a newer message takes this approval's place; when none will come, a person decides again. */
async function newerQuestion({ store, clock }: Reach, approval: Approval, messages: Message[]): Promise<string | null> {
  const newer = burstOf(messages).burst.at(-1);
  if (!newer) return null;
  const newest = await store.deliveries.newestCustomerMessage(approval.accountId, approval.conversationId);
  if (newest?.fate === "no_reply_needed" && newest.messageId >= newer.id) return null;
  const waitedMs = clock.now().getTime() - newer.createdAt.getTime();
  const coming = newest === null || newest.messageId < newer.id || newest.fate === "waiting";
  if (coming && waitedMs < SUCCESSOR_SECONDS * 1000) throw new Later(1, "the customer wrote again, a new draft is on its way");
  return "The customer wrote again.";
}

/** A new draft takes this long at the most; then the approval goes back to the queue without it. */
const SUCCESSOR_SECONDS = 120;

async function returnToQueue({ store, clock }: Reach, approvalId: string, reason: string, newestMessageId?: number): Promise<void> {
  await store.transaction(async (tables) => {
    const before = await tables.approvals.lock(approvalId);
    if (before?.status !== "approved") return;
    const at = clock.now();
    const pending = await tables.approvals.pendingOf(before.accountId, before.conversationId);
    const approval = pending
      ? markSendFailed(before, { error: reason, at }).approval
      : { ...giveBack(before, { reason, at }).approval, ...NOTE_QUEUED };
    approval.findings = [...approval.findings, { code: "given_back", text: reason }];
    await tables.approvals.update(approval);
    await tables.learning.remove(approvalId);
    if (approval.status === "pending")
      await replaceDraftNote(tables, approval, { text: draftNote(approval, { now: at, operatorLinked: null }), at });
    await tellChange(tables, { before, approval, at, what: "given_back", detail: { reason, newest_message_id: newestMessageId ?? null } });
  });
}
