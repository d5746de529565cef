import { randomUUID } from "node:crypto";
import type { JobKind, NewJob } from "../../../src/ports/jobs.ts";
import type { NewDelivery } from "../../../src/ports/store.ts";
import { createTestDatabase } from "../../support/database.ts";
import { eventually } from "../../support/eventually.ts";
import { openTestRecords, type TestRecords } from "../../support/records.ts";

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let one: TestRecords;
let other: TestRecords;
beforeEach(async () => {
  database = await createTestDatabase();
  [one, other] = await Promise.all([openTestRecords(database.url), openTestRecords(database.url)]);
});
afterEach(async () => {
  await Promise.all([one.close(), other.close()]);
  await database.drop();
});

/** A customer's message as the door hands it over. */
function delivery(messageId: number, change: Partial<NewDelivery> = {}): NewDelivery {
  return {
    deliveryId: randomUUID(),
    accountId: 1,
    event: "message_created",
    conversationId: 5,
    messageId,
    messageAt: new Date("2026-11-21T09:00:00Z"),
    body: `{"id":${messageId}}`,
    receivedAt: new Date("2026-11-21T09:00:01Z"),
    source: "webhook",
    outcome: "accepted",
    reason: null,
    fromCustomer: true,
    ...change,
  };
}

const jobFor = (row: NewDelivery): NewJob => ({
  kind: "draft-reply",
  id: row.deliveryId,
  key: `1:${row.conversationId}`,
  data: { messageId: row.messageId },
});
const ingest = ({ store }: TestRecords, row: NewDelivery) => store.ingest(row, jobFor(row));
const rows = () => one.query("select delivery_id, message_id, outcome, reason, fate from webhook_deliveries order by message_id, outcome");
const jobs = async () => (await one.query("select id from pgboss.job where name = 'draft-reply'")).map(({ id }) => id);

test("many deliveries at once are each recorded once with their job, and nobody is answered before it can be read", async () => {
  const all = Array.from({ length: 300 }, (_, id) => delivery(id + 1));
  await Promise.all(
    all.map(async (row) => {
      expect(await ingest(one, row)).toBe("recorded");
      expect(await other.store.deliveries.get(row.deliveryId)).toMatchObject({ deliveryId: row.deliveryId, fate: "waiting" });
    }),
  );
  expect(await rows()).toHaveLength(300);
  expect(new Set(await jobs())).toEqual(new Set(all.map(({ deliveryId }) => deliveryId)));
});

test("the same delivery id again writes no row and no job, in one batch and later", async () => {
  const row = delivery(1);
  const first = await Promise.all([ingest(one, row), ingest(one, row), ingest(one, { ...row })]);
  expect(first.toSorted()).toEqual(["duplicate", "duplicate", "recorded"]);
  expect(await ingest(other, row)).toBe("duplicate");
  expect(await rows()).toHaveLength(1);
  expect(await jobs()).toEqual([row.deliveryId]);
});

test("the same message under two ids is one message; the second delivery is kept as its duplicate", async () => {
  const [first, second, third] = [delivery(1), delivery(1), delivery(1)];
  const results = await Promise.all([ingest(one, first), ingest(one, second)]);
  expect(results.toSorted()).toEqual(["duplicate", "recorded"]);
  expect(await ingest(other, third)).toBe("duplicate");
  const kept = await rows();
  expect(kept.map(({ outcome, reason, fate }) => [outcome, reason, fate])).toEqual([
    ["accepted", null, "waiting"],
    ["duplicate", "message_known", null],
    ["duplicate", "message_known", null],
  ]);
  expect(await jobs()).toEqual([kept[0]?.delivery_id]);
});

test("a replay of a recorded message is recorded beside it, with its own job", async () => {
  const row = delivery(1);
  await ingest(one, row);
  const replay = delivery(1, { source: "replay" });
  expect(await ingest(one, replay)).toBe("recorded");
  expect(await jobs()).toHaveLength(2);
});

