import { isAnswer } from "../core/burst.ts";
import type { Delivery } from "../core/delivery.ts";
import { uuidOf } from "../core/hash.ts";
import { isSilent, silentSinceOf } from "../core/silence.ts";
import type { Message } from "../core/words.ts";
import { HelpdeskError, type RecentConversation } from "../ports/helpdesk.ts";
import type { Job, NewJob } from "../ports/jobs.ts";
import type { Ports } from "../ports.ts";
import { recordOf } from "./receive-delivery.ts";

type Reach = Pick<Ports, "store" | "helpdesk" | "clock" | "settings" | "log" | "metrics">;

/** Each look reaches back this much before the last one's end: what was being written then is seen for certain. */
const OVERLAP_SECONDS = 120;
/** Chatwoot tells a customer's last activity to the second, by its own clock. */
const CLOCKS_DIFFER_MS = 5_000;
/** A waiting approval's conversation that was not looked at for so long is looked at again: nobody tells of one that was deleted. */
const LOOK_AGAIN_MINUTES = 10;

/** A scheduled look that failed so often leaves it to the next one, which reaches back as far. */
const SCHEDULED_TRIES = 3;
/** A conversation that Chatwoot cannot show keeps the others' looks reaching back no longer than this. */
const PATIENCE_MS = 3_600_000;

/**
 * Finds what no webhook told of (Chatwoot tells once and never again): customer messages enter the same trip with source `reconcile`, and
 * approvals whose conversation was answered, resolved or deleted meanwhile are put right. Two calls, and one for each conversation in which
 * the customer wrote since the last look.
 */
export async function reconcile(ports: Reach, job: Pick<Job, "data" | "attempt">): Promise<void> {
  try {
    await look(ports, job);
  } catch (error) {
    // A person's own look is tried again and becomes a dead letter; of scheduled ones there would be one every minute.
    if (!(error instanceof HelpdeskError) || sinceOf(job) || (canHeal(error) && job.attempt < SCHEDULED_TRIES)) throw error;
    ports.log.error({ reason: error.message }, "Chatwoot could not be looked through; the next look reaches back as far");
  }
}

async function look(ports: Reach, job: Pick<Job, "data">): Promise<void> {
  const { store, helpdesk, clock, settings, log, metrics } = ports;
  const now = clock.now();
  const mark = await store.reconcileMarks.get(settings.accountId);
  const since = sinceOf(job) ?? mark?.until;
  // The first look is the installation's beginning: what is older is drafted only when somebody asks for it.
  if (!since) return store.reconcileMarks.set(settings.accountId, { until: now, silentSince: null });
  const from = new Date(since.getTime() - (sinceOf(job) ? 0 : OVERLAP_SECONDS * 1000));
  const found: Message[] = [];
  const active = await helpdesk.recentlyActive((now.getTime() - from.getTime()) / 1000);
  let unread: HelpdeskError | null = null;
  for (const conversation of active) {
    try {
      found.push(...(await bringInLost(ports, conversation, { from, since })));
      await repairDrift(ports, conversation, since);
    } catch (error) {
      if (!isAboutOne(error)) throw error;
      if (error.kind !== "gone" && error.kind !== "forbidden") unread = error;
    }
  }
  await lookAgain(ports, now);
  const silentSince = silentSinceOf(found, {
    before: mark?.silentSince ?? null,
    lastTold: await store.deliveries.lastTold(settings.accountId),
    now,
  });
  if (isSilent(silentSince, settings, now))
    log.error(
      { since: silentSince },
      "customers write and no webhook tells of it; check the webhook in Chatwoot, what it subscribes to, its secret and the way to us",
    );
  metrics.reconcileFound(found.length);
  if (found.length > 0)
    log.warn({ found: found.length }, "customer messages came without a webhook; check the webhook in Chatwoot and the way to us");
  if (unread && (sinceOf(job) || now.getTime() - since.getTime() < PATIENCE_MS)) throw unread; // the mark stays: the next look reaches back as far
  if (unread) log.error({ reason: unread.message }, "a conversation could not be read for an hour; what is missing there is found no more");
  await store.reconcileMarks.set(settings.accountId, { until: now, silentSince });
}

