import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { startServer } from "../../src/cli/start-server.ts";
import { readConfig, serverConfig } from "../../src/config.ts";
import { sendReply } from "../../src/flow/send-reply.ts";
import { createLog } from "../../src/log.ts";
import { HoldLost } from "../../src/ports/jobs.ts";
import { eventually } from "../support/eventually.ts";
import { startHouse, type TestHouse } from "../support/house.ts";
import { fromPassages } from "../support/model-answers.ts";
import { type ModelServer, startModelServer } from "../support/model-server.ts";
import { type ProcessHouse, startProcessHouse } from "../support/process-house.ts";
import { approvalsOf, ask, decide, newCustomer, posted, QUESTION, reached, replies, restFault } from "../support/trip.ts";
import { startWire, type Wire } from "../support/wire.ts";

/** Workers on one PostgreSQL that lose it, or are stopped, while a real HTTP server writes their draft. */
let model: ModelServer;
let releasers: (() => unknown)[];
beforeEach(async () => {
  releasers = [];
  model = await startModelServer();
  releasers.push(model.close);
});
afterEach(async () => {
  for (const release of releasers.reverse()) await release();
});

const settings = () => ({ ANTHROPIC_API_KEY: "sk-test", ANTHROPIC_BASE_URL: model.url });
/** A call that comes to no end by itself. */
const HANGS = { fault: "stalled headers" } as const;

/** A server that takes the messages and leaves the work to others. */
async function openHouse(): Promise<{ house: TestHouse; query(sql: string): Promise<Record<string, unknown>[]> }> {
  const house = await startHouse({ worker: false, env: settings() });
  releasers.push(house.close);
  const pool = new pg.Pool({ connectionString: house.databaseUrl, max: 1 });
  releasers.push(() => pool.end());
  return { house, query: async (sql) => (await pool.query(sql)).rows };
}

/** One more worker for the house, whose database is at that URL. */
async function startWorker(house: TestHouse, databaseUrl: string): Promise<{ end(): Promise<void> }> {
  const dataDir = await mkdtemp(join(tmpdir(), "countersign-hold-"));
  releasers.push(() => rm(dataDir, { recursive: true, force: true }));
  const config = serverConfig(readConfig({ ...house.env, DATABASE_URL: databaseUrl, DATA_DIR: dataDir }));
  const log = createLog({ level: process.env.TEST_LOG_LEVEL ?? "silent", to: "stderr" });
  const worker = await startServer(config, log, { worker: true, http: false });
  let ended: Promise<void> | undefined;
  const end = () => {
    ended ??= worker.close();
    return ended;
  };
  releasers.push(end);
  await worker.ready;
  return { end };
}

async function wireTo(house: TestHouse): Promise<Wire> {
  const wire = await startWire(house.databaseUrl);
  releasers.push(wire.close);
  return wire;
}

const asked = (times: number) => eventually(`the model is asked ${times} times`, () => model.requests.length >= times);

/** Attempts that failed, as the queue counts them. */
const FAILED_TRIES = `
  select (retry_count - (retry_limit - 10000))::int as tries, state from pgboss.job where name = 'draft-reply' and started_on is not null`;

test("a worker that loses its database ends its call of the model before another one drafts", async () => {
  const { house, query } = await openHouse();
  const wire = await wireTo(house);
  await startWorker(house, wire.url);
  const customer = await newCustomer(house);
  model.script(HANGS, fromPassages());
  await customer.write(QUESTION);
  await asked(1);
  await startWorker(house, house.databaseUrl);
  wire.silence();
  await asked(2);
  await posted(house, customer.conversationId);
  wire.mend();
  expect(model.requests).toHaveLength(2);
  expect(model.mostAtOnce()).toBe(1);
  expect(await approvalsOf(house, customer.conversationId)).toMatchObject([{ degraded: null }]);
  expect(await query("select 1 from dead_letters")).toEqual([]);
});