test("one bad row refuses only itself", async () => {
  const good = Array.from({ length: 20 }, (_, id) => delivery(id + 1));
  const bad = delivery(99, { body: '{"content":"\u0000"}' }); // no text of PostgreSQL's
  const results = await Promise.allSettled([...good.slice(0, 10), bad, ...good.slice(10)].map((row) => ingest(one, row)));
  expect(results.filter(({ status }) => status === "rejected")).toHaveLength(1);
  expect(results[10]).toMatchObject({ status: "rejected" });
  expect(await rows()).toHaveLength(20);
  expect(await jobs()).toHaveLength(20);
  expect(await ingest(one, delivery(100))).toBe("recorded");
});

test("a message number that no column can hold refuses only itself", async () => {
  const results = await Promise.allSettled([ingest(one, delivery(1)), ingest(one, delivery(1e30)), ingest(one, delivery(2))]);
  expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
});

test("two processes that are told the same under different ids record it once and never block one another", async () => {
  const told = Array.from({ length: 500 }, (_, id) => delivery(id + 1));
  const results = await Promise.all([
    ...told.map((row) => ingest(one, row)),
    ...told.map((row) => ingest(other, { ...row, deliveryId: randomUUID() })),
    ...told.map((row) => ingest(other, row)),
  ]);
  expect(results.filter((result) => result === "recorded")).toHaveLength(500);
  const kept = await rows();
  expect(kept.filter(({ outcome }) => outcome === "accepted").map(({ message_id: id }) => Number(id))).toEqual(
    told.map(({ messageId }) => messageId),
  );
  expect(await jobs()).toHaveLength(500);
  await eventually("the statistics are written", async () => (await statistics()).commits > 0);
  expect((await statistics()).deadlocks).toBe(0);
});

async function statistics(): Promise<{ commits: number; deadlocks: number }> {
  await one.query("select pg_stat_force_next_flush()");
  const [row] = await one.query(
    "select xact_commit::int as commits, deadlocks::int from pg_stat_database where datname = current_database()",
  );
  return row as { commits: number; deadlocks: number };
}

test("a batch writes its jobs as the engine itself would", async () => {
  const [alone, shared, later] = [delivery(1), delivery(2, { conversationId: 5 }), delivery(3)];
  const engines: NewJob = { ...jobFor(alone), id: randomUUID() };
  await one.store.transaction((tables) => tables.jobs.send(engines));
  await one.store.transaction((tables) => tables.jobs.send({ ...engines, id: randomUUID(), startAfterSeconds: 90 }));
  await Promise.all([ingest(one, shared), one.store.ingest(later, { ...jobFor(later), data: engines.data, startAfterSeconds: 90 })]);
  const written = await one.query(
    `select *, extract(epoch from start_after - created_on) as waits, extract(epoch from keep_until - start_after) as kept
     from pgboss.job where name = 'draft-reply' order by waits, created_on`,
  );
  const timeless = written.map(({ id: _, created_on: __, start_after: ___, keep_until: ____, ...rest }) => rest);
  expect(timeless).toHaveLength(4);
  expect(timeless[1]).toEqual({ ...timeless[0], data: { messageId: 2 } });
  expect(timeless[3]).toEqual(timeless[2]);
  expect(timeless.map(({ waits }) => Number(waits))).toEqual([0, 0, 90, 90]);
});

test("a job that is there although its delivery is not holds up neither its delivery nor the others", async () => {
  const told = [delivery(1), delivery(2), delivery(3)];
  await one.store.transaction((tables) => tables.jobs.send(jobFor(told[1] as NewDelivery)));
  expect(await Promise.all(told.map((row) => ingest(one, row)))).toEqual(["recorded", "recorded", "recorded"]);
  expect(await rows()).toHaveLength(3);
  expect(await jobs()).toHaveLength(3);
});

