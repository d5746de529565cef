import { SHOP } from "../../src/simulator/shop.ts";
import { eventually } from "../support/eventually.ts";
import { startHouse, type TestHouse } from "../support/house.ts";
import {
  answerByHand,
  approvalNow,
  approvalThat,
  ask,
  decide,
  draftNotes,
  fates,
  type Json,
  lessons,
  messagesPath,
  note,
  QUESTION,
  reached,
  replies,
  restFault,
  setStatus,
  trail,
} from "../support/trip.ts";

/** What happens between a decision and its send; the hold leaves time for it. The tests run side by side, each in a conversation of its own. */
const HOLD_SECONDS = 2;
let house: TestHouse;
beforeAll(async () => {
  house = await startHouse({ env: { SEND_HOLD_SECONDS: String(HOLD_SECONDS) } });
});
afterAll(() => house.close());

const conversationRow = (conversationId: number) =>
  [...house.simulator.state.conversations.values()].find((row) => row.display_id === conversationId);

/** The approval after it came back undecided, with its new note. */
const givenBack = (approval: Json): Promise<Json> =>
  approvalNow(
    house,
    approval.id,
    "was given back",
    ({ status, reply, note: { status: shown } }) => status === "pending" && reply.status === "returned" && shown === "posted",
  );

const reasonOf = (approval: Json) => approval.findings.findLast(({ code }: Json) => code === "given_back")?.text;

test.concurrent("undo takes an approval back while its send is held: pending again with its note, and nothing is sent", async () => {
  const { customer, approval } = await ask(house);
  await decide(house, approval, "approve");
  await approvalNow(house, approval.id, "lost its note", (now) => now.note.status === "removed");
  const answer = await decide(house, approval, "undo", {}, { as: "luis" });
  expect(answer).toMatchObject({ status: 200, json: { status: "pending", decision: null, decided_by: null, reply: { status: "none" } } });
  await approvalNow(house, approval.id, "has its note again", (now) => now.note.status === "posted");
  await new Promise((resolve) => setTimeout(resolve, HOLD_SECONDS * 1000 + 500)); // the send would have begun by now
  expect(await replies(house, customer.conversationId)).toEqual([]);
  expect(await draftNotes(house, customer.conversationId)).toHaveLength(1);
  expect(await lessons(house, approval)).toEqual([]);
  expect((await trail(house, approval)).filter((what) => !what.startsWith("note"))).toEqual(["created", "decided", "undone"]);

  await decide(house, approval, "edit", { response: "Now I am sure." });
  await reached(house, approval, "sent");
  expect((await replies(house, customer.conversationId)).map(({ content }) => content)).toEqual(["Now I am sure."]);
});

test.concurrent("undo afterwards answers 409 already_decided and changes nothing", async () => {
  const { approval } = await ask(house);
  await decide(house, approval, "approve");
  const sent = await reached(house, approval, "sent");
  expect(await decide(house, approval, "undo")).toMatchObject({ status: 409, json: { code: "already_decided" } });
  expect(await approvalNow(house, approval.id, "is unchanged", () => true)).toMatchObject({ status: "sent", version: sent.version });
});

test.concurrent("undo of something that nobody decided answers 409", async () => {
  const { approval } = await ask(house);
  expect(await decide(house, approval, "undo")).toMatchObject({ status: 409, json: { code: "already_decided" } });
});

test.concurrent("undo and another approval right after it send once, after a hold of their own", async () => {
  const { customer, approval } = await ask(house);
  await decide(house, approval, "approve");
  await decide(house, approval, "undo");
  await decide(house, approval, "edit", { response: "The second decision." }, { as: "luis" });
  await reached(house, approval, "sent");
  const [reply, ...more] = await replies(house, customer.conversationId);
  expect(more).toEqual([]);
  expect(reply).toMatchObject({ content: "The second decision.", sender: { name: "Luis Ortega" } });
  const { json } = await house.api(`/api/v1/approvals/${approval.id}/events`);
  const at = (what: string) => Date.parse(json.data.findLast((event: Json) => event.what === what).at);
  expect(at("sent") - at("decided")).toBeGreaterThan(HOLD_SECONDS * 1000 - 200);
});

