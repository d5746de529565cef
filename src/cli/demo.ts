import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { removeEmbedded } from "../adapters/postgres/embedded.ts";
import { ConfigError, readDemoConfig, serverConfig } from "../config.ts";
import { createLog } from "../log.ts";
import { SHOP } from "../simulator/shop.ts";
import { type Simulator, startSimulator } from "../simulator/start.ts";
import { type DemoFault, faultsNamed, startBrokenModel } from "./demo-faults.ts";
import { chatwootCall, customerWrites } from "./demo-helpdesk.ts";
import { DEMO_STORIES } from "./demo-stories.ts";
import { type Server, startServer } from "./start-server.ts";
import { endSoonAfter, untilSignal } from "./until-signal.ts";

const FIXTURES = join(import.meta.dirname, "..", "..", "fixtures");
const DRAFTS_WITHIN_MS = 60_000;

/**
 * A shop with its simulated Chatwoot, ten customers and a real server, to look at and to use by hand; ends with SIGTERM or Ctrl+C.
 * `--fault NAME` (several times for several) breaks something; the Enter key mends and breaks it again.
 */
export async function run(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options: { fault: { type: "string", multiple: true, default: [] } } });
  const faults = faultsNamed(values.fault);
  const given = readDemoConfig();
  const told = untilSignal();
  endSoonAfter(told);
  await clearDataDir(given.DATA_DIR);
  const simulator = await startBeside(given.PORT);
  const secret = await registerWebhook(simulator, "http://127.0.0.1:9/not-yet");
  const broken = faults.flatMap(({ model }) => model ?? [])[0];
  const model = broken && (await startBrokenModel(broken));
  const config = serverConfig({
    ...given,
    ...(model && { ANTHROPIC_API_KEY: "demo", ANTHROPIC_BASE_URL: model.url }),
    CHATWOOT_BASE_URL: simulator.url,
    CHATWOOT_ACCOUNT_ID: SHOP.account.id,
    CHATWOOT_API_TOKEN: SHOP.people.countersign.token,
    CHATWOOT_WEBHOOK_SECRET: [secret.secret],
    ENCRYPTION_KEY: randomBytes(32).toString("hex"),
    KNOWLEDGE_DIR: join(FIXTURES, "knowledge"),
    POLICY_FILE: given.POLICY_FILE ?? join(FIXTURES, "policy.yaml"),
    HIDDEN_SCORE_SHARE: 0,
  });
  const log = createLog({ level: config.LOG_LEVEL, to: "stderr" });
  const server = await startServer(config, log, { worker: true }).catch(async (error: unknown) => {
    await simulator.close();
    throw error;
  });
  let mend = async () => {};
  try {
    const ready = await Promise.race([tellStories(simulator, server, { webhookId: secret.id, drafts: !model }).then(() => true), told]);
    if (ready) {
      process.stdout.write(welcome(simulator, server));
      mend = await breakThings(faults, { simulator, dataDir: config.DATA_DIR });
    }
    await told;
  } finally {
    await mend();
    await server.close();
    await simulator.close();
    model?.close();
  }
  return 0;
}

/** The simulated Chatwoot forgets everything between two runs, so the demo does, too; the data of a real server it leaves alone. */
async function clearDataDir(dataDir: string): Promise<void> {
  const marker = join(dataDir, "demo");
  const cluster = join(dataDir, "postgres");
  if (existsSync(cluster) && !existsSync(marker)) {
    throw new ConfigError([`DATA_DIR: ${dataDir} holds the data of a server; the demo needs a folder of its own.`]);
  }
  if (existsSync(marker)) {
    await removeEmbedded(dataDir);
    await rm(join(dataDir, "spool"), { recursive: true, force: true });
  }
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  writeFileSync(marker, "This folder belongs to the demo, which empties it at each start.\n");
}

/** Next to the server's port, so that both addresses are easy to remember; anywhere else when that one is taken. */
async function startBeside(port: number): Promise<Simulator> {
  try {
    return await startSimulator({ port: port === 0 ? 0 : port + 1, seed: "shop" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    return startSimulator({ seed: "shop" });
  }
}

async function registerWebhook(simulator: Simulator, url: string): Promise<{ id: number; secret: string }> {
  const subscriptions = [
    "message_created",
    "message_updated",
    "conversation_created",
    "conversation_updated",
    "conversation_status_changed",
  ];
  const { payload } = await chatwootCall(simulator, "POST", "/webhooks", { url, subscriptions });
  return payload.webhook;
}

/** Breaks what can be mended, and lets the Enter key do both in turn. Answers how all of it is mended. */
async function breakThings(faults: DemoFault[], demo: { simulator: Simulator; dataDir: string }): Promise<() => Promise<void>> {
  const mending: (() => Promise<void>)[] = [];
  const say = (words: string) => process.stdout.write(`${words}\n`);
  const mend = async () => {
    for (const one of mending.splice(0)) await one();
  };
  const begin = async () => {
    for (const { begin: start, says } of faults) {
      if (start) mending.push(await start(demo));
      say(`Broken: ${says}`);
    }
  };
  if (faults.length === 0) return mend;
  await begin();
  const canBeMended = mending.length > 0;
  if (canBeMended) say("Press Enter to mend it, and again to break it.");
  process.stdin.on("data", async () => {
    if (!canBeMended) return;
    if (mending.length === 0) return begin();
    await mend();
    say("Mended.");
  });
  if ("unref" in process.stdin) process.stdin.unref(); // a file has none
  return mend;
}

async function tellStories(
  simulator: Simulator,
  server: Server,
  { webhookId, drafts }: { webhookId: number; drafts: boolean },
): Promise<void> {
  await server.ready;
  const { store, knowledge } = server.house.ports;
  await knowledge.sync();
  await chatwootCall(simulator, "PATCH", `/webhooks/${webhookId}`, { url: `${server.url}/webhooks/chatwoot` });
  for (const story of DEMO_STORIES) await customerWrites(simulator, story);
  if (!drafts) return; // a model that does not answer may take its time for that
  const deadline = Date.now() + DRAFTS_WITHIN_MS;
  while ((await store.approvals.list({ status: ["pending"], sort: "due", limit: 100 })).data.length < DEMO_STORIES.length) {
    if (Date.now() > deadline) throw new Error("not every story has a draft after a minute; LOG_LEVEL=info tells more");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const welcome = (simulator: Simulator, server: Server): string => `
Countersign is running with ${DEMO_STORIES.length} drafts waiting for you.

  Console     ${server.url}/
              sign in with Dana's access token: ${SHOP.people.dana.token}
  Simulator   ${simulator.url}/
              a Chatwoot to look at: write as a customer on one side, see notes and press macros as an operator on the other
  API         ${server.url}/docs

Approve a draft in the console, or with the macro "Approve draft" in the simulator, and see the reply reach the customer.
Ctrl+C ends it.
`;
