import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createBudget } from "./adapters/anthropic/budget.ts";
import { createAnthropicDrafter } from "./adapters/anthropic/drafter.ts";
import { createHelpCenter } from "./adapters/chatwoot/help-center.ts";
import { createHelpdesk } from "./adapters/chatwoot/helpdesk.ts";
import { createHistory } from "./adapters/chatwoot/history.ts";
import { createReader } from "./adapters/chatwoot/reader.ts";
import { createClassifier } from "./adapters/classifier/classifier.ts";
import { createExtractiveDrafter } from "./adapters/extractive/drafter.ts";
import { createKnowledge } from "./adapters/knowledge/knowledge.ts";
import { createRefinement } from "./adapters/knowledge/refine.ts";
import { createBoss } from "./adapters/postgres/boss.ts";
import { createCipher } from "./adapters/postgres/cipher.ts";
import { type Database, openDatabase } from "./adapters/postgres/database.ts";
import { type EmbeddedServer, startEmbedded } from "./adapters/postgres/embedded.ts";
import { createListener } from "./adapters/postgres/listen.ts";
import { migrate } from "./adapters/postgres/migrate.ts";
import { createQueue, createQueues } from "./adapters/postgres/queue.ts";
import { createStore } from "./adapters/postgres/store.ts";
import type { Schema } from "./adapters/postgres/tables.ts";
import { setAside } from "./adapters/spool/set-aside.ts";
import { openSpool } from "./adapters/spool/spool.ts";
import { createSpooledIngest } from "./adapters/spool/spooled-ingest.ts";
import { type Config, ConfigError, type ServerConfig } from "./config.ts";
import type { Breaker, BreakerState } from "./core/breaker.ts";
import { DEFAULT_POLICY, type Policy } from "./core/policy.ts";
import { createHealth, openBreaker, standings } from "./health.ts";
import { createMetrics } from "./metrics.ts";
import { parsePolicy } from "./policy-file.ts";
import type { Drafter } from "./ports/drafter.ts";
import type { Queue } from "./ports/jobs.ts";
import type { Knowledge, KnowledgeOrigin } from "./ports/knowledge.ts";
import type { Store } from "./ports/store.ts";
import type { DeliveryReader, Health, Log, Ports, Settings } from "./ports.ts";

const MIGRATIONS = join(import.meta.dirname, "..", "migrations");
/** How often an own PostgreSQL that was killed is started again. */
const WATCH_MS = 1000;

