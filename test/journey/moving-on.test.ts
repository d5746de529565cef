import { join } from "node:path";
import { eventually } from "../support/eventually.ts";
import { startHouse, type TestHouse } from "../support/house.ts";
import { mood } from "../support/moody-retriever.ts";
import {
  answerByHand,
  approvalsOf,
  approvalThat,
  ask,
  clearFaults,
  decide,
  draftNotes,
  fates,
  type Json,
  lessons,
  messagesOf,
  messagesPath,
  newCustomer,
  posted,
  QUESTION,
  reached,
  replies,
  restFault,
  setStatus,
  trail,
  webhookFault,
} from "../support/trip.ts";

/** Conversations do not wait for drafts: customers write again, operators answer by hand, resolve, delete. */
let house: TestHouse;
beforeAll(async () => {
  house = await startHouse({ env: { KNOWLEDGE_RETRIEVER: join(import.meta.dirname, "..", "support", "moody-retriever.ts") } });
});
afterAll(() => house.close());
afterEach(async () => {
  mood.slowMs = 0;
  await clearFaults(house);
});

/** Slows the reading of one conversation down, once: its next draft takes that long. */
const slowDraft = (conversationId: number, ms = 700) =>
  restFault(house, { method: "GET", path: messagesPath(conversationId), times: 1 }, { delay_ms: ms });

const isActive = (conversationId: number) => house.server.house.ports.store.jobs.isActive("draft-reply", `1:${conversationId}`);

describe("a newer message", () => {
  test("supersedes the draft: the new one answers the whole unanswered burst, and only its note stands", async () => {
    const { customer, approval } = await ask(house);
    const second = await customer.write("And do I need a return line?");
    const newer = await approvalThat(
      house,
      customer.conversationId,
      "is another one with its note",
      ({ id, note }) => id !== approval.id && note.status === "posted",
    );
    expect(newer).toMatchObject({ status: "pending", message_id: second, customer_message: `${QUESTION}\n\nAnd do I need a return line?` });
    await house.settled();
    const [now, before, ...more] = await approvalsOf(house, customer.conversationId);
    expect(more).toEqual([]);
    expect(now.id).toBe(newer.id);
    expect(before).toMatchObject({ id: approval.id, status: "superseded", superseded_by: newer.id, note: { status: "removed" } });
    expect((await draftNotes(house, customer.conversationId)).map(({ id }) => id)).toEqual([newer.note.message_id]);
    expect(await fates(house, customer.conversationId)).toEqual(["drafted", "drafted"]);
    expect(await decide(house, approval, "approve")).toMatchObject({ status: 409, json: { code: "stale", superseded_by: newer.id } });
    expect(await replies(house, customer.conversationId)).toEqual([]);
  });

  test("makes deciding in between 409 stale, with the new message in the body", async () => {
    const { customer, approval } = await ask(house);
    await slowDraft(customer.conversationId);
    const id = await customer.write("Wait, it is a 454!");
    await eventually("the new message is known", async () => (await fates(house, customer.conversationId)).length === 2);
    for (const [kind, body] of [
      ["approve", {}],
      ["edit", { response: "Take AN-6." }],
      ["reject", { reason: "policy" }],
      ["escalate", { note: "somebody" }],
      ["redraft", {}],
    ] as const) {
      const answer = await decide(house, approval, kind, body);
      expect(answer).toMatchObject({ status: 409, json: { code: "stale", new_message: { id, text: "Wait, it is a 454!" } } });
    }
    const newer = await approvalThat(house, customer.conversationId, "is another one", (now) => now.id !== approval.id);
    expect((await decide(house, newer, "approve")).status).toBe(200);
    await reached(house, newer, "sent");
    expect((await replies(house, customer.conversationId)).map(({ content }) => content)).toEqual([newer.draft_response]);
  });

  test("and another one while the first is drafted end in exactly one pending approval that answers all three", async () => {
    const customer = await newCustomer(house);
    await slowDraft(customer.conversationId);
    await customer.write(QUESTION);
    await eventually("the first is being drafted", () => isActive(customer.conversationId));
    await customer.write("It is a 1967 Camaro.");
    await customer.write("And the pump is electric.");
    await house.settled();
    const approvals = await approvalsOf(house, customer.conversationId);
    expect(approvals.filter(({ status }) => status === "pending")).toHaveLength(1);
    expect(approvals[0]).toMatchObject({
      status: "pending",
      customer_message: `${QUESTION}\n\nIt is a 1967 Camaro.\n\nAnd the pump is electric.`,
    });
    expect(await draftNotes(house, customer.conversationId)).toHaveLength(1);
    expect(await fates(house, customer.conversationId)).toEqual(["drafted", "drafted", "drafted"]);
  });

  test.each(["reorder", "duplicate", "duplicate_new_id"])("told by webhooks that come %s changes nothing of that", async (fault) => {
    const customer = await newCustomer(house);
    await webhookFault(house, { event: "message_created", times: 2 }, fault);
    await customer.write(QUESTION);
    await customer.write("It is a 1967 Camaro.");
    await customer.write("And the pump is electric.");
    await house.settled();
    const approvals = await approvalsOf(house, customer.conversationId);
    expect(approvals.filter(({ status }) => status === "pending")).toHaveLength(1);
    expect(approvals[0].customer_message).toBe(`${QUESTION}\n\nIt is a 1967 Camaro.\n\nAnd the pump is electric.`);
    expect(await draftNotes(house, customer.conversationId)).toHaveLength(1);
    expect(await fates(house, customer.conversationId)).toEqual(["drafted", "drafted", "drafted"]);
  });

  test("whose webhook never came is answered with the next one, too", async () => {
    const customer = await newCustomer(house);
    await webhookFault(house, { event: "message_created", times: 1 }, "never");
    await customer.write(QUESTION);
    await customer.write("It is a 1967 Camaro.");
    const approval = await posted(house, customer.conversationId);
    expect(approval.customer_message).toBe(`${QUESTION}\n\nIt is a 1967 Camaro.`);
  });

  test("that only says thanks in advance is answered with the question", async () => {
    const customer = await newCustomer(house);
    await customer.write(QUESTION);
    await customer.write("Thanks in advance!");
    await house.settled();
    const pending = (await approvalsOf(house, customer.conversationId)).filter(({ status }) => status === "pending");
    expect(pending.map((approval) => approval.customer_message)).toEqual([`${QUESTION}\n\nThanks in advance!`]);
  });

  test("that thanks for the reply gets no draft", async () => {
    const { customer, approval } = await ask(house);
    await decide(house, approval, "approve");
    await reached(house, approval, "sent");
    await customer.write("Thank you!");
    await house.settled();
    expect(await approvalsOf(house, customer.conversationId)).toHaveLength(1);
    expect(await draftNotes(house, customer.conversationId)).toEqual([]);
    expect(await fates(house, customer.conversationId)).toEqual(["drafted", "no_reply_needed"]);
  });
});