test.concurrent("undo while the send already looks at the conversation, and another decision: that one is held and sent", async () => {
  const { customer, approval } = await ask(house);
  await restFault(house, { method: "GET", path: messagesPath(customer.conversationId), times: 1 }, { delay_ms: 1500 });
  await decide(house, approval, "approve");
  const from = Date.now();
  await eventually("the hold is over and the send looks", () => Date.now() > from + HOLD_SECONDS * 1000 + 500);
  expect((await decide(house, approval, "undo")).status).toBe(200);
  expect((await decide(house, approval, "edit", { response: "On second thoughts." })).status).toBe(200);
  await reached(house, approval, "sent");
  expect((await replies(house, customer.conversationId)).map(({ content }) => content)).toEqual(["On second thoughts."]);
  const { json } = await house.api(`/api/v1/approvals/${approval.id}/events`);
  const at = (what: string) => Date.parse(json.data.findLast((event: Json) => event.what === what).at);
  expect(at("sent") - at("decided")).toBeGreaterThan(HOLD_SECONDS * 1000 - 200);
});

test.concurrent("a newer message supersedes an approval that was not sent yet, and its words are offered in the new one", async () => {
  const { customer, approval } = await ask(house);
  await decide(house, approval, "edit", { response: "Take AN-6, I checked." });
  await customer.write("Sorry, it is a 454 big block. Which AN size for that?");
  const newer = await approvalThat(
    house,
    customer.conversationId,
    "answers both",
    ({ id, note: { status } }) => id !== approval.id && status === "posted",
  );
  const before = await approvalNow(house, approval.id, "gave way", ({ status }) => status === "superseded");
  expect(before).toMatchObject({ superseded_by: newer.id, reply: { status: "returned" }, final_response: "Take AN-6, I checked." });
  expect(newer.customer_message).toContain("454 big block");
  expect(newer.customer_message).toContain(QUESTION);
  expect(newer.findings).toContainEqual(expect.objectContaining({ code: "approved_before", evidence: "Take AN-6, I checked." }));
  const [shown] = await draftNotes(house, customer.conversationId);
  expect(shown.content).toContain("Take AN-6, I checked.");
  expect(await lessons(house, approval)).toEqual([]);
  await new Promise((resolve) => setTimeout(resolve, HOLD_SECONDS * 1000 + 500));
  expect(await replies(house, customer.conversationId)).toEqual([]);
  expect(await fates(house, customer.conversationId)).toEqual(["drafted", "drafted"]);
});

test.concurrent("an operator's own reply before the send gives the approval back with the reason; the words are kept", async () => {
  const { customer, approval } = await ask(house);
  await decide(house, approval, "edit", { response: "Approved words." });
  await answerByHand(house, customer.conversationId, "I answer by hand.", { as: "luis" });
  const back = await givenBack(approval);
  expect(back).toMatchObject({ decision: null, final_response: "Approved words." });
  expect(back.version).toBeGreaterThan(approval.version + 1);
  expect(reasonOf(back)).toBe("Luis Ortega answered the customer meanwhile.");
  const [shown] = await draftNotes(house, customer.conversationId);
  expect(shown.content).toContain("Luis Ortega answered the customer meanwhile");
  expect(shown.content).toContain("Approved words.");
  expect((await replies(house, customer.conversationId)).map(({ content }) => content)).toEqual(["I answer by hand."]);
  expect(await lessons(house, approval)).toEqual([]);

  const redraft = await decide(house, back, "redraft");
  const redrafted = await approvalNow(
    house,
    approval.id,
    "is redrafted",
    ({ version, note: { status } }) => version > redraft.json.version && status === "posted",
  );
  expect(redrafted.customer_message).toBe(QUESTION);
  await decide(house, redrafted, "edit", { response: "And this, too." }); // who knows of the other answer may send theirs
  await reached(house, approval, "sent");
  expect((await replies(house, customer.conversationId)).map(({ content }) => content)).toEqual(["I answer by hand.", "And this, too."]);
});

test.concurrent("a conversation resolved before the send gives the approval back; who then approves again knows it, and it goes out", async () => {
  const { customer, approval } = await ask(house);
  await decide(house, approval, "approve");
  await setStatus(house, customer.conversationId, "resolved");
  const back = await givenBack(approval);
  expect(reasonOf(back)).toBe("The conversation was resolved.");
  expect(await replies(house, customer.conversationId)).toEqual([]);
  expect((await decide(house, back, "approve")).status).toBe(200);
  await reached(house, approval, "sent");
  expect((await replies(house, customer.conversationId)).map(({ content }) => content)).toEqual([approval.draft_response]);
});

