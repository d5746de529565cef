import { join } from "node:path";
import pg from "pg";
import { SHOP } from "../../src/simulator/shop.ts";
import { eventually } from "../support/eventually.ts";
import { startHouse, type TestHouse } from "../support/house.ts";
import { mood } from "../support/moody-retriever.ts";
import {
  approvalNow,
  approvalsOf,
  approvalThat,
  ask,
  clearFaults,
  decide,
  draftNotes,
  fates,
  type Json,
  messagesOf,
  messagesPath,
  newCustomer,
  note,
  notices,
  posted,
  QUESTION,
  reached,
  replies,
  restFault,
  trail,
} from "../support/trip.ts";

/** Any part may fail; the operator's work goes on. */
const RETRIEVER = join(import.meta.dirname, "..", "support", "moody-retriever.ts");

/** Time passes: what waits for later is due now. */
async function timePasses(house: TestHouse): Promise<void> {
  const client = new pg.Client({ connectionString: house.databaseUrl });
  await client.connect();
  await client.query("update pgboss.job set start_after = now() where state in ('created', 'retry') and start_after > now()");
  await client.end();
}

const deadLetters = async (house: TestHouse): Promise<Json[]> => (await house.api("/api/v1/dead-letters", { as: "ida" })).json.data;

describe("without the knowledge base", () => {
  let house: TestHouse;
  beforeAll(async () => {
    house = await startHouse({ env: { KNOWLEDGE_RETRIEVER: RETRIEVER } });
  });
  afterAll(() => house.close());
  beforeEach(() => {
    mood.down = true;
  });
  afterEach(() => {
    mood.down = false;
  });

  test("the operator gets a placeholder that says so; it cannot be approved as it is, but edited", async () => {
    const { customer, approval } = await ask(house, "Fuel is leaking from the rail and I smell fumes, what now?");
    expect(approval).toMatchObject({
      status: "pending",
      degraded: "knowledge_unavailable",
      draft_response: "Let me look into that for you…",
      sources: [],
      citations: [],
      priority: "urgent", // the rules run whatever else is down
    });
    expect(approval.confidence_score).toBeLessThanOrEqual(20);
    const [shown] = await draftNotes(house, customer.conversationId);
    expect(shown.content).toMatch(/^🤖 AGENT SDK DRAFT 🔴/u);
    expect(shown.content).toContain("the knowledge base could not be asked");
    expect(shown.content).toContain("cannot be approved as it is");

    expect(await decide(house, approval, "approve")).toMatchObject({ status: 409, json: { code: "not_approvable" } });
    await note(house, customer.conversationId, "/approve");
    await approvalNow(house, approval.id, "still waits", ({ status }) => status === "pending");
    expect((await decide(house, approval, "edit", { response: "Switch it off and air the room." })).status).toBe(200);
    await reached(house, approval, "sent");
    expect((await replies(house, customer.conversationId)).map(({ content }) => content)).toEqual(["Switch it off and air the room."]);
    for (const { content } of await notices(house, customer.conversationId)) expect(content).toContain("`/approve` was not carried out");
  });

  test("one automatic later try upgrades the placeholder while nobody has decided", async () => {
    const { customer, approval } = await ask(house);
    mood.down = false;
    await timePasses(house);
    const upgraded = await approvalNow(house, approval.id, "has a real draft", ({ degraded }) => degraded === null);
    expect(upgraded).toMatchObject({ status: "pending", version: approval.version + 1 });
    await posted(house, customer.conversationId);
    await house.settled();
    expect(await draftNotes(house, customer.conversationId)).toHaveLength(1);
    expect((await trail(house, approval)).filter((what) => what === "redrafted")).toHaveLength(1);
    await decide(house, upgraded, "approve");
    await reached(house, approval, "sent");
    expect((await replies(house, customer.conversationId)).map(({ content }) => content)).toEqual([upgraded.draft_response]);
  });

  test("a later try that fails, too, changes nothing and is the last one", async () => {
    const { customer, approval } = await ask(house);
    await timePasses(house);
    await house.settled(); // no job waits any more
    expect((await approvalsOf(house, customer.conversationId))[0]).toMatchObject({
      id: approval.id,
      version: approval.version,
      degraded: "knowledge_unavailable",
    });
  });

  test("a later try leaves a decision alone, and asks nobody for a draft", async () => {
    const { customer, approval } = await ask(house);
    await decide(house, approval, "reject", { reason: "not_needed" });
    mood.down = false;
    const before = mood.begun;
    await timePasses(house);
    await house.settled();
    expect(mood.begun).toBe(before);
    expect((await approvalsOf(house, customer.conversationId)).map(({ status }) => status)).toEqual(["rejected"]);
  });

  test("a waiting later try holds up no newer message", async () => {
    const { customer, approval } = await ask(house);
    mood.down = false;
    await customer.write("It is a 1967 Camaro.");
    const newer = await approvalThat(house, customer.conversationId, "is another one", ({ id }) => id !== approval.id);
    expect(newer.degraded).toBeNull();
    await timePasses(house);
    await house.settled();
    expect((await approvalsOf(house, customer.conversationId)).map(({ status }) => status)).toEqual(["pending", "superseded"]);
    expect((await approvalsOf(house, customer.conversationId))[0]).toMatchObject({ id: newer.id, version: newer.version });
  });
});

