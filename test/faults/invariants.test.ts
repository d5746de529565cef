import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { sha256Hex, uuidOf } from "../../src/core/hash.ts";
import { BROKEN } from "./broken/builds.ts";
import { diceOf } from "./dice.ts";
import type { Approval, Delivery, Evidence, Message } from "./evidence.ts";
import { INVARIANTS } from "./invariants.ts";
import { planFaults } from "./plan.ts";

/**
 * The invariants of the fault run on states made by hand: a sound one, in which all hold, and one wrong thing at a time. Whether real
 * processes keep them is what `npm run test:faults` looks at, and `-- --prove` that it would notice.
 */
const SENT = randomUUID();
const WAITING = randomUUID();
const AT = new Date("2026-11-21T10:00:00.000Z");
const DECIDED = new Date("2026-11-21T10:00:20.000Z");
const WORDS = "AN-6 is right.";

const message = (changes: Partial<Message>): Message => ({
  id: 1,
  conversation: 7,
  type: "incoming",
  private: false,
  content: "",
  sender: { type: "Contact", id: 3 },
  mark: null,
  deleted: false,
  at: AT.getTime(),
  ...changes,
});

const delivery = (messageId: number, changes: Partial<Delivery> = {}): Delivery => ({
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

const approval = (changes: Partial<Approval>): Approval => ({
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
  note_status: "removed",
  superseded_by: null,
  created_at: AT,
  ...changes,
});

/** One question answered by an approved draft, a second one whose draft waits with its note. */
function sound(): Evidence {
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
  };
}

const row = <Row extends { id: unknown }>(rows: Row[], id: unknown): Row => rows.find((one) => one.id === id) as Row;
const reply = (state: Evidence) => row(state.messages, 3);

/** One wrong thing each: what is done to the sound state, and the promise that it breaks. */
const WRONG: [what: string, promise: string, doctor: (state: Evidence) => void][] = [
  ["a message that nothing knows of", "every customer message has exactly one visible end", (state) => void state.deliveries.pop()],
  [
    "a message taken twice",
    "every customer message has exactly one visible end",
    (state) => void state.deliveries.push(delivery(4, { delivery_id: randomUUID() })),
  ],
  [
    "a message still waiting",
    "every customer message has exactly one visible end",
    (state) => Object.assign(state.deliveries[1] as Delivery, { fate: "waiting" }),
  ],
  [
    "a message said to be drafted that no approval covers",
    "every customer message has exactly one visible end",
    (state) => void state.approvals.pop(),
  ],
  [
    "a dead letter that is nowhere",
    "every customer message has exactly one visible end",
    (state) => Object.assign(state.deliveries[1] as Delivery, { fate: "dead_letter" }),
  ],
  [
    "an answer that nobody gave",
    "every customer message has exactly one visible end",
    (state) => Object.assign(state.deliveries[1] as Delivery, { fate: "answered_by_operator" }),
  ],
  [
    "a delivery acknowledged and not recorded",
    "every delivery that was acknowledged is recorded",
    (state) => void state.acknowledged.push({ deliveryId: randomUUID(), messageId: 4 }),
  ],
  [
    "a reply that stands twice",
    "each approved reply reached the customer exactly once, in the approved bytes",
    (state) => void state.messages.push({ ...reply(state), id: 6 }),
  ],
  [
    "a reply that is not there",
    "each approved reply reached the customer exactly once, in the approved bytes",
    (state) => void state.messages.splice(2, 1),
  ],
  [
    "a reply in other bytes",
    "each approved reply reached the customer exactly once, in the approved bytes",
    (state) => Object.assign(reply(state), { content: `${WORDS} ` }),
  ],
  [
    "words that changed after the decision",
    "each approved reply reached the customer exactly once, in the approved bytes",
    (state) => {
      reply(state).content = "Other words.";
      row(state.approvals, SENT).final_response = "Other words.";
    },
  ],
  [
    "an approval that was never sent",
    "each approved reply reached the customer exactly once, in the approved bytes",
    (state) => Object.assign(row(state.approvals, WAITING), { status: "approved" }),
  ],
  [
    "a reply of a rejected draft",
    "what was taken back or not approved did not reach the customer",
    (state) => Object.assign(row(state.approvals, SENT), { status: "rejected" }),
  ],
  [
    "a reply whose decision was undone",
    "what was taken back or not approved did not reach the customer",
    (state) => Object.assign(state.events[2] as object, { what: "undone" }),
  ],
  [
    "a public message that nobody wrote",
    "nothing was public that no person had asked for",
    (state) => void state.messages.push(message({ id: 6, type: "outgoing", content: "Hello", sender: { type: "User", id: 4 } })),
  ],
  [
    "a public note",
    "nothing was public that no person had asked for",
    (state) => Object.assign(row(state.messages, 5), { private: false }),
  ],
  ["a reply without a decision", "nothing was public that no person had asked for", (state) => void state.events.splice(1, 1)],
  ["a decision that the operator never made", "nothing was public that no person had asked for", (state) => state.deeds.overHttp.clear()],
  [
    "words that nobody asked for",
    "nothing was public that no person had asked for",
    (state) => Object.assign(reply(state), { content: "Free beer." }),
  ],
  [
    "two notes for one draft",
    "a waiting draft has one visible note, an ended one none",
    (state) => void state.messages.push({ ...row(state.messages, 5), id: 6 }),
  ],
  [
    "no note for a waiting draft",
    "a waiting draft has one visible note, an ended one none",
    (state) => Object.assign(row(state.messages, 5), { deleted: true, mark: null }),
  ],
  [
    "a note that outlives its draft",
    "a waiting draft has one visible note, an ended one none",
    (state) =>
      void state.messages.push(message({ id: 6, type: "outgoing", private: true, mark: { approvalId: SENT, kind: "note", ref: "m" } })),
  ],
  [
    "drafts side by side in the queue",
    "drafts of one conversation never ran at the same time",
    (state) => void state.jobOverlaps.push({ key: "1:7", one: "a", other: "b" }),
  ],
  [
    "drafts side by side at the model",
    "drafts of one conversation never ran at the same time",
    (state) => void state.modelOverlaps.push({ conversation: 7, messages: [] }),
  ],
  [
    "a waiting draft that leaves a message out",
    "the waiting draft answers the whole newest burst",
    (state) => Object.assign(row(state.approvals, WAITING), { customer_message: "And?" }),
  ],
  [
    "a draft that waits though all is answered",
    "the waiting draft answers the whole newest burst",
    (state) => void state.messages.push(message({ id: 6, type: "outgoing", content: "By hand", sender: { type: "User", id: 5 } })),
  ],
  [
    "a question whose last draft was superseded by nothing",
    "the waiting draft answers the whole newest burst",
    (state) => Object.assign(row(state.approvals, WAITING), { status: "superseded" }),
  ],
  [
    "two pending approvals",
    "no conversation has two pending approvals",
    (state) => void state.approvals.push(approval({ id: randomUUID(), status: "pending" })),
  ],
  [
    "a job that is left",
    "no job is stuck",
    (state) => void state.jobsLeft.push({ name: "send-reply", state: "retry", key: null, data: {}, tries: 2 }),
  ],
  ["a job tried beyond its table", "no job is stuck", (state) => void state.mostTries.push({ name: "post-note", tries: 13 })],
  ["a spool that is not empty", "no job is stuck", (state) => Object.assign(state, { spooled: 1 })],
  [
    "a word in a log",
    "no secret and nobody's words are in the logs",
    (state) => void state.leaks.push({ member: "worker", what: "words", line: "…" }),
  ],
  [
    "a process that ended by itself",
    "no process ended by itself, and told to end each ended in order",
    (state) => void state.troubles.push("worker ended by itself"),
  ],
];

const brokenIn = (state: Evidence) =>
  Object.entries(INVARIANTS)
    .filter(([, holds]) => holds(state).length > 0)
    .map(([name]) => name);

test("all promises hold in a sound state", () => {
  expect(brokenIn(sound())).toEqual([]);
});

test.each(WRONG)("%s breaks the promise: %s", (_what, promise, doctor) => {
  const state = sound();
  doctor(state);
  expect(brokenIn(state)).toContain(promise);
});

test("a note that could not be taken away is answered by the line that says so", () => {
  const state = sound();
  const note = message({ id: 6, type: "outgoing", private: true, mark: { approvalId: SENT, kind: "note", ref: "m" } });
  state.messages.push(
    note,
    message({ id: 7, type: "outgoing", private: true, mark: { approvalId: SENT, kind: "notice", ref: uuidOf("ended:m") } }),
  );
  expect(brokenIn(state)).toEqual([]);
});

test("each promise has a wrong state and a broken build that show it can be seen to break", () => {
  const names = Object.keys(INVARIANTS).toSorted();
  expect([...new Set(WRONG.map(([, promise]) => promise))].toSorted()).toEqual(names);
  expect([...new Set(Object.values(BROKEN).map(({ breaks }) => breaks))].toSorted()).toEqual(names);
});

test.each(Object.entries(BROKEN))("the broken build %s still finds in src what it breaks", async (_name, { patches }) => {
  for (const { file, from, to } of patches) {
    const source = await readFile(join(import.meta.dirname, "..", "..", "src", file), "utf8");
    expect(source.replace(from, () => to)).not.toBe(source);
  }
});

test("the same seed plans the same faults, and a short run has every kind", () => {
  const plan = (seed: number) => planFaults(diceOf(seed, "faults"), 60_000);
  expect(plan(7)).toEqual(plan(7));
  expect(plan(7)).not.toEqual(plan(8));
  const kinds = [...new Set(plan(7).map(({ kind }) => kind))].toSorted();
  expect(kinds).toEqual([
    "chatwoot down",
    "chatwoot storm",
    "database",
    "full disk",
    "kill",
    "model trouble",
    "rolling restart",
    "webhook storm",
  ]);
  expect(
    plan(7)
      .flatMap((fault) => (fault.kind === "database" ? [fault.how] : []))
      .toSorted(),
  ).toEqual(["fast", "immediate", "kill"]);
});
