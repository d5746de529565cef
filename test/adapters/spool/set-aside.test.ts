import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createBoss } from "../../../src/adapters/postgres/boss.ts";
import { createCipher } from "../../../src/adapters/postgres/cipher.ts";
import { type Database, openDatabase } from "../../../src/adapters/postgres/database.ts";
import { silent } from "../../../src/adapters/postgres/silent.ts";
import { createStore } from "../../../src/adapters/postgres/store.ts";
import type { Schema } from "../../../src/adapters/postgres/tables.ts";
import { setAside } from "../../../src/adapters/spool/set-aside.ts";
import { openSpool, type Spool } from "../../../src/adapters/spool/spool.ts";
import { createSpooledIngest, type SpooledIngest } from "../../../src/adapters/spool/spooled-ingest.ts";
import { discardDeadLetter, redriveDeadLetter, redriveOpenLetters } from "../../../src/flow/settle-dead-letter.ts";
import type { Store } from "../../../src/ports/store.ts";
import { createTestDatabase } from "../../support/database.ts";
import { eventually } from "../../support/eventually.ts";
import { range, recordOf } from "./records.ts";

/** Deliveries that PostgreSQL itself refuses, from the spool to the people who put them back. */
let folder: string;
let dropDatabase: () => Promise<void>;
let database: Database<Schema>;
let records: Store;
let spool: Spool;
let spooled: SpooledIngest;
let stopBoss: () => Promise<void>;
/** The house's store, whose deliveries go to the spool while the database takes none. */
let store: Store;
const clock = { now: () => new Date() };
const BY = { name: "Ida" };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "countersign-set-aside-"));
  const { url, drop } = await createTestDatabase();
  dropDatabase = drop;
  database = openDatabase<Schema>({ url });
  const boss = createBoss({ db: database.db, supervise: false, log: silent });
  await boss.start();
  stopBoss = () => boss.stop({ graceful: false });
  records = createStore({ db: database.db, lane: database.lane, boss, cipher: createCipher(randomBytes(32).toString("hex")) });
  spool = await openSpool({ directory: folder, log: silent });
  spooled = createSpooledIngest({
    ingest: records.ingest,
    setAside: ({ row, job }, reason) => setAside({ store: records, clock }, { row, job, reason }),
    spool,
    log: silent,
    pollMs: 20,
    retryMs: 30,
  });
  store = { ...records, ingest: spooled.ingest };
  spooled.start();
  await database.pool.query(`
    create table refused (delivery_id uuid);
    create function refuse() returns trigger language plpgsql as $$
    begin
      if exists (select from refused where delivery_id = new.delivery_id) then raise exception 'no'; end if;
      return new;
    end $$;
    create trigger refuse before insert on webhook_deliveries for each row execute function refuse()`);
}, 60_000);

afterAll(async () => {
  await spooled?.stop();
  await spool?.close();
  await stopBoss?.();
  await database?.close();
  await dropDatabase?.();
  await rm(folder, { recursive: true, force: true });
});

const idOf = (n: number) => recordOf(n).row.deliveryId;
const refuse = (n: number) => database.pool.query("insert into refused values ($1)", [idOf(n)]);
const heal = () => database.pool.query("delete from refused");
const send = (n: number) => store.ingest(recordOf(n).row, recordOf(n).job);
const openLetters = async () => (await store.deadLetters.list({ open: true, limit: 100 })).data;
const isOpen = async (n: number) => (await openLetters()).some(({ id }) => id === idOf(n));
const isRecorded = async (n: number) => (await store.deliveries.get(idOf(n))) !== null;

async function becomesALetter(n: number): Promise<void> {
  await refuse(n);
  expect(await send(n)).toBe("recorded");
  await eventually("it is a dead letter", () => isOpen(n));
  await eventually("the spool is empty", () => spooled.state().waiting === 0);
}

afterEach(heal);

test("a delivery that the database refuses is an open dead letter with its reason; put back once it is taken, it is recorded with its job", async () => {
  await becomesALetter(1);
  expect(await openLetters()).toMatchObject([
    { id: idOf(1), kind: "receive-delivery", attempts: 3, reason: expect.stringContaining("P0001") },
  ]);
  expect(await isRecorded(1)).toBe(false);
  await heal();
  await redriveDeadLetter({ store, clock }, { id: idOf(1), by: BY });
  expect(await isRecorded(1)).toBe(true);
  expect(await isOpen(1)).toBe(false);
  const { rows } = await database.pool.query("select 1 from pgboss.job where id = $1", [recordOf(1).job?.id]);
  expect(rows).toHaveLength(1);
});

test("one that is put back too early comes back as an open dead letter, as often as it takes", async () => {
  await becomesALetter(2);
  for (const _ of range(1, 2)) {
    await redriveDeadLetter({ store, clock }, { id: idOf(2), by: BY });
    expect(await isRecorded(2)).toBe(false);
    await eventually("it is an open dead letter again", () => isOpen(2));
    await eventually("the spool is empty", () => spooled.state().waiting === 0);
  }
  await heal();
  await redriveDeadLetter({ store, clock }, { id: idOf(2), by: BY });
  expect(await isRecorded(2)).toBe(true);
  expect(await isOpen(2)).toBe(false);
});

test("where no spool stands behind, as on the command line, it stays open, and holds up none of those behind it", async () => {
  await becomesALetter(3);
  await becomesALetter(4);
  await becomesALetter(5);
  await database.pool.query("delete from refused where delivery_id <> $1", [idOf(4)]);
  const ports = { store: records, clock };
  await expect(redriveDeadLetter(ports, { id: idOf(4), by: BY })).rejects.toMatchObject({ code: "unavailable" });
  const redriven = await redriveOpenLetters(ports, { limit: 100, by: BY });
  expect(redriven.map(({ id }) => id).sort()).toEqual([idOf(3), idOf(5)]);
  expect((await openLetters()).map(({ id }) => id)).toEqual([idOf(4)]);
  expect([await isRecorded(3), await isRecorded(4), await isRecorded(5)]).toEqual([true, false, true]);
});

test("one that was let go stays so, though its record is drained again after a crash", async () => {
  await becomesALetter(6);
  await discardDeadLetter({ store, clock }, { id: idOf(6), by: BY, reason: "a test" });
  expect(await send(6)).toBe("recorded");
  await eventually("the spool has dealt with it again", () => spooled.state().waiting === 0);
  expect(await isOpen(6)).toBe(false);
});

test("one that is refused for what no column can hold becomes a dead letter all the same, and can be put back without that", async () => {
  const { row, job } = recordOf(7);
  expect(await store.ingest({ ...row, event: "message\u0000created \ud800" }, job)).toBe("recorded");
  await eventually("it is a dead letter", () => isOpen(7));
  await redriveDeadLetter({ store, clock }, { id: idOf(7), by: BY });
  expect((await store.deliveries.get(idOf(7)))?.event).toBe("message\ufffdcreated \ufffd");
});
