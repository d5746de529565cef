import { eventually } from "../support/eventually.ts";
import { startHouse, type TestHouse } from "../support/house.ts";
import {
  approvalNow,
  ask,
  clearFaults,
  decide,
  type Json,
  messagesPath,
  note,
  reached,
  replies,
  restFault,
  trail,
  webhookFault,
} from "../support/trip.ts";

/** Stored is not delivered: what the channel refuses comes back to a person, whenever and however that becomes known. */
let house: TestHouse;
beforeAll(async () => {
  house = await startHouse();
});
afterAll(() => house?.close());
afterEach(() => clearFaults(house));

const refusedByChannel = (conversationId: number, messageId: number) =>
  house.chatwoot(`/conversations/${conversationId}/messages/${messageId}`, {
    method: "PATCH",
    body: { status: "failed", external_error: "131026: the number is not on WhatsApp" },
    as: "ida",
  });

async function storedReply(conversationId: number): Promise<Json> {
  let stored: Json;
  await eventually("Chatwoot has stored the reply", async () => {
    stored = (await replies(house, conversationId))[0];
    return stored !== undefined;
  });
  return stored;
}

async function comesBack(approval: Json): Promise<void> {
  const failed = await reached(house, approval, "send_failed", 40_000);
  expect(failed.reply.status).toBe("failed");
  const queue = await house.api("/api/v1/approvals?status=send_failed&limit=100");
  expect(queue.json.data.map(({ id }: Json) => id)).toContain(approval.id);
}

for (const [how, told] of [
  ["and that is told", true],
  ["and nobody tells us", false],
] as const) {
  test(`a reply whose answer got lost and which the channel refused before we found it comes back, ${how}`, async () => {
    const { customer, approval } = await ask(house);
    const reads = { method: "GET", path: messagesPath(customer.conversationId) };
    await restFault(house, { ...reads, times: 1 }, {}); // the look before the send
    if (told) await restFault(house, { ...reads, times: 1 }, {}); // at what the channel said
    await restFault(house, { ...reads, times: 1 }, { delay_ms: 3000 }); // the one that finds the reply
    await restFault(house, { method: "POST", path: messagesPath(customer.conversationId), times: 1 }, { drop: "after" });
    if (!told) await webhookFault(house, { event: "message_updated" }, "never");
    await decide(house, approval, "approve");
    // not by the API, whose reads are held up here
    const message = await stateOf(customer.conversationId);
    await refusedByChannel(customer.conversationId, message.id);
    await comesBack(approval);
    await house.settled();
    expect(await replies(house, customer.conversationId)).toHaveLength(1);
    expect((await trail(house, approval)).filter((what) => !what.startsWith("note"))).toEqual([
      "created",
      "decided",
      "sent",
      "send_failed",
    ]);
  }, 60_000);
}

async function stateOf(conversationId: number): Promise<{ id: number }> {
  const { state } = house.simulator;
  const conversation = [...state.conversations.values()].find(({ display_id }) => display_id === conversationId);
  let found: { id: number } | undefined;
  await eventually("Chatwoot has stored the reply", () => {
    found = [...state.messages.values()].find(
      (message) => message.conversation_id === conversation?.id && message.message_type === "outgoing" && !message.private,
    );
    return found !== undefined;
  });
  return found as { id: number };
}

/** A reply that was sent, and whose refusal by the channel nobody tells us. */
async function refusedUnheard() {
  const { customer, approval } = await ask(house);
  await webhookFault(house, { event: "message_updated" }, "never");
  await decide(house, approval, "approve");
  await reached(house, approval, "sent");
  const { id } = await storedReply(customer.conversationId);
  await refusedByChannel(customer.conversationId, id);
  return { customer, approval, id };
}

test("a refusal by the channel that no webhook told of is found by the next look at Chatwoot", async () => {
  const { customer, approval, id } = await refusedUnheard();
  await house.settled();
  await house.server.house.ports.store.jobs.send({ kind: "reconcile", data: {} });
  await comesBack(approval);
  await house.settled();
  await house.server.house.ports.store.jobs.send({ kind: "reconcile", data: {} }); // looking again changes nothing
  await house.settled();
  expect((await trail(house, approval)).filter((what) => what === "send_failed")).toHaveLength(1);
  await decide(house, approval, "approve");
  await approvalNow(house, approval.id, "is sent again", ({ status, reply }) => status === "sent" && reply.message_id !== id);
  expect(await replies(house, customer.conversationId)).toHaveLength(2);
});

test("a refusal by the channel that no webhook told of is found behind an operator's note", async () => {
  const { customer, approval } = await refusedUnheard();
  await note(house, customer.conversationId, "They called, too.");
  const { conversations, contacts } = house.simulator.state;
  const conversation = [...conversations.values()].find(({ display_id }) => display_id === customer.conversationId);
  const contact = contacts.get(conversation?.contact_id ?? 0);
  if (contact?.last_activity_at) contact.last_activity_at -= 300_000; // whoever has just written is looked at anyway
  await house.settled();
  expect((await house.api(`/api/v1/approvals/${approval.id}`)).json.status).toBe("sent");
  await house.server.house.ports.store.jobs.send({ kind: "reconcile", data: {} });
  await comesBack(approval);
});

test("a refusal by the channel that no webhook told of is found behind what the customer wrote since", async () => {
  const { customer, approval } = await refusedUnheard();
  await customer.write("Hello? I am still waiting for an answer.");
  await house.settled();
  expect((await house.api(`/api/v1/approvals/${approval.id}`)).json.status).toBe("sent");
  await house.server.house.ports.store.jobs.send({ kind: "reconcile", data: {} });
  await comesBack(approval);
});
