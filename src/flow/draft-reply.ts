import { type NewDraft, replaceDraft } from "../core/approval.ts";
import { burstOf, customerMessageOf, lastAskedOf } from "../core/burst.ts";
import { dueAt } from "../core/sla.ts";
import { triage } from "../core/triage.ts";
import type { Approval, Conversation, Message, Triage } from "../core/words.ts";
import { HelpdeskError } from "../ports/helpdesk.ts";
import type { Hold, Job, NewJob } from "../ports/jobs.ts";
import type { MessageFate, Tables } from "../ports/store.ts";
import type { Ports } from "../ports.ts";
import { composeDraft, type DraftSubject } from "./compose-draft.ts";
import { numberOf } from "./ids.ts";
import { conversationKey } from "./keys.ts";
import { withLearnedIntent } from "./learned-intent.ts";
import { leaveApproval, newApproval } from "./leave-approval.ts";
import { NOTE_QUEUED } from "./notes.ts";

type Reach = Pick<
  Ports,
  "store" | "helpdesk" | "knowledge" | "drafter" | "classifier" | "policy" | "clock" | "settings" | "log" | "metrics"
>;

/** The job's errand: a customer's message by default, else what a person asked for. */
interface Errand {
  conversationId: number;
  messageId: number | null;
  /** The pending approval whose draft is to be replaced, or the id that a new one is to have: the same for every try of a job. */
  approvalId: string;
  instruction: string | null;
  /** The approval's version when a person asked for a redraft; it moves on when the draft is replaced, or another redraft is asked for. */
  version: number | null;
  /** A person asked: a message that was drafted before is drafted again. */
  again: boolean;
  /** The one automatic later try for a draft that could not be made: it replaces only that placeholder, and only with a real draft. */
  upgrade: boolean;
}

/** Reads the conversation afresh, has its unanswered burst drafted, and leaves one pending approval. Nothing is asked or left without the hold. */
export async function draftReply(ports: Reach, job: Pick<Job, "id" | "data">, hold: Hold): Promise<void> {
  const errand = errandOf(job);
  const seenAt = ports.clock.now();
  if (errand.again ? await isOutrun(ports, errand) : await leftToNewer(ports, errand)) return;
  const scene = await look(ports, errand);
  if ("fate" in scene) return end(ports, errand, scene.upTo, scene.fate);

  const { conversation, burst, history } = scene;
  const newest = burst[burst.length - 1] as Message; // `look` found one
  const before = await ports.store.approvals.latestOf(ports.settings.accountId, conversation.id);
  if (!errand.again && before?.messageId === newest.id) return end(ports, errand, newest.id, "drafted");

  const earlierComplaints = history.filter(
    (message) => message.type === "incoming" && isComplaint(ports, conversation, message.text),
  ).length;
  const customerMessage = customerMessageOf(burst);
  const judged = await withLearnedIntent(ports, triageOf(ports, conversation, customerMessage, earlierComplaints), customerMessage);
  if (!errand.again && !judged.needsReply) return end(ports, errand, newest.id, "no_reply_needed");

  const subject: DraftSubject = {
    approvalId: errand.approvalId,
    conversation,
    burst,
    history,
    triage: judged,
    instruction: errand.instruction,
    approvedBefore: before?.status === "approved" ? before.finalResponse : null,
    houseStyle: await ports.store.lessons.style(),
    hidden: isHidden(errand.approvalId, ports.settings.hiddenScoreShare),
    decisions: await ports.store.learning.decisions(),
    earlierComplaints,
  };
  const { draft, laterSeconds } = await composeDraft(ports, subject, hold);
  hold.check();
  await leave(ports, { errand, conversation, burst, draft, laterSeconds, seenAt });
}

function errandOf({ id, data }: Pick<Job, "id" | "data">): Errand {
  return {
    conversationId: numberOf(data.conversationId),
    messageId: typeof data.messageId === "number" ? data.messageId : null,
    approvalId: typeof data.approvalId === "string" ? data.approvalId : id,
    instruction: typeof data.instruction === "string" ? data.instruction : null,
    version: typeof data.version === "number" ? data.version : null,
    again: data.redraft === true || data.upgrade === true,
    upgrade: data.upgrade === true,
  };
}

/** Somebody was faster than the draft that was asked for: their word stands, and no model is paid. */
async function isOutrun({ store }: Reach, errand: Errand): Promise<boolean> {
  const approval = await store.approvals.get(errand.approvalId);
  return approval === null ? errand.upgrade : !waitsFor(errand, approval);
}

/** Is this approval still as it was when the errand was sent? */
function waitsFor({ upgrade, version }: Errand, approval: Approval): boolean {
  return approval.status === "pending" && (version === null || approval.version === version) && (!upgrade || approval.degraded !== null);
}

/** A newer customer message has a job of its own, which answers the whole burst. */
async function leftToNewer({ store, settings }: Reach, errand: Errand): Promise<boolean> {
  const newest = await store.deliveries.newestCustomerMessage(settings.accountId, errand.conversationId);
  if (!newest || errand.messageId === null || newest.messageId === errand.messageId) return false;
  if (newest.fate !== "waiting" && newest.fate !== null)
    await store.deliveries.setFate(settings.accountId, errand.conversationId, errand.messageId, newest.fate);
  return true;
}

/** Messages read for a draft: enough to hold a burst among notes and activity lines. */
const HISTORY = 50;

type Scene = { conversation: Conversation; burst: Message[]; history: Message[] } | { fate: MessageFate; upTo: number };

