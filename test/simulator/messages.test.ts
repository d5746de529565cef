import { type Desk, type Loose, startDesk } from "./helpers.ts";

let desk: Desk;
beforeAll(async () => {
  desk = await startDesk();
  await desk.customerWrites("Hallo");
});
afterAll(() => desk.close());

test("a note is answered in REST's form: integers, Unix times, the sender with a type", async () => {
  const { status, json } = await desk.write("bot-token", {
    content: "A draft",
    message_type: "outgoing",
    private: true,
    echo_id: "e1",
    content_attributes: { countersign_id: "a" },
  });
  expect(status).toBe(200);
  expect(json).toMatchObject({
    content: "A draft",
    message_type: 1,
    private: true,
    status: "sent",
    echo_id: "e1",
    conversation_id: desk.conversation.id,
    content_attributes: { countersign_id: "a" },
  });
  expect(json.sender).toEqual({ id: 1, name: "Countersign", avatar_url: "", type: "agent_bot" });
  expect(Number.isInteger(json.created_at)).toBe(true);
});

test.each([
  ["omitted", undefined, 200, 1, "user"],
  ["the word outgoing", "outgoing", 200, 1, "user"],
  ["the word incoming", "incoming", 200, 0, "contact"],
  ["the number 0", 0, 200, 0, "contact"],
  ["the number 1", 1, 200, 1, "contact"],
  ["the number 2", 2, 200, 2, "contact"],
  ["the number 3", 3, 200, 3, "contact"],
  ["the text 0", "0", 422, null, null],
  ["nonsense", "nonsense", 422, null, null],
])("message_type %s is taken as Chatwoot takes it", async (_name, type, status, number, sender) => {
  const answer = await desk.write("service-token", { content: "x", private: true, ...(type !== undefined && { message_type: type }) });
  expect(answer.status).toBe(status);
  if (status === 422) expect(answer.json).toEqual({ error: `'${type}' is not a valid message_type` });
  else expect([answer.json.message_type, answer.json.sender.type]).toEqual([number, sender]);
});

test("a website inbox refuses the word incoming and still makes a customer's message of the number 0", async () => {
  const { json: site } = await desk.api("admin-token", "POST", "/inboxes", {
    name: "Website",
    channel: { type: "web_widget", website_url: "https://shop.example" },
  });
  const { json: config } = await desk.call(null, "POST", "/api/v1/widget/config", { website_token: site.website_token });
  const visitor = { "X-Auth-Token": config.website_channel_config.auth_token };
  const started = await desk.call(
    null,
    "POST",
    "/api/v1/widget/conversations",
    { website_token: site.website_token, contact: { email: "tom@mail.example" }, message: { content: "Hallo" } },
    visitor,
  );
  const post = (type: unknown) =>
    desk.api("admin-token", "POST", `/conversations/${started.json.id}/messages`, { content: "x", private: true, message_type: type });
  expect((await post("incoming")).json).toEqual({ error: "Incoming messages are only allowed in Api inboxes" });
  expect((await post(0)).json).toMatchObject({ message_type: 0, private: true, sender: { type: "contact" } });
});

test("text is stored and answered as posted, and can never be edited", async () => {
  const { json } = await desk.write("service-token", { content: "one\\\ntwo\n\n\n", private: true });
  expect(json.content).toBe("one\\\ntwo\n\n\n");
  const patched = await desk.api("service-token", "PATCH", `${desk.thread}/messages/${json.id}`, { content: "edited" });
  expect([patched.status, patched.json.content]).toEqual([200, "one\\\ntwo\n\n\n"]);
});

test("limits: 150,000 characters, no NUL byte, an empty note is fine", async () => {
  expect((await desk.write("service-token", { content: "x".repeat(150_000), private: true })).status).toBe(200);
  expect((await desk.write("service-token", { content: "x".repeat(150_001), private: true })).json).toEqual({
    error: "Validation failed: Content is too long (maximum is 150000 characters)",
  });
  expect((await desk.write("service-token", { content: "a\0b", private: true })).json).toEqual({ error: "string contains null byte" });
  expect((await desk.write("service-token", { private: true })).json.content).toBeNull();
});

