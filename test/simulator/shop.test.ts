import { SHOP } from "../../src/simulator/shop.ts";
import { type Simulator, startSimulator } from "../../src/simulator/start.ts";
import { client, type Loose } from "./helpers.ts";

let simulator: Simulator;
let call: ReturnType<typeof client>;
beforeAll(async () => {
  simulator = await startSimulator();
  call = client(simulator.url);
});
afterAll(() => simulator.close());

const { dana, countersign } = SHOP.people;
const get = async (path: string, token: string = dana.token): Promise<Loose> =>
  (await call(token, "GET", `/api/v1/accounts/1${path}`)).json;

test("the shop has inboxes of the four kinds, people online, teams, labels, canned responses and articles", async () => {
  expect((await get("/inboxes")).payload.map((row: Loose) => row.channel_type).sort()).toEqual([
    "Channel::Api",
    "Channel::Email",
    "Channel::WebWidget",
    "Channel::Whatsapp",
  ]);
  expect((await get("/agents")).filter((row: Loose) => row.availability_status === "online").map((row: Loose) => row.name)).toEqual([
    "Dana Weiss",
    "Luis Ortega",
  ]);
  expect((await get("/teams")).length).toBeGreaterThanOrEqual(3);
  expect((await get("/labels")).payload.length).toBeGreaterThanOrEqual(5);
  expect((await get("/canned_responses")).length).toBeGreaterThanOrEqual(3);
  expect((await get("/portals/nordhose-help/articles?status=1")).payload.length).toBeGreaterThanOrEqual(4);
});

test("the service user sees every conversation of the shop", async () => {
  const { data } = await get("/conversations?status=all", countersign.token);
  expect(data.meta.all_count).toBe(simulator.state.conversations.size);
});

test("a macro writes its command as the operator's own private note", async () => {
  const macros = (await get("/macros")).payload as Loose[];
  expect(macros.map((macro) => macro.actions[0].action_params[0])).toEqual(["/approve", "/reject not_needed", "/escalate"]);
  await call(dana.token, "POST", `/api/v1/accounts/1/macros/${macros[0].id}/execute`, { conversation_ids: [1] });
  const last = (await get("/conversations/1/messages")).payload.at(-1);
  expect(last).toMatchObject({ content: "/approve", private: true, message_type: 1, sender: { id: dana.id, type: "user" } });
});

test("the page runs no script but its own and is never framed", async () => {
  for (const path of [
    "/",
    "/page/main.js",
    "/page/operator.js",
    "/page/customer.js",
    "/page/chatwoot.js",
    "/page/dom.js",
    "/page/style.css",
    "/page/markdown-it.js",
  ]) {
    const response = await fetch(simulator.url + path);
    expect([path, response.status]).toEqual([path, 200]);
    const policy = response.headers.get("content-security-policy") ?? "";
    expect(policy).toContain("script-src 'self';");
    expect(policy).not.toContain("unsafe");
    expect(policy).toContain("frame-ancestors 'none'");
    if (path === "/") expect(await response.text()).not.toMatch(/<script>|\son\w+=/);
  }
});