test("a worker that loses its database for too long drafts anew when it is back, and nothing counts as failed", async () => {
  const { house, query } = await openHouse();
  const wire = await wireTo(house);
  await startWorker(house, wire.url);
  const customer = await newCustomer(house);
  model.script(HANGS, fromPassages());
  await customer.write(QUESTION);
  await asked(1);
  wire.cut();
  await eventually("its call has ended", () => model.underWay() === 0);
  expect(model.requests).toHaveLength(1);
  wire.mend();
  await posted(house, customer.conversationId);
  expect(model.requests).toHaveLength(2);
  expect(model.mostAtOnce()).toBe(1);
  await eventually("the job is done", async () => (await query(FAILED_TRIES)).every(({ state }) => state === "completed"));
  expect((await query(FAILED_TRIES)).map(({ tries }) => tries)).toEqual([0]);
});

test("a draft that was written while the database was away for a moment is kept, not bought again", async () => {
  const { house, query } = await openHouse();
  const wire = await wireTo(house);
  await startWorker(house, wire.url);
  const customer = await newCustomer(house);
  const answered = Promise.withResolvers<void>();
  model.script((request) => {
    wire.cut();
    setTimeout(() => {
      wire.mend();
      answered.resolve();
    }, 1500);
    return { ...(fromPassages() as (given: typeof request) => object)(request), afterMs: 2000 } as never;
  });
  await customer.write(QUESTION);
  await answered.promise;
  await posted(house, customer.conversationId);
  expect(model.requests).toHaveLength(1);
  expect(await query("select 1 from dead_letters")).toEqual([]);
});

test("a worker that is told to end ends its call before it gives the job back", async () => {
  const { house, query } = await openHouse();
  const leaving = await startWorker(house, house.databaseUrl);
  const customer = await newCustomer(house);
  model.script(HANGS, fromPassages());
  await customer.write(QUESTION);
  await asked(1);
  await startWorker(house, house.databaseUrl);
  await leaving.end();
  await posted(house, customer.conversationId);
  expect(model.requests).toHaveLength(2);
  expect(model.mostAtOnce()).toBe(1);
  expect((await query(FAILED_TRIES)).map(({ tries }) => tries)).toEqual([0]);
});

test("a process that stood still asks no model for what another one has drafted meanwhile", async () => {
  const house: ProcessHouse = await startProcessHouse(settings());
  releasers.push(house.close);
  const first = await house.start();
  const customer = await newCustomer(house);
  await restFault(house, { method: "GET", path: "/api/v1/accounts/1/conversations/*/messages", times: 1 }, { delay_ms: 2000 });
  model.script(fromPassages());
  await customer.write(QUESTION);
  const isReading = async () => (await house.query("select 1 from pgboss.job where name = 'draft-reply' and state = 'active'")).length > 0;
  await eventually("it reads the conversation", isReading);
  first.freeze();
  await house.start({ port: 0 });
  const drafted = "select id from agent_approvals where note_status = 'posted'";
  await eventually("another one has drafted it", async () => (await house.query(drafted)).length > 0);
  first.thaw();
  await eventually("it works again", async () => (await fetch(`${first.url}/readyz`)).ok);
  await house.settled();
  expect(model.requests).toHaveLength(1);
  expect(await approvalsOf(house, customer.conversationId)).toMatchObject([{ status: "pending", version: 1 }]);
  expect(await house.query("select 1 from dead_letters")).toEqual([]);
});

test("a reply is not sent by who lost the hold on it after the send was marked as begun, and goes out once all the same", async () => {
  const house = await startHouse({ env: { SEND_HOLD_SECONDS: "2" } });
  releasers.push(house.close);
  const { approval, customer } = await ask(house);
  await decide(house, approval, "approve");
  const { ports } = house.server.house;
  const { decidedAt } = (await ports.store.approvals.get(approval.id)) ?? {};
  const lost = new HoldLost("it stood still");
  const hold = {
    signal: AbortSignal.abort(lost),
    isLost: () => true,
    check() {
      throw lost;
    },
  };
  const sending = sendReply(ports, { data: { approvalId: approval.id, decidedAt: decidedAt?.toISOString() } }, hold);
  await expect(sending).rejects.toThrow(HoldLost);
  expect(await replies(house, customer.conversationId)).toEqual([]);
  await reached(house, approval, "sent");
  expect(await replies(house, customer.conversationId)).toHaveLength(1);
});
