import { type Desk, type Loose, startDesk } from "./helpers.ts";

let desk: Desk;
beforeEach(async () => {
  desk = await startDesk();
  await desk.customerWrites("Hallo");
});
afterEach(() => desk.close());

const read = async (token = "agent-token") => (await desk.api(token, "GET", desk.thread)).json;
const toggle = (token: string, body: object) => desk.api(token, "POST", `${desk.thread}/toggle_status`, body);

describe("who may", () => {
  test.each([
    ["without a token", null, "/api/v1/accounts/1/conversations", 401, { errors: ["You need to sign in or sign up before continuing."] }],
    ["with a wrong token", "wrong", "/api/v1/accounts/1/conversations", 401, { error: "Invalid Access Token" }],
    [
      "in somebody else's account",
      "agent-token",
      "/api/v1/accounts/2/conversations",
      401,
      { error: "You are not authorized to access this account" },
    ],
    ["in an account that is not there", "admin-token", "/api/v1/accounts/99/conversations", 404, { error: "Resource could not be found" }],
    [
      "a bot, outside its short list",
      "bot-token",
      "/api/v1/accounts/1/conversations",
      401,
      { error: "Access to this endpoint is not authorized for bots" },
    ],
    [
      "an agent, where administrators may",
      "agent-token",
      "/api/v1/accounts/1/webhooks",
      401,
      { error: "You are not authorized to do this action" },
    ],
    [
      "a conversation that is not there",
      "agent-token",
      "/api/v1/accounts/1/conversations/99",
      404,
      { error: "Resource could not be found" },
    ],
  ])("%s", async (_name, token, path, status, body) => {
    const answer = await desk.call(token, "GET", path);
    expect([answer.status, answer.json]).toEqual([status, body]);
  });

  test("a token that was renewed is nobody's any more", async () => {
    const path = "/api/v1/profile";
    const { access_token: renewed } = (await desk.call("agent-token", "POST", `${path}/reset_access_token`)).json;
    expect(await desk.call("agent-token", "GET", path)).toMatchObject({ status: 401, json: { error: "Invalid Access Token" } });
    expect((await desk.call(renewed, "GET", path)).json).toMatchObject({ id: 2, access_token: renewed });
  });

  test("a bearer token is no token, both spellings of the header are", async () => {
    const path = "/api/v1/profile";
    expect((await desk.call(null, "GET", path, undefined, { Authorization: "Bearer agent-token" })).status).toBe(401);
    expect((await desk.call(null, "GET", path, undefined, { api_access_token: "agent-token" })).json).toMatchObject({
      id: 2,
      name: "Mara Lindt",
      role: "agent",
      accounts: [{ id: 1, role: "agent" }],
    });
  });

  test("an agent sees the conversations of their inboxes and teams only", async () => {
    await desk.api("admin-token", "DELETE", "/inbox_members", { inbox_id: desk.inbox.id, user_ids: [2] });
    expect((await desk.api("agent-token", "GET", desk.thread)).status).toBe(401);
    expect((await desk.api("agent-token", "GET", "/conversations")).json.data.payload).toEqual([]);
    const { json: team } = await desk.api("admin-token", "POST", "/teams", { name: "returns" });
    await desk.api("admin-token", "POST", `/teams/${team.id}/team_members`, { user_ids: [2] });
    await desk.api("admin-token", "POST", `${desk.thread}/assignments`, { team_id: team.id });
    expect((await desk.api("agent-token", "GET", desk.thread)).status).toBe(200);
  });

  test("a bot's token fails on a conversation that has a team", async () => {
    expect((await desk.api("bot-token", "GET", desk.thread)).status).toBe(200);
    const { json: team } = await desk.api("admin-token", "POST", "/teams", { name: "returns" });
    await desk.api("bot-token", "POST", `${desk.thread}/assignments`, { team_id: team.id });
    const answer = await desk.api("bot-token", "GET", desk.thread);
    expect([answer.status, answer.json]).toEqual([500, { status: 500, error: "Internal Server Error" }]);
  });
});

test("PATCH takes the priority and ignores the status with 200", async () => {
  const { status, json } = await desk.api("service-token", "PATCH", desk.thread, { status: "resolved", assignee_id: 2, priority: "high" });
  expect([status, json.status, json.priority, json.meta.assignee]).toEqual([200, "open", "high", undefined]);
});

test("an unknown status or priority is a 500", async () => {
  expect((await toggle("service-token", { status: "archived" })).status).toBe(500);
  expect((await desk.api("service-token", "POST", `${desk.thread}/toggle_priority`, { priority: "nonsense" })).status).toBe(500);
});

test("an empty 200 still says it is JSON", async () => {
  const answer = await desk.api("service-token", "POST", `${desk.thread}/toggle_priority`, { priority: "urgent" });
  expect([answer.status, answer.text, answer.type]).toEqual([200, "", "application/json"]);
});

