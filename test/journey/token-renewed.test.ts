import { SHOP } from "../../src/simulator/shop.ts";
import { eventually } from "../support/eventually.ts";
import { startHouse, type TestHouse } from "../support/house.ts";
import { call } from "../support/surroundings.ts";
import { approvalNow, ask, type Json, messagesPath, reached, replies, restFault } from "../support/trip.ts";

/** An operator renews their access token in Chatwoot while a reply of theirs is on its way with the old one. */
let house: TestHouse;
beforeAll(async () => {
  house = await startHouse();
});
afterAll(() => house?.close());

const approve = (approval: Json, token: string) =>
  call(`${house.url}/api/v1/approvals/${approval.id}/approve`, token, { bearer: true, method: "POST", body: {} });

test("a refusal of the old token takes nothing from whoever has signed in with the new one", async () => {
  const old = SHOP.people.luis.token;
  const { customer, approval } = await ask(house);
  await restFault(house, { method: "POST", path: messagesPath(customer.conversationId), times: 1 }, { delay_ms: 1500 });
  expect((await approve(approval, old)).status).toBe(200);
  const { approvals } = house.server.house.ports.store;
  await eventually("the reply is on its way", async () => (await approvals.get(approval.id))?.replyStatus === "sending");

  const { json } = await call(`${house.simulator.url}/api/v1/profile/reset_access_token`, old, { method: "POST" });
  const renewed: string = json.access_token;
  const signIn = await call(`${house.url}/api/v1/session`, null, { method: "POST", body: { access_token: renewed } });
  expect(signIn.status).toBeLessThan(300);
  const back = await approvalNow(
    house,
    approval.id,
    "was given back",
    ({ status, reply }) => status === "pending" && reply.status === "returned",
  );
  expect(back.findings.at(-1).text).toContain("refused Luis Ortega's access token");

  expect((await approve(back, renewed)).status).toBe(200);
  await reached(house, approval, "sent");
  expect((await replies(house, customer.conversationId)).map(({ sender }) => sender.name)).toEqual(["Luis Ortega"]);
});