describe("an operator's own reply", () => {
  test("supersedes the pending draft, and its words are learnt from", async () => {
    const { customer, approval } = await ask(house);
    await answerByHand(house, customer.conversationId, "AN-6 it is. Yours, Luis", { as: "luis" });
    const now = await reached(house, approval, "superseded");
    expect(now).toMatchObject({ superseded_by: null, decision: null });
    await house.settled();
    expect(await draftNotes(house, customer.conversationId)).toEqual([]);
    expect(await lessons(house, approval)).toEqual([
      expect.objectContaining({ decision: "answered_by_hand", was_sent: true, final_version: "AN-6 it is. Yours, Luis" }),
    ]);
    expect(await decide(house, approval, "approve")).toMatchObject({ status: 409, json: { code: "already_decided" } });
    expect((await replies(house, customer.conversationId)).map(({ content }) => content)).toEqual(["AN-6 it is. Yours, Luis"]);
  });

  test("that is faster than the draft's reading leaves nothing to draft", async () => {
    const customer = await newCustomer(house);
    await slowDraft(customer.conversationId);
    await customer.write(QUESTION);
    await eventually("it is being drafted", () => isActive(customer.conversationId));
    await answerByHand(house, customer.conversationId, "AN-6.");
    await house.settled();
    expect(await approvalsOf(house, customer.conversationId)).toEqual([]);
    expect(await fates(house, customer.conversationId)).toEqual(["answered_by_operator"]);
  });

  test("while the draft is being written still supersedes it", async () => {
    const customer = await newCustomer(house);
    mood.slowMs = 700;
    const before = mood.begun;
    await customer.write(QUESTION);
    await eventually("the draft is being written", () => mood.begun > before);
    await answerByHand(house, customer.conversationId, "AN-6, by hand.");
    await house.settled();
    const [approval, ...more] = await approvalsOf(house, customer.conversationId);
    expect(more).toEqual([]);
    expect(approval.status).toBe("superseded");
    expect(await draftNotes(house, customer.conversationId)).toEqual([]);
    expect((await lessons(house, approval)).map(({ decision, final_version: words }) => [decision, words])).toEqual([
      ["answered_by_hand", "AN-6, by hand."],
    ]);
  });
});

