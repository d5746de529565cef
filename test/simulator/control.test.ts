import { type Desk, type Loose, startDesk, until } from "./helpers.ts";

let desk: Desk;
beforeEach(async () => {
  desk = await startDesk();
});
afterEach(() => desk.close());

const control = (path: string, body?: unknown) => desk.call(null, "POST", `/simulator/${path}`, body);
const notes = async () =>
  (await desk.api("agent-token", "GET", `${desk.thread}/messages`)).json.payload.filter((row: Loose) => row.private);
const created = () => desk.receiver.received.filter((one) => one.body.event === "message_created");

describe("faults of REST", () => {
  const match = { method: "POST", path: "/conversations/*/messages", times: 1 };

  test("a status is answered instead of doing anything, as often as asked", async () => {
    await control("faults", { match, fault: { status: 502, headers: { "Retry-After": "7" }, body: { error: "down" } } });
    const refused = await desk.write("service-token", { content: "a", private: true });
    expect([refused.status, refused.json]).toEqual([502, { error: "down" }]);
    expect((await desk.write("service-token", { content: "b", private: true })).status).toBe(200);
    expect(await notes()).toHaveLength(1);
  });

  test("a connection that drops before leaves nothing, one that drops after has done it", async () => {
    await control("faults", { match, fault: { drop: "before" } });
    await expect(desk.write("service-token", { content: "a", private: true })).rejects.toThrow();
    expect(await notes()).toHaveLength(0);
    await control("faults", { match, fault: { drop: "after" } });
    await expect(desk.write("service-token", { content: "b", private: true })).rejects.toThrow();
    expect((await notes()).map((row: Loose) => row.content)).toEqual(["b"]);
  });

  test("a delayed call is answered all the same; cleared faults are gone", async () => {
    await control("faults", { match: { path: "messages" }, fault: { delay_ms: 30 } });
    expect((await desk.write("service-token", { content: "a", private: true })).status).toBe(200);
    await control("faults", { match: {}, fault: { status: 500 } });
    await desk.call(null, "DELETE", "/simulator/faults");
    expect((await desk.write("service-token", { content: "b", private: true })).status).toBe(200);
  });

  test("what makes no sense is refused with the field named", async () => {
    const answer = await control("faults", { match: {}, fault: { drop: "sometimes" } });
    expect([answer.status, answer.json.error]).toEqual([400, expect.stringContaining("drop")]);
  });
});

describe("faults of webhooks", () => {
  const match = { event: "message_created", times: 1 };

  test("never: the message is stored and nothing tells of it", async () => {
    await control("webhook-faults", { match, fault: "never" });
    await desk.customerWrites("lost");
    await desk.customerWrites("heard");
    await desk.settled();
    expect(created().map((one) => one.body.content)).toEqual(["heard"]);
    const { deliveries } = (await desk.call(null, "GET", "/simulator/deliveries")).json;
    expect(deliveries.filter((row: Loose) => row.outcome === "never")).toHaveLength(1);
  });

  test("duplicates come under the same delivery id, or under a new one", async () => {
    await control("webhook-faults", { match, fault: "duplicate" });
    await desk.customerWrites("twice");
    await desk.settled();
    expect(new Set(created().map((one) => one.headers["x-chatwoot-delivery"])).size).toBe(1);
    expect(created()).toHaveLength(2);
    await control("webhook-faults", { match, fault: "duplicate_new_id" });
    await desk.customerWrites("again");
    await desk.settled();
    const again = created().filter((one) => one.body.content === "again");
    expect(new Set(again.map((one) => one.headers["x-chatwoot-delivery"])).size).toBe(2);
  });

  test("reordered: the next one arrives first", async () => {
    await desk.api("admin-token", "PATCH", `/webhooks/${desk.webhook.id}`, { subscriptions: ["message_created"] });
    await control("webhook-faults", { match, fault: "reorder" });
    await desk.customerWrites("first");
    await desk.customerWrites("second");
    await desk.settled();
    expect(created().map((one) => one.body.content)).toEqual(["second", "first"]);
  });
});

