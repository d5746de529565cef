import { sha256Hex } from "../../src/core/hash.ts";
import type { Approval, Evidence, Message } from "./evidence.ts";
import type { Asked } from "./operators.ts";
import { isCustomers, isPublicAnswer } from "./thread.ts";
import type { Violation } from "./violation.ts";

type Mark = NonNullable<Message["mark"]>;

export function sentOnce(evidence: Evidence): Violation[] {
  const posts = repliesByApproval(evidence);
  return evidence.approvals.flatMap((row) => {
    const where = { conversation: row.conversation_id, message: row.message_id, approval: row.id };
    if (row.status === "approved") return [{ ...where, what: "it was approved and never sent" }];
    if (row.status !== "sent" || evidence.gone.has(row.conversation_id)) return [];
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

export function takenBackStayed(evidence: Evidence): Violation[] {
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

export function nothingUnapproved(evidence: Evidence): Violation[] {
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

/** From the last look at the conversation until the attempt is noted; on a busy machine that takes a while. */
const LOOK_MS = 5_000;

/** The last look is taken when the attempt begins: who answered by hand before that, and after the decision, is in the way. */
export function nothingLate({ messages, approvals }: Evidence): Violation[] {
  const threads = Map.groupBy(messages, (message) => message.conversation);
  return approvals.flatMap(({ id, conversation_id, reply_message_id, send_attempted_at }) => {
    const thread = threads.get(conversation_id) ?? [];
    const reply = thread.find((message) => message.id === reply_message_id);
    if (!reply || send_attempted_at === null) return [];
    const lookedAt = send_attempted_at.getTime() - LOOK_MS;
    return thread
      .filter((message) => isPublicAnswer(message) && message.mark === null && message.at > decidedAt(reply) && message.at < lookedAt)
      .map((message) => ({
        conversation: conversation_id,
        message: reply.id,
        approval: id,
        what: `it was sent ${Math.round((send_attempted_at.getTime() - message.at) / 1000)} s after message ${message.id} had answered`,
      }));
  });
}

/** Everybody who decides in a run has signed in before. */
export function inOwnName({ messages, events }: Evidence): Violation[] {
  const deciders = new Map(
    events
      .filter(({ what, actor }) => what === "decided" && actor.type === "operator")
      .map(({ approval_id, at, actor }) => [`${approval_id} ${at.getTime()}`, actor.id]),
  );
  return messages
    .filter((message) => message.mark?.kind === "reply" && !message.deleted)
    .flatMap((message) => {
      const { approvalId } = message.mark as Mark;
      const decider = deciders.get(`${approvalId} ${decidedAt(message)}`);
      if (decider === undefined || (message.sender?.type === "User" && message.sender.id === decider)) return [];
      const name = `${message.sender?.type} ${message.sender?.id}`;
      return [
        {
          conversation: message.conversation,
          message: message.id,
          approval: approvalId,
          what: `operator ${decider} decided it, it went out as ${name}`,
        },
      ];
    });
}

/** After these an approval is undecided again. */
const REOPENS = new Set(["undone", "given_back", "send_failed", "redrafted"]);

export function oneDecides({ events }: Evidence): Violation[] {
  const decided = new Set<string>();
  return events.flatMap(({ approval_id, what, actor, detail }) => {
    if (REOPENS.has(what)) decided.delete(approval_id);
    if (what !== "decided") return [];
    const isTaken = decided.has(approval_id);
    decided.add(approval_id);
    return isTaken ? [{ approval: approval_id, what: `operator ${actor.id} decided ${detail.decision} when somebody had decided` }] : [];
  });
}

export function cameBack({ messages, approvals, events, gone }: Evidence): Violation[] {
  const told = new Set(events.filter(({ what }) => what === "send_failed").map(({ detail }) => detail.message_id));
  const unheard = messages
    .filter((message) => message.mark?.kind === "reply" && message.refused && !told.has(message.id))
    .map(({ id, conversation, mark }) => ({
      conversation,
      message: id,
      approval: (mark as Mark).approvalId,
      what: "its channel refused it and nobody was told",
    }));
  // At the end everything works and a person has sent again what had not arrived; only where the customer wrote again that is refused.
  const customers = messages.filter(isCustomers);
  const unsent = approvals
    .filter((row) => row.status === "send_failed" && !gone.has(row.conversation_id))
    .filter((row) => !customers.some(({ conversation, id }) => conversation === row.conversation_id && id > row.message_id))
    .map((row) => ({ conversation: row.conversation_id, approval: row.id, what: "it was sent again and did not arrive" }));
  return [...unheard, ...unsent];
}

const repliesByApproval = ({ messages }: Evidence): Map<string, Message[]> =>
  Map.groupBy(
    messages.filter((message) => isPublicAnswer(message) && message.mark !== null),
    ({ mark }) => mark?.approvalId ?? "",
  );

/** When the decision was made that a reply carries out: its mark says so. */
const decidedAt = ({ mark }: Message): number => Number(mark?.ref.split(":")[1]);
