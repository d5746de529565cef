import { createHelpdesk } from "../../../src/adapters/chatwoot/helpdesk.ts";
import type { Mark } from "../../../src/core/words.ts";
import type { Helpdesk } from "../../../src/ports/helpdesk.ts";
import { type Simulator, startSimulator } from "../../../src/simulator/start.ts";

const MARK: Mark = { approvalId: "0198c1d2-6b1e-7c55-9b0e-5d0c6a7f1e21", kind: "note", ref: "0198c1d2-6b1e-7c55-9b0e-000000000001" };
const MAIL = {
  content: "Neu\n\n> alt",
  content_type: "incoming_email",
  content_attributes: { email: { auto_reply: true, text_content: { quoted: "Neu", reply: "Neu\n\n> alt" }, html_content: {} } },
};

/** The story of this file: two teams, a person of each kind, a website chat, a conversation with one of everything, a long and a foreign one. */
const STORY = {
  accounts: [{ id: 2, name: "Another account" }],
  people: [
    { id: 11, name: "Service", email: "service@shop.example", token: "service-token" },
    { id: 12, name: "Mara Lindt", email: "mara@shop.example", token: "mara-token", online: true },
    { id: 13, name: "Tom Fern", token: "tom-token" },
    { id: 14, name: "Foreign Agent", token: "foreign-token", account_id: 2 },
  ],
  teams: [
    { id: 5, name: "returns", members: [12, 13] },
    { id: 6, name: "technical" },
  ],
  inboxes: [
    { id: 3, name: "Website", channel: { type: "web_widget", website_url: "https://shop.example" }, members: [11, 12] },
    { id: 4, name: "Another account's", channel: { type: "api" }, account_id: 2 },
  ],
  contacts: [
    {
      id: 21,
      name: "Rosa Lind",
      email: "rosa@mail.example",
      phone_number: "+491701234567",
      custom_attributes: { customer_tier: "premium" },
    },
    { id: 22, name: "Bert Block", blocked: true },
    { id: 23, name: "Elsewhere", account_id: 2 },
  ],
  conversations: [
    {
      display_id: 31,
      inbox: 3,
      contact: 21,
      hmac_verified: true,
      priority: "medium",
      assignee: 12,
      team: 5,
      labels: ["vip", "returns"],
      custom_attributes: { order_number: "NL-7" },
      messages: [
        { id: 101, content: "What size?", created_at: "2026-11-21T09:00:00Z" },
        { id: 102, message_type: "activity", content: "Assigned to returns", created_at: "2026-11-21T09:00:01Z" },
        { id: 103, message_type: "template", content: "We are out of office", created_at: "2026-11-21T09:00:02Z" },
        { id: 104, message_type: "outgoing", private: true, content: "/approve", sender: 12, created_at: "2026-11-21T09:00:03Z" },
        {
          id: 105,
          message_type: "outgoing",
          content: "AN-6",
          sender: 12,
          content_attributes: {
            countersign_id: MARK.approvalId,
            countersign_kind: "reply",
            countersign_ref: "3",
            cc_emails: [],
            external_error: "131047: window closed",
          },
          created_at: "2026-11-21T09:00:04Z",
        },
        { id: 106, ...MAIL, created_at: "2026-11-21T09:00:05Z" },
        {
          id: 107,
          content: null,
          attachments: [{ name: "leck am schlauch.jpg", content_type: "image/jpeg", text: "…" }],
          created_at: "2026-11-21T09:00:06Z",
        },
        { id: 108, content: "This message was deleted", content_attributes: { deleted: true }, created_at: "2026-11-21T09:00:07Z" },
      ],
    },
    { display_id: 32, inbox: 3, contact: 22, status: "resolved", messages: [] },
    { display_id: 33, inbox: 3, contact: 21, messages: Array.from({ length: 130 }, (_, n) => ({ id: 1001 + n, content: `m${n + 1}` })) },
    { display_id: 34, inbox: 4, contact: 23, messages: [{ content: "not ours" }] },
  ],
};

let simulator: Simulator;
let helpdesk: Helpdesk;