test("a queue that is not there yet refuses its deliveries, and nothing of them is recorded", async () => {
  const results = await Promise.allSettled([
    one.store.ingest(delivery(1), { ...jobFor(delivery(1)), kind: "of-a-newer-version" as JobKind }),
    ingest(one, delivery(2)),
  ]);
  expect(results.map(({ status }) => status)).toEqual(["rejected", "fulfilled"]);
  expect((await rows()).map(({ message_id: id }) => Number(id))).toEqual([2]);
});

test("workers of every process hear of a batch's jobs", async () => {
  const heard: string[] = [];
  other.hear((job) => heard.push(`${job?.kind}`));
  await Promise.all([ingest(one, delivery(1)), ingest(one, delivery(2))]);
  await eventually("the other process heard of the job", async () => heard.includes("draft-reply"));
});

test("letters of every language, quotes, backslashes and empty words are kept to the byte", async () => {
  const bodies = ['{"a":"\\"\\\\ {}, NULL"}', "ü — 😀 \t\n", "", "null", "x".repeat(9 * 1024 * 1024)];
  const told = bodies.map((body, index) => delivery(index + 1, { body, reason: index === 3 ? "" : null }));
  await Promise.all(told.map((row) => ingest(one, row)));
  for (const { deliveryId, body, reason } of told) {
    const kept = await one.store.deliveries.get(deliveryId);
    expect(kept?.body === body).toBe(true);
    expect(kept).toMatchObject({ reason, messageAt: new Date("2026-11-21T09:00:00Z"), receivedAt: new Date("2026-11-21T09:00:01Z") });
  }
});

test("a connection cut between batches on their way: what was answered is there with its job, what was refused can be told again", async () => {
  const told = Array.from({ length: 2000 }, (_, id) => delivery(id + 1));
  let answered = 0;
  const cut = () =>
    one.query("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query ~ 'with[ ]recorded'");
  const results = await Promise.allSettled(told.map((row) => ingest(other, row).finally(() => void (++answered % 500 === 100 && cut()))));
  const recorded = told.filter((_, index) => results[index]?.status === "fulfilled").map(({ deliveryId }) => deliveryId);
  expect(results.some(({ status }) => status === "rejected")).toBe(true);
  const kept = new Set((await rows()).map(({ delivery_id: id }) => id));
  expect(recorded.filter((id) => !kept.has(id))).toEqual([]);
  await eventually("the rest is recorded, too", async () => {
    const again = await Promise.allSettled(told.map((row) => ingest(other, row)));
    return again.every(({ status }) => status === "fulfilled");
  });
  expect(await rows()).toHaveLength(2000);
  expect(new Set(await jobs())).toEqual(new Set(told.map(({ deliveryId }) => deliveryId)));
});

test("what is ignored is recorded without a job", async () => {
  const row = delivery(1, { outcome: "ignored", reason: "own_message", fromCustomer: false });
  expect(await one.store.ingest(row, null)).toBe("recorded");
  expect(await rows()).toEqual([expect.objectContaining({ outcome: "ignored", fate: null })]);
  expect(await jobs()).toEqual([]);
});

test("while the database is away nobody is told that anything was recorded; afterwards it goes on", async () => {
  const name = new URL(database.url).pathname.slice(1);
  const neighbour = await createTestDatabase();
  const admin = await openTestRecords(neighbour.url);
  try {
    await admin.query(`alter database ${name} allow_connections false`);
    await admin.query("select pg_terminate_backend(pid) from pg_stat_activity where datname = $1", [name]);
    const results = await Promise.allSettled([ingest(one, delivery(1)), ingest(one, delivery(2))]);
    expect(results.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    await admin.query(`alter database ${name} allow_connections true`);
    expect(await ingest(one, delivery(1))).toBe("recorded");
  } finally {
    await admin.query(`alter database ${name} allow_connections true`);
    await admin.close();
    await neighbour.drop();
  }
});