describe("e-mail", () => {
  const inbox = async () =>
    (await desk.api("admin-token", "POST", "/inboxes", { name: "Hilfe", channel: { type: "email", email: "hilfe@nordlicht.example" } }))
      .json;
  const from = { name: "Rosa Lind", email: "Rosa@mail.example" };

  test("a mail arrives as Chatwoot shapes it: the new words apart from the quoted thread", async () => {
    const { id } = await inbox();
    const first = await control("emails", { inbox_id: id, from, subject: "Umtausch", text: "Geht das?", html: "<p>Geht das?</p>" });
    expect(first.json).toMatchObject({ content: "Geht das?", content_type: "incoming_email", message_type: 0 });
    const { email } = first.json.content_attributes;
    expect(email).toMatchObject({
      subject: "Umtausch",
      from: ["rosa@mail.example"],
      to: ["hilfe@nordlicht.example"],
      multipart: true,
      auto_reply: false,
      html_content: { full: "<p>Geht das?</p>" },
    });
    const answer = await control("emails", {
      inbox_id: id,
      from,
      subject: "Re: Umtausch",
      text: "Danke!",
      quoted_text: "> Ja, gern.",
      in_reply_to: email.message_id,
      auto_reply: true,
    });
    expect(answer.json.conversation_id).toBe(first.json.conversation_id);
    expect(answer.json.content).toBe("Danke!\n\n> Ja, gern.");
    expect(answer.json.content_attributes.email).toMatchObject({
      text_content: { quoted: "Danke!", reply: "Danke!\n\n> Ja, gern." },
      in_reply_to: email.message_id,
      auto_reply: true,
    });
    const told = await desk.heard((one) => one.body.event === "conversation_created" && one.body.channel === "Channel::Email");
    expect(told.body.additional_attributes).toMatchObject({ source: "email", mail_subject: "Umtausch", auto_reply: false });
  });

  test("a reply keeps its mark, gains the mail's two forms, and is told again once it has left", async () => {
    const { id } = await inbox();
    const { json: mail } = await control("emails", { inbox_id: id, from, subject: "Umtausch", text: "Geht das?" });
    const { json: reply } = await desk.api("admin-token", "POST", `/conversations/${mail.conversation_id}/messages`, {
      content: "Ja, **gern**.",
      content_attributes: { countersign_id: "a" },
    });
    expect(reply.content_attributes).toMatchObject({
      countersign_id: "a",
      cc_emails: [],
      bcc_emails: [],
      to_emails: [],
      email: { html_content: { full: "<p>Ja, <strong>gern</strong>.</p>\n" } },
    });
    const sent = await desk.heard((one) => one.body.event === "message_updated" && one.body.id === reply.id);
    expect(sent.body.source_id).toMatch(/^conversation\/[0-9a-f-]{36}\/messages\/\d+@nordlicht\.example$/);
  });
});