describe("a conversation's status", () => {
  test("resolved: what waits expires with its note", async () => {
    const { customer, approval } = await ask(house);
    await setStatus(house, customer.conversationId, "resolved");
    await reached(house, approval, "expired");
    await house.settled();
    expect(await draftNotes(house, customer.conversationId)).toEqual([]);
    expect(await decide(house, approval, "approve")).toMatchObject({ status: 409, json: { code: "already_decided" } });
  });

  test("resolved while the draft is being written: it expires, too", async () => {
    const customer = await newCustomer(house);
    mood.slowMs = 700;
    const before = mood.begun;
    await customer.write(QUESTION);
    await eventually("the draft is being written", () => mood.begun > before);
    await setStatus(house, customer.conversationId, "resolved");
    await house.settled();
    expect((await approvalsOf(house, customer.conversationId)).map(({ status }) => status)).toEqual(["expired"]);
    expect(await draftNotes(house, customer.conversationId)).toEqual([]);
  });

  test("pending: a bot answers, nothing is drafted; opened with the question still unanswered: the trip starts", async () => {
    const customer = await newCustomer(house);
    await setStatus(house, customer.conversationId, "pending");
    await house.settled();
    await customer.write(QUESTION);
    await house.settled();
    expect(await approvalsOf(house, customer.conversationId)).toEqual([]);
    expect(await fates(house, customer.conversationId)).toEqual(["conversation_pending"]);
    const { data } = await house.server.house.ports.store.deliveries.list({
      conversationId: customer.conversationId,
      outcome: "accepted",
      limit: 10,
    });
    expect(data.find(({ fromCustomer }) => fromCustomer)?.reason).toBe("conversation_pending");
    await setStatus(house, customer.conversationId, "open");
    await posted(house, customer.conversationId);
    expect(await fates(house, customer.conversationId)).toEqual(["drafted"]);
  });

  test("pending and answered by the bot before it opens: nothing is drafted", async () => {
    const customer = await newCustomer(house);
    await setStatus(house, customer.conversationId, "pending");
    await customer.write(QUESTION);
    await house.settled();
    await answerByHand(house, customer.conversationId, "I am the bot: AN-6.");
    await setStatus(house, customer.conversationId, "open");
    await house.settled();
    expect(await approvalsOf(house, customer.conversationId)).toEqual([]);
    expect(await fates(house, customer.conversationId)).toEqual(["answered_by_operator"]);
  });

  test("resolved before the draft was begun and opened again by an operator: the trip starts then", async () => {
    const customer = await newCustomer(house);
    await restFault(house, { method: "GET", path: `/conversations/${customer.conversationId}`, times: 1 }, { delay_ms: 700 });
    await customer.write(QUESTION);
    await eventually("it is looked at", () => isActive(customer.conversationId));
    await setStatus(house, customer.conversationId, "resolved");
    await house.settled();
    expect(await approvalsOf(house, customer.conversationId)).toEqual([]);
    expect(await fates(house, customer.conversationId)).toEqual(["conversation_closed"]);
    await setStatus(house, customer.conversationId, "open");
    await posted(house, customer.conversationId);
    expect(await fates(house, customer.conversationId)).toEqual(["drafted"]);
  });

  test.each(["resolved", "snoozed"])("%s and reopened by the customer's message: drafted", async (status) => {
    const { customer, approval } = await ask(house);
    await decide(house, approval, "approve");
    await reached(house, approval, "sent");
    await setStatus(house, customer.conversationId, status);
    await house.settled();
    await customer.write("Which AN size for a 454 big block?");
    const newer = await posted(house, customer.conversationId);
    expect(newer).toMatchObject({ customer_message: "Which AN size for a 454 big block?" });
    expect(newer.id).not.toBe(approval.id);
  });
});

describe("a message the customer takes back", () => {
  const takeBack = (conversationId: number, messageId: number) =>
    house.chatwoot(`/conversations/${conversationId}/messages/${messageId}`, { method: "DELETE", as: "ida" });

  test("expires its draft, and their words go", async () => {
    const customer = await newCustomer(house);
    const id = await customer.write("My secret: which AN size for a 350 Chevy?");
    const approval = await posted(house, customer.conversationId);
    await takeBack(customer.conversationId, id);
    const now = await reached(house, approval, "expired");
    expect(now.customer_message).toBe("");
    await house.settled();
    expect(await draftNotes(house, customer.conversationId)).toEqual([]);
  });

  test("of several leaves one draft that answers only the others", async () => {
    const customer = await newCustomer(house);
    const first = await customer.write("My secret: the car is stolen.");
    await customer.write(QUESTION);
    await house.settled();
    const approval = await posted(house, customer.conversationId);
    expect(approval.customer_message).toContain("stolen");
    await takeBack(customer.conversationId, first);
    await house.settled();
    const approvals = await approvalsOf(house, customer.conversationId);
    expect(approvals.filter(({ status }) => status === "pending")).toEqual([
      expect.objectContaining({ id: approval.id, customer_message: QUESTION }),
    ]);
    expect(JSON.stringify(approvals)).not.toContain("stolen");
    expect(await draftNotes(house, customer.conversationId)).toHaveLength(1);
  });

  test("that was answered long ago disturbs nothing that waits", async () => {
    const { customer, approval } = await ask(house);
    await decide(house, approval, "approve");
    await reached(house, approval, "sent");
    await customer.write("Which AN size for a 454 big block?");
    const second = await posted(house, customer.conversationId);
    await takeBack(customer.conversationId, approval.message_id);
    await house.settled();
    expect((await approvalsOf(house, customer.conversationId))[0]).toMatchObject({
      id: second.id,
      version: second.version,
      status: "pending",
    });
  });
});

