import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createBoss } from "../../../src/adapters/postgres/boss.ts";
import { createCipher } from "../../../src/adapters/postgres/cipher.ts";
import { type Database, openDatabase } from "../../../src/adapters/postgres/database.ts";
import { type EmbeddedServer, removeEmbedded, startEmbedded } from "../../../src/adapters/postgres/embedded.ts";
import { silent } from "../../../src/adapters/postgres/silent.ts";
import { createStore } from "../../../src/adapters/postgres/store.ts";
import type { Schema } from "../../../src/adapters/postgres/tables.ts";
import type { SpoolRecord } from "../../../src/adapters/spool/record.ts";
import { openSpool, type Spool } from "../../../src/adapters/spool/spool.ts";
import { createSpooledIngest, type SpooledIngest } from "../../../src/adapters/spool/spooled-ingest.ts";
import { eventually } from "../../support/eventually.ts";
import { prepareTemplate } from "../../support/prepare-template.ts";
import { serverPid } from "../postgres/processes.ts";
import { numberOf, range, recordOf } from "./records.ts";

/** A PostgreSQL of this file's own, because it is killed. */
let folder: string;
let dataDir: string;
let server: EmbeddedServer;
let database: Database<Schema>;
let spool: Spool;
let spooled: SpooledIngest;
let stopStore: () => Promise<void>;
const time = { now: Date.UTC(2026, 10, 20) };
const letters: SpoolRecord[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "countersign-spool-"));
  dataDir = join(folder, "data");
  server = await startEmbedded({ dataDir });
  await prepareTemplate(server.url);
  database = openDatabase<Schema>({ url: server.url });
  const boss = createBoss({ db: database.db, supervise: false, log: silent });
  await boss.start();
  stopStore = async () => {
    await boss.stop({ graceful: false }).catch(() => {});
    await database.close();
  };
  const store = createStore({ db: database.db, lane: database.lane, boss, cipher: createCipher(randomBytes(32).toString("hex")) });
  spool = await openSpool({ directory: join(dataDir, "spool"), log: silent });
  spooled = createSpooledIngest({
    ingest: store.ingest,
    setAside: async (record) => void letters.push(record),
    spool,
    log: silent,
    clock: { now: () => new Date(time.now) },
    pollMs: 50,
  });
  spooled.start();
}, 60_000);

afterAll(async () => {
  await spooled?.stop();
  await spool?.close();
  await stopStore?.();
  await server?.release();
  await removeEmbedded(dataDir);
  await rm(folder, { recursive: true, force: true });
}, 60_000);

const send = (n: number) => spooled.ingest(recordOf(n).row, recordOf(n).job);

async function rows(): Promise<{ n: number; body: string; received_at: Date }[]> {
  const { rows } = await database.pool.query(
    "select right(delivery_id::text, 12)::int as n, body, received_at from webhook_deliveries order by ctid",
  );
  return rows;
}

async function jobIds(): Promise<string[]> {
  const { rows } = await database.pool.query("select id from pgboss.job where name = 'draft-reply' order by id");
  return rows.map(({ id }) => id);
}

async function killServer(): Promise<void> {
  const pid = await serverPid(dataDir);
  if (!pid) throw new Error("the server should be running");
  process.kill(pid, "SIGKILL");
  await eventually("the database is gone", () =>
    database.pool.query("select 1").then(
      () => false,
      () => true,
    ),
  );
}

test("deliveries that come while PostgreSQL is dead are all in it, in order and with their jobs, when it is back", async () => {
  for (const n of range(1, 5)) expect(await send(n)).toBe("recorded");
  await killServer();
  for (const n of range(6, 300)) expect(await send(n)).toBe("recorded");
  expect(spooled.state().waiting).toBe(295);
  await server.ensureRunning();
  await eventually("the spool is drained", () => spooled.state().waiting === 0);
  const found = await rows();
  expect(found.map(({ n }) => n)).toEqual(range(1, 300));
  expect(found.map(({ body, received_at }) => ({ body, at: received_at }))).toEqual(
    range(1, 300).map((n) => ({ body: recordOf(n).row.body, at: recordOf(n).row.receivedAt })),
  );
  expect(await jobIds()).toEqual(range(1, 300).flatMap((n) => recordOf(n).job?.id ?? []));
}, 60_000);

test("killed under load: every delivery that was answered is in it once, with one job", async () => {
  let n = 1000;
  let isOver = false;
  const answered: number[] = [];
  const customer = async () => {
    while (!isOver) {
      const mine = n++;
      await send(mine);
      answered.push(mine);
    }
  };
  const customers = Array.from({ length: 16 }, customer);
  for (const round of [1, 2]) {
    await eventually("deliveries come", () => answered.length > 200 * round);
    await killServer();
    const before = answered.length;
    await eventually("they go on being answered", () => answered.length > before + 200);
    await server.ensureRunning();
    await eventually("the database has caught up", () => spooled.state().waiting < 50);
  }
  isOver = true;
  await Promise.all(customers);
  await eventually("the spool is drained", () => spooled.state().waiting === 0);
  const found = (await rows()).map((row) => row.n).filter((n) => n >= 1000);
  expect([...found].sort((a, b) => a - b)).toEqual([...answered].sort((a, b) => a - b));
  const jobs = await jobIds();
  expect(jobs.filter((id) => Number(id.slice(-12)) >= 1000)).toEqual(
    [...answered].sort((a, b) => a - b).flatMap((n) => recordOf(n).job?.id ?? []),
  );
}, 90_000);

test("a delivery that PostgreSQL itself refuses three times goes to people, and those that came with it are recorded", async () => {
  const poison = recordOf(500_002);
  poison.row.body = "a NUL \u0000 is no text";
  expect(await spooled.ingest(recordOf(500_001).row, null)).toBe("recorded");
  expect(await spooled.ingest(poison.row, poison.job)).toBe("recorded");
  expect(await spooled.ingest(recordOf(500_003).row, null)).toBe("recorded");
  await eventually("it goes to people", () => {
    time.now += 60_000;
    return letters.length > 0;
  });
  expect(letters).toEqual([poison]);
  expect(numberOf(letters[0] as SpoolRecord)).toBe(500_002);
  await eventually("the spool is empty", () => spooled.state().waiting === 0);
  const found = (await rows()).map(({ n }) => n);
  expect(found).toEqual(expect.arrayContaining([500_001, 500_003]));
  expect(found).not.toContain(500_002);
}, 60_000);
