import { randomUUID } from "node:crypto";
import { type NewDraft, replaceDraft, supersede } from "../core/approval.ts";
import { burstOf, customerMessageOf } from "../core/burst.ts";
import { asWritten } from "../core/liquid.ts";
import { draftNote } from "../core/note.ts";
import { dueAt } from "../core/sla.ts";
import { triage } from "../core/triage.ts";
import type { Approval, Conversation, Finding, Message, Triage } from "../core/words.ts";
import { HelpdeskError, type Job, type MessageFate, type NewJob, type Ports, type Tables } from "../ports.ts";
import { composeDraft } from "./compose-draft.ts";
import { numberOf } from "./ids.ts";
import { conversationKey } from "./keys.ts";
import { replaceDraftNote, withdrawNotes } from "./notes.ts";

type Reach = Pick<Ports, "store" | "helpdesk" | "knowledge" | "drafter" | "policy" | "clock" | "settings" | "log" | "metrics">;

/** The job's errand: a customer's message by default, else what a person asked for. */
interface Errand {
  conversationId: number;
  messageId: number | null;
  /** The pending approval whose draft is to be replaced, or the id that a new one is to have. */
  approvalId: string | null;
  instruction: string | null;
  /** A person asked: a message that was drafted before is drafted again. */
  again: boolean;
  /** The one automatic later try for a draft that could not be made: it replaces only that placeholder, and only with a real draft. */
  upgrade: boolean;
}

/** Reads the conversation afresh, has its unanswered burst drafted, and leaves one pending approval. */
export async function draftReply(ports: Reach, job: Pick<Job, "id" | "data">): Promise<void> {
  const errand = errandOf(job.data);
  const seenAt = ports.clock.now();
  if (!errand.again && (await leftToNewer(ports, errand))) return;
  const scene = await look(ports, errand);
  if ("fate" in scene) return end(ports, errand, scene.upTo, scene.fate);

  const { conversation, burst, history } = scene;
  const newest = burst[burst.length - 1] as Message; // `look` found one
  const before = await ports.store.approvals.latestOf(ports.settings.accountId, conversation.id);
  if (!errand.again && before?.messageId === newest.id) return end(ports, errand, newest.id, "drafted");

  const earlierComplaints = history.filter(
    (message) => message.type === "incoming" && isComplaint(ports, conversation, message.text),
  ).length;
  const judged = triageOf(ports, conversation, customerMessageOf(burst), earlierComplaints);
  if (!errand.again && !judged.needsReply) return end(ports, errand, newest.id, "no_reply_needed");

  const approvalId = errand.approvalId ?? randomUUID();
  const draft = await composeDraft(ports, {
    approvalId,
    conversation,
    burst,
    history,
    triage: judged,
    instruction: errand.instruction,
    approvedBefore: before?.status === "approved" ? before.finalResponse : null,
    hidden: isHidden(approvalId, ports.settings.hiddenScoreShare),
    earlierComplaints,
  });
  await leave(ports, { errand, approvalId, conversation, burst, draft, seenAt });
}

