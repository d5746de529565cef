import { randomUUID } from "node:crypto";
import { sha256Hex } from "../../src/core/hash.ts";
import type { Approval, Delivery, Evidence, Message } from "./evidence.ts";

/** The approval whose reply was sent. */
export const SENT = randomUUID();
/** The approval that waits. */
export const WAITING = randomUUID();
const AT = new Date("2026-11-21T10:00:00.000Z");
/** When the first one was decided. */
export const DECIDED = new Date("2026-11-21T10:00:20.000Z");
/** What was drafted and approved. */
export const WORDS = "AN-6 is right.";

/** A customer's message but for what is changed. */
export const message = (changes: Partial<Message>): Message => ({
  id: 1,
  conversation: 7,
  type: "incoming",
  private: false,
  content: "",
  sender: { type: "Contact", id: 3 },
  mark: null,
  deleted: false,
  refused: false,
  at: AT.getTime(),
  ...changes,
});

/** The accepted delivery of a customer's message but for what is changed. */
export const delivery = (messageId: number, changes: Partial<Delivery> = {}): Delivery => ({
  delivery_id: `00000000-0000-4000-8000-00000000000${messageId}`,
  conversation_id: 7,
  message_id: messageId,
  event: "message_created",
  source: "webhook",
  outcome: "accepted",
  from_customer: true,
  fate: "drafted",
  received_at: AT,
  ...changes,
});

/** The approval that was sent but for what is changed. */
export const approval = (changes: Partial<Approval>): Approval => ({
  id: SENT,
  status: "sent",
  conversation_id: 7,
  message_id: 1,
  customer_message: "Which size? qzaaaaaaaaaaaaaazq",
  draft_response: WORDS,
  final_response: WORDS,
  approved_hash: sha256Hex(WORDS),
  decision: "approve",
  reply_status: "sent",
  reply_message_id: 3,
  send_attempted_at: new Date(DECIDED.getTime() + 20_000),
  note_status: "removed",
  superseded_by: null,
  created_at: AT,
  ...changes,
});

/** One question answered by an approved draft, a second one whose draft waits with its note. */
export function sound(): Evidence {
  const mark = { approvalId: SENT, kind: "reply", ref: `1:${DECIDED.getTime()}` };
  return {
    messages: [
      message({ id: 1, content: "Which size? qzaaaaaaaaaaaaaazq" }),
      message({ id: 2, type: "outgoing", private: true, content: "This message was deleted", deleted: true }),
      message({ id: 3, type: "outgoing", content: WORDS, sender: { type: "User", id: 5 }, mark }),
      message({ id: 4, content: "And the hose? qzbbbbbbbbbbbbbbzq" }),
      message({ id: 5, type: "outgoing", private: true, mark: { approvalId: WAITING, kind: "note", ref: "n" } }),
    ],
    deliveries: [delivery(1), delivery(4)],
    approvals: [
      approval({}),
      approval({
        id: WAITING,
        status: "pending",
        message_id: 4,
        customer_message: "And the hose? qzbbbbbbbbbbbbbbzq",
        final_response: null,
        approved_hash: null,
        decision: null,
        reply_status: "none",
        reply_message_id: null,
        send_attempted_at: null,
        note_status: "posted",
        created_at: new Date(AT.getTime() + 60_000),
      }),
    ],
    events: [
      { approval_id: SENT, what: "created", at: AT, actor: { type: "system" }, detail: {} },
      { approval_id: SENT, what: "decided", at: DECIDED, actor: { type: "operator", id: 5 }, detail: { decision: "approve" } },
      { approval_id: SENT, what: "sent", at: new Date(DECIDED.getTime() + 1000), actor: { type: "system" }, detail: {} },
    ],
    deadLetters: [],
    jobsLeft: [],
    mostTries: [{ name: "send-reply", tries: 60 }],
    jobOverlaps: [],
    modelOverlaps: [],
    acknowledged: [{ deliveryId: delivery(1).delivery_id, messageId: 1 }],
    spooled: 0,
    deeds: { overHttp: new Map([[SENT, [{ operator: 5, decision: "approve", words: null }]]]), inNotes: new Map(), byHand: new Set() },
    leaks: [],
    troubles: [],
    gone: new Set(),
    heldOfGone: [],
  };
}

/** The row with this id. */
export const row = <Row extends { id: unknown }>(rows: Row[], id: unknown): Row => rows.find((one) => one.id === id) as Row;
/** The reply that reached the customer. */
export const reply = (state: Evidence) => row(state.messages, 3);

/** The channel refuses the reply, and that is told. */
export function refuse(state: Evidence): void {
  reply(state).refused = true;
  Object.assign(row(state.approvals, SENT), { status: "send_failed" });
  const told = { approval_id: SENT, what: "send_failed", at: new Date(DECIDED.getTime() + 2000), actor: { type: "system" } };
  state.events.push({ ...told, detail: { message_id: 3 } });
}

/** Chatwoot deletes the conversation and what is in it. */
export function remove(state: Evidence): void {
  state.gone = new Set([7]);
  state.messages.length = 0;
}
