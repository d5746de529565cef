import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { SHOP } from "../../src/simulator/shop.ts";
import { type Simulator, startSimulator } from "../../src/simulator/start.ts";
import { eventually } from "../support/eventually.ts";
import { call, WEBHOOK_EVENTS } from "../support/surroundings.ts";
import { type Acknowledged, watchAcknowledged } from "./acknowledged.ts";
import { type Balancer, startBalancer } from "./balancer.ts";
import { BROKEN } from "./broken/builds.ts";
import { type Channel, startChannel } from "./channel.ts";
import type { Dice } from "./dice.ts";
import { mountSpoolDisk, type SpoolDisk } from "./disk.ts";
import { createListening, type Listening } from "./listening.ts";
import { type FaultyModel, startModel } from "./model.ts";
import { type FaultyPostgres, startPostgres } from "./postgres.ts";
import { createMember, type Member } from "./processes.ts";
import { takeSnapshot } from "./snapshot.ts";
import { createStaff, type Staff } from "./staff.ts";

/** A whole house under test: two servers and a worker over one PostgreSQL, behind one address, with Chatwoot, its channel and a model beside it. */
export interface FaultHouse {
  /** Which state of the program runs. */
  build: string;
  simulator: Simulator;
  inboxIdentifier: string;
  postgres: FaultyPostgres;
  pool: pg.Pool;
  disk: SpoolDisk;
  spoolDir: string;
  model: FaultyModel;
  members: Member[];
  balancer: Balancer;
  /** The address at which the house reaches Chatwoot. */
  front: Balancer;
  /** The channel behind Chatwoot's inbox. */
  channel: Channel;
  staff: Staff;
  listening: Listening;
  acknowledged: Acknowledged;
  /** Processes that ended unasked or out of order. */
  troubles: string[];
  /** How long processes took to end when told to, and how many gave up what was under way. */
  ends: { seconds: number[]; gaveUp: number };
  /** How long processes took from their start until they were ready to work. */
  starts: number[];
  /** Has everything ended but what holds the evidence, and then that, too. */
  close(): Promise<void>;
}

const SECRETS = { ENCRYPTION_KEY: "5a".repeat(32), ANTHROPIC_API_KEY: "sk-ant-fault-run-0123456789" };