describe("WhatsApp's window of 24 hours", () => {
  async function chat() {
    const { json: inbox } = await desk.api("admin-token", "POST", "/inboxes", {
      name: "WhatsApp",
      channel: { type: "whatsapp", phone_number: "+4940123" },
    });
    const { json: message } = await control("whatsapp", {
      inbox_id: inbox.id,
      from: { name: "Tom", phone_number: "+491701234567" },
      text: "Hi",
    });
    const reply = () => desk.api("admin-token", "POST", `/conversations/${message.conversation_id}/messages`, { content: "Hello" });
    return { id: message.conversation_id, reply };
  }
  const told = (id: number) => desk.heard((one) => one.body.event === "message_updated" && one.body.id === id);

  test("inside, a reply leaves with a source id", async () => {
    const { reply } = await chat();
    const { json } = await reply();
    expect((await told(json.id)).body.source_id).toMatch(/^wamid\./);
  });

  test("outside, the reply is answered 200, then fails with a reason, unless it came with a source id", async () => {
    const { id, reply } = await chat();
    await control("advance", { seconds: 25 * 3600 });
    expect((await desk.api("admin-token", "GET", `/conversations/${id}`)).json.can_reply).toBe(false);
    const late = await reply();
    expect([late.status, late.json.status]).toEqual([200, "sent"]);
    expect((await told(late.json.id)).body.content_attributes.external_error).toContain("24 hours");
    const marked = await desk.api("admin-token", "POST", `/conversations/${id}/messages`, { content: "Hello", source_id: "mine" });
    await desk.settled();
    const { json } = await desk.api("admin-token", "GET", `/conversations/${id}/messages?after=${marked.json.id - 1}`);
    expect(json.payload[0]).toMatchObject({ status: "sent", source_id: "mine" });
  });
});

test("a seeded story is there with its own ids and times, and nothing was told of it", async () => {
  await desk.settled();
  desk.receiver.received.length = 0;
  const story = {
    teams: [{ name: "Returns", members: ["Mara Lindt"] }],
    contacts: [{ id: 731, name: "Rosa Lind", email: "rosa@mail.example", custom_attributes: { tier: "vip" } }],
    conversations: [
      {
        display_id: 1182,
        inbox: "Order desk",
        contact: 731,
        status: "pending",
        assignee: 2,
        team: "returns",
        labels: ["vip"],
        can_reply: false,
        messages: [
          { id: 90_417, content: "Is {{this}} kept?", created_at: "2026-08-14T09:53:20.412Z" },
          { id: 90_418, message_type: "outgoing", private: true, sender: "Mara Lindt", content: "A note", created_at: 1_786_701_300 },
        ],
      },
    ],
  };
  expect((await control("seed", story)).json.conversations).toEqual([{ display_id: 1182, message_ids: [90_417, 90_418] }]);
  const { json } = await desk.api("agent-token", "GET", "/conversations/1182");
  expect(json).toMatchObject({
    status: "pending",
    can_reply: false,
    labels: ["vip"],
    waiting_since: 1_786_701_200,
    meta: { sender: { id: 731 }, assignee: { id: 2 }, team: { name: "returns" } },
  });
  const { json: list } = await desk.api("agent-token", "GET", "/conversations/1182/messages");
  expect(list.payload.map((row: Loose) => [row.id, row.content, row.created_at, row.private])).toEqual([
    [90_417, "Is {{this}} kept?", 1_786_701_200, false],
    [90_418, "A note", 1_786_701_300, true],
  ]);
  await desk.settled();
  expect(desk.receiver.received).toHaveLength(0);
  const later = await desk.customerWrites("after the story");
  expect(later.json.id).toBe(90_419);
});

test("a story that names what is not there is refused in words", async () => {
  const answer = await control("seed", { conversations: [{ inbox: "Nowhere", contact: 1 }] });
  expect([answer.status, answer.json.error]).toEqual([400, 'The story names inbox "Nowhere", which is not there.']);
});

test("reset forgets everything but the installation; the state can be looked at", async () => {
  await desk.customerWrites("Hallo");
  const state = async () => (await desk.call(null, "GET", "/simulator/state")).json;
  expect((await state()).messages).toHaveLength(1);
  await control("reset");
  expect(await state()).toMatchObject({
    messages: [],
    conversations: [],
    webhooks: [],
    users: [{ name: "Ida Admin" }, { name: "Mara Lindt" }, { name: "Countersign Service" }],
  });
});

test("a closed simulator leaves nothing listening, also while webhooks hang", async () => {
  const other = await startDesk();
  other.receiver.answers.status = null;
  await other.customerWrites("Hallo");
  await until(() => other.receiver.received.length > 0);
  await other.close();
  await expect(fetch(other.simulator.url)).rejects.toThrow();
});
