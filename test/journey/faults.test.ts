import { eventually } from "../support/eventually.ts";
import { startHouse, type TestHouse } from "../support/house.ts";
import {
  approvalNow,
  approvalsOf,
  approvalThat,
  ask,
  decide,
  draftNotes,
  type Json,
  messagesOf,
  messagesPath,
  newCustomer,
  posted,
  QUESTION,
  reached,
  replies,
  restFault,
  trail,
  webhookFault,
} from "../support/trip.ts";

/**
 * Connections break around a post, and nobody knows whether Chatwoot stored it. It is looked for until 20 s after it began; so these
 * tests take that long, side by side. Every webhook comes twice meanwhile.
 */
const LONG = 60_000;
const WAIT = 45_000;
let house: TestHouse;
beforeAll(async () => {
  house = await startHouse();
  await webhookFault(house, {}, "duplicate_new_id");
});
afterAll(() => house.close());

/** The longest that Chatwoot works on a post here: what it writes is written by then. */
const HANGS_MS = 12_000;
const isOver = (from: number) => eventually("Chatwoot has written all it will", () => Date.now() > from + HANGS_MS + 1000, WAIT);

/** What can happen to the first post; `written` says whether Chatwoot stores it all the same. */
const FAULTS: { name: string; fault: object; written: boolean }[] = [
  { name: "the connection breaks before Chatwoot wrote", fault: { drop: "before" }, written: false },
  { name: "the connection breaks after Chatwoot wrote", fault: { drop: "after" }, written: true },
  { name: "Chatwoot answers 500 and wrote nothing", fault: { status: 500 }, written: false },
  { name: "a proxy answers 504 and Chatwoot never heard of it", fault: { status: 504, body: "<html>timeout</html>" }, written: false },
  { name: "Chatwoot is silent for longer than we listen, and writes then", fault: { delay_ms: HANGS_MS }, written: true },
];

const posts = (conversationId: number) => ({ method: "POST", path: messagesPath(conversationId), times: 1 });

for (const { name, fault } of FAULTS) {
  test.concurrent(
    `the note stands exactly once when ${name}`,
    async () => {
      const customer = await newCustomer(house);
      await restFault(house, posts(customer.conversationId), fault);
      const from = Date.now();
      await customer.write(QUESTION);
      const approval = await approvalThat(house, customer.conversationId, "shows its note", ({ note }) => note.status === "posted", WAIT);
      if ("delay_ms" in fault) await isOver(from);
      expect((await draftNotes(house, customer.conversationId)).map(({ id }) => id)).toEqual([approval.note.message_id]);
      expect((await trail(house, approval)).filter((what) => what === "note_posted")).toHaveLength(1);
      await decide(house, approval, "reject", { reason: "not_needed" });
      await approvalNow(house, approval.id, "lost its note", ({ note }) => note.status === "removed");
      expect(await draftNotes(house, customer.conversationId)).toEqual([]);
    },
    LONG,
  );
}

for (const { name, fault } of FAULTS) {
  test.concurrent(
    `the reply reaches the customer exactly once when ${name}`,
    async () => {
      const { customer, approval } = await ask(house);
      await restFault(house, posts(customer.conversationId), fault);
      const from = Date.now();
      await decide(house, approval, "edit", { response: "Exactly these words.\n\nOnce." });
      await eventually("the send is under way", async () => (await sendingOf(approval.id)) !== null);
      expect(await decide(house, approval, "undo")).toMatchObject({ status: 409, json: { code: "already_decided" } });
      const sent = await reached(house, approval, "sent", WAIT);
      if ("delay_ms" in fault) await isOver(from);
      expect((await replies(house, customer.conversationId)).map(({ id, content }) => [id, content])).toEqual([
        [sent.reply.message_id, "Exactly these words.\n\nOnce."],
      ]);
      expect((await trail(house, approval)).filter((what) => what === "sent")).toHaveLength(1);
    },
    LONG,
  );
}

const sendingOf = async (id: string) => (await house.server.house.ports.store.approvals.get(id))?.sendAttemptedAt ?? null;

