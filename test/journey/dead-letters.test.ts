import { startHouse, type TestHouse } from "../support/house.ts";
import type { Customer } from "../support/surroundings.ts";
import {
  approvalNow,
  approvalsOf,
  ask,
  clearFaults,
  decide,
  draftNotes,
  fates,
  type Json,
  messagesPath,
  newCustomer,
  QUESTION,
  reached,
  replies,
  restFault,
} from "../support/trip.ts";

/** What failed for good is seen, understood, put back or let go by people. */
let house: TestHouse;
beforeAll(async () => {
  house = await startHouse();
});
afterAll(() => house?.close());
afterEach(() => clearFaults(house));

const letters = (query = "", as: "dana" | "ida" = "ida") => house.api(`/api/v1/dead-letters${query}`, { as });
const act = (path: string, body: object = {}) => house.api(`/api/v1/dead-letters/${path}`, { method: "POST", body, as: "ida" });
const refuseReads = () =>
  restFault(house, { method: "GET", path: "/api/v1/accounts/1/conversations/*" }, { status: 422, body: { error: "no" } });

/** A customer's message whose drafting Chatwoot refuses for good. */
async function givenUp(words: string): Promise<{ customer: Customer; conversationId: number; messageId: number; letter: Json }> {
  const customer = await newCustomer(house);
  await refuseReads();
  const messageId = await customer.write(words);
  await house.settled();
  await clearFaults(house);
  const { json } = await letters();
  const letter = json.data.find(({ conversation_id: id }: Json) => id === customer.conversationId);
  return { customer, conversationId: customer.conversationId, messageId, letter };
}

test("a message that cannot be drafted stands in the queue as a placeholder, and putting its job back gives it a real draft", async () => {
  const { conversationId, messageId, letter } = await givenUp(QUESTION);
  expect(letter).toMatchObject({
    kind: "draft-reply",
    attempts: 1,
    last_response: { kind: "invalid", status: 422, retry_after_seconds: null },
    redriven_at: null,
    discarded_at: null,
  });
  const [approval] = await approvalsOf(house, conversationId);
  expect(approval).toMatchObject({
    id: letter.approval_id,
    status: "pending",
    degraded: "drafter_unavailable",
    message_id: messageId,
    customer_message: QUESTION,
    customer: { name: expect.stringMatching(/^Customer \d+$/) },
    findings: [{ code: "dead_letter", text: expect.stringContaining("422") }],
  });
  expect(approval.inbox_id).toBeGreaterThan(0);
  expect(await draftNotes(house, conversationId)).toHaveLength(1);
  expect(await fates(house, conversationId)).toEqual(["drafted"]);
  expect(await decide(house, approval, "approve")).toMatchObject({ status: 409, json: { code: "not_approvable" } });

  expect((await act(`${letter.id}/redrive`)).status).toBe(200);
  const drafted = await approvalNow(house, approval.id, "has a real draft", ({ degraded }) => degraded === null);
  expect(drafted).toMatchObject({ status: "pending", version: approval.version + 1 });
  await house.settled();
  expect(await approvalsOf(house, conversationId)).toHaveLength(1);
  expect(await draftNotes(house, conversationId)).toHaveLength(1);
  await decide(house, drafted, "approve");
  await reached(house, approval, "sent");
  expect((await replies(house, conversationId)).map(({ content }) => content)).toEqual([drafted.draft_response]);
});

test("so does one whose trip only began when the bot handed its conversation over", async () => {
  const customer = await newCustomer(house);
  const toggle = (status: string) =>
    house.chatwoot(`/conversations/${customer.conversationId}/toggle_status`, { method: "POST", body: { status } });
  await toggle("pending");
  const messageId = await customer.write(QUESTION);
  await house.settled();
  expect(await fates(house, customer.conversationId)).toEqual(["conversation_pending"]);

  await restFault(house, { method: "GET", path: "/api/v1/accounts/1/conversations/*/messages" }, { status: 422, body: { error: "no" } });
  await toggle("open");
  await house.settled();
  await clearFaults(house);
  expect(await approvalsOf(house, customer.conversationId)).toMatchObject([
    { status: "pending", degraded: "drafter_unavailable", message_id: messageId, customer_message: QUESTION },
  ]);
  const letter = (await letters()).json.data.find(({ conversation_id: id }: Json) => id === customer.conversationId);
  expect((await letters(`/${letter.id}`)).json.delivery).toMatchObject({ message_id: messageId });
});

