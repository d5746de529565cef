import { createHmac } from "node:crypto";
import { type Desk, startDesk, startReceiver, until } from "./helpers.ts";

let desk: Desk;
beforeEach(async () => {
  desk = await startDesk();
});
afterEach(() => desk.close());

test("a customer's first message arrives signed, as a message whose types are words, with the newest public message nested as numbers", async () => {
  const written = await desk.customerWrites("Kann ich tauschen?");
  const { headers, raw, body } = await desk.heard((one) => one.body.event === "message_created");
  const wanted = createHmac("sha256", desk.webhook.secret).update(`${headers["x-chatwoot-timestamp"]}.${raw}`).digest("hex");
  expect(headers["x-chatwoot-signature"]).toBe(`sha256=${wanted}`);
  expect(headers["x-chatwoot-delivery"]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/);
  expect(headers["content-type"]).toBe("application/json");
  expect(headers["user-agent"]).toBe("Ruby");
  expect(Object.keys(body)).toEqual([
    "account",
    "additional_attributes",
    "content_attributes",
    "content_type",
    "content",
    "conversation",
    "created_at",
    "id",
    "inbox",
    "message_type",
    "private",
    "sender",
    "source_id",
    "event",
  ]);
  expect(body).toMatchObject({
    id: written.json.id,
    content: "Kann ich tauschen?",
    message_type: "incoming",
    private: false,
    inbox: { id: desk.inbox.id, name: "Order desk" },
  });
  expect(body.sender).toMatchObject({ name: "Anna Becker", email: "anna.becker@mail.example" });
  expect(body.sender).not.toHaveProperty("type");
  expect(body.conversation).toMatchObject({
    id: desk.conversation.id,
    status: "open",
    can_reply: true,
    unread_count: 1,
    account: { id: 1, name: "Nordlicht Outdoor" },
  });
  expect(body.conversation.messages).toEqual([
    expect.objectContaining({
      id: written.json.id,
      message_type: 0,
      conversation_id: desk.conversation.id,
      sender: expect.objectContaining({ type: "contact" }),
    }),
  ]);
  expect(body.conversation.meta).toEqual({
    sender: expect.objectContaining({ type: "contact" }),
    assignee: null,
    assignee_type: null,
    team: null,
    hmac_verified: false,
  });
  expect(typeof body.conversation.updated_at).toBe("number");
  expect(body.created_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
});

test("our own note comes back as outgoing and private, with our mark, beside the customer's message", async () => {
  const asked = await desk.customerWrites("Kann ich tauschen?");
  await desk.write("service-token", {
    content: "A draft",
    message_type: "outgoing",
    private: true,
    content_attributes: { countersign_id: "a-1" },
  });
  const { body } = await desk.heard((one) => one.body.private === true);
  expect(body).toMatchObject({ event: "message_created", message_type: "outgoing", content_attributes: { countersign_id: "a-1" } });
  expect(body.sender).toEqual({ id: 3, name: "Countersign Service", email: expect.any(String), type: "user" });
  expect(body.conversation.messages[0].id).toBe(asked.json.id);
  await desk.settled();
  expect(desk.receiver.received.filter((one) => one.body.event === "conversation_updated")).toHaveLength(0);
});

test("a status change is told twice: once without its changes, once with them", async () => {
  await desk.customerWrites("Hallo");
  await desk.api("service-token", "POST", `${desk.thread}/toggle_status`, { status: "resolved" });
  const changed = await desk.heard((one) => one.body.event === "conversation_status_changed");
  expect(changed.body).toMatchObject({ id: desk.conversation.id, status: "resolved", changed_attributes: null, waiting_since: 0 });
  const updated = await desk.heard((one) => one.body.event === "conversation_updated");
  expect(updated.body.changed_attributes.map((change: object) => Object.keys(change)[0])).toEqual(["status", "updated_at"]);
  expect(updated.body.changed_attributes[0].status).toEqual({ previous_value: "open", current_value: "resolved" });
});

test("a message on a resolved conversation opens it again and starts the waiting clock", async () => {
  await desk.customerWrites("Hallo");
  await desk.api("service-token", "POST", `${desk.thread}/toggle_status`, { status: "resolved" });
  await desk.settled();
  desk.receiver.received.length = 0;
  await desk.customerWrites("Noch etwas");
  await desk.settled();
  const events = desk.receiver.received.map((one) =>
    `${one.body.event} ${(one.body.changed_attributes ?? []).flatMap(Object.keys).filter((key: string) => key !== "updated_at")}`.trim(),
  );
  expect(events.sort()).toEqual([
    "contact_updated last_activity_at",
    "conversation_status_changed",
    "conversation_updated status",
    "conversation_updated waiting_since",
    "message_created",
  ]);
});

test("only subscribed events arrive, and activities never do", async () => {
  await desk.customerWrites("Hallo");
  await desk.api("admin-token", "PATCH", `/webhooks/${desk.webhook.id}`, { subscriptions: ["message_created"] });
  await desk.settled();
  desk.receiver.received.length = 0;
  await desk.api("service-token", "POST", `${desk.thread}/toggle_priority`, { priority: "high" });
  await desk.write("agent-token", { content: "Gern" });
  await desk.settled();
  expect(desk.receiver.received.map((one) => one.body.event)).toEqual(["message_created"]);
});

test("an account webhook that is answered 500 is lost: one attempt, no failure mark", async () => {
  desk.receiver.answers.status = 500;
  const { json } = await desk.customerWrites("Hallo");
  await desk.settled();
  expect(desk.receiver.received.filter((one) => one.body.event === "message_created")).toHaveLength(1);
  const { json: list } = await desk.api("agent-token", "GET", `${desk.thread}/messages`);
  expect(list.payload.find((row: { id: number }) => row.id === json.id).status).toBe("sent");
});

test("a receiver that never answers is cut off, and the customer's call does not wait for it", async () => {
  const slow = await startDesk({ webhookTimeoutMs: 150 });
  try {
    slow.receiver.answers.status = null;
    expect((await slow.customerWrites("Hallo")).status).toBe(200);
    await slow.settled();
    const { deliveries } = (await slow.call(null, "GET", "/simulator/deliveries")).json;
    const lost = deliveries.filter((row: { event: string }) => row.event === "message_created");
    expect(lost).toEqual([
      expect.objectContaining({ outcome: "failed", status: null, attempt: 1, error: expect.stringContaining("ReadTimeout") }),
    ]);
  } finally {
    await slow.close();
  }
});

test("an API inbox's own webhook that fails marks the message and tells of that once", async () => {
  const bridge = await startReceiver();
  bridge.answers.status = 500;
  await desk.api("admin-token", "PATCH", `/inboxes/${desk.inbox.id}`, { channel: { webhook_url: `${bridge.url}/bridge` } });
  const note = await desk.write("service-token", { content: "doomed", private: true });
  const told = await desk.heard((one) => one.body.event === "message_updated" && one.body.id === note.json.id);
  expect(told.body.content_attributes.external_error).toBe("500 Internal Server Error");
  await desk.settled();
  expect(bridge.received.map((one) => one.body.event)).toEqual(["message_created", "message_updated"]);
  const { json } = await desk.api("agent-token", "GET", `${desk.thread}/messages?after=${note.json.id}&before=${note.json.id + 1}`);
  expect(json.payload[0].status).toBe("failed");
  await bridge.close();
});

test("a bot's webhook is tried three times under one delivery id, then its pending conversation is opened", async () => {
  const front = await startReceiver();
  front.answers.status = 500;
  const { json: bot } = await desk.api("admin-token", "POST", "/agent_bots", { name: "Front", outgoing_url: `${front.url}/bot` });
  await desk.api("admin-token", "POST", `/inboxes/${desk.inbox.id}/set_agent_bot`, { agent_bot: bot.id });
  const customer = (await desk.call(null, "POST", desk.customers, { name: "Jonas" })).json;
  const second = (await desk.call(null, "POST", `${desk.customers}/${customer.source_id}/conversations`, {})).json;
  expect(second.status).toBe("pending");
  await desk.call(null, "POST", `${desk.customers}/${customer.source_id}/conversations/${second.id}/messages`, { content: "Hallo?" });
  await until(async () => (await desk.api("agent-token", "GET", `/conversations/${second.id}`)).json.status === "open", "the opening");
  const attempts = front.received.filter((one) => one.body.event === "message_created");
  expect(attempts).toHaveLength(3);
  expect(new Set(attempts.map((one) => one.headers["x-chatwoot-delivery"])).size).toBe(1);
  await front.close();
});

test("macros and automation rules send unsigned webhooks without a delivery id", async () => {
  await desk.customerWrites("Hallo");
  const { json: macro } = await desk.api("admin-token", "POST", "/macros", {
    name: "Tell",
    visibility: "global",
    actions: [{ action_name: "send_webhook_event", action_params: [`${desk.receiver.url}/macro`] }],
  });
  await desk.api("admin-token", "POST", "/automation_rules", {
    name: "On refund",
    event_name: "message_created",
    conditions: [{ attribute_key: "content", filter_operator: "contains", values: ["refund"], query_operator: null }],
    actions: [
      { action_name: "add_private_note", action_params: ["Automatic"] },
      { action_name: "send_webhook_event", action_params: [`${desk.receiver.url}/automation`] },
    ],
  });
  await desk.api("agent-token", "POST", `/macros/${macro.payload.id}/execute`, { conversation_ids: [desk.conversation.id] });
  await desk.customerWrites("A refund, please");
  const told = await desk.heard((one) => one.path === "/macro");
  expect(told.body.event).toBe("macro.executed");
  const ruled = await desk.heard((one) => one.path === "/automation");
  expect(ruled.body.event).toBe("automation_event.message_created");
  for (const one of [told, ruled]) expect(Object.keys(one.headers).filter((name) => name.startsWith("x-chatwoot"))).toEqual([]);
  const note = await desk.heard((one) => one.body.content === "Automatic");
  expect(note.body).toMatchObject({ sender: null, private: true, content_attributes: { automation_rule_id: 1 } });
});

test("when the customer reads, every outgoing message is told again as updated, notes and commands included", async () => {
  await desk.customerWrites("Hallo");
  await desk.write("agent-token", { content: "/approve", private: true });
  await desk.write("agent-token", { content: "Gern" });
  expect((await desk.call(null, "POST", `${desk.customerThread}/update_last_seen`)).text).toBe("");
  await desk.settled();
  const told = desk.receiver.received.filter((one) => one.body.event === "message_updated").map((one) => one.body.content);
  expect(told.sort()).toEqual(["/approve", "Gern"]);
});