for (const { name, fault, written } of FAULTS.slice(0, 2)) {
  test.concurrent(
    `a customer who writes while the fate of a reply is unknown (${name}) gets it ${written ? "once" : "no more: a person decides again"}`,
    async () => {
      const { customer, approval } = await ask(house);
      await restFault(house, posts(customer.conversationId), fault);
      // Until the newer message is known, looking for the reply takes a moment, too.
      await restFault(house, { method: "GET", path: messagesPath(customer.conversationId), times: 1 }, {});
      await restFault(house, { method: "GET", path: messagesPath(customer.conversationId), times: 1 }, { delay_ms: 1000 });
      await decide(house, approval, "approve");
      await eventually("the send is under way", async () => (await sendingOf(approval.id)) !== null);
      await customer.write("Which AN size for a 454 big block?");
      const ended = await reached(house, approval, written ? "sent" : "send_failed", WAIT);
      const newer = await approvalThat(
        house,
        customer.conversationId,
        "answers the newer message",
        ({ id, note }) => id !== approval.id && note.status === "posted",
        LONG,
      );
      expect(newer).toMatchObject({ status: "pending", customer_message: expect.stringContaining("454 big block") });
      expect((await replies(house, customer.conversationId)).map(({ content }) => content)).toEqual(
        written ? [approval.draft_response] : [],
      );
      if (!written) expect(ended.findings.map(({ text }: Json) => text)).toContain("The customer wrote again.");
      expect((await approvalsOf(house, customer.conversationId)).filter(({ status }) => status === "pending")).toHaveLength(1);
    },
    LONG,
  );
}

test.concurrent(
  "a customer who writes while their reply is on its way gets that reply and another draft",
  async () => {
    const { customer, approval } = await ask(house);
    const reads = { method: "GET", path: messagesPath(customer.conversationId), times: 1 };
    await restFault(house, reads, {}); // the send's
    await restFault(house, reads, { delay_ms: 3000 }); // the newer draft's: it finds the reply stored
    await restFault(house, posts(customer.conversationId), { delay_ms: 1500 });
    await decide(house, approval, "approve");
    await eventually("the send is under way", async () => (await sendingOf(approval.id)) !== null);
    const newerId = await customer.write("Which AN size for a 454 big block?");
    const sent = await reached(house, approval, "sent");
    expect(sent.reply.message_id).toBeGreaterThan(newerId); // and yet it does not answer that message
    const newer = await approvalThat(house, customer.conversationId, "is another one", ({ id }) => id !== approval.id);
    expect(newer).toMatchObject({ status: "pending", message_id: newerId, customer_message: "Which AN size for a 454 big block?" });
    expect(await replies(house, customer.conversationId)).toHaveLength(1);
  },
  LONG,
);

for (const fault of [{ drop: "before" }, { drop: "after" }, { status: 503 }]) {
  test.concurrent(
    `a note is taken away at last when its removal met ${JSON.stringify(fault)}`,
    async () => {
      const { customer, approval } = await ask(house);
      await restFault(house, { method: "DELETE", path: messagesPath(customer.conversationId), times: 1 }, fault);
      await decide(house, approval, "reject", { reason: "not_needed" });
      await approvalNow(house, approval.id, "lost its note", ({ note }) => note.status === "removed");
      expect(await draftNotes(house, customer.conversationId)).toEqual([]);
    },
    LONG,
  );
}

test.concurrent(
  "a note of unknown fate whose draft is decided meanwhile never stays",
  async () => {
    const customer = await newCustomer(house);
    await restFault(house, posts(customer.conversationId), { delay_ms: HANGS_MS });
    await customer.write(QUESTION);
    const approval = await approvalThat(house, customer.conversationId, "is there", ({ status }) => status === "pending");
    await eventually("its note is being posted", () => isBeingPosted(approval.id));
    await decide(house, approval, "approve");
    await reached(house, approval, "sent");
    await eventually(
      "Chatwoot writes the note late",
      async () => (await messagesOf(house, customer.conversationId)).some((message) => message.private),
      LONG,
    );
    await approvalNow(house, approval.id, "lost its note", ({ note }) => note.status === "removed", WAIT);
    expect(await draftNotes(house, customer.conversationId)).toEqual([]);
    expect(await replies(house, customer.conversationId)).toHaveLength(1);
  },
  LONG,
);

test.concurrent(
  "while fates are unknown, conversations beside them are drafted and answered",
  async () => {
    const customer = await newCustomer(house);
    await customer.write(QUESTION);
    const approval = await posted(house, customer.conversationId);
    await decide(house, approval, "approve");
    await reached(house, approval, "sent");
  },
  LONG,
);

async function isBeingPosted(approvalId: string): Promise<boolean> {
  const notes = await house.server.house.ports.store.transaction((tables) => tables.notes.lockLive(approvalId));
  return notes.some(({ attemptedAt }) => attemptedAt !== null);
}