test("what the rules say of a message holds for its placeholder, too", async () => {
  const { conversationId } = await givenUp("Fuel is leaking onto the exhaust and it smells of gas!");
  expect(await approvalsOf(house, conversationId)).toMatchObject([{ priority: "urgent", flags: expect.arrayContaining(["safety"]) }]);
});

test("a placeholder that was answered meanwhile stays answered when its job is put back", async () => {
  const { conversationId, letter } = await givenUp(QUESTION);
  const [approval] = await approvalsOf(house, conversationId);
  await decide(house, approval, "edit", { response: "AN-6." });
  await reached(house, approval, "sent");
  await act(`${letter.id}/redrive`);
  await house.settled();
  expect(await approvalsOf(house, conversationId)).toHaveLength(1);
  expect((await replies(house, conversationId)).map(({ content }) => content)).toEqual(["AN-6."]);
});

test("a letter is inspected with its delivery, without what the customer wrote", async () => {
  const { letter, messageId } = await givenUp(QUESTION);
  const { status, json } = await letters(`/${letter.id}`);
  expect(status).toBe(200);
  expect(json).toMatchObject({ ...letter, delivery: { delivery_id: letter.delivery_id, message_id: messageId, event: "message_created" } });
  expect(JSON.stringify(json)).not.toContain("350 Chevy");
  expect((await letters(`/${letter.id}`, "dana")).status).toBe(403);
  expect((await letters("/00000000-0000-4000-8000-000000000000")).status).toBe(404);
});

test("a letter that is let go keeps the reason, leaves the list and cannot be put back", async () => {
  const { letter } = await givenUp(QUESTION);
  expect((await act(`${letter.id}/discard`, { reason: "  " })).status).toBe(400);
  const discarded = await act(`${letter.id}/discard`, { reason: "a test message" });
  expect(discarded).toMatchObject({ status: 200, json: { discarded_by: "Ida Brandt", discard_reason: "a test message" } });
  expect(await act(`${letter.id}/discard`, { reason: "again" })).toMatchObject({ status: 200, json: { discard_reason: "a test message" } });
  expect((await letters()).json.data.map(({ id }: Json) => id)).not.toContain(letter.id);
  expect((await letters("?open=false")).json.data.map(({ id }: Json) => id)).toContain(letter.id);
  expect(await act(`${letter.id}/redrive`)).toMatchObject({ status: 409, json: { code: "already_decided" } });
});

test("many letters are put back at once, by name, by kind or all", async () => {
  const one = await givenUp(QUESTION);
  const two = await givenUp(QUESTION);
  const named = await act("redrive", { ids: [one.letter.id] });
  expect(named.json.data.map(({ id }: Json) => id)).toEqual([one.letter.id]);
  expect((await act("redrive", { kind: "post-note" })).json.data).toEqual([]);
  const rest = await act("redrive");
  expect(rest.json.data.map(({ id }: Json) => id)).toContain(two.letter.id);
  expect((await letters()).json.data).toEqual([]);
  await house.settled();
  for (const { conversationId } of [one, two])
    expect((await approvalsOf(house, conversationId)).map(({ degraded }) => degraded)).toEqual([null]);
  expect((await act("redrive", { ids: ["no id"] })).status).toBe(400);
});

test("when the customer writes again, one draft answers both, in the placeholder's place", async () => {
  const { customer, conversationId } = await givenUp(QUESTION);
  await customer.write("It is a 1967 Camaro.");
  await house.settled();
  const [newest, placeholder, ...more] = await approvalsOf(house, conversationId);
  expect(more).toEqual([]);
  expect(newest).toMatchObject({ status: "pending", degraded: null, customer_message: `${QUESTION}\n\nIt is a 1967 Camaro.` });
  expect(placeholder).toMatchObject({ status: "superseded", superseded_by: newest.id });
  expect(await draftNotes(house, conversationId)).toHaveLength(1);
});

