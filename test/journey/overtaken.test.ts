import { draftReply } from "../../src/flow/draft-reply.ts";
import type { Drafter } from "../../src/ports/drafter.ts";
import type { Hold } from "../../src/ports/jobs.ts";
import { eventually } from "../support/eventually.ts";
import { startHouse, type TestHouse } from "../support/house.ts";
import { approvalsOf, fates, newCustomer, QUESTION } from "../support/trip.ts";

/** A process that stood still for longer than its hold on a job goes on where another one has taken over. */
let house: TestHouse;
beforeAll(async () => {
  house = await startHouse({ worker: false });
});
afterAll(() => house?.close());

/** Works on the message's job as a worker does; with `until` its drafter is that slow. */
async function work(conversationId: number, messageId: number, until?: Promise<void>): Promise<void> {
  const ports = house.server.house.ports;
  const slow: Drafter = {
    name: ports.drafter.name,
    async draft(request) {
      begun.resolve();
      await until;
      return ports.drafter.draft(request);
    },
  };
  const { json } = await house.api(`/api/v1/deliveries?conversation_id=${conversationId}&event=message_created&limit=100`, { as: "ida" });
  const delivery = json.data.find((row: { message_id: number }) => row.message_id === messageId);
  await draftReply({ ...ports, drafter: slow }, { id: delivery.delivery_id, data: { conversationId, messageId } }, UNAWARE);
}
/** It has not noticed yet that it lost its hold. */
const UNAWARE: Hold = { signal: new AbortController().signal, isLost: () => false, check: () => {} };
let begun = Promise.withResolvers<void>();
beforeEach(() => {
  begun = Promise.withResolvers();
});

const arrived = (conversationId: number, count: number) =>
  eventually(`${count} messages are recorded`, async () => (await fates(house, conversationId)).length === count);

test.each([
  ["while it waits", null],
  ["after it was rejected", "reject"],
])("a draft that comes late does not take the place of one for newer messages, %s", async (_, decision) => {
  const customer = await newCustomer(house);
  const gate = Promise.withResolvers<void>();
  const first = await customer.write(QUESTION);
  await arrived(customer.conversationId, 1);
  const late = work(customer.conversationId, first, gate.promise);
  await begun.promise;

  const second = await customer.write("It is a 1967 Camaro.");
  await arrived(customer.conversationId, 2);
  await work(customer.conversationId, second);
  const [newer] = await approvalsOf(house, customer.conversationId);
  expect(newer).toMatchObject({ status: "pending", message_id: second });
  if (decision) await house.api(`/api/v1/approvals/${newer.id}/${decision}`, { as: "ida", method: "POST", body: { reason: "not_needed" } });

  gate.resolve();
  await late;
  const all = await approvalsOf(house, customer.conversationId);
  expect(all).toMatchObject([{ id: newer.id, status: decision ? "rejected" : "pending", message_id: second }]);
  expect(await fates(house, customer.conversationId)).toEqual(["drafted", "drafted"]);
});