/** The database with everything on it; `prepare` migrates and may be tried again until the server can be reached. */
export interface Records {
  store: Store;
  queue: Queue;
  news: Ports["news"];
  prepare(): Promise<void>;
  isPrepared(): boolean;
  /** Resolves when the database answers. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** Opens the database that `DATABASE_URL` names, else our own in `DATA_DIR`. */
export async function openRecords(
  config: Config & { ENCRYPTION_KEY: string },
  log: Log,
  { supervise }: { supervise: boolean },
): Promise<Records> {
  const embedded: EmbeddedServer | null = config.DATABASE_URL ? null : await startEmbedded({ dataDir: config.DATA_DIR, log });
  const url = config.DATABASE_URL ?? embedded?.url ?? "";
  const database: Database<Schema> = openDatabase<Schema>({ url, log });
  const boss = createBoss({ db: database.db, supervise, log });
  const listener = createListener({ url, log });
  const store = createStore({ db: database.db, lane: database.lane, boss, cipher: createCipher(config.ENCRYPTION_KEY) });
  const watch =
    embedded &&
    setInterval(() => embedded.ensureRunning().catch((error) => log.warn({ err: error }, "our PostgreSQL does not start")), WATCH_MS);
  let prepared = false;
  return {
    store,
    queue: createQueue({ boss, db: database.db, listener, log }),
    news: listener,
    isPrepared: () => prepared,
    async prepare() {
      await migrate({ pool: database.pool, directory: MIGRATIONS, log });
      await boss.start();
      await createQueues(boss);
      await listener.start();
      prepared = true;
    },
    async ping() {
      await database.pool.query("select 1");
    },
    async close() {
      if (watch) clearInterval(watch);
      await listener.close();
      await boss.stop({ graceful: false }).catch(() => {});
      await database.close();
      await embedded?.release();
    },
  };
}

/**
 * The knowledge base over the records; without a Chatwoot it lacks only what that one would bring. `parts` and `circuits`: how its
 * endpoints are, in words and as breakers. `chatwoot`: the breaker of the Chatwoot that it asks, too.
 */
export function openKnowledge(
  config: Config,
  store: Store,
  log: Log,
  chatwoot?: Breaker,
): Knowledge & { parts(): Record<string, string>; circuits(): Record<string, BreakerState> } {
  const refinement = createRefinement({
    embeddings: endpoint(config.EMBEDDINGS_URL, config.EMBEDDINGS_MODEL, config.EMBEDDINGS_API_KEY),
    reranker: endpoint(config.RERANK_URL, config.RERANK_MODEL, config.RERANK_API_KEY),
    table: store.knowledge,
    embeddingsTable: store.embeddings,
    log,
  });
  const knowledge = createKnowledge({
    directory: config.KNOWLEDGE_DIR ?? null,
    origins: helpdeskOrigins(config, chatwoot),
    table: store.knowledge,
    answered: store.answered,
    retrieverModule: config.KNOWLEDGE_RETRIEVER,
    refinement,
    log,
  });
  return { ...knowledge, parts: refinement.parts, circuits: refinement.circuits };
}

/** Tells intents by examples. */
export const openClassifier = (store: Pick<Store, "triageExamples">) => createClassifier({ table: store.triageExamples });

const endpoint = (url: string | undefined, model: string | undefined, apiKey: string | undefined) =>
  url && model ? { url, model, apiKey } : null;

/** What learning from old conversations reaches. Throws a ConfigError without a Chatwoot. */
export function openMining(config: Config, store: Store, log: Log) {
  const { CHATWOOT_BASE_URL: baseUrl, CHATWOOT_ACCOUNT_ID: accountId, CHATWOOT_API_TOKEN: token } = config;
  if (!baseUrl || !accountId || !token)
    throw new ConfigError(["CHATWOOT_BASE_URL, CHATWOOT_ACCOUNT_ID and CHATWOOT_API_TOKEN: say whose conversations are meant."]);
  const chatwoot = { baseUrl, accountId, token };
  return {
    helpdesk: createHelpdesk(chatwoot),
    history: createHistory(chatwoot),
    knowledge: openKnowledge(config, store, log),
    store,
    settings: settingsOf({ ...config, CHATWOOT_ACCOUNT_ID: accountId }),
    clock: { now: () => new Date() },
  };
}

function helpdeskOrigins(config: Config, breaker?: Breaker): KnowledgeOrigin[] {
  const { CHATWOOT_BASE_URL: baseUrl, CHATWOOT_ACCOUNT_ID: accountId, CHATWOOT_API_TOKEN: token, CHATWOOT_KNOWLEDGE: kinds } = config;
  if (!baseUrl || !accountId || !token || kinds.length === 0) return [];
  return [createHelpCenter({ baseUrl, accountId, token, kinds, ...(breaker && { breaker }) })];
}

/** Everything that a server or a worker needs, every vendor in its place. */
export interface House {
  ports: Ports;
  records: Records;
  reader: DeliveryReader;
  health: Health;
  /** Migrates and opens what lies behind the door; may be tried again until the database can be reached. */
  prepare(): Promise<void>;
  close(): Promise<void>;
}

/** Builds the ports from the configuration: the only place that knows everybody's name. */
export async function openHouse(config: ServerConfig, log: Log, { supervise }: { supervise: boolean }): Promise<House> {
  const policy = readPolicy(config);
  const records = await openRecords(config, log, { supervise });
  const clock = { now: () => new Date() };
  const spool = await openSpool({ directory: join(config.DATA_DIR, "spool"), log }).catch(async (error: unknown) => {
    await records.close();
    throw error;
  });
  const spooled = createSpooledIngest({
    ingest: records.store.ingest,
    setAside: ({ row, job }, reason) => setAside({ store: records.store, clock }, { row, job, reason }),
    spool,
    log,
    clock,
  });
  const store: Store = { ...records.store, ingest: spooled.ingest };
  const breakers = { chatwoot: openBreaker("chatwoot", log), ...(config.ANTHROPIC_API_KEY && { model: openBreaker("model", log) }) };
  const knowledge = openKnowledge(config, store, log, breakers.chatwoot);
  const ports: Ports = {
    clock,
    store,
    helpdesk: createHelpdesk({
      baseUrl: config.CHATWOOT_BASE_URL,
      accountId: config.CHATWOOT_ACCOUNT_ID,
      token: config.CHATWOOT_API_TOKEN,
      breaker: breakers.chatwoot,
    }),
    knowledge,
    drafter: openDrafter(config, store, log, breakers.model),
    classifier: openClassifier(store),
    policy: () => policy,
    log,
    settings: settingsOf(config),
    metrics: createMetrics(
      store,
      () => ({ ...standings(breakers), ...knowledge.circuits() }),
      config.CHATWOOT_ACCOUNT_ID,
      () => spooled.state().waiting,
    ),
    news: records.news,
  };
  return {
    ports,
    records,
    reader: createReader({
      secrets: config.CHATWOOT_WEBHOOK_SECRET,
      toleranceSeconds: config.SIGNATURE_TOLERANCE_SECONDS,
      clock: ports.clock,
    }),
    health: createHealth({ database: records, spool: spooled.state, breakers, knowledge: knowledge.parts, ports }),
    async prepare() {
      if (records.isPrepared()) return;
      await records.prepare();
      spooled.start();
    },
    async close() {
      await spooled.stop();
      await spool.close();
      await records.close();
    },
  };
}

function settingsOf(config: Config & { CHATWOOT_ACCOUNT_ID: number }): Settings {
  return {
    accountId: config.CHATWOOT_ACCOUNT_ID,
    draftDebounceSeconds: config.DRAFT_DEBOUNCE_SECONDS,
    sendHoldSeconds: config.SEND_HOLD_SECONDS,
    approvalExpiryHours: config.APPROVAL_EXPIRY_HOURS,
    retentionDays: config.RETENTION_DAYS,
    draftingPaused: config.DRAFTING === "paused",
    hiddenScoreShare: config.HIDDEN_SCORE_SHARE,
    webhookSilenceMinutes: config.WEBHOOK_SILENCE_MINUTES,
  };
}

/** Claude with a key, else the sources' own words. Without a store no day's budget is kept. */
export function openDrafter(config: Config, store: Pick<Store, "modelCalls"> | null, log: Log, breaker?: Breaker): Drafter {
  if (!config.ANTHROPIC_API_KEY) return createExtractiveDrafter();
  const limits = {
    tokensPerDay: config.MODEL_TOKENS_PER_DAY ?? null,
    usdPerDay: config.MODEL_USD_PER_DAY ?? null,
    tokensPerDraft: config.MODEL_TOKENS_PER_DRAFT ?? null,
    usdPerDraft: config.MODEL_USD_PER_DRAFT ?? null,
  };
  return createAnthropicDrafter({
    apiKey: config.ANTHROPIC_API_KEY,
    baseUrl: config.ANTHROPIC_BASE_URL,
    model: config.ANTHROPIC_MODEL,
    fallbackModel: config.ANTHROPIC_FALLBACK_MODEL,
    maxTokens: config.ANTHROPIC_MAX_TOKENS,
    thinkingTokens: config.ANTHROPIC_THINKING_TOKENS,
    timeoutMs: config.ANTHROPIC_TIMEOUT_SECONDS * 1000,
    budget: createBudget({ calls: store?.modelCalls ?? null, limits, clock: { now: () => new Date() }, log }),
    breaker,
    log,
  });
}

function readPolicy({ POLICY_FILE }: Config): Policy {
  if (!POLICY_FILE) return DEFAULT_POLICY;
  try {
    return parsePolicy(readFileSync(POLICY_FILE, "utf8"), POLICY_FILE);
  } catch (error) {
    throw new ConfigError([`POLICY_FILE: ${(error as Error).message}`]);
  }
}
