import { startHouse, type TestHouse } from "../support/house.ts";

let house: TestHouse;
beforeAll(async () => {
  house = await startHouse();
});
afterAll(() => house?.close());

afterEach(async () => {
  await fetch(`${house.simulator.url}/simulator/webhook-faults`, { method: "DELETE" });
});

async function loseWebhooks(event: string): Promise<void> {
  await fetch(`${house.simulator.url}/simulator/webhook-faults`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ match: { event }, fault: "never" }),
  });
}

async function look(): Promise<void> {
  await house.server.house.ports.store.jobs.send({ kind: "reconcile", data: {} });
  await house.settled();
}

const approvalsOf = async (conversationId: number) =>
  (await house.api("/api/v1/approvals?limit=100")).json.data.filter(
    (one: { conversation_id: number }) => one.conversation_id === conversationId,
  );

test("a message whose webhook never came is found, drafted once and recorded as reconciled", async () => {
  await loseWebhooks("message_created");
  const rosa = await house.customer("Rosa Unheard");
  const messageId = await rosa.write("How long do I have to return unused fittings?");
  await house.settled();
  expect(await approvalsOf(rosa.conversationId)).toHaveLength(0);

  await look();
  await look();
  expect(await approvalsOf(rosa.conversationId)).toMatchObject([{ status: "pending", message_id: messageId }]);
  const { json } = await house.api("/api/v1/deliveries?limit=100", { as: "ida" });
  const mine = json.data.filter((row: { message_id: number }) => row.message_id === messageId);
  expect(mine).toMatchObject([{ event: "message_created", outcome: "accepted", source: "reconcile" }]);
});

test("a webhook that comes after all is a duplicate of what was reconciled", async () => {
  await loseWebhooks("message_created");
  const tom = await house.customer("Tom Late");
  const messageId = await tom.write("Do you ship to Canada?");
  await look();
  const late = await house.server.house.ports.store.ingest(
    {
      deliveryId: crypto.randomUUID(),
      accountId: 1,
      event: "message_created",
      conversationId: tom.conversationId,
      messageId,
      messageAt: new Date(),
      body: "{}",
      receivedAt: new Date(),
      source: "webhook",
      outcome: "accepted",
      reason: null,
      fromCustomer: true,
    },
    null,
  );
  expect(late).toBe("duplicate");
});

test("an operator's reply and a resolution that nobody told of put the waiting drafts right", async () => {
  const answered = await house.customer("Ada Answered");
  const resolved = await house.customer("Rex Resolved");
  await answered.write("How tight do I torque an AN-6 hose end?");
  await resolved.write("Is PTFE hose fine with E85?");
  await house.settled();
  await loseWebhooks("message_created");
  await loseWebhooks("conversation_status_changed");
  await house.chatwoot(`/conversations/${answered.conversationId}/messages`, { method: "POST", body: { content: "16 Nm in aluminium." } });
  await house.chatwoot(`/conversations/${resolved.conversationId}/toggle_status`, { method: "POST", body: { status: "resolved" } });
  await house.settled();
  expect(await approvalsOf(answered.conversationId)).toMatchObject([{ status: "pending" }]);
  expect(await approvalsOf(resolved.conversationId)).toMatchObject([{ status: "pending" }]);

  await look();
  expect(await approvalsOf(answered.conversationId)).toMatchObject([{ status: "superseded", superseded_by: null }]);
  expect(await approvalsOf(resolved.conversationId)).toMatchObject([{ status: "expired" }]);
});

test("conversations older than the installation are left alone", async () => {
  const { json } = await house.api("/api/v1/approvals?limit=100");
  expect(json.data.every((one: { conversation_id: number }) => one.conversation_id > 4)).toBe(true);
});