test("a reply that the channel did not deliver comes back to the queue with the reason, and approving it again sends it again", async () => {
  const { customer, approval } = await ask(house);
  await decide(house, approval, "edit", { response: "AN-6, as I said." });
  const sent = await reached(house, approval, "sent");
  await house.chatwoot(`/conversations/${customer.conversationId}/messages/${sent.reply.message_id}`, {
    method: "PATCH",
    body: { status: "failed", external_error: "131026: the number is not on WhatsApp" },
    as: "ida",
  });
  const failed = await reached(house, approval, "send_failed");
  expect(failed.reply.status).toBe("failed");
  expect((await lessons(house, approval)).map((row) => row.was_sent)).toEqual([false]);
  const queue = await house.api("/api/v1/approvals?status=send_failed");
  expect(queue.json.data.map(({ id }: Json) => id)).toContain(approval.id);

  expect((await decide(house, approval, "approve", {}, { as: "luis" })).json).toMatchObject({
    status: "approved",
    final_response: "AN-6, as I said.",
  });
  const again = await reached(house, approval, "sent");
  expect(again.reply.message_id).not.toBe(sent.reply.message_id);
  await house.settled();
  expect((await replies(house, customer.conversationId)).map(({ content, status, sender }) => [content, status, sender.name])).toEqual([
    ["AN-6, as I said.", "failed", "Dana Weiss"],
    ["AN-6, as I said.", "sent", "Luis Ortega"],
  ]);
  expect((await lessons(house, approval)).map((row) => row.was_sent)).toEqual([true]);
  expect((await trail(house, approval)).filter((what) => !what.startsWith("note"))).toEqual([
    "created",
    "decided",
    "sent",
    "send_failed",
    "decided",
    "sent",
  ]);
});

test("a blocked customer's message gets no draft", async () => {
  const customer = await newCustomer(house);
  const row = [...house.simulator.state.conversations.values()].find((one) => one.display_id === customer.conversationId);
  await house.chatwoot(`/contacts/${row?.contact_id}`, { method: "PUT", body: { blocked: true }, as: "ida" });
  await customer.write(QUESTION);
  await house.settled();
  expect(await approvalsOf(house, customer.conversationId)).toEqual([]);
  expect((await messagesOf(house, customer.conversationId)).filter((message) => message.private)).toEqual([]);
});

test("a conversation deleted before its draft was begun ends as gone, and the next one is drafted", async () => {
  const customer = await newCustomer(house);
  await slowDraft(customer.conversationId);
  await customer.write(QUESTION);
  await eventually("it is looked at", () => isActive(customer.conversationId));
  await house.chatwoot(`/conversations/${customer.conversationId}`, { method: "DELETE", as: "ida" });
  await house.settled();
  expect(await fates(house, customer.conversationId)).toEqual(["conversation_gone"]);
  expect((await house.api("/api/v1/dead-letters", { as: "ida" })).json.data).toEqual([]);
  await ask(house);
});

describe("a draft on demand", () => {
  test("is made where nothing is pending, also in a resolved conversation, and can be sent there", async () => {
    const { customer, approval } = await ask(house);
    await setStatus(house, customer.conversationId, "resolved");
    await reached(house, approval, "expired");
    await house.settled();
    const answer = await house.api(`/api/v1/conversations/${customer.conversationId}/draft`, {
      method: "POST",
      body: { instruction: "short" },
    });
    expect(answer.status).toBe(202);
    const made = await posted(house, customer.conversationId);
    expect(made.id).toBe(answer.json.approval_id);
    await decide(house, made, "approve");
    await reached(house, made, "sent");
    expect(await replies(house, customer.conversationId)).toHaveLength(1);
  });

  test("is refused where one is pending, and where nothing is unanswered", async () => {
    const { customer, approval } = await ask(house);
    const draft = () => house.api(`/api/v1/conversations/${customer.conversationId}/draft`, { method: "POST", body: {} });
    expect(await draft()).toMatchObject({ status: 409, json: { code: "already_decided", approval_id: approval.id } });
    await decide(house, approval, "approve");
    await reached(house, approval, "sent");
    expect(await draft()).toMatchObject({ status: 409, json: { code: "already_decided" } });
  });
});
