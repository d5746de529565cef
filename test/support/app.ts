import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createHelpdesk } from "../../src/adapters/chatwoot/helpdesk.ts";
import { createReader } from "../../src/adapters/chatwoot/reader.ts";
import { createBoss } from "../../src/adapters/postgres/boss.ts";
import { createCipher } from "../../src/adapters/postgres/cipher.ts";
import { openDatabase } from "../../src/adapters/postgres/database.ts";
import { createListener } from "../../src/adapters/postgres/listen.ts";
import { createStore } from "../../src/adapters/postgres/store.ts";
import type { Schema } from "../../src/adapters/postgres/tables.ts";
import { DEFAULT_POLICY } from "../../src/core/policy.ts";
import type { Findings } from "../../src/core/words.ts";
import { createApp, type Surroundings } from "../../src/http/app.ts";
import { createMetrics } from "../../src/metrics.ts";
import type { Store } from "../../src/ports/store.ts";
import type { Ports } from "../../src/ports.ts";
import { startSimulator } from "../../src/simulator/start.ts";
import { createTestDatabase } from "./database.ts";

export const WEBHOOK_SECRET = "k7Qm2xVn9TzR4bWcYpL8sHdE";
export const PATH_SECRET = "a-long-secret-path-for-old-chatwoots";

/** Ida sees everything, Olaf sees inbox 1 only, nobody knows Nora's token. */
export const TOKENS = { ida: "ida-token", olaf: "olaf-token", nobody: "nora-token" };
/** Conversations of the simulated shop: the first in inbox 1, the second in inbox 2, which Olaf is no member of. */
export const CONVERSATIONS = { seen: 1, unseen: 2 };

export interface TestApp {
  url: string;
  simulatorUrl: string;
  databaseUrl: string;
  store: Store;
  logged: string;
  /** What the knowledge base answers; null makes it unavailable. */
  findings: Findings | null;
  /** Makes the next recordings fail, as a database does that went away. */
  failIngest: boolean;
  shuttingDown: boolean;
  close(): Promise<void>;
}

/** The HTTP surface on a real database and a simulated Chatwoot; no worker runs, so that what is waiting stays waiting. */
export async function startApp(changes: Partial<Surroundings> = {}): Promise<TestApp> {
  const simulator = await startSimulator({ seed: "empty" });
  await seedShop(simulator.url);
  const database = await createTestDatabase();
  const { db, lane, close: closeDatabase } = openDatabase<Schema>({ url: database.url });
  const log = collectingLog();
  const boss = createBoss({ db, supervise: false, log });
  await boss.start();
  const news = createListener({ url: database.url, log });
  await news.start();
  const store = createStore({ db, lane, boss, cipher: createCipher("5a".repeat(32)) });

  const app: TestApp = {
    url: "",
    simulatorUrl: simulator.url,
    databaseUrl: database.url,
    store,
    findings: { passages: [], contradictions: [], answerable: 0 },
    failIngest: false,
    shuttingDown: false,
    get logged() {
      return log.lines.join("\n");
    },
    async close() {
      app.shuttingDown = true;
      server.closeAllConnections();
      server.close();
      await once(server, "close");
      await news.close();
      await boss.stop({ graceful: false });
      await closeDatabase();
      await database.drop();
      await simulator.close();
    },
  };
  const clock = { now: () => new Date() };
  const ports: Ports = {
    clock,
    store: { ...store, ingest: (row, job) => (app.failIngest ? Promise.reject(new Error("database gone")) : store.ingest(row, job)) },
    helpdesk: createHelpdesk({ baseUrl: simulator.url, accountId: 1, token: TOKENS.ida }),
    knowledge: {
      search: async () => app.findings ?? Promise.reject(new Error("knowledge gone")),
      sync: () => Promise.reject(new Error("nothing to sync in this test")),
    },
    drafter: { name: "none", draft: () => Promise.reject(new Error("nothing drafts in this test")) },
    classifier: { classify: () => Promise.reject(new Error("nothing is classified in this test")), examples: async () => [] },
    policy: () => DEFAULT_POLICY,
    log,
    settings: {
      accountId: 1,
      draftDebounceSeconds: 0,
      sendHoldSeconds: 5,
      approvalExpiryHours: 72,
      retentionDays: 365,
      draftingPaused: false,
      hiddenScoreShare: 0,
      webhookSilenceMinutes: 5,
    },
    metrics: createMetrics(store, () => ({}), 1),
    news,
  };
  const server = createServer(
    createApp({
      ports,
      reader: createReader({ secrets: ["a-secret-being-retired-now", WEBHOOK_SECRET], toleranceSeconds: 300, clock }),
      health: { check: async () => ({ ready: true, status: "ok", parts: { database: "ok" } }) },
      pathSecret: PATH_SECRET,
      chatwootBaseUrl: simulator.url,
      cookieSecure: false,
      isShuttingDown: () => app.shuttingDown,
      ...changes,
    }),
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  app.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return app;
}

async function seedShop(url: string): Promise<void> {
  const story = {
    people: [{ id: 2, name: "Olaf Operator", role: "agent", token: TOKENS.olaf, online: true }],
    inboxes: [
      { id: 1, name: "Shop", channel: { type: "api" } },
      { id: 2, name: "Wholesale", channel: { type: "api" }, members: [1] },
    ],
    teams: [{ id: 1, name: "technical", members: [1, 2] }],
    contacts: [{ id: 1, name: "Rosa Lind", email: "rosa@example.com" }],
    conversations: [
      { display_id: CONVERSATIONS.seen, inbox: 1, contact: 1, messages: [{ content: "What size AN fitting for my 350 Chevy?" }] },
      { display_id: CONVERSATIONS.unseen, inbox: 2, contact: 1, messages: [{ content: "Do you sell by the pallet?" }] },
    ],
  };
  const response = await fetch(`${url}/simulator/seed`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(story),
  });
  if (!response.ok) throw new Error(`the simulator refused the story: ${await response.text()}`);
}

/** A log that keeps its lines, so that a test can look for what must not stand in them. */
function collectingLog(): Ports["log"] & { lines: string[] } {
  const lines: string[] = [];
  const keep = (level: string) => (fields: object, message: string) =>
    void lines.push(
      JSON.stringify({ level, message, ...fields }, (_key, value) => (value instanceof Error ? (value.stack ?? value.message) : value)),
    );
  return { lines, debug: keep("debug"), info: keep("info"), warn: keep("warn"), error: keep("error") };
}
