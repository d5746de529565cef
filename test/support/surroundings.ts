import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SHOP } from "../../src/simulator/shop.ts";
import { type Simulator, startSimulator } from "../../src/simulator/start.ts";
import { createTestDatabase } from "./database.ts";

const FIXTURES = join(import.meta.dirname, "..", "..", "fixtures");

/** What a server needs around it: the shop's simulated Chatwoot, a database of its own, and an environment that names both. */
export interface Surroundings {
  simulator: Simulator;
  databaseUrl: string;
  secret: string;
  env: Record<string, string>;
  /** Chatwoot's API as an operator of the shop. */
  chatwoot(path: string, init?: { as?: keyof typeof SHOP.people; method?: string; body?: unknown }): Promise<ApiAnswer>;
  /** A new customer in the shop's API inbox; answers how they write. */
  customer(name: string): Promise<Customer>;
  /** From now on Chatwoot's webhooks go to this server. */
  sendWebhooksTo(serverUrl: string): Promise<void>;
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

/** Drafts at once and holds no send, unless `env` says otherwise. */
export async function startSurroundings(env: Record<string, string> = {}): Promise<Surroundings> {
  const database = await createTestDatabase();
  const dataDir = await mkdtemp(join(tmpdir(), "countersign-house-"));
  const simulator = await startSimulator({ seed: "shop" });
  const chatwoot: Surroundings["chatwoot"] = (path, { as = "dana", ...init } = {}) =>
    call(`${simulator.url}/api/v1/accounts/1${path}`, SHOP.people[as].token, init);
  const { json } = await chatwoot("/webhooks", {
    as: "ida",
    method: "POST",
    body: { url: "http://127.0.0.1:9/later", subscriptions: WEBHOOK_EVENTS },
  });
  const { id, secret } = json.payload.webhook;
  return {
    simulator,
    databaseUrl: database.url,
    secret,
    env: {
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
    },
    chatwoot,
    customer: (name) => newCustomer(simulator, name),
    sendWebhooksTo: async (serverUrl) =>
      void (await chatwoot(`/webhooks/${id}`, { as: "ida", method: "PATCH", body: { url: `${serverUrl}/webhooks/chatwoot` } })),
    async close() {
      await simulator.close();
      await database.drop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
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

/** One HTTP call as JSON; `bearer` for our API, else the token goes as Chatwoot wants it. */
export async function call(
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
