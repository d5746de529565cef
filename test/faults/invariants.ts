import { uuidOf } from "../../src/core/hash.ts";
import { NONCE } from "./dice.ts";
import type { Approval, Evidence, Message } from "./evidence.ts";
import { cameBack, inOwnName, nothingLate, nothingUnapproved, oneDecides, sentOnce, takenBackStayed } from "./invariants-replies.ts";
import { isCustomers, isPublicAnswer } from "./thread.ts";
import type { Violation } from "./violation.ts";

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
  "nothing was sent when somebody had answered meanwhile": nothingLate,
  "a reply is in the name of whoever decided it": inOwnName,
  "of several who decide at once one does": oneDecides,
  "what a channel refused came back, and what was sent again arrived": cameBack,
  "a waiting draft has one visible note, an ended one none": oneNote,
  "drafts of one conversation never ran at the same time": inOrder,
  "the waiting draft answers the whole newest burst": newestBurst,
  "no conversation has two pending approvals": onePending,
  "what was deleted in Chatwoot waits for nobody, and what was held of it is gone": forgotten,
  "no job is stuck": nothingStuck,
  "no secret and nobody's words are in the logs": quietLogs,
  "no process ended by itself, and told to end each ended in order": orderlyEnds,
};

function visibleEnd({ messages, deliveries, approvals, deadLetters, gone }: Evidence): Violation[] {
  const accepted = Map.groupBy(
    deliveries.filter((row) => row.outcome === "accepted" && row.source !== "replay" && row.from_customer),
    (row) => row.message_id,
  );
  const drafts = Map.groupBy(approvals, (row) => row.conversation_id);
  const letters = new Set(deadLetters.filter((row) => row.redriven_at === null).map((row) => row.conversation_id));
  // What its channel refused later was an answer when the fate was decided; `cameBack` looks at the rest.
  const answers = Map.groupBy(
    messages.filter((message) => isPublicAnswer({ ...message, refused: false })),
    (message) => message.conversation,
  );
  const endless = [...accepted.values()].flat().filter((row) => gone.has(row.conversation_id ?? 0) && !ENDS.has(row.fate ?? ""));
  const ofDeleted = endless.map(({ conversation_id, message_id, fate }) => ({
    conversation: conversation_id as number,
    message: message_id as number,
    what: `its conversation was deleted, and its fate is "${fate}"`,
  }));
  const ofOthers = messages.filter(isCustomers).flatMap(({ id: message, conversation }) => {
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
  return [...ofDeleted, ...ofOthers];
}

function acknowledgedIsRecorded({ acknowledged, deliveries }: Evidence): Violation[] {
  const known = new Set(deliveries.map((row) => row.delivery_id));
  return acknowledged
    .filter(({ deliveryId }) => !known.has(deliveryId))
    .map(({ deliveryId, messageId }) => ({ message: messageId, what: `delivery ${deliveryId} was answered 2xx and is not recorded` }));
}

function oneNote({ messages, approvals, deadLetters, gone }: Evidence): Violation[] {
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
    if (count === wanted || gaveUp.has(row.id) || gone.has(row.conversation_id)) return [];
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

function newestBurst({ messages, deliveries, approvals, gone }: Evidence): Violation[] {
  const drafted = new Set(deliveries.filter((row) => row.fate === "drafted").map((row) => row.message_id));
  const threads = Map.groupBy(messages, (message) => message.conversation);
  const latest = new Map<number, Approval>();
  for (const row of approvals.filter(({ conversation_id }) => !gone.has(conversation_id))) {
    const before = latest.get(row.conversation_id);
    if (!before || row.created_at > before.created_at) latest.set(row.conversation_id, row);
  }
  return [...latest.values()].flatMap((row) => {
    const thread = threads.get(row.conversation_id) ?? [];
    const open = thread.filter((message) => isCustomers(message) && drafted.has(message.id) && !isAnsweredIn(thread, message));
    // What a reply was for that did not arrive stands in the queue by itself.
    const failed = approvals.filter((one) => one.conversation_id === row.conversation_id && one.status === "send_failed");
    const asked = open.filter((message) => !failed.some((one) => one.message_id >= message.id));
    const where = { conversation: row.conversation_id, approval: row.id };
    if (row.status === "superseded" && asked.length > 0)
      return [{ ...where, message: asked[0]?.id as number, what: "a question is unanswered and its last draft was superseded by nothing" }];
    if (row.status !== "pending") return [];
    if (open.length === 0) return [{ ...where, what: "a draft waits although everything is answered" }];
    return asked
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

function forgotten({ approvals, gone, heldOfGone }: Evidence): Violation[] {
  const waiting = approvals
    .filter((row) => gone.has(row.conversation_id) && ["pending", "approved", "send_failed"].includes(row.status))
    .map((row) => ({ conversation: row.conversation_id, approval: row.id, what: `its conversation was deleted and it is ${row.status}` }));
  return [...waiting, ...heldOfGone.map(({ table, rows }) => ({ what: `${rows} rows of ${table} hold words of a deleted conversation` }))];
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

/** An answer by hand answers all before it, one of ours what its draft had read. */
function isAnsweredIn(thread: Message[], question: Message): boolean {
  return thread.some((message) => {
    if (!isPublicAnswer(message) || message.id < question.id) return false;
    return message.mark === null || Number.parseInt(message.mark.ref, 10) >= question.id;
  });
}
