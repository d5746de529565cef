import { eventually } from "../support/eventually.ts";
import { startHouse, type TestHouse } from "../support/house.ts";
import { ask, clearFaults, decide, draftNotes, newCustomer, posted, QUESTION, reached, replies, restFault } from "../support/trip.ts";

/** A Chatwoot that fails again and again is left alone for a moment; nothing is lost or doubled by that. */
let house: TestHouse;
beforeAll(async () => {
  house = await startHouse();
});
afterAll(() => house?.close());
afterEach(() => clearFaults(house));

const readiness = async () => (await fetch(`${house.url}/readyz`)).json() as Promise<{ status: string; parts: Record<string, string> }>;
const breaker = async () =>
  /^countersign_breaker_state\{service="chatwoot"\} (\d)$/m.exec(await (await fetch(`${house.url}/metrics`)).text())?.[1];

test("while Chatwoot is down the breaker shows it and spares it; when it is back everything goes on without a hand", async () => {
  const { customer, approval } = await ask(house);
  const others = await Promise.all([1, 2, 3, 4].map(() => newCustomer(house)));
  expect(await breaker()).toBe("0");
  expect((await readiness()).parts.chatwoot).toBe("ok");

  await restFault(house, { path: "/api/v1/accounts/1/*" }, { status: 503 });
  await decide(house, approval, "approve", {}, { as: "ida" });
  for (const other of others) await other.write(QUESTION);
  await eventually("the breaker opens", async () => (await breaker()) !== "0");
  expect(await readiness()).toMatchObject({ status: "degraded", parts: { chatwoot: expect.stringContaining("asked again") } });

  await clearFaults(house);
  await reached(house, approval, "sent", 30_000);
  for (const other of others) await posted(house, other.conversationId);
  await house.settled();
  expect(await breaker()).toBe("0");
  expect((await readiness()).status).toBe("ok");
  expect(await replies(house, customer.conversationId)).toHaveLength(1);
  for (const other of others) expect(await draftNotes(house, other.conversationId)).toHaveLength(1);
});
