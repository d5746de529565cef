import { eventually } from "../support/eventually.ts";
import { startHouse, type TestHouse } from "../support/house.ts";
import { approvalThat, clearFaults, messagesPath, newCustomer, QUESTION, restFault } from "../support/trip.ts";

/** A conversation is deleted while the fate of its note is unknown. */
let house: TestHouse;
beforeAll(async () => {
  house = await startHouse();
});
afterAll(() => house?.close());

test("a note of unknown fate whose conversation is deleted ends as one that could not be posted, and as no dead letter", async () => {
  const customer = await newCustomer(house);
  await restFault(house, { method: "POST", path: messagesPath(customer.conversationId), times: 1 }, { drop: "before" });
  await customer.write(QUESTION);
  const { id } = await approvalThat(house, customer.conversationId, "waits", ({ status }) => status === "pending");
  const { jobs } = house.server.house.ports.store;
  await eventually("its note was tried", async () =>
    (await jobs.counts()).some(({ kind, state }) => kind === "post-note" && state === "retry"),
  );
  await house.chatwoot(`/conversations/${customer.conversationId}`, { as: "ida", method: "DELETE" });
  await clearFaults(house);

  await approvalThat(house, customer.conversationId, "has no note", ({ note }) => note.status === "failed");
  await house.settled();
  const { json } = await house.api("/api/v1/dead-letters", { as: "ida" });
  expect(json.data.filter((letter: { approval_id: string }) => letter.approval_id === id)).toEqual([]);
}, 60_000);