describe("without the drafter", () => {
  let house: TestHouse;
  beforeAll(async () => {
    house = await startHouse({
      env: { KNOWLEDGE_RETRIEVER: RETRIEVER, ANTHROPIC_API_KEY: "not-a-key", ANTHROPIC_BASE_URL: "http://127.0.0.1:9" },
    });
  });
  afterAll(() => house.close());

  test("the operator gets a placeholder with the sources; it can be edited or escalated, not approved", async () => {
    const { customer, approval } = await ask(house);
    expect(approval).toMatchObject({
      degraded: "drafter_unavailable",
      draft_response: "Reviewing your message…",
    });
    expect(approval.sources.length).toBeGreaterThan(0);
    expect(approval.findings).toMatchObject([{ code: "model_failed", text: "The model cannot be reached." }]);
    expect(await decide(house, approval, "approve")).toMatchObject({ status: 409, json: { code: "not_approvable" } });
    expect((await decide(house, approval, "escalate", { assignee_id: SHOP.people.luis.id })).status).toBe(200);
    await reached(house, approval, "escalated");
    expect(await replies(house, customer.conversationId)).toEqual([]);
  });
});

describe("whatever the customer sends", () => {
  let house: TestHouse;
  beforeAll(async () => {
    house = await startHouse();
  });
  afterAll(() => house.close());
  afterEach(() => clearFaults(house));

  test("a message that is only an attachment gets a placeholder, which can be answered", async () => {
    const customer = await newCustomer(house);
    await customer.sends("leak.jpg", "image/jpeg");
    const approval = await posted(house, customer.conversationId);
    expect(approval).toMatchObject({ degraded: "attachment_only", draft_response: "Reviewing your message…" });
    expect(approval.customer_message).toMatch(/^\[image: .*leak\.jpg\]$/);
    expect(await decide(house, approval, "approve")).toMatchObject({ status: 409, json: { code: "not_approvable" } });
    await decide(house, approval, "edit", { response: "Thanks, I see the leak." });
    await reached(house, approval, "sent");
  });

  test("a note that Chatwoot refuses leaves the approval decidable over HTTP, and a dead letter to redrive", async () => {
    const customer = await newCustomer(house);
    const notes = { method: "POST", path: messagesPath(customer.conversationId) };
    await restFault(house, notes, { status: 422, body: { error: "Validation failed: Content is invalid" } });
    await customer.write(QUESTION);
    await house.settled();
    const [approval] = await approvalsOf(house, customer.conversationId);
    expect(approval).toMatchObject({ status: "pending", note: { status: "failed", message_id: null } });
    const [letter, ...more] = await deadLetters(house);
    expect(more).toEqual([]);
    expect(letter).toMatchObject({
      kind: "post-note",
      attempts: 1,
      conversation_id: customer.conversationId,
      approval_id: approval.id,
      redriven_at: null,
    });
    expect(letter.reason).toContain("422");

    const redrive = (as: "dana" | "ida") => house.api(`/api/v1/dead-letters/${letter.id}/redrive`, { method: "POST", body: {}, as });
    expect((await redrive("dana")).status).toBe(403);
    await clearFaults(house);
    expect(await redrive("ida")).toMatchObject({ status: 200, json: { id: letter.id, redriven_by: "Ida Brandt" } });
    await posted(house, customer.conversationId);
    await redrive("ida"); // once is enough
    await house.settled();
    expect(await draftNotes(house, customer.conversationId)).toHaveLength(1);
    expect(await deadLetters(house)).toEqual([]);
    await decide(house, approval, "approve");
    await reached(house, approval, "sent");
  });

  test("a decision does not wait for a note that cannot be posted, and no note appears after it", async () => {
    const customer = await newCustomer(house);
    const path = messagesPath(customer.conversationId);
    await restFault(house, { method: "POST", path, times: 1 }, { status: 429, headers: { "Retry-After": "3" } });
    await customer.write(QUESTION);
    const approval = await approvalThat(house, customer.conversationId, "is there", ({ status }) => status === "pending");
    await decide(house, approval, "approve");
    await reached(house, approval, "sent");
    await house.settled();
    expect((await messagesOf(house, customer.conversationId)).filter((message) => message.private)).toEqual([]);
    expect((await approvalsOf(house, customer.conversationId))[0].note.status).toBe("removed");
  });

  test("a note that cannot be taken away is answered by a line that says it is over", async () => {
    const { customer, approval } = await ask(house);
    await restFault(
      house,
      { method: "DELETE", path: `${messagesPath(customer.conversationId)}/${approval.note.message_id}` },
      { status: 401, body: { error: "Access to this endpoint is not authorized for bots" } },
    );
    await decide(house, approval, "reject", { reason: "not_needed" });
    await house.settled();
    expect(await draftNotes(house, customer.conversationId)).toHaveLength(1);
    expect((await notices(house, customer.conversationId)).map(({ content }) => content)).toEqual([
      "✔️ The draft above is rejected and waits for no decision any more.",
    ]);
  });

  test("while Chatwoot is down nothing is drafted; when it is back everything is", async () => {
    const customers = await Promise.all([newCustomer(house), newCustomer(house)]);
    await restFault(house, { method: "GET", path: "/api/v1/accounts/1/conversations/*" }, { status: 502 });
    for (const customer of customers) await customer.write(QUESTION);
    for (const { conversationId } of customers)
      await eventually("it waits", async () => (await fates(house, conversationId)).join() === "waiting");
    await clearFaults(house);
    for (const customer of customers) await posted(house, customer.conversationId);
    expect(await deadLetters(house)).toEqual([]);
  });

  test("a reply that Chatwoot refuses for good comes back as failed, and a redrive sends the same words once", async () => {
    const { customer, approval } = await ask(house);
    const path = messagesPath(customer.conversationId);
    await restFault(house, { method: "POST", path }, { status: 422, body: { error: "Validation failed: something" } });
    await decide(house, approval, "edit", { response: "Approved once." });
    const failed = await reached(house, approval, "send_failed");
    expect(failed.reply.status).toBe("failed");
    await house.settled();
    const letter = (await deadLetters(house)).find(({ approval_id: id }) => id === approval.id);
    expect(letter).toMatchObject({ kind: "send-reply" });
    await clearFaults(house);
    await house.api(`/api/v1/dead-letters/${letter.id}/redrive`, { method: "POST", body: {}, as: "ida" });
    await reached(house, approval, "sent");
    await house.settled();
    expect((await replies(house, customer.conversationId)).map(({ content }) => content)).toEqual(["Approved once."]);
  });

  test("a busy Chatwoot is left alone for as long as it asks, then the reply goes out", async () => {
    const { customer, approval } = await ask(house);
    const path = messagesPath(customer.conversationId);
    await restFault(house, { method: "POST", path, times: 1 }, { status: 429, headers: { "Retry-After": "2" } });
    const from = Date.now();
    await decide(house, approval, "approve");
    await reached(house, approval, "sent");
    expect(Date.now() - from).toBeGreaterThanOrEqual(2000);
    expect(await replies(house, customer.conversationId)).toHaveLength(1);
  });
});

test("DRAFTING=paused drafts nothing, and what was approved still goes out", async () => {
  const house = await startHouse({ env: { DRAFTING: "paused" } });
  try {
    const customer = await newCustomer(house);
    await customer.write(QUESTION);
    await house.settled();
    expect(await approvalsOf(house, customer.conversationId)).toEqual([]);
    expect(await fates(house, customer.conversationId)).toEqual(["drafting_paused"]);
    const { json } = await house.api(`/api/v1/conversations/${customer.conversationId}/draft`, { method: "POST", body: {} });
    const approval = await posted(house, customer.conversationId);
    expect(approval.id).toBe(json.approval_id); // a person asked for it
    await customer.write("It is a 1967 Camaro.");
    await house.settled();
    expect(await decide(house, approval, "approve")).toMatchObject({ status: 409, json: { code: "stale" } });
    expect((await decide(house, approval, "redraft")).status).toBe(200); // the way out: no draft of its own will come
    await house.settled();
    const [redrafted] = await approvalsOf(house, customer.conversationId);
    expect(redrafted.customer_message).toContain("1967 Camaro");
    await decide(house, redrafted, "approve");
    await reached(house, redrafted, "sent");
  } finally {
    await house.close();
  }
});