test("of two sends that failed for good, the older one put back sends the words that were approved last, once", async () => {
  const { customer, approval } = await ask(house);
  const { conversationId } = customer;
  await restFault(house, { method: "POST", path: messagesPath(conversationId) }, { status: 422, body: { error: "no" } });
  for (const response of ["Said first.", "Said last."]) {
    await decide(house, approval, "edit", { response });
    await approvalNow(
      house,
      approval.id,
      `failed with "${response}"`,
      ({ status, final_response: words }) => status === "send_failed" && words === response,
    );
    await house.settled();
  }
  await clearFaults(house);
  const mine = (await letters()).json.data.filter(({ approval_id: id }: Json) => id === approval.id);
  expect(mine.map(({ kind }: Json) => kind)).toEqual(["send-reply", "send-reply"]);
  const [last, first] = mine;
  expect((await act(`${first.id}/redrive`)).status).toBe(200);
  await reached(house, approval, "sent");
  expect((await act(`${last.id}/redrive`)).status).toBe(200);
  await house.settled();
  expect((await replies(house, conversationId)).map(({ content }) => content)).toEqual(["Said last."]);
  await reached(house, approval, "sent");
});

test("whoever asked for another draft learns that it could not be made; put back, it is made", async () => {
  const { customer, approval } = await ask(house);
  await refuseReads();
  expect((await decide(house, approval, "redraft", { instruction: "shorter" }, { as: "ida" })).status).toBe(200);
  const failed = await approvalNow(house, approval.id, "says so", ({ findings }) =>
    findings.some(({ code, text }: Json) => code === "redraft_failed" && text.includes("422")),
  );
  expect(failed).toMatchObject({ status: "pending", draft_response: approval.draft_response, degraded: null });
  await house.settled();
  await clearFaults(house);
  const letter = (await letters()).json.data.find(({ approval_id: id }: Json) => id === approval.id);
  await act(`${letter.id}/redrive`);
  const drafted = await approvalNow(house, approval.id, "is drafted anew", ({ version }) => version > failed.version);
  expect(drafted.findings.map(({ code }: Json) => code)).not.toContain("redraft_failed");
  await house.settled();
  expect(await draftNotes(house, customer.conversationId)).toHaveLength(1);
  await decide(house, drafted, "approve");
  await reached(house, approval, "sent");
});

test("a draft on demand that cannot be made is a placeholder under the id that was promised; put back, it is made", async () => {
  const { customer, approval } = await ask(house);
  const { conversationId } = customer;
  await decide(house, approval, "reject", { reason: "other" });
  await house.settled();
  const reads = { method: "GET", path: `/api/v1/accounts/1/conversations/${conversationId}` };
  await restFault(house, { ...reads, times: 2 }, {}); // the question whether there is anything to draft
  await restFault(house, reads, { status: 422, body: { error: "no" } });
  const asked = await house.api(`/api/v1/conversations/${conversationId}/draft`, { method: "POST", body: {}, as: "ida" });
  expect(asked.status).toBe(202);
  await house.settled();
  await clearFaults(house);
  const [placeholder] = await approvalsOf(house, conversationId);
  expect(placeholder).toMatchObject({
    id: asked.json.approval_id,
    status: "pending",
    degraded: "drafter_unavailable",
    message_id: approval.message_id,
    customer_message: QUESTION,
    findings: [{ code: "dead_letter" }],
  });
  const letter = (await letters()).json.data.find(({ approval_id: id }: Json) => id === placeholder.id);
  await act(`${letter.id}/redrive`);
  await approvalNow(house, placeholder.id, "is drafted", ({ status, degraded }) => status === "pending" && degraded === null);
  await house.settled();
  expect(await draftNotes(house, conversationId)).toHaveLength(1);
});
