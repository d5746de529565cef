import { randomUUID } from "node:crypto";
import { uuidOf } from "../../src/core/hash.ts";
import { BROKEN } from "./broken/builds.ts";
import type { Delivery, Evidence } from "./evidence.ts";
import { INVARIANTS } from "./invariants.ts";
import { approval, DECIDED, delivery, message, refuse, remove, reply, row, SENT, sound, WAITING, WORDS } from "./sound.ts";

/**
 * The invariants of the fault run on states made by hand: a sound one, in which all hold, and one wrong thing at a time. Whether real
 * processes keep them is what `npm run test:faults` looks at, and `-- --prove` that it would notice.
 */
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
    "a reply that was sent when somebody had answered",
    "nothing was sent when somebody had answered meanwhile",
    (state) => {
      const byHand = { type: "outgoing", content: "By hand", sender: { type: "User", id: 5 }, at: DECIDED.getTime() + 2_000 } as const;
      state.messages.splice(2, 0, message({ id: 2, ...byHand }));
    },
  ],
  [
    "a reply in the service user's name",
    "a reply is in the name of whoever decided it",
    (state) => Object.assign(reply(state), { sender: { type: "User", id: 4 } }),
  ],
  [
    "a second decision on what is decided",
    "of several who decide at once one does",
    (state) =>
      void state.events.splice(2, 0, {
        approval_id: SENT,
        what: "decided",
        at: new Date(DECIDED.getTime() + 5),
        actor: { type: "operator", id: 6 },
        detail: { decision: "reject" },
      }),
  ],
  [
    "a refusal by the channel that nobody was told of",
    "what a channel refused came back, and what was sent again arrived",
    (state) => Object.assign(reply(state), { refused: true }),
  ],
  [
    "a reply that counts as sent though the channel refused it",
    "each approved reply reached the customer exactly once, in the approved bytes",
    (state) => Object.assign(reply(state), { refused: true }),
  ],
  [
    "a refused reply that was sent again and did not arrive",
    "what a channel refused came back, and what was sent again arrived",
    (state) => {
      state.messages.splice(3);
      state.deliveries.pop();
      state.approvals.pop();
      refuse(state);
    },
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
    "a draft that waits in a deleted conversation",
    "what was deleted in Chatwoot waits for nobody, and what was held of it is gone",
    (state) => remove(state),
  ],
  [
    "words of a deleted conversation",
    "what was deleted in Chatwoot waits for nobody, and what was held of it is gone",
    (state) => void state.heldOfGone.push({ table: "webhook_deliveries", rows: 2 }),
  ],
  [
    "a message of a deleted conversation that still waits",
    "every customer message has exactly one visible end",
    (state) => {
      remove(state);
      Object.assign(state.deliveries[1] as Delivery, { fate: "waiting" });
    },
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

test("a refused reply that came back, was sent again and arrived breaks nothing", () => {
  const state = sound();
  refuse(state);
  const again = new Date(DECIDED.getTime() + 9000);
  state.events.push(
    { approval_id: SENT, what: "decided", at: again, actor: { type: "operator", id: 5 }, detail: { decision: "approve" } },
    { approval_id: SENT, what: "sent", at: new Date(again.getTime() + 1000), actor: { type: "system" }, detail: {} },
  );
  const mark = { approvalId: SENT, kind: "reply", ref: `1:${again.getTime()}` };
  state.messages.push(message({ id: 6, type: "outgoing", content: WORDS, sender: { type: "User", id: 5 }, mark }));
  Object.assign(row(state.approvals, SENT), { status: "sent", reply_message_id: 6 });
  expect(brokenIn(state)).toEqual([]);
});

test("a refused reply waits beside the draft for what the customer wrote since", () => {
  const state = sound();
  refuse(state);
  expect(brokenIn(state)).toEqual([]);
});

test("of a deleted conversation nothing is asked that nobody can know any more", () => {
  const state = sound();
  remove(state);
  Object.assign(row(state.approvals, WAITING), { status: "expired" });
  expect(brokenIn(state)).toEqual([]);
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