function sinceOf({ data }: Pick<Job, "data">): Date | null {
  return typeof data.since === "string" ? new Date(data.since) : null;
}

const canHeal = ({ kind }: HelpdeskError) => kind !== "invalid" && kind !== "forbidden" && kind !== "gone";

/** Chatwoot is there and refuses one conversation: the others' messages must not wait for it. */
const isAboutOne = (error: unknown): error is HelpdeskError =>
  error instanceof HelpdeskError && error.httpStatus !== null && error.kind !== "busy" && error.kind !== "refused";

/** Records the customer messages of a conversation that have no delivery; answers which they were. */
async function bringInLost(
  ports: Reach,
  conversation: RecentConversation,
  { from, since }: { from: Date; since: Date },
): Promise<Message[]> {
  const { store, helpdesk, settings, clock } = ports;
  const known = await store.deliveries.newestCustomerMessage(settings.accountId, conversation.id);
  if (!mayHideOne(conversation, known, since)) return [];
  const messages = await messagesFrom(helpdesk, conversation.id, from);
  await bringBackRefused(ports, conversation.id, messages);
  const asked = messages.filter((message) => message.type === "incoming" && !message.private && message.createdAt >= from);
  const delivered = await store.deliveries.known(
    settings.accountId,
    asked.map(({ id }) => id),
  );
  const found: Message[] = [];
  for (const message of asked.filter(({ id }) => !delivered.has(id))) {
    const delivery = deliveryOf(conversation, message, settings.accountId);
    const deliveryId = uuidOf(`reconcile:${settings.accountId}:${message.id}`);
    const { row, job } = recordOf({ deliveryId, delivery, body: bodyOf(delivery, message), source: "reconcile" }, settings, clock.now());
    if (row.outcome === "accepted" && (await store.ingest(row, job)) === "recorded") found.push(message);
  }
  return found;
}

/**
 * The list shows only each conversation's newest message: behind a note of ours the customer's own clock tells, and a message that was
 * delivered may stand behind one that was not. So whoever wrote since the last look is read, at the cost of a call.
 */
function mayHideOne(
  { newest, customerActiveAt }: RecentConversation,
  known: { messageId: number; messageAt: Date } | null,
  since: Date,
): boolean {
  if (newest?.type === "incoming" && !newest.private && newest.id > (known?.messageId ?? 0)) return true;
  if (customerActiveAt === null) return false;
  if (customerActiveAt.getTime() >= since.getTime() - CLOCKS_DIFFER_MS) return true;
  return known === null || customerActiveAt.getTime() - known.messageAt.getTime() > 1000;
}

/** All messages since then, and what of older ones comes with them: one call where a page holds them. */
async function messagesFrom(helpdesk: Ports["helpdesk"], conversationId: number, from: Date): Promise<Message[]> {
  for (let atLeast = 20; ; atLeast *= 4) {
    const messages = await helpdesk.messages(conversationId, { atLeast });
    if (messages.length < atLeast || (messages[0]?.createdAt ?? from) < from) return messages;
  }
}

/**
 * An approval still waits though the conversation was resolved, answered by a person, or handed back by a bot, or it counts as sent though
 * the channel refused the reply: what a lost webhook would have told.
 */
async function repairDrift(ports: Reach, conversation: RecentConversation, since: Date): Promise<void> {
  const { store, settings } = ports;
  const { id: conversationId, status } = conversation;
  await bringBackRefused(ports, conversationId, await repliesShown(ports, conversation, since));
  const pending = await store.approvals.pendingOf(settings.accountId, conversationId);
  const answer = pending && (await answerAfter(ports, conversation, pending.messageId));
  if (pending && status === "resolved") await store.jobs.send(outcome({ conversationId, messageId: null, what: "status_changed" }));
  else if (answer) {
    await store.jobs.send(outcome({ conversationId, messageId: answer.id, what: "operator_reply" }));
  } else if (!pending && status === "open") {
    const waiting = await store.deliveries.newestCustomerMessage(settings.accountId, conversationId);
    if (waiting?.fate === "conversation_pending")
      await store.jobs.send(outcome({ conversationId, messageId: null, what: "status_changed" }));
  }
}

