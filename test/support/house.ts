import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Server, startServer } from "../../src/cli/start-server.ts";
import { readConfig, serverConfig } from "../../src/config.ts";
import { createLog } from "../../src/log.ts";
import { SHOP } from "../../src/simulator/shop.ts";
import { type Simulator, startSimulator } from "../../src/simulator/start.ts";
import { createTestDatabase } from "./database.ts";
import { eventually } from "./eventually.ts";

const FIXTURES = join(import.meta.dirname, "..", "..", "fixtures");

/** A whole house for one test file: the shop's simulated Chatwoot, a database of its own, and the real server with its worker. */
export interface TestHouse {
  url: string;
  simulator: Simulator;
  server: Server;
  databaseUrl: string;
  secret: string;
  /** The house's API as an operator of the shop. */
  api(
    path: string,
    init?: { as?: keyof typeof SHOP.people; method?: string; body?: unknown; headers?: Record<string, string> },
  ): Promise<ApiAnswer>;
  /** Chatwoot's API as an operator of the shop. */
  chatwoot(path: string, init?: { as?: keyof typeof SHOP.people; method?: string; body?: unknown }): Promise<ApiAnswer>;
  /** A new customer writes in the shop's API inbox; answers how they go on writing. */
  customer(name: string): Promise<Customer>;
  /** Resolves when nothing is on its way any more: no webhook, no job. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

export interface ApiAnswer {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: a test says what it expects of an answer
  json: any;
}

export interface Customer {
  conversationId: number;
  write(content: string): Promise<number>;
  /** They send a file and not a word. */
  sends(file: string, type: string): Promise<void>;
  /** What the customer reads: public messages, oldest first. */
  reads(): Promise<{ id: number; content: string; message_type: number }[]>;
  /** They look at the conversation: Chatwoot tells every message since as read, notes included. */
  sees(): Promise<void>;
}

/** Starts a house; `env` overrides its configuration. Drafts at once and holds no send unless told to. */
export async function startHouse({ env = {}, worker = true }: { env?: Record<string, string>; worker?: boolean } = {}): Promise<TestHouse> {
  const database = await createTestDatabase();
  const dataDir = await mkdtemp(join(tmpdir(), "countersign-house-"));
  const simulator = await startSimulator({ seed: "shop" });
  const webhook = await call(`${simulator.url}/api/v1/accounts/1/webhooks`, SHOP.people.ida.token, {
    method: "POST",
    body: { url: "http://127.0.0.1:9/later", subscriptions: WEBHOOK_EVENTS },
  });
  const secret: string = webhook.json.payload.webhook.secret;
  const config = serverConfig(
    readConfig({
      PORT: "0",
      DATABASE_URL: database.url,
      DATA_DIR: dataDir,
      CHATWOOT_BASE_URL: simulator.url,
      CHATWOOT_ACCOUNT_ID: "1",
      CHATWOOT_API_TOKEN: SHOP.people.countersign.token,
      CHATWOOT_WEBHOOK_SECRET: secret,
      ENCRYPTION_KEY: "00".repeat(32),
      KNOWLEDGE_DIR: join(FIXTURES, "knowledge"),
      DRAFT_DEBOUNCE_SECONDS: "0",
      SEND_HOLD_SECONDS: "0",
      HIDDEN_SCORE_SHARE: "0",
      ...env,
    }),
  );
  const log = createLog({ level: process.env.TEST_LOG_LEVEL ?? "silent", to: "stderr" });
  const server = await startServer(config, log, { worker });
  await server.ready;
  await call(`${simulator.url}/api/v1/accounts/1/webhooks/${webhook.json.payload.webhook.id}`, SHOP.people.ida.token, {
    method: "PATCH",
    body: { url: `${server.url}/webhooks/chatwoot` },
  });
  const house: TestHouse = {
    url: server.url,
    simulator,
    server,
    databaseUrl: database.url,
    secret,
    api: (path, { as = "dana", ...init } = {}) => call(`${server.url}${path}`, SHOP.people[as].token, { bearer: true, ...init }),
    chatwoot: (path, { as = "dana", ...init } = {}) => call(`${simulator.url}/api/v1/accounts/1${path}`, SHOP.people[as].token, init),
    customer: (name) => newCustomer(simulator, name),
    settled: () => eventually("the house comes to rest", async () => (await isAtRest(house)) && (await staysAtRest(house))),
    async close() {
      await server.close();
      await simulator.close();
      await database.drop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
  if (worker) await house.settled();
  return house;
}

export const WEBHOOK_EVENTS = [
  "conversation_created",
  "conversation_status_changed",
  "conversation_updated",
  "message_created",
  "message_updated",
  "contact_created",
  "contact_updated",
  "webwidget_triggered",
];

async function isAtRest({ server, simulator }: TestHouse): Promise<boolean> {
  const outbox = (await (await fetch(`${simulator.url}/simulator/deliveries`)).json()) as { pending: number };
  const jobs = await server.house.ports.store.jobs.counts();
  return outbox.pending === 0 && jobs.every(({ count }) => count === 0);
}

/** What just ended may have caused a webhook that is about to be sent. */
async function staysAtRest(house: TestHouse): Promise<boolean> {
  await new Promise((resolve) => setTimeout(resolve, 60));
  return isAtRest(house);
}

async function newCustomer(simulator: Simulator, name: string): Promise<Customer> {
  const inboxes = await call(`${simulator.url}/api/v1/accounts/1/inboxes`, SHOP.people.ida.token, {});
  const inbox = inboxes.json.payload.find((one: { channel_type: string }) => one.channel_type === "Channel::Api");
  const base = `${simulator.url}/public/api/v1/inboxes/${inbox.inbox_identifier}/contacts`;
  const contact = await call(base, null, {
    method: "POST",
    body: { name, email: `${name.toLowerCase().replaceAll(" ", ".")}@mail.example` },
  });
  const own = `${base}/${contact.json.source_id}/conversations`;
  const conversation = await call(own, null, { method: "POST", body: {} });
  const messages = `${own}/${conversation.json.id}/messages`;
  return {
    conversationId: conversation.json.id,
    write: async (content) => (await call(messages, null, { method: "POST", body: { content } })).json.id,
    async sends(file, type) {
      const form = new FormData();
      form.append("attachments[]", new Blob(["any bytes"], { type }), file);
      await fetch(messages, { method: "POST", body: form });
    },
    reads: async () => (await call(messages, null, {})).json,
    sees: async () => void (await call(`${own}/${conversation.json.id}/update_last_seen`, null, { method: "POST" })),
  };
}

async function call(
  url: string,
  token: string | null,
  {
    method = "GET",
    body,
    bearer = false,
    headers = {},
  }: { method?: string; body?: unknown; bearer?: boolean; headers?: Record<string, string> },
): Promise<ApiAnswer> {
  const identity: Record<string, string> =
    token === null ? {} : bearer ? { authorization: `Bearer ${token}` } : { "api-access-token": token };
  const response = await fetch(url, {
    method,
    headers: { ...identity, ...(body !== undefined && { "content-type": "application/json" }), ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = text !== "" && /[/+]json\b/.test(response.headers.get("content-type") ?? "");
  return { status: response.status, headers: response.headers, json: isJson ? JSON.parse(text) : text };
}