/** Starts it and resolves when all of it is ready; `conversationOf` says where a nonce word was written. */
export async function startFaultHouse({
  dice,
  channelDice,
  broken,
  ref,
  conversationOf,
}: {
  dice: Dice;
  /** What the channel refuses is drawn from these. */
  channelDice: Dice;
  broken: string | null;
  ref: string | null;
  conversationOf(nonce: string): number | undefined;
}): Promise<FaultHouse> {
  const releasers: (() => unknown)[] = [];
  const close = async () => {
    for (const release of releasers.reverse()) await release();
    releasers.length = 0;
  };
  try {
    return {
      ...(await open({ dice, channelDice, broken, ref, conversationOf, onClose: (release) => void releasers.push(release) })),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function open({
  dice,
  channelDice,
  broken,
  ref,
  conversationOf,
  onClose,
}: Parameters<typeof startFaultHouse>[0] & { onClose(release: () => unknown): void }): Promise<Omit<FaultHouse, "close">> {
  const folder = await mkdtemp(join(tmpdir(), "countersign-faults-"));
  onClose(() => rm(folder, { recursive: true, force: true }));
  const dataDir = join(folder, "data");
  const spoolDir = join(dataDir, "spool");
  const knowledgeDir = join(folder, "knowledge");
  await mkdir(dataDir, { recursive: true });
  const build = await takeSnapshot(join(folder, "build"), ref);
  await writeKnowledge(knowledgeDir, dice);
  const disk = await mountSpoolDisk(spoolDir);
  onClose(disk.remove);
  const postgres = await startPostgres(join(folder, "cluster"));
  onClose(postgres.remove);
  const pool = new pg.Pool({ connectionString: postgres.url, max: 3 });
  onClose(() => pool.end().catch(() => {}));
  pool.on("error", () => {});
  pool.on("connect", (client) => client.on("error", () => {}));
  const simulator = await startSimulator({ seed: "shop" });
  onClose(simulator.close);
  const standsStill = (caller: string) => members.some(({ name, isFrozen }) => name === caller && isFrozen());
  const model = await startModel({ dice, conversationOf, standsStill });
  onClose(model.close);
  const front = await startBalancer(() => [simulator.port]);
  onClose(front.close);
  const channel = startChannel(simulator, channelDice);
  onClose(channel.close);
  const ports = [await freePort(), await freePort()];
  const balancer = await startBalancer(() => ports);
  onClose(balancer.close);
  const { secret, inboxIdentifier } = await connect(simulator, balancer);
  const people = Object.fromEntries(Object.entries(SHOP.people).map(([name, { token }]) => [`${name}'s token`, token]));
  const secrets: Record<string, string> = {
    ...SECRETS,
    ...people,
    "the webhook's secret": secret,
    "the database's password": new URL(postgres.url).password,
  };
  const listening = createListening(secrets);
  const keep = (what: string, token: string) => {
    secrets[what] = token;
  };
  const staff = createStaff({ simulator, pool, houseUrl: balancer.url, keep });
  const troubles: string[] = [];
  const env = {
    DATABASE_URL: postgres.url,
    DATA_DIR: dataDir,
    KNOWLEDGE_DIR: knowledgeDir,
    CHATWOOT_BASE_URL: front.url,
    CHATWOOT_ACCOUNT_ID: "1",
    CHATWOOT_API_TOKEN: SHOP.people.countersign.token,
    CHATWOOT_WEBHOOK_SECRET: secret,
    ...SECRETS,
    DRAFT_DEBOUNCE_SECONDS: "0.5",
    SEND_HOLD_SECONDS: "1",
    HIDDEN_SCORE_SHARE: "0.1",
    ...(broken && { COUNTERSIGN_FAULTS_BROKEN: broken, ...BROKEN[broken]?.env }),
  };
  const preload = broken ? join(import.meta.dirname, "broken", "load.ts") : null;
  const starts: number[] = [];
  const ends: FaultHouse["ends"] = { seconds: [], gaveUp: 0 };
  const common = {
    root: build.root,
    preload,
    onLine: listening.hear,
    onTrouble: (what: string) => void troubles.push(what),
    onReady: (seconds: number) => void starts.push(seconds),
    onEnd(seconds: number, gaveUp: boolean) {
      ends.seconds.push(seconds);
      if (gaveUp) ends.gaveUp += 1;
    },
  };
  const member = (name: string, port: number | null, level: string) =>
    createMember({ ...common, name, port, env: { ...env, LOG_LEVEL: level, ANTHROPIC_BASE_URL: model.urlFor(name) } });
  const members = [member("server 1", ports[0] ?? 0, "debug"), member("server 2", ports[1] ?? 0, "info"), member("worker", null, "info")];
  onClose(() => Promise.all(members.map((member) => member.kill())));
  members[0]?.start();
  await ready(`http://127.0.0.1:${ports[0]}`, listening);
  for (const statement of (broken && BROKEN[broken]?.sql) || []) await pool.query(statement);
  for (const member of members.slice(1)) member.start();
  await ready(`http://127.0.0.1:${ports[1]}`, listening);
  await eventually("the first look is taken", async () => (await pool.query("select 1 from reconcile_marks")).rows.length > 0, 30_000);
  const acknowledged = watchAcknowledged(simulator);
  onClose(acknowledged.close);

  return {
    build: build.what,
    simulator,
    inboxIdentifier,
    postgres,
    pool,
    disk,
    spoolDir,
    model,
    members,
    balancer,
    front,
    channel,
    staff,
    listening,
    acknowledged,
    troubles,
    ends,
    starts,
  };
}

async function connect(simulator: Simulator, balancer: Balancer): Promise<{ secret: string; inboxIdentifier: string }> {
  const account = `${simulator.url}/api/v1/accounts/1`;
  const inboxes = await call(`${account}/inboxes`, SHOP.people.ida.token, {});
  const inbox = inboxes.json.payload.find((one: { channel_type: string }) => one.channel_type === "Channel::Api");
  const { json } = await call(`${account}/webhooks`, SHOP.people.ida.token, {
    method: "POST",
    body: { url: `${balancer.url}/webhooks/chatwoot`, subscriptions: WEBHOOK_EVENTS },
  });
  return { secret: json.payload.webhook.secret, inboxIdentifier: inbox.inbox_identifier };
}

async function ready(url: string, listening: Listening): Promise<void> {
  const isReady = () =>
    fetch(`${url}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    );
  await eventually(() => `the first server is ready; it said ${listening.last().slice(-3).join("\n")}`, isReady, 60_000);
}

/** A small help center in which every passage has a word of its own, so that one in a log is found. */
async function writeKnowledge(directory: string, dice: Dice): Promise<void> {
  await mkdir(directory, { recursive: true });
  const articles = [
    ["an-sizes", "Which AN size", "AN-6 feeds up to about 400 hp on gasoline, AN-8 up to about 700 hp."],
    ["returns", "Returning an order", "Unused parts may come back within 30 days. Hose that was cut to length cannot."],
    ["shipping", "Shipping times", "Orders before 14:00 leave the same working day. To Austria a parcel takes three days."],
    ["leaks", "A fuel leak", "Do not start the engine. Disconnect the battery and air the room."],
    ["e85", "Fittings and E85", "Nickel-plated fittings are fine with E85, plain aluminium ones are not."],
  ];
  for (const [id, title, text] of articles)
    await writeFile(
      join(directory, `${id}.md`),
      `---\nid: ${id}\n---\n# ${title}\n\n${text} The number of this article is ${dice.nonce()}.\n`,
    );
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}