test.concurrent("a conversation handed to a bot before the send gives the approval back", async () => {
  const { customer, approval } = await ask(house);
  await decide(house, approval, "approve");
  await setStatus(house, customer.conversationId, "pending");
  expect(reasonOf(await givenBack(approval))).toBe("The conversation was handed to a bot.");
  expect(await replies(house, customer.conversationId)).toEqual([]);
});

test.concurrent("a channel whose window closed before the send gives the approval back", async () => {
  const { customer, approval } = await ask(house);
  await decide(house, approval, "approve");
  Object.assign(conversationRow(customer.conversationId) ?? {}, { can_reply_as_seeded: false });
  expect(reasonOf(await givenBack(approval))).toContain("window has closed");
  expect(await replies(house, customer.conversationId)).toEqual([]);
});

test.concurrent("a customer blocked before the send gets nothing", async () => {
  const { customer, approval } = await ask(house);
  await decide(house, approval, "approve");
  const contactId = conversationRow(customer.conversationId)?.contact_id;
  await house.chatwoot(`/contacts/${contactId}`, { method: "PUT", body: { blocked: true }, as: "ida" });
  expect(reasonOf(await givenBack(approval))).toBe("The customer is blocked.");
  expect(await replies(house, customer.conversationId)).toEqual([]);
});

test.concurrent("a conversation deleted before the send gives the approval back and harms nobody else", async () => {
  const { customer, approval } = await ask(house);
  await decide(house, approval, "approve");
  await house.chatwoot(`/conversations/${customer.conversationId}`, { method: "DELETE", as: "ida" });
  const { approvals } = house.server.house.ports.store; // whose conversation is gone can be seen by nobody over HTTP
  await eventually("it is given back", async () => (await approvals.get(approval.id))?.replyStatus === "returned");
  expect(await approvals.get(approval.id)).toMatchObject({ status: "pending", replyError: "Chatwoot no longer has this conversation." });
  const next = await ask(house);
  expect((await decide(house, next.approval, "reject", { reason: "other" })).status).toBe(200);
});

test.concurrent("another assignee alone is no reason to hold a reply back", async () => {
  const { customer, approval } = await ask(house);
  await decide(house, approval, "approve");
  await house.chatwoot(`/conversations/${customer.conversationId}/assignments`, {
    method: "POST",
    body: { assignee_id: SHOP.people.luis.id },
  });
  await reached(house, approval, "sent");
});

test.concurrent("a note, another operator's or a bot's, is no answer: the reply goes out", async () => {
  const { customer, approval } = await ask(house);
  await decide(house, approval, "approve");
  await note(house, customer.conversationId, "I will call them tomorrow.", { as: "luis" });
  await reached(house, approval, "sent");
  expect(await replies(house, customer.conversationId)).toHaveLength(1);
});

const approveAs = (as: "ida" | "dana", id: string) => house.api(`/api/v1/approvals/${id}/approve`, { method: "POST", body: {}, as });

for (const [why, answer, reason, operator] of [
  ["refuses the operator's token", { errors: ["Invalid Access Token"] }, "refused Ida Brandt's access token", "ida"],
  ["does not let the operator write", { error: "You are not authorized to do this action" }, "does not let this operator write", "dana"],
] as const) {
  test.concurrent(`a Chatwoot that ${why} gives the approval back; it never goes out in another name`, async () => {
    const { customer, approval } = await ask(house);
    await restFault(house, { method: "POST", path: messagesPath(customer.conversationId), times: 1 }, { status: 401, body: answer });
    await approveAs(operator, approval.id);
    const back = await approvalNow(house, approval.id, "was given back", (now) => now.reply.status === "returned");
    expect(back.status).toBe("pending");
    expect(reasonOf(back)).toContain(reason);
    if (operator === "ida") {
      await approveAs(operator, approval.id); // once more, before they sign in again
      await approvalNow(house, approval.id, "was given back again", (now) => now.version > back.version && now.reply.status === "returned");
    }
    expect(await replies(house, customer.conversationId)).toEqual([]);
  });
}