function errandOf(data: Job["data"]): Errand {
  return {
    conversationId: numberOf(data.conversationId),
    messageId: typeof data.messageId === "number" ? data.messageId : null,
    approvalId: typeof data.approvalId === "string" ? data.approvalId : null,
    instruction: typeof data.instruction === "string" ? data.instruction : null,
    again: data.redraft === true || data.upgrade === true,
    upgrade: data.upgrade === true,
  };
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
  const upTo = errand.messageId ?? Number.MAX_SAFE_INTEGER;
  let conversation: Conversation;
  let messages: Message[];
  try {
    conversation = await helpdesk.conversation(errand.conversationId);
    messages = await helpdesk.messages(errand.conversationId, { atLeast: HISTORY });
  } catch (error) {
    if (error instanceof HelpdeskError && error.kind === "gone") return { fate: "conversation_gone", upTo };
    throw error;
  }
  await store.conversations.see(conversation, clock.now());
  const { burst, history } = burstOf(messages);
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

async function end({ store, settings }: Reach, errand: Errand, upTo: number, fate: MessageFate): Promise<void> {
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
  approvalId: string;
  conversation: Conversation;
  burst: Message[];
  draft: NewDraft;
  seenAt: Date;
}

/** One transaction: the approval with its note queued, the one before it superseded, the customer's messages at their end. */
async function leave({ store, settings, policy, clock, metrics }: Reach, result: Result): Promise<void> {
  const { conversation, burst, approvalId } = result;
  const newestId = burst.at(-1)?.id ?? 0;
  const at = clock.now();
  await store.transaction(async (tables) => {
    const live = await tables.approvals.lockLive(settings.accountId, conversation.id);
    const same = live.find((approval) => approval.id === approvalId);
    if (!(await isStillWanted(tables, result, same))) return;
    const approval = same
      ? replaceDraft({ ...same, messageId: newestId, customerMessage: customerMessageOf(burst) }, result.draft, at).approval
      : newApproval(
          result,
          settings.accountId,
          at,
          dueAt({ waitingSince: waitingSince(conversation, burst), priority: result.draft.priority, policy: policy() }),
        );
    const returned = same ? [] : await supersedeAll(tables, live, approval, at);
    approval.findings = [...approval.findings, ...returned];
    await (same ? tables.approvals.update(approval) : tables.approvals.insert(approval));
    await replaceDraftNote(tables, approval, draftNote(approval, { now: at, operatorLinked: null }), at);
    await tables.approvalEvents.append({
      approvalId: approval.id,
      at,
      what: same ? "redrafted" : "created",
      surface: "system",
      actor: { type: "system" },
      oldVersion: same?.version ?? null,
      newVersion: approval.version,
      detail: { degraded: approval.degraded, confidence_score: approval.confidenceScore, message_id: approval.messageId },
    });
    await tables.deliveries.setFate(settings.accountId, conversation.id, newestId, "drafted");
    if (canBeUpgraded(approval) && !result.errand.again) await tables.jobs.send(upgradeJob(approval));
    await tables.live.publish({ type: same ? "approval.updated" : "approval.created", id: approval.id });
  });
  metrics.stageDuration("trip", (clock.now().getTime() - result.seenAt.getTime()) / 1000);
}

/** Somebody may have decided while the draft was written: their word stands. */
async function isStillWanted(tables: Tables, { approvalId, errand, draft }: Result, same: Approval | undefined): Promise<boolean> {
  if (errand.upgrade) return same?.status === "pending" && same.degraded !== null && draft.degraded === null;
  if (same) return same.status === "pending";
  return errand.approvalId === null || (await tables.approvals.get(approvalId)) === null;
}

const UPGRADE_AFTER_SECONDS = 60;

const canBeUpgraded = ({ degraded }: Approval) => degraded === "drafter_unavailable" || degraded === "knowledge_unavailable";

const upgradeJob = ({ id, accountId, conversationId }: Approval): NewJob => ({
  kind: "draft-reply",
  key: conversationKey(accountId, conversationId),
  data: { conversationId, approvalId: id, upgrade: true },
  startAfterSeconds: UPGRADE_AFTER_SECONDS,
});

/** Approvals of the conversation that are not at an end give way; words that were approved but not sent are offered again. */
async function supersedeAll(tables: Tables, live: Approval[], successor: Approval, at: Date): Promise<Finding[]> {
  const offered: Finding[] = [];
  for (const before of live) {
    if (before.replyStatus === "sending") continue;
    const { approval } = supersede(before, { by: successor.id, at });
    await tables.approvals.update(approval);
    await withdrawNotes(tables, approval.id);
    if (before.status === "approved") await tables.learning.remove(approval.id);
    if (before.status !== "pending" && before.finalResponse) {
      offered.push({
        code: "approved_before",
        text: "Approved before the customer wrote again, not sent:",
        evidence: before.finalResponse,
      });
    }
    await tables.approvalEvents.append({
      approvalId: approval.id,
      at,
      what: "superseded",
      surface: "system",
      actor: { type: "system" },
      oldVersion: before.version,
      newVersion: approval.version,
      detail: { superseded_by: successor.id },
    });
    await tables.live.publish({ type: "approval.updated", id: approval.id });
  }
  return offered;
}

const waitingSince = (conversation: Conversation, burst: Message[]) => conversation.waitingSince ?? burst[0]?.createdAt ?? new Date(0);

function newApproval({ approvalId, conversation, burst, draft, errand }: Result, accountId: number, at: Date, due: Date): Approval {
  return {
    ...draft,
    id: approvalId,
    version: 1,
    status: "pending",
    accountId,
    conversationId: conversation.id,
    messageId: burst.at(-1)?.id ?? 0,
    inboxId: conversation.inboxId,
    customerId: conversation.contact.id,
    customerName: conversation.contact.name,
    customerMessage: customerMessageOf(burst),
    draftResponse: asWritten(draft.draftResponse),
    finalResponse: null,
    edited: false,
    dueAt: due,
    supersededBy: null,
    noteStatus: "queued",
    noteMessageId: null,
    replyStatus: "none",
    replyMessageId: null,
    replyError: null,
    approvedHash: null,
    sendAttemptedAt: null,
    decision: null,
    decidedBy: null,
    decidedAt: null,
    rejectReason: null,
    comment: null,
    instruction: errand.instruction,
    createdAt: at,
    updatedAt: at,
  };
}