test("a body that is not JSON is answered 400, empty, as HTML", async () => {
  const response = await fetch(`${desk.simulator.url}/api/v1/accounts/1${desk.thread}/messages`, {
    method: "POST",
    headers: { "Content-Type": "application/json", api_access_token: "bot-token" },
    body: '{"content": ',
  });
  expect([response.status, await response.text()]).toEqual([400, ""]);
  expect(response.headers.get("content-type")).toContain("text/html");
});

test("a deleted note keeps its row and loses text and mark; a bot may not delete", async () => {
  const { json } = await desk.write("bot-token", { content: "draft", private: true, content_attributes: { countersign_id: "a" } });
  const path = `${desk.thread}/messages/${json.id}`;
  expect((await desk.api("bot-token", "DELETE", path)).json).toEqual({ error: "Access to this endpoint is not authorized for bots" });
  const deleted = await desk.api("service-token", "DELETE", path);
  expect(deleted.json).toMatchObject({ id: json.id, content: "This message was deleted", content_attributes: { deleted: true } });
  const told = await desk.heard((one) => one.body.event === "message_updated" && one.body.id === json.id);
  expect(told.body).toMatchObject({ content: "This message was deleted", private: true });
});

test("messages are paged by id: 20 newest, 20 before, 100 after, and what lies between", async () => {
  const { json: seeded } = await desk.call(null, "POST", "/simulator/seed", {
    contacts: [{ id: 500, name: "Viel Schreiber" }],
    conversations: [
      {
        display_id: 500,
        inbox: desk.inbox.id,
        contact: 500,
        messages: Array.from({ length: 130 }, (_, at) => ({ id: 10_000 + at, content: `m${at}`, created_at: 1_780_000_000 + at })),
      },
    ],
  });
  expect(seeded.conversations[0].message_ids).toHaveLength(130);
  const list = async (query: string) =>
    (await desk.api("agent-token", "GET", `/conversations/500/messages${query}`)).json.payload.map((row: Loose) => row.id);
  const from = (first: number, count: number) => Array.from({ length: count }, (_, at) => first + at);
  expect(await list("")).toEqual(from(10_110, 20));
  expect(await list("?before=10050")).toEqual(from(10_030, 20));
  expect(await list("?after=10004")).toEqual(from(10_005, 100));
  expect(await list("?after=10004&before=10006")).toEqual([10_004, 10_005]);
});

test("the 201st message of a minute is refused", async () => {
  const { json: customer } = await desk.call(null, "POST", desk.customers, { name: "Flut" });
  const { json: conversation } = await desk.call(null, "POST", `${desk.customers}/${customer.source_id}/conversations`, {});
  const post = () => desk.api("bot-token", "POST", `/conversations/${conversation.id}/messages`, { content: "n", private: true });
  for (let at = 0; at < 200; at++) expect((await post()).status).toBe(200);
  expect((await post()).json).toEqual({ error: "Validation failed: Too many messages" });
});

test("a file can be sent and fetched again without a token, never as a page", async () => {
  const form = new FormData();
  form.append("content", "Ihr Retourenschein");
  form.append("private", "false");
  form.append("attachments[]", new Blob(["<script>alert(1)</script>"], { type: "text/html" }), "schein.html");
  const response = await fetch(`${desk.simulator.url}/api/v1/accounts/1${desk.thread}/messages`, {
    method: "POST",
    headers: { "Api-Access-Token": "agent-token" },
    body: form,
  });
  const json = (await response.json()) as Loose;
  expect(json).toMatchObject({
    content: "Ihr Retourenschein",
    private: false,
    attachments: [{ file_type: "file", extension: "html", file_size: 25 }],
  });
  const file = await fetch(json.attachments[0].data_url);
  expect(await file.text()).toBe("<script>alert(1)</script>");
  expect(file.headers.get("content-disposition")).toContain("attachment");
});

test("delivery states over REST are for API inboxes; a failure carries its reason", async () => {
  const { json } = await desk.write("agent-token", { content: "Gern" });
  const failed = await desk.api("service-token", "PATCH", `${desk.thread}/messages/${json.id}`, {
    status: "failed",
    external_error: "131047",
  });
  expect(failed.json).toMatchObject({ status: "failed", content_attributes: { external_error: "131047" } });
});
