import { sha256Hex, uuidOf } from "../../src/core/hash.ts";
import { NONCE } from "./dice.ts";
import type { Approval, Evidence, Message } from "./evidence.ts";
import type { Asked } from "./operators.ts";

/** Something that must not be, and where to look. */
export interface Violation {
  conversation?: number;
  message?: number;
  approval?: string;
  what: string;
}

/** A promise, and how to see that it was broken. */
export type Invariant = (evidence: Evidence) => Violation[];

/** Fates that are an end which somebody can see. */
const ENDS = new Set([
  "drafted",
  "no_reply_needed",
  "answered_by_operator",
  "conversation_pending",
  "conversation_closed",
  "conversation_gone",
  "message_deleted",
  "contact_blocked",
  "inbox_not_drafted",
  "drafting_paused",
  "dead_letter",
]);
/** As `core/retries` says. */
const MOST_TRIES: Record<string, number> = { "draft-reply": 60, "send-reply": 60, "run-command": 60, "capture-outcome": 60 };
const MOST_TRIES_OF_OTHERS = 12;

/** Each by its name; the names are what a report prints. */
export const INVARIANTS: Record<string, Invariant> = {
  "every customer message has exactly one visible end": visibleEnd,
  "every delivery that was acknowledged is recorded": acknowledgedIsRecorded,
  "each approved reply reached the customer exactly once, in the approved bytes": sentOnce,
  "what was taken back or not approved did not reach the customer": takenBackStayed,
  "nothing was public that no person had asked for": nothingUnapproved,
  "a waiting draft has one visible note, an ended one none": oneNote,
  "drafts of one conversation never ran at the same time": inOrder,
  "the waiting draft answers the whole newest burst": newestBurst,
  "no conversation has two pending approvals": onePending,
  "no job is stuck": nothingStuck,
  "no secret and nobody's words are in the logs": quietLogs,
  "no process ended by itself, and told to end each ended in order": orderlyEnds,
};

function visibleEnd({ messages, deliveries, approvals, deadLetters }: Evidence): Violation[] {
  const accepted = Map.groupBy(
    deliveries.filter((row) => row.outcome === "accepted" && row.source !== "replay" && row.from_customer),
    (row) => row.message_id,
  );
  const drafts = Map.groupBy(approvals, (row) => row.conversation_id);
  const letters = new Set(deadLetters.filter((row) => row.redriven_at === null).map((row) => row.conversation_id));
  const answers = Map.groupBy(messages.filter(isPublicAnswer), (message) => message.conversation);
  return messages.filter(isCustomers).flatMap(({ id: message, conversation }) => {
    const rows = accepted.get(message) ?? [];
    const where = { conversation, message };
    if (rows.length !== 1)
      return [{ ...where, what: rows.length === 0 ? "it was lost: nothing knows of it" : `it was taken ${rows.length} times` }];
    const fate = rows[0]?.fate ?? "none";
    if (!ENDS.has(fate)) return [{ ...where, what: `its fate is "${fate}"` }];
    const covers = (drafts.get(conversation) ?? []).some((row) => row.message_id >= message);
    if (fate === "drafted" && !covers) return [{ ...where, what: "it is said to be drafted, and no approval covers it" }];
    if (fate === "dead_letter" && !letters.has(conversation))
      return [{ ...where, what: "it is said to be a dead letter, and there is none" }];
    const answered = (answers.get(conversation) ?? []).some((answer) => answer.id > message);
    if (fate === "answered_by_operator" && !answered) return [{ ...where, what: "it is said to be answered, and nobody answered" }];
    return [];
  });
}

function acknowledgedIsRecorded({ acknowledged, deliveries }: Evidence): Violation[] {
  const known = new Set(deliveries.map((row) => row.delivery_id));
  return acknowledged
    .filter(({ deliveryId }) => !known.has(deliveryId))
    .map(({ deliveryId, messageId }) => ({ message: messageId, what: `delivery ${deliveryId} was answered 2xx and is not recorded` }));
}

