import { eventually } from "../support/eventually.ts";
import { startHouse, type TestHouse } from "../support/house.ts";
import { startVectorServer, type VectorServer } from "../support/vector-server.ts";

let vectors: VectorServer;
let house: TestHouse;
beforeAll(async () => {
  vectors = await startVectorServer();
  house = await startHouse({ env: { EMBEDDINGS_URL: vectors.url, EMBEDDINGS_MODEL: "a-model", CHATWOOT_KNOWLEDGE: "none" } });
});
afterAll(async () => {
  await house?.close();
  await vectors?.close();
});

const readiness = async () => (await house.api("/readyz")).json;

test("a house with an embeddings endpoint embeds its knowledge at the start and searches by meaning", async () => {
  await eventually("the passages are embedded", async () => vectors.asked.length > 1);
  await house.settled();
  const { json } = await house.api("/api/v1/knowledge/search?q=the+drip+of+my+automobile");
  expect(json.data.some(({ why }: { why: string }) => why.includes("close in meaning"))).toBe(true);
  expect(await readiness()).toMatchObject({ status: "ok", parts: { embeddings: "ok" } });
});

test("when the endpoint fails, customers get their drafts all the same, and readyz says what is missing", async () => {
  vectors.usually = { status: 500 };
  const customer = await house.customer("Rosa Lind");
  await customer.write("What size AN fitting for my 350 Chevy?");
  await house.settled();
  const { json } = await house.api("/api/v1/approvals?status=pending");
  expect(json.data).toMatchObject([{ conversation_id: customer.conversationId, degraded: null }]);
  expect(json.data[0].sources.length).toBeGreaterThan(0);
  expect(await readiness()).toMatchObject({ status: "degraded", parts: { embeddings: "searched without: the endpoint answered 500" } });
});
