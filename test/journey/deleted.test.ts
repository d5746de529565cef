import { SHOP } from "../../src/simulator/shop.ts";
import { eventually } from "../support/eventually.ts";
import { startHouse, type TestHouse } from "../support/house.ts";
import { approvalThat, ask, clearFaults, decide, type Json, messagesPath, newCustomer, QUESTION, restFault } from "../support/trip.ts";

/** Chatwoot tells nobody that a conversation was deleted: what is still to be done in it meets a 404. */
let house: TestHouse;
beforeAll(async () => {
  house = await startHouse();
});
afterAll(() => house?.close());

async function deadLettersOf(approvalId: string): Promise<Json[]> {
  const { json } = await house.api("/api/v1/dead-letters", { as: "ida" });
  return json.data.filter((letter: Json) => letter.approval_id === approvalId);
}

const remove = (conversationId: number) => house.chatwoot(`/conversations/${conversationId}`, { as: "ida", method: "DELETE" });

const tried = (kind: string) =>
  eventually(`a ${kind} job was tried`, async () =>
    (await house.server.house.ports.store.jobs.counts()).some((row) => row.kind === kind && row.state === "retry"),
  );

test("an escalation of a conversation that was deleted stands, and leaves no dead letter", async () => {
  const { customer, approval } = await ask(house);
  await restFault(house, { method: "POST", path: `/conversations/${customer.conversationId}/assignments` }, { status: 503 });
  await decide(house, approval, "escalate", { assignee_id: SHOP.people.luis.id });
  await tried("assign-conversation");
  await remove(customer.conversationId);
  await clearFaults(house);
  await house.settled();
  expect(await deadLettersOf(approval.id)).toEqual([]);
  expect(await house.server.house.ports.store.conversations.statusOf(1, customer.conversationId)).toBe("gone");
});

test("a note of unknown fate whose conversation is deleted ends as one that could not be posted, and as no dead letter", async () => {
  const customer = await newCustomer(house);
  await restFault(house, { method: "POST", path: messagesPath(customer.conversationId), times: 1 }, { drop: "before" });
  await customer.write(QUESTION);
  const { id } = await approvalThat(house, customer.conversationId, "waits", ({ status }) => status === "pending");
  await tried("post-note");
  await remove(customer.conversationId);
  await clearFaults(house);

  await approvalThat(house, customer.conversationId, "has no note", ({ note }) => note.status === "failed");
  await house.settled();
  expect(await deadLettersOf(id)).toEqual([]);
}, 60_000);