/** Our last reply as Chatwoot shows it now: behind a note that is new it has to be asked for; where the customer wrote since, it was. */
async function repliesShown({ store, helpdesk, settings }: Reach, { id, newest }: RecentConversation, since: Date): Promise<Message[]> {
  if (!newest || newest.type === "incoming") return [];
  if (newest.mark?.kind === "reply") return [newest];
  if (newest.createdAt.getTime() < since.getTime() - CLOCKS_DIFFER_MS) return [];
  const last = await store.approvals.latestOf(settings.accountId, id);
  return last?.status === "sent" ? helpdesk.messages(id, { afterId: last.messageId }) : [];
}

/** Replies that count as sent though the channel refused them. */
async function bringBackRefused({ store, settings }: Reach, conversationId: number, messages: Message[]): Promise<void> {
  for (const message of messages.filter(({ mark, externalError }) => mark?.kind === "reply" && externalError !== null)) {
    const refused = await store.approvals.byReplyMessage(settings.accountId, message.id);
    if (refused?.status === "sent") await store.jobs.send(outcome({ conversationId, messageId: message.id, what: "message_changed" }));
  }
}

/** A person's own public answer; behind a note of ours it shows only by nobody waiting any more. */
async function answerAfter(
  { helpdesk }: Reach,
  { id, newest, waitingSince }: RecentConversation,
  messageId: number,
): Promise<Message | null> {
  const isTheirs = (message: Message) =>
    isAnswer(message) && message.mark === null && message.sender.type === "user" && message.id > messageId;
  if (!newest || newest.mark === null) return newest && isTheirs(newest) ? newest : null;
  if (waitingSince !== null) return null;
  return (await helpdesk.messages(id, { afterId: messageId })).find(isTheirs) ?? null;
}

/** One waiting approval at a time, the one looked at longest ago: is its conversation still there, and still open? */
async function lookAgain({ store, helpdesk, settings }: Reach, now: Date): Promise<void> {
  const conversationId = await store.approvals.leastSeen(settings.accountId, new Date(now.getTime() - LOOK_AGAIN_MINUTES * 60_000));
  if (conversationId === null) return;
  try {
    const conversation = await helpdesk.conversation(conversationId);
    await store.conversations.see(conversation, now);
    if (conversation.status !== "resolved") return;
  } catch (error) {
    if (!(error instanceof HelpdeskError && error.kind === "gone")) throw error;
  }
  await store.jobs.send(outcome({ conversationId, messageId: null, what: "status_changed" }));
}

const outcome = (data: { conversationId: number; messageId: number | null; what: string }): NewJob => ({ kind: "capture-outcome", data });

function deliveryOf(conversation: RecentConversation, message: Message, accountId: number): Delivery {
  return {
    event: "message_created",
    accountId,
    conversationId: conversation.id,
    conversationStatus: conversation.status,
    message: {
      id: message.id,
      type: "incoming",
      private: false,
      content: message.text,
      contentType: "text",
      createdAt: message.createdAt,
      sender: { type: "contact", id: conversation.contactId, blocked: conversation.contactBlocked },
      hasAttachments: message.attachments.length > 0,
      autoReply: message.autoReply,
      deleted: message.deleted,
      externalError: null,
      csatRating: null,
      ours: false,
      external: false,
    },
  };
}

/** What a webhook would have said, as far as we read it, so that the delivery can be replayed. */
function bodyOf({ accountId, conversationId, conversationStatus, event }: Delivery, message: Message): string {
  return JSON.stringify({
    event,
    id: message.id,
    content: message.text,
    content_type: "text",
    content_attributes: {},
    created_at: message.createdAt.toISOString(),
    message_type: "incoming",
    private: false,
    sender: { id: message.sender.id, name: message.sender.name },
    account: { id: accountId },
    conversation: { id: conversationId, status: conversationStatus },
  });
}