function sentOnce(evidence: Evidence): Violation[] {
  const posts = repliesByApproval(evidence);
  return evidence.approvals.flatMap((row) => {
    const where = { conversation: row.conversation_id, message: row.message_id, approval: row.id };
    if (row.status === "approved") return [{ ...where, what: "it was approved and never sent" }];
    if (row.status !== "sent") return [];
    const own = posts.get(row.id) ?? [];
    if (own.length !== 1) return [{ ...where, what: `its reply stands ${own.length} times in the conversation` }];
    const [post] = own as [Message];
    if (post.id !== row.reply_message_id)
      return [{ ...where, what: `its reply is message ${post.id}, we hold it for ${row.reply_message_id}` }];
    if (post.content !== row.final_response || sha256Hex(post.content) !== row.approved_hash)
      return [{ ...where, what: "what the customer got is not what was approved" }];
    return [];
  });
}

function takenBackStayed(evidence: Evidence): Violation[] {
  const events = Map.groupBy(evidence.events, (event) => event.approval_id);
  const approvals = new Map(evidence.approvals.map((row) => [row.id, row]));
  return [...repliesByApproval(evidence)].flatMap(([id, own]) =>
    own.flatMap((post) => {
      const where = { conversation: post.conversation, message: post.id, approval: id };
      const status = approvals.get(id)?.status ?? "unknown";
      if (status !== "sent") return [{ ...where, what: `a reply reached the customer whose approval is ${status}` }];
      const trail = events.get(id) ?? [];
      const place = trail.findIndex((event) => event.what === "decided" && event.at.getTime() === decidedAt(post));
      const next = trail.slice(place + 1).find(({ what }) => ["undone", "given_back", "sent", "decided"].includes(what));
      if (next?.what === "undone" || next?.what === "given_back")
        return [{ ...where, what: `a decision reached the customer that was ${next.what}` }];
      return [];
    }),
  );
}

function nothingUnapproved(evidence: Evidence): Violation[] {
  const { messages, approvals, events, deeds } = evidence;
  const rows = new Map(approvals.map((row) => [row.id, row]));
  const decided = Map.groupBy(
    events.filter(({ what }) => what === "decided"),
    (event) => event.approval_id,
  );
  return messages
    .filter((message) => message.type === "outgoing" && !message.private && !message.deleted)
    .flatMap((message) => {
      const where = { conversation: message.conversation, message: message.id, ...(message.mark && { approval: message.mark.approvalId }) };
      if (!message.mark)
        return deeds.byHand.has(message.content) ? [] : [{ ...where, what: "nobody wrote it by hand and it has no mark of ours" }];
      const approval = rows.get(message.mark.approvalId);
      if (message.mark.kind !== "reply" || !approval) return [{ ...where, what: `a ${message.mark.kind} of ours is public` }];
      const decision = decided.get(approval.id)?.find((event) => event.at.getTime() === decidedAt(message));
      if (!decision) return [{ ...where, what: "there is no decision behind it" }];
      const asked = [...(deeds.overHttp.get(approval.id) ?? []), ...(deeds.inNotes.get(approval.conversation_id) ?? [])];
      const theirs = asked.filter((one) => one.operator === decision.actor.id && one.decision === decision.detail.decision);
      if (theirs.length === 0) return [{ ...where, what: "the operator who is said to have decided never asked for it" }];
      return wereAskedFor(message.content, approval, asked)
        ? []
        : [{ ...where, what: "its words are neither the draft nor anybody's edit" }];
    });
}

/** The words of the draft that was approved, or of an edit; but for the joiners that keep Liquid from being rendered. */
function wereAskedFor(content: string, { draft_response }: Approval, asked: Asked[]): boolean {
  return content === draft_response || asked.some(({ words }) => words !== null && plain(words) === plain(content));
}

const plain = (text: string) => text.replaceAll("\u2060", "").trim();

function oneNote({ messages, approvals, deadLetters }: Evidence): Violation[] {
  const notices = new Set(messages.filter(({ mark }) => mark?.kind === "notice").map(({ mark }) => mark?.ref));
  const isAnswered = ({ mark }: Message) => notices.has(uuidOf(`ended:${mark?.ref}`));
  const visible = Map.groupBy(
    messages.filter((message) => message.mark?.kind === "note" && !message.deleted && !isAnswered(message)),
    ({ mark }) => mark?.approvalId ?? "",
  );
  const gaveUp = new Set(deadLetters.filter(({ kind }) => kind === "post-note" || kind === "remove-note").map((row) => row.approval_id));
  return approvals.flatMap((row) => {
    const count = visible.get(row.id)?.length ?? 0;
    const wanted = row.status === "pending" ? 1 : 0;
    if (count === wanted || gaveUp.has(row.id)) return [];
    return [{ conversation: row.conversation_id, approval: row.id, what: `it is ${row.status} and ${count} notes stand for it` }];
  });
}