const post = async (path: string, body: object): Promise<void> => {
  const response = await fetch(`${simulator.url}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", "Api-Access-Token": "ida-token" },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
};
const fault = (match: object, what: object) => post("/simulator/faults", { match, fault: what });
const stored = (conversationId: number) =>
  [...simulator.state.messages.values()].filter((row) => {
    const conversation = [...simulator.state.conversations.values()].find((one) => one.id === row.conversation_id);
    return conversation?.display_id === conversationId && conversation.account_id === 1;
  });
const conversationRow = (conversationId: number) =>
  [...simulator.state.conversations.values()].find((row) => row.display_id === conversationId && row.account_id === 1);
const asToken = (token: string, timeoutMs?: number): Helpdesk =>
  createHelpdesk({ baseUrl: simulator.url, accountId: 1, token, ...(timeoutMs !== undefined && { timeoutMs }) });

beforeAll(async () => {
  simulator = await startSimulator({ seed: "empty" });
});
beforeEach(async () => {
  await post("/simulator/reset", {});
  await post("/simulator/seed", STORY);
  helpdesk = asToken("service-token");
});
afterAll(() => simulator.close());

describe("people", () => {
  test("whoever owns a token is known with their role in our account", async () => {
    expect(await helpdesk.whoIs("mara-token")).toEqual({ id: 12, name: "Mara Lindt", email: "mara@shop.example", role: "agent" });
    expect(await helpdesk.whoIs("ida-token")).toMatchObject({ id: 1, role: "administrator" });
  });

  test.each(["nobodys-token", "foreign-token", "", "two\nlines"])(
    "the token %j is refused: it is no operator's of our account",
    async (token) => {
      await expect(helpdesk.whoIs(token)).rejects.toMatchObject({ name: "HelpdeskError", kind: "refused" });
    },
  );

  test("a bot's token is refused, too", async () => {
    await post("/api/v1/accounts/1/agent_bots", { name: "Bot" });
    const bot = [...simulator.state.bots.values()].find((row) => row.name === "Bot");
    await expect(helpdesk.whoIs(bot?.token ?? "")).rejects.toMatchObject({ kind: "refused" });
  });

  test("the service user is asked for once, and again after a failure", async () => {
    await fault({ path: "/profile", times: 3 }, { status: 503 });
    await expect(helpdesk.self()).rejects.toMatchObject({ kind: "unavailable" });
    expect(await helpdesk.self()).toMatchObject({ id: 11, name: "Service" });
    await fault({ path: "/profile" }, { status: 503 });
    expect(await helpdesk.self()).toMatchObject({ id: 11 });
  });

  test("operators come with their presence, teams with their members", async () => {
    const operators = await helpdesk.operators();
    expect(operators).toContainEqual({ id: 12, name: "Mara Lindt", email: "mara@shop.example", role: "agent", online: true });
    expect(operators.filter((operator) => operator.online).map((operator) => operator.id)).toEqual([12]);
    expect(operators.map((operator) => operator.id).sort()).toEqual([1, 11, 12, 13]);
    expect(await helpdesk.teams()).toEqual([
      { id: 5, name: "returns" },
      { id: 6, name: "technical" },
    ]);
    expect((await helpdesk.teamMembers(5)).sort()).toEqual([12, 13]);
    expect(await helpdesk.teamMembers(6)).toEqual([]);
  });
});

describe("reading", () => {
  test("a conversation with everything set is read in our words", async () => {
    expect(await helpdesk.conversation(31)).toEqual({
      accountId: 1,
      id: 31,
      inboxId: 3,
      channel: "Channel::WebWidget",
      status: "open",
      canReply: true,
      muted: false,
      labels: ["vip", "returns"],
      priority: "normal",
      contact: {
        id: 21,
        name: "Rosa Lind",
        email: "rosa@mail.example",
        phone: "+491701234567",
        blocked: false,
        customAttributes: { customer_tier: "premium" },
      },
      assigneeId: 12,
      teamId: 5,
      waitingSince: expect.any(Date),
      hmacVerified: true,
      customAttributes: { order_number: "NL-7" },
    });
  });

  test("what is unset is null, and a blocked contact's conversation is muted", async () => {
    const conversation = await helpdesk.conversation(32);
    expect(conversation).toMatchObject({
      status: "resolved",
      priority: null,
      assigneeId: null,
      teamId: null,
      waitingSince: null,
      hmacVerified: false,
    });
    expect(conversation).toMatchObject({ muted: true, contact: { blocked: true, email: null, phone: null } });
  });

  test("a bot that holds a conversation is not its operator", async () => {
    await post("/api/v1/accounts/1/agent_bots", { name: "Bot" });
    const bot = [...simulator.state.bots.values()].find((row) => row.name === "Bot");
    await post("/api/v1/accounts/1/conversations/33/assignments", { assignee_id: bot?.id, assignee_type: "AgentBot" });
    expect((await helpdesk.conversation(33)).assigneeId).toBeNull();
  });

  test("a conversation that is not there, or another account's, is gone", async () => {
    await expect(helpdesk.conversation(999)).rejects.toMatchObject({ kind: "gone" });
    await expect(helpdesk.conversation(34)).rejects.toMatchObject({ kind: "gone" });
  });

  test("operators see what Chatwoot lets them see", async () => {
    expect(await helpdesk.canSee(33, "mara-token")).toBe(true);
    expect(await helpdesk.canSee(33, "ida-token")).toBe(true);
    expect(await helpdesk.canSee(33, "tom-token")).toBe(false); // neither the inbox's nor the team's member
    expect(await helpdesk.canSee(999, "mara-token")).toBe(false);
    expect(await helpdesk.canSee(33, "foreign-token")).toBe(false);
    await expect(helpdesk.canSee(33, "nobodys-token")).rejects.toMatchObject({ kind: "refused" });
  });

  test("every kind of message is read for what it is", async () => {
    const person = { type: "user", id: 12, name: "Mara Lindt" };
    const rosa = { type: "contact", id: 21, name: "Rosa Lind" };
    const nobody = { type: "none", id: null, name: null };
    const plain = { private: false, attachments: [], mark: null, deleted: false, autoReply: false, externalError: null };
    expect(await helpdesk.messages(31)).toEqual(
      [
        { id: 101, type: "incoming", text: "What size?", sender: rosa },
        { id: 102, type: "activity", text: "Assigned to returns", sender: nobody },
        { id: 103, type: "template", text: "We are out of office", sender: nobody },
        { id: 104, type: "outgoing", text: "/approve", sender: person, private: true },
        {
          id: 105,
          type: "outgoing",
          text: "AN-6",
          sender: person,
          mark: { approvalId: MARK.approvalId, kind: "reply", ref: "3" },
          externalError: "131047: window closed",
        },
        { id: 106, type: "incoming", text: "Neu", sender: rosa, autoReply: true },
        { id: 107, type: "incoming", text: "", sender: rosa, attachments: [{ type: "image", name: "leck am schlauch.jpg" }] },
        { id: 108, type: "incoming", text: "This message was deleted", sender: rosa, deleted: true },
      ].map((message, n) => ({ ...plain, createdAt: new Date(Date.UTC(2026, 10, 21, 9, 0, n)), ...message })),
    );
  });

  test("messages come page by page, each once, in order, until there are enough or no more", async () => {
    const ids = async (options?: { afterId?: number; atLeast?: number }) =>
      (await helpdesk.messages(33, options)).map((message) => message.id);
    const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => from + n);
    expect(await ids()).toEqual(numbers(1111, 1130));
    const fifty = await ids({ atLeast: 50 });
    expect(fifty.length).toBeGreaterThanOrEqual(50);
    expect(fifty).toEqual(numbers(1131 - fifty.length, 1130));
    expect(await ids({ atLeast: 1000 })).toEqual(numbers(1001, 1130));
    expect(await ids({ afterId: 1004 })).toEqual(numbers(1005, 1130)); // 126: two pages
    expect(await ids({ afterId: 1000 })).toEqual(numbers(1001, 1130));
    expect(await ids({ afterId: 1030 })).toEqual(numbers(1031, 1130)); // exactly one full page
    expect(await ids({ afterId: 1130 })).toEqual([]);
    expect(await helpdesk.messages(32)).toEqual([]);
  });

  test("a message whose time and id disagree is not lost between two pages", async () => {
    const at = (second: number) => `2026-11-21T09:00:${String(second).padStart(2, "0")}Z`;
    const messages = Array.from({ length: 30 }, (_, n) => ({ id: 2001 + n, content: "x", created_at: at(n) }));
    Object.assign(messages[9] ?? {}, { created_at: at(10) });
    Object.assign(messages[10] ?? {}, { created_at: at(9) });
    await post("/simulator/seed", { conversations: [{ display_id: 35, inbox: 3, contact: 21, messages }] });
    const page = await helpdesk.messages(35);
    expect(page[0]?.id).toBe(2010); // 2011, written a second before, is on the next page
    expect((await helpdesk.messages(35, { atLeast: 30 })).map((message) => message.id)).toEqual([
      ...Array.from({ length: 9 }, (_, n) => 2001 + n),
      2011,
      2010,
      ...Array.from({ length: 19 }, (_, n) => 2012 + n),
    ]);
  });

  test("messages of one second are in the order of their ids", async () => {
    const messages = await helpdesk.messages(33, { atLeast: 130 });
    expect(new Set(messages.map((message) => message.createdAt.getTime())).size).toBeLessThan(130);
    expect(messages.map((message) => message.id)).toEqual(messages.map((message) => message.id).sort((one, other) => one - other));
  });
});

describe("writing", () => {
  test("a note is private, ours, marked, and answered with what Chatwoot stored", async () => {
    const note = await helpdesk.postNote(31, "Mail {{contact.email}}", MARK);
    expect(note.text).toBe("Mail rosa@mail.example"); // whoever cares neutralised it before
    const row = stored(31).find((message) => message.id === note.id);
    expect(row).toMatchObject({ message_type: "outgoing", private: true, sender: { type: "User", id: 11 }, source_id: null });
    expect(row?.content_attributes).toMatchObject({ countersign_id: MARK.approvalId, countersign_kind: "note", countersign_ref: MARK.ref });
    const [read] = await helpdesk.messages(31, { afterId: note.id - 1 });
    expect(read).toMatchObject({ id: note.id, private: true, mark: MARK, sender: { type: "user", id: 11 } });
  });

  test("a reply goes out in the operator's name, or the service user's without a token", async () => {
    const mark: Mark = { ...MARK, kind: "reply", ref: "2" };
    const text = "Hallo Rosa,\n\nAN-6 passt. \n";
    const own = await helpdesk.sendReply(31, text, mark, "mara-token");
    const ours = await helpdesk.sendReply(31, text, mark, null);
    expect([own.text, ours.text]).toEqual([text, text]); // the answer is as stored, unlike the webhook
    expect(stored(31).find((row) => row.id === own.id)).toMatchObject({ private: false, sender: { type: "User", id: 12 } });
    expect(stored(31).find((row) => row.id === ours.id)).toMatchObject({ private: false, sender: { type: "User", id: 11 } });
    expect((await helpdesk.messages(31, { afterId: own.id - 1 }))[0]).toMatchObject({ type: "outgoing", mark });
  });

  test("a token that Chatwoot no longer takes refuses the reply and sends nothing", async () => {
    await expect(helpdesk.sendReply(31, "x", MARK, "nobodys-token")).rejects.toMatchObject({ kind: "refused" });
    await expect(helpdesk.sendReply(33, "x", MARK, "tom-token")).rejects.toMatchObject({ kind: "forbidden" });
    await expect(helpdesk.sendReply(999, "x", MARK, null)).rejects.toMatchObject({ kind: "gone" });
    await expect(helpdesk.sendReply(31, "x".repeat(150_001), MARK, null)).rejects.toMatchObject({ kind: "invalid" });
    expect(stored(31)).toHaveLength(8);
  });

  test("a removed note loses its text; one that is gone counts as removed", async () => {
    const note = await helpdesk.postNote(31, "A draft", MARK);
    await helpdesk.removeNote(31, note.id);
    expect((await helpdesk.messages(31, { afterId: note.id - 1 }))[0]).toMatchObject({ deleted: true, mark: null });
    await helpdesk.removeNote(31, note.id);
    await helpdesk.removeNote(31, 99999);
    await helpdesk.removeNote(999, note.id);
  });

  test("team and operator are assigned by calls of their own, and neither undoes the other", async () => {
    await helpdesk.assignTeam(33, 5);
    await helpdesk.assignOperator(33, 12);
    expect(await helpdesk.conversation(33)).toMatchObject({ teamId: 5, assigneeId: 12 });
  });

  test("unknown teams and people are refused before Chatwoot would silently unassign", async () => {
    await expect(helpdesk.assignOperator(31, 999)).rejects.toMatchObject({ kind: "invalid" });
    await expect(helpdesk.assignOperator(31, 14)).rejects.toMatchObject({ kind: "invalid" }); // another account's
    await expect(helpdesk.assignTeam(31, 999)).rejects.toMatchObject({ kind: "invalid" });
    expect(await helpdesk.conversation(31)).toMatchObject({ assigneeId: 12, teamId: 5 });
  });

  test("an assignment that Chatwoot answered with nothing did not happen, and says so", async () => {
    await fault({ path: "/assignments" }, { status: 200, body: null });
    await expect(helpdesk.assignOperator(31, 13)).rejects.toMatchObject({ kind: "invalid" });
    await expect(helpdesk.assignTeam(31, 6)).rejects.toMatchObject({ kind: "invalid" });
  });

  test.each([
    ["urgent", "urgent"],
    ["high", "high"],
    ["normal", "medium"],
    ["low", "low"],
  ] as const)("our %s is Chatwoot's %s", async (ours, theirs) => {
    await helpdesk.setPriority(33, ours);
    expect(conversationRow(33)?.priority).toBe(theirs);
    expect((await helpdesk.conversation(33)).priority).toBe(ours);
  });
});

describe("faults", () => {
  const messagesOf = { method: "POST", path: "/conversations/33/messages" };

  test("a write whose connection broke may or may not have happened: unknown, once, and to be found by its mark", async () => {
    await fault({ ...messagesOf, times: 1 }, { drop: "before" });
    await expect(helpdesk.postNote(33, "lost", MARK)).rejects.toMatchObject({ kind: "unknown" });
    expect((await helpdesk.messages(33, { afterId: 1130 })).filter((message) => message.mark)).toEqual([]);

    await fault({ ...messagesOf, times: 1 }, { drop: "after" });
    await expect(helpdesk.postNote(33, "stored", MARK)).rejects.toMatchObject({ kind: "unknown" });
    expect((await helpdesk.messages(33, { afterId: 1130 })).map((message) => [message.text, message.mark])).toEqual([["stored", MARK]]);
  });

  test("a write that Chatwoot takes too long over is unknown, though it happens later", async () => {
    const hasty = asToken("service-token", 200);
    await fault({ ...messagesOf, times: 1 }, { delay_ms: 400 });
    await expect(hasty.sendReply(33, "late", MARK, null)).rejects.toMatchObject({ kind: "unknown" });
  });

  test("a rate limit is busy, with the time that Chatwoot asks for", async () => {
    await fault({ ...messagesOf, times: 1 }, { status: 429, headers: { "retry-after": "7" }, body: "Retry later\n" });
    await expect(helpdesk.postNote(33, "x", MARK)).rejects.toMatchObject({ kind: "busy", retryAfterSeconds: 7, httpStatus: 429 });
    expect(stored(33)).toHaveLength(130);
  });

  test("a read outlives two broken connections, and not a third", async () => {
    await fault({ method: "GET", path: "/conversations/33", times: 2 }, { drop: "before" });
    expect((await helpdesk.conversation(33)).id).toBe(33);
    await fault({ method: "GET", path: "/conversations/33", times: 3 }, { status: 502, body: "<h1>Bad gateway</h1>" });
    await expect(helpdesk.conversation(33)).rejects.toMatchObject({ kind: "unavailable", httpStatus: 502 });
  });
});
