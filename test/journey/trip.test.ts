import { SHOP } from "../../src/simulator/shop.ts";
import { eventually } from "../support/eventually.ts";
import { startHouse, type TestHouse } from "../support/house.ts";
import {
  approvalNow,
  approvalsOf,
  ask,
  decide,
  draftNotes,
  fates,
  type Json,
  lessons,
  newCustomer,
  posted,
  QUESTION,
  reached,
  replies,
  trail,
} from "../support/trip.ts";

let house: TestHouse;
beforeAll(async () => {
  house = await startHouse();
});
afterAll(() => house.close());

/** Hears what the queue tells its watchers, as the browser of an operator does. */
async function watch(as: keyof typeof SHOP.people): Promise<{ heard: { type: string; json: Json }[]; stop(): void }> {
  const stopping = new AbortController();
  const response = await fetch(`${house.url}/api/v1/events`, {
    headers: { authorization: `Bearer ${SHOP.people[as].token}` },
    signal: stopping.signal,
  });
  const heard: { type: string; json: Json }[] = [];
  void (async () => {
    let text = "";
    for await (const piece of response.body ?? []) {
      text += Buffer.from(piece).toString("utf8");
      for (let end = text.indexOf("\n\n"); end !== -1; end = text.indexOf("\n\n")) {
        const field = (name: string) => new RegExp(`^${name}: ?(.*)$`, "m").exec(text.slice(0, end))?.[1];
        const data = field("data");
        if (data) heard.push({ type: field("event") ?? "message", json: JSON.parse(data) });
        text = text.slice(end + 2);
      }
    }
  })().catch(() => {});
  return { heard, stop: () => stopping.abort() };
}

test("a customer's question becomes a draft in the queue and in a private note, and tells the operators who watch", async () => {
  const watcher = await watch("luis");
  const customer = await newCustomer(house);
  const messageId = await customer.write(QUESTION);
  const approval = await posted(house, customer.conversationId);

  expect(approval).toMatchObject({
    status: "pending",
    message_id: messageId,
    customer_message: QUESTION,
    degraded: null,
    decision: null,
    final_response: null,
    reply: { status: "none", message_id: null },
  });
  expect(approval.sources.length).toBeGreaterThan(0);
  expect(approval.citations.some(({ verified }: Json) => verified)).toBe(true);
  expect(new Date(approval.due_at).getTime()).toBeGreaterThan(Date.now());

  const [noteInChatwoot, ...more] = await draftNotes(house, customer.conversationId);
  expect(more).toEqual([]);
  expect(noteInChatwoot).toMatchObject({ id: approval.note.message_id, private: true, message_type: 1, sender: { name: "Countersign" } });
  expect(noteInChatwoot.content_attributes.countersign_id).toBe(approval.id);
  const [headline, rule, draft] = noteInChatwoot.content.split("\n\n");
  expect(headline).toMatch(/^🤖 AGENT SDK DRAFT (✅|⚠️|🔴) \(\d+% confidence\)$/u);
  expect(rule).toBe("---");
  expect(approval.draft_response.startsWith(draft)).toBe(true);
  expect(await customer.reads()).toHaveLength(1); // nothing but their own question

  await eventually("the watcher hears of it", () =>
    watcher.heard.some(({ type, json }) => type === "approval.created" && json.id === approval.id),
  );
  watcher.stop();
  expect(await fates(house, customer.conversationId)).toEqual(["drafted"]);
});

test("an approved draft reaches the customer once, byte for byte, in the operator's own name, as a first response by a person", async () => {
  const { customer, approval } = await ask(house);
  const conversation = [...house.simulator.state.conversations.values()].find((row) => row.display_id === customer.conversationId);
  expect(conversation?.first_reply_created_at).toBeNull();

  const answer = await decide(house, approval, "approve");
  expect(answer.status).toBe(200);
  expect(answer.json).toMatchObject({
    status: "approved",
    decision: "approve",
    edited: false,
    decided_by: { type: "operator", name: "Dana Weiss" },
  });
  const sent = await reached(house, approval, "sent");

  const [reply, ...more] = await replies(house, customer.conversationId);
  expect(more).toEqual([]);
  expect(reply).toMatchObject({
    id: sent.reply.message_id,
    content: approval.draft_response,
    private: false,
    sender: { id: SHOP.people.dana.id, name: "Dana Weiss" },
  });
  expect(reply.content_attributes.countersign_id).toBe(approval.id);
  expect(reply.source_id).toBeNull();
  expect(await customer.reads()).toHaveLength(2);
  expect(conversation?.first_reply_created_at).not.toBeNull();
  expect(sent).toMatchObject({ final_response: approval.draft_response, reply: { status: "sent" }, findings: approval.findings });
});

test("after the decision the note is gone, and what happened is kept: audit trail, learning row, the message's end", async () => {
  const { customer, approval } = await ask(house);
  await decide(house, approval, "approve");
  await reached(house, approval, "sent");
  await house.settled();

  expect(await draftNotes(house, customer.conversationId)).toEqual([]);
  expect((await approvalsOf(house, customer.conversationId)).map(({ status }) => status)).toEqual(["sent"]);
  expect((await approvalNow(house, approval.id, "knows that its note is gone", ({ note }) => note.status === "removed")).note.status).toBe(
    "removed",
  );
  expect(await trail(house, approval)).toEqual(["created", "note_posted", "decided", "sent"]);
  expect(await lessons(house, approval)).toEqual([
    expect.objectContaining({
      decision: "approve",
      was_sent: true,
      edit_ratio: 0,
      draft_version: approval.draft_response,
      final_version: approval.draft_response,
      question: QUESTION,
    }),
  ]);
  expect(await fates(house, customer.conversationId)).toEqual(["drafted"]);
});

test("our own note and reply come back as webhooks and cause nothing", async () => {
  const { customer, approval } = await ask(house);
  await decide(house, approval, "approve");
  await reached(house, approval, "sent");
  await house.settled();
  const ours = (await house.server.house.ports.store.deliveries.list({ conversationId: customer.conversationId, limit: 100 })).data.filter(
    ({ reason }) => reason === "own_message",
  );
  expect(ours).toHaveLength(2);
  expect(await approvalsOf(house, customer.conversationId)).toHaveLength(1);
});