test("an agent who opens a conversation has it, an administrator has not", async () => {
  await toggle("service-token", { status: "resolved" });
  await toggle("admin-token", { status: "open" });
  expect((await read()).meta).not.toHaveProperty("assignee");
  await toggle("agent-token", { status: "open" });
  expect((await read()).meta.assignee).toMatchObject({ id: 2, email: expect.any(String), role: "agent" });
});

test("a bot hands a pending conversation over: success is null, the status is open", async () => {
  await toggle("bot-token", { status: "pending" });
  expect((await toggle("bot-token", { status: "open" })).json.payload).toEqual({
    success: null,
    conversation_id: desk.conversation.id,
    current_status: "open",
    snoozed_until: null,
  });
});

test("without a status the conversation toggles", async () => {
  expect((await toggle("bot-token", {})).json.payload.current_status).toBe("resolved");
  expect((await toggle("bot-token", {})).json.payload.current_status).toBe("open");
});

test("snoozing takes Unix seconds; an ISO time becomes half an hour past 1970", async () => {
  const soon = Math.floor(Date.now() / 1000) + 600;
  expect((await toggle("bot-token", { status: "snoozed", snoozed_until: soon })).json.payload.snoozed_until).toBe(
    new Date(soon * 1000).toISOString(),
  );
  expect((await toggle("bot-token", { status: "snoozed", snoozed_until: "2026-11-21T09:53:55.307Z" })).json.payload.snoozed_until).toBe(
    "1970-01-01T00:33:46.000Z",
  );
});

test("a snooze that runs out opens the conversation", async () => {
  await toggle("bot-token", { status: "snoozed", snoozed_until: Math.floor(Date.now() / 1000) + 600 });
  await desk.call(null, "POST", "/simulator/advance", { seconds: 601 });
  expect(await read()).toMatchObject({ status: "open", snoozed_until: null });
  const told = await desk.heard((one) => one.body.event === "conversation_updated" && one.body.status === "open");
  expect(told.body.changed_attributes.flatMap(Object.keys)).toEqual(["status", "updated_at", "snoozed_until"]);
});

test("labels replace, a comma splits one, the same again is silent", async () => {
  const set = async (labels: unknown[]) => (await desk.api("bot-token", "POST", `${desk.thread}/labels`, { labels })).json.payload;
  expect(await set(["returns"])).toEqual(["returns"]);
  expect(await set(["Mit Leerzeichen", "a,b"])).toEqual(["Mit Leerzeichen", "a", "b"]);
  await desk.settled();
  desk.receiver.received.length = 0;
  expect(await set(["Mit Leerzeichen", "a", "b"])).toEqual(["Mit Leerzeichen", "a", "b"]);
  await desk.settled();
  expect(desk.receiver.received).toHaveLength(0);
  expect(await set([])).toEqual([]);
});

test("custom attributes of a conversation replace, a contact's merge", async () => {
  const set = (attributes: object) => desk.api("bot-token", "POST", `${desk.thread}/custom_attributes`, { custom_attributes: attributes });
  await set({ a: 1 });
  expect((await set({ b: 2 })).json).toEqual({ custom_attributes: { b: 2 } });
  const contact = `/contacts/${desk.customer.id}`;
  await desk.api("agent-token", "PUT", contact, { custom_attributes: { tier: "premium" } });
  expect((await desk.api("agent-token", "PUT", contact, { custom_attributes: { city: "Kiel" } })).json.payload.custom_attributes).toEqual({
    tier: "premium",
    city: "Kiel",
  });
});

describe("assignment", () => {
  const assign = async (body: object) => (await desk.api("bot-token", "POST", `${desk.thread}/assignments`, body)).json ?? null;

  test("an unknown person or team unassigns with 200", async () => {
    expect(await assign({ assignee_id: 2 })).toMatchObject({ id: 2, name: "Mara Lindt" });
    expect(await assign({ assignee_id: 99_999 })).toBeNull();
    expect((await read()).meta).not.toHaveProperty("assignee");
    expect(await assign({ team_id: 99_999 })).toBeNull();
  });

  test("with a person named the team is ignored", async () => {
    const { json: team } = await desk.api("admin-token", "POST", "/teams", { name: "returns" });
    await assign({ assignee_id: 3, team_id: team.id });
    const { meta } = await read();
    expect([meta.assignee.id, meta.team]).toEqual([3, undefined]);
  });

  test("a new team drops an assignee who is not in it, in one change", async () => {
    const { json: team } = await desk.api("admin-token", "POST", "/teams", { name: "returns", allow_auto_assign: false });
    await desk.api("admin-token", "POST", `/teams/${team.id}/team_members`, { user_ids: [2] });
    await assign({ assignee_id: 3 });
    await assign({ team_id: team.id });
    const told = await desk.heard((one) => (one.body.changed_attributes ?? []).flatMap(Object.keys).includes("team_id"));
    expect(told.body.changed_attributes.flatMap(Object.keys)).toEqual(["assignee_id", "updated_at", "team_id"]);
    expect(told.body.meta).toMatchObject({ assignee: null, team: { id: team.id, name: "returns" } });
  });

  test("a bot can be the assignee", async () => {
    await assign({ assignee_id: 1, assignee_type: "AgentBot" });
    const told = await desk.heard((one) => one.body.meta?.assignee_type === "AgentBot");
    expect(told.body.meta.assignee).toEqual({ id: 1, name: "Countersign", avatar_url: "", type: "agent_bot" });
  });

  test("an inbox with auto-assignment gives a new conversation to whoever is online", async () => {
    await desk.call("agent-token", "POST", "/api/v1/profile/auto_offline", { profile: { auto_offline: false } });
    const { json: second } = await desk.call(null, "POST", `${desk.customers}/${desk.customer.source_id}/conversations`, {});
    expect((await desk.api("agent-token", "GET", `/conversations/${second.id}`)).json.meta.assignee.id).toBe(2);
  });
});