function inOrder({ jobOverlaps, modelOverlaps }: Evidence): Violation[] {
  return [
    ...jobOverlaps.map(({ key, one, other }) => ({
      conversation: Number(key.split(":")[1]),
      what: `jobs ${one} and ${other} ran at the same time`,
    })),
    ...modelOverlaps.map(({ conversation, messages }) => ({
      conversation,
      what: `the model was asked twice at once, for ${messages.join(", ")}`,
    })),
  ];
}

function newestBurst({ messages, deliveries, approvals }: Evidence): Violation[] {
  const drafted = new Set(deliveries.filter((row) => row.fate === "drafted").map((row) => row.message_id));
  const threads = Map.groupBy(messages, (message) => message.conversation);
  const latest = new Map<number, Approval>();
  for (const row of approvals) {
    const before = latest.get(row.conversation_id);
    if (!before || row.created_at > before.created_at) latest.set(row.conversation_id, row);
  }
  return [...latest.values()].flatMap((row) => {
    const thread = threads.get(row.conversation_id) ?? [];
    const open = thread.filter((message) => isCustomers(message) && drafted.has(message.id) && !isAnsweredIn(thread, message));
    const where = { conversation: row.conversation_id, approval: row.id };
    if (row.status === "superseded" && open.length > 0)
      return [{ ...where, message: open[0]?.id as number, what: "a question is unanswered and its last draft was superseded by nothing" }];
    if (row.status !== "pending") return [];
    if (open.length === 0) return [{ ...where, what: "a draft waits although everything is answered" }];
    return open
      .filter(({ content }) => (content.match(NONCE) ?? []).some((nonce) => !row.customer_message.includes(nonce)))
      .map(({ id }) => ({ ...where, message: id, what: "the waiting draft does not answer this message" }));
  });
}

function onePending({ approvals }: Evidence): Violation[] {
  const pending = Map.groupBy(
    approvals.filter((row) => row.status === "pending"),
    (row) => row.conversation_id,
  );
  return [...pending]
    .filter(([, rows]) => rows.length > 1)
    .map(([conversation, rows]) => ({ conversation, what: `${rows.length} approvals are pending` }));
}

function nothingStuck({ jobsLeft, mostTries, spooled }: Evidence): Violation[] {
  const left = jobsLeft.map(({ name, state, key, tries }) => ({
    ...(key && { conversation: Number(key.split(":")[1]) }),
    what: `a ${name} job is ${state} after ${tries} tries`,
  }));
  const tooOften = mostTries
    .filter(({ name, tries }) => tries > (MOST_TRIES[name] ?? MOST_TRIES_OF_OTHERS))
    .map(({ name, tries }) => ({ what: `a ${name} job was tried ${tries} times` }));
  return [...left, ...tooOften, ...(spooled > 0 ? [{ what: `${spooled} deliveries still lie in the spool` }] : [])];
}

function quietLogs({ leaks }: Evidence): Violation[] {
  return leaks.map(({ member, what, line }) => ({ what: `${member} logged ${what}: ${line}` }));
}

function orderlyEnds({ troubles }: Evidence): Violation[] {
  return troubles.map((what) => ({ what }));
}

const isCustomers = (message: Message) => message.type === "incoming" && !message.private && !message.deleted;
const isPublicAnswer = (message: Message) => message.type === "outgoing" && !message.private && !message.deleted;

/** An answer by hand answers all before it, one of ours what its draft had read. */
function isAnsweredIn(thread: Message[], question: Message): boolean {
  return thread.some((message) => {
    if (!isPublicAnswer(message) || message.id < question.id) return false;
    return message.mark === null || Number.parseInt(message.mark.ref, 10) >= question.id;
  });
}

const repliesByApproval = ({ messages }: Evidence): Map<string, Message[]> =>
  Map.groupBy(
    messages.filter((message) => isPublicAnswer(message) && message.mark !== null),
    ({ mark }) => mark?.approvalId ?? "",
  );

/** When the decision was made that a reply carries out: its mark says so. */
const decidedAt = ({ mark }: Message): number => Number(mark?.ref.split(":")[1]);