/** The conversation as it is now, or why nothing is to be drafted. */
async function look({ store, helpdesk, policy, settings, clock }: Reach, errand: Errand): Promise<Scene> {
  let conversation: Conversation;
  let messages: Message[];
  try {
    conversation = await helpdesk.conversation(errand.conversationId);
    messages = await helpdesk.messages(errand.conversationId, { atLeast: HISTORY });
  } catch (error) {
    if (!(error instanceof HelpdeskError && error.kind === "gone")) throw error;
    await store.conversations.markGone(settings.accountId, errand.conversationId, clock.now());
    return { fate: "conversation_gone", upTo: Number.MAX_SAFE_INTEGER };
  }
  const upTo = errand.messageId ?? messages.at(-1)?.id ?? 0;
  await store.conversations.see(conversation, clock.now());
  const { burst, history } = errand.version === null ? burstOf(messages) : lastAskedOf(messages);
  if (burst.length === 0) {
    const deleted = messages.some((message) => message.id === errand.messageId && message.deleted);
    return { fate: deleted ? "message_deleted" : "answered_by_operator", upTo };
  }
  const inbox = policy().inboxes[String(conversation.inboxId)];
  const statuses = inbox?.statuses ?? ["open"];
  if (conversation.contact.blocked || conversation.muted) return { fate: "contact_blocked", upTo };
  if (errand.again) return { conversation, burst, history };
  if (inbox?.draft === false) return { fate: "inbox_not_drafted", upTo };
  if (!statuses.includes(conversation.status))
    return { fate: conversation.status === "pending" ? "conversation_pending" : "conversation_closed", upTo };
  if (settings.draftingPaused) return { fate: "drafting_paused", upTo };
  return { conversation, burst, history };
}

async function end(
  { store, settings }: { store: Pick<Tables, "deliveries">; settings: Ports["settings"] },
  errand: Errand,
  upTo: number,
  fate: MessageFate,
): Promise<void> {
  await store.deliveries.setFate(settings.accountId, errand.conversationId, upTo, fate);
}

function triageOf({ policy }: Reach, conversation: Conversation, text: string, earlierComplaints: number): Triage {
  return triage({
    text,
    channel: conversation.channel,
    hmacVerified: conversation.hmacVerified,
    contact: conversation.contact,
    labels: conversation.labels,
    customAttributes: conversation.customAttributes,
    earlierComplaints,
    policy: policy(),
  });
}

const isComplaint = (ports: Reach, conversation: Conversation, text: string) =>
  triageOf(ports, conversation, text, 0).flags.includes("complaint");

/** Whether the score stays hidden: by chance, yet the same for every try of the same approval. */
const isHidden = (approvalId: string, share: number) => Number.parseInt(approvalId.slice(0, 8), 16) / 0x1_0000_0000 < share;

interface Result {
  errand: Errand;
  conversation: Conversation;
  burst: Message[];
  draft: NewDraft;
  laterSeconds: number | null;
  seenAt: Date;
}

/**
 * One transaction: the approval with its note queued, the one before it superseded, the customer's messages at their end. A process that
 * lost its hold on the job may be later than the one that took it over: a draft for the same messages, or for more, stays.
 */
async function leave({ store, settings, policy, clock, metrics }: Reach, result: Result): Promise<void> {
  const { conversation, burst, errand } = result;
  const newestId = burst.at(-1)?.id ?? 0;
  const at = clock.now();
  await store.transaction(async (tables) => {
    const live = await tables.approvals.lockLive(settings.accountId, conversation.id);
    const same = live.find(({ id }) => id === errand.approvalId);
    if (!(await isStillWanted(tables, result, same))) return;
    const latest = await tables.approvals.latestOf(settings.accountId, conversation.id);
    if (!errand.again && latest && latest.messageId >= newestId) return end({ store: tables, settings }, errand, newestId, "drafted");
    const waitingSince = conversation.waitingSince ?? burst[0]?.createdAt ?? new Date(0);
    const approval = same
      ? replaceDraft({ ...same, ...NOTE_QUEUED, messageId: newestId, customerMessage: customerMessageOf(burst) }, result.draft, at).approval
      : newApproval(result.draft, {
          id: errand.approvalId,
          accountId: settings.accountId,
          conversationId: conversation.id,
          messageId: newestId,
          inboxId: conversation.inboxId,
          customerId: conversation.contact.id,
          customerName: conversation.contact.name,
          customerMessage: customerMessageOf(burst),
          instruction: errand.instruction,
          dueAt: dueAt({ waitingSince, priority: result.draft.priority, policy: policy() }),
          at,
        });
    await leaveApproval(tables, approval, { before: same ?? null, live, at });
    if (canBeUpgraded(approval) && !errand.again) await tables.jobs.send(upgradeJob(approval, result.laterSeconds));
  });
  metrics.stageDuration("trip", (clock.now().getTime() - result.seenAt.getTime()) / 1000);
}

/** Somebody may have decided while the draft was written: their word stands. */
async function isStillWanted(tables: Tables, { errand, draft }: Result, same: Approval | undefined): Promise<boolean> {
  if (errand.upgrade && draft.degraded !== null) return false;
  if (same) return waitsFor(errand, same);
  return !errand.upgrade && (await tables.approvals.get(errand.approvalId)) === null;
}

const UPGRADE_AFTER_SECONDS = 60;

const canBeUpgraded = ({ degraded }: Approval) => degraded === "drafter_unavailable" || degraded === "knowledge_unavailable";

/** Not before the drafter asked to be tried again: the one later try shall not be in vain. */
const upgradeJob = ({ id, accountId, conversationId }: Approval, laterSeconds: number | null): NewJob => ({
  kind: "draft-reply",
  key: conversationKey(accountId, conversationId),
  data: { conversationId, approvalId: id, upgrade: true },
  startAfterSeconds: Math.max(UPGRADE_AFTER_SECONDS, laterSeconds ?? 0),
});
