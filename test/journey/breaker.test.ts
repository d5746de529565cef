import { SHOP } from "../../src/simulator/shop.ts";
import { call, signIn } from "../support/call.ts";
import { eventually } from "../support/eventually.ts";
import { startHouse, type TestHouse } from "../support/house.ts";
import { fromPassages } from "../support/model-answers.ts";
import { startModelServer } from "../support/model-server.ts";
import { ask, clearFaults, decide, draftNotes, newCustomer, posted, QUESTION, reached, replies, restFault } from "../support/trip.ts";

/** A Chatwoot that fails again and again is left alone for a moment; nothing is lost or doubled by that. */
let house: TestHouse;
beforeAll(async () => {
  house = await startHouse();
});
afterAll(() => house?.close());
afterEach(() => clearFaults(house));

const readiness = async ({ url } = house) =>
  (await fetch(`${url}/readyz`)).json() as Promise<{ status: string; parts: Record<string, string> }>;
const breaker = async (service = "chatwoot", { url } = house) =>
  new RegExp(`^countersign_breaker_state\\{service="${service}"\\} (\\d)$`, "m").exec(await (await fetch(`${url}/metrics`)).text())?.[1];

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

test("while the model is down operators get placeholders at once and are told why; when it is back the next draft is one", async () => {
  const model = await startModelServer();
  const own = await startHouse({ env: { ANTHROPIC_API_KEY: "sk-test", ANTHROPIC_BASE_URL: model.url } });
  try {
    model.script(...Array.from({ length: 30 }, () => ({ status: 500 })));
    expect((await readiness(own)).parts.model).toBe("ok");
    while ((await breaker("model", own)) !== "2") expect((await ask(own)).approval).toMatchObject({ degraded: "drafter_unavailable" });
    expect(await readiness(own)).toMatchObject({
      status: "degraded",
      parts: { model: expect.stringContaining("asked again"), chatwoot: "ok" },
    });
    const cookie = await signIn(own.url, SHOP.people.dana.token);
    expect((await call(own.url, { cookie })).text).toContain("The model does not answer. Until it is back");

    model.script(fromPassages(), fromPassages(), fromPassages(), fromPassages());
    await eventually("it may be asked again", async () => (await breaker("model", own)) === "1", 20_000);
    expect((await ask(own)).approval).toMatchObject({ degraded: null });
    expect((await readiness(own)).parts.model).toBe("ok");
    expect((await call(own.url, { cookie })).text).not.toContain("The model does not answer");
  } finally {
    await own.close();
    await model.close();
  }
}, 90_000);
