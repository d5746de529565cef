import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type Simulator, type SimulatorOptions, startSimulator } from "../../src/simulator/start.ts";

/** What the tests read of an answer or a webhook; the checks say which fields must be there. */
// biome-ignore lint/suspicious/noExplicitAny: answers are as loose as Chatwoot's own
export type Loose = any;

/** One webhook as it arrived. */
export interface Received {
  headers: Record<string, string>;
  raw: string;
  body: Loose;
  path: string;
}

/** A receiver that answers with what `status` says; null never answers. */
export async function startReceiver() {
  const received: Received[] = [];
  const answers: { status: number | null } = { status: 200 };
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const raw = Buffer.concat(parts).toString("utf8");
      received.push({ headers: request.headers as Record<string, string>, raw, body: JSON.parse(raw), path: request.url ?? "" });
      if (answers.status !== null) response.writeHead(answers.status).end("ok");
    });
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    answers,
    close: () => {
      server.closeAllConnections();
      return new Promise((done) => server.close(done));
    },
  };
}

/** Waits until something is so, at most eight seconds. */
export async function until<Value>(
  what: () => Value | undefined | false | null | Promise<Value | undefined | false | null>,
  sentence = "it",
): Promise<Value> {
  const deadline = Date.now() + 8000;
  for (;;) {
    const value = await what();
    if (value) return value;
    if (Date.now() > deadline) throw new Error(`${sentence} did not happen in time`);
    await new Promise((ready) => setTimeout(ready, 10));
  }
}

/** A call with a token; the answer's status and JSON, undefined when it is empty. */
export function client(base: string) {
  return async (token: string | null, method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const response = await fetch(base + path, {
      method,
      headers: {
        ...(token && { "Api-Access-Token": token }),
        ...(body !== undefined && { "Content-Type": "application/json" }),
        ...headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    return {
      status: response.status,
      type: response.headers.get("content-type"),
      text,
      json: (text.startsWith("{") || text.startsWith("[") ? JSON.parse(text) : undefined) as Loose,
    };
  };
}

export const INSTALLATION = {
  account: { id: 1, name: "Nordlicht Outdoor" },
  people: {
    admin: { id: 1, name: "Ida Admin", role: "administrator" as const, token: "admin-token" },
    agent: { id: 2, name: "Mara Lindt", role: "agent" as const, token: "agent-token" },
    service: { id: 3, name: "Countersign Service", role: "agent" as const, token: "service-token" },
  },
  bots: { bot: { name: "Countersign", token: "bot-token" } },
  other_account: { id: 2 },
};

const EVENTS = [
  "conversation_created",
  "conversation_status_changed",
  "conversation_updated",
  "message_created",
  "message_updated",
  "contact_created",
  "contact_updated",
  "conversation_typing_on",
  "conversation_typing_off",
];

/** A fresh installation with an API inbox, an account webhook that arrives at `receiver`, and one customer with an open conversation. */
export async function startDesk(options: SimulatorOptions = {}) {
  const simulator: Simulator = await startSimulator({ installation: INSTALLATION, botRetryMs: 30, ...options });
  const receiver = await startReceiver();
  const call = client(simulator.url);
  const account = "/api/v1/accounts/1";
  const api = (token: string, method: string, path: string, body?: unknown) => call(token, method, account + path, body);
  const webhook = (await api("admin-token", "POST", "/webhooks", { url: `${receiver.url}/account`, subscriptions: EVENTS })).json.payload
    .webhook;
  const inbox = (await api("admin-token", "POST", "/inboxes", { name: "Order desk", channel: { type: "api" } })).json;
  await api("admin-token", "POST", "/inbox_members", { inbox_id: inbox.id, user_ids: [2, 3] });
  await api("admin-token", "POST", "/agent_bots", { name: "Countersign" });
  const customers = `/public/api/v1/inboxes/${inbox.inbox_identifier}/contacts`;
  const customer = (await call(null, "POST", customers, { identifier: "shop-1", name: "Anna Becker", email: "Anna.Becker@mail.example" }))
    .json;
  const conversation = (await call(null, "POST", `${customers}/${customer.source_id}/conversations`, {})).json;
  const thread = `/conversations/${conversation.id}`;
  return {
    simulator,
    receiver,
    call,
    api,
    webhook,
    inbox,
    customer,
    conversation,
    thread,
    customerThread: `${customers}/${customer.source_id}/conversations/${conversation.id}`,
    customers,
    /** The customer writes. */
    customerWrites: (content: string) =>
      call(null, "POST", `${customers}/${customer.source_id}/conversations/${conversation.id}/messages`, { content }),
    /** A note or a reply by a token's owner. */
    write: (token: string, body: object) => api(token, "POST", `${thread}/messages`, body),
    /** The first webhook that fits, waited for. */
    heard: (fits: (one: Received) => boolean, sentence = "the webhook") => until(() => receiver.received.find(fits), sentence),
    /** Every webhook has been sent and answered. */
    settled: () => until(async () => (await call(null, "GET", "/simulator/deliveries")).json.pending === 0, "the sending of all webhooks"),
    async close() {
      await simulator.close();
      await receiver.close();
    },
  };
}

export type Desk = Awaited<ReturnType<typeof startDesk>>;