test("a reply by a person is the first reply and stops the waiting; a bot's only stops it", async () => {
  await desk.write("bot-token", { content: "Von der Maschine" });
  expect(await read()).toMatchObject({ first_reply_created_at: 0, waiting_since: 0 });
  await desk.customerWrites("Und?");
  await desk.write("agent-token", { content: "Von mir" });
  const after = await read();
  expect(after.first_reply_created_at).toBeGreaterThan(0);
  expect(after.waiting_since).toBe(0);
});

test("muting resolves and blocks; a blocked contact's message opens nothing", async () => {
  await desk.api("service-token", "POST", `${desk.thread}/mute`);
  expect(await read()).toMatchObject({ status: "resolved", muted: true });
  await desk.customerWrites("Hallo?");
  expect((await read()).status).toBe("resolved");
});

test("25 conversations a page, open ones by default, and no paging with updated_within", async () => {
  await desk.call(null, "POST", "/simulator/seed", {
    contacts: [{ id: 700, name: "Kunde" }],
    conversations: Array.from({ length: 30 }, (_, at) => ({
      inbox: "Order desk",
      contact: 700,
      status: at < 28 ? "open" : "resolved",
      messages: [{ content: `Frage ${at}` }],
    })),
  });
  const list = async (query: string) => (await desk.api("agent-token", "GET", `/conversations${query}`)).json.data;
  expect((await list("")).payload).toHaveLength(25);
  expect((await list("?page=2")).payload).toHaveLength(4);
  expect((await list("?status=all&updated_within=600")).payload).toHaveLength(31);
  expect((await list("?status=resolved")).meta).toEqual({ mine_count: 0, assigned_count: 0, unassigned_count: 2, all_count: 2 });
});

test("deleting is for administrators, silent, and later calls find nothing", async () => {
  expect((await desk.api("agent-token", "DELETE", desk.thread)).status).toBe(401);
  await desk.settled();
  desk.receiver.received.length = 0;
  const deleted = await desk.api("admin-token", "DELETE", `/contacts/${desk.customer.id}`);
  expect([deleted.status, deleted.text]).toEqual([200, ""]);
  expect((await desk.write("bot-token", { content: "too late", private: true })).status).toBe(404);
  await desk.settled();
  expect(desk.receiver.received).toHaveLength(0);
});

test("a resolved conversation asks for a rating once; the rating arrives as an update of that message", async () => {
  await desk.api("admin-token", "PATCH", `/inboxes/${desk.inbox.id}`, {
    csat_survey_enabled: true,
    csat_config: { display_type: "star", message: "Wie war es?" },
  });
  await desk.write("agent-token", { content: "Gern" });
  await toggle("agent-token", { status: "resolved" });
  const asked = await desk.heard((one) => one.body.content_type === "input_csat");
  expect(asked.body).toMatchObject({
    event: "message_created",
    message_type: "template",
    sender: null,
    content_attributes: { display_type: "star" },
  });
  const link = /\/survey\/responses\/(\S+)$/.exec(asked.body.content)?.[1];
  await desk.call(null, "PUT", `/public/api/v1/csat_survey/${link}`, {
    message: { submitted_values: { csat_survey_response: { rating: 5, feedback_message: "Gut" } } },
  });
  const rated = await desk.heard((one) => one.body.event === "message_updated" && one.body.content_type === "input_csat");
  expect(rated.body.content_attributes.submitted_values.csat_survey_response).toEqual({ rating: 5, feedback_message: "Gut" });
  const { json } = await desk.api("admin-token", "GET", "/csat_survey_responses");
  expect(json.map((row: Loose) => row.rating)).toEqual([5]);
});
