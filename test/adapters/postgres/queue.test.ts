import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import type { Hold, Job, JobEnd } from "../../../src/ports/jobs.ts";
import { createTestDatabase } from "../../support/database.ts";
import { eventually } from "../../support/eventually.ts";
import { openTestRecords, type TestRecords } from "../../support/records.ts";
import { startWire } from "../../support/wire.ts";

const DONE: JobEnd = { end: "done" };
let database: Awaited<ReturnType<typeof createTestDatabase>>;
let open: TestRecords[];
beforeEach(async () => {
  database = await createTestDatabase();
  open = [];
});
afterEach(async () => {
  await Promise.all(open.map((records) => records.close()));
  await database.drop();
});

/** One more process on the same database. */
async function process(): Promise<TestRecords> {
  const records = await openTestRecords(database.url);
  open.push(records);
  return records;
}

const send = ({ store }: TestRecords, key: string, data: Record<string, unknown> = {}, startAfterSeconds = 0) =>
  store.jobs.send({ kind: "draft-reply", key, data, startAfterSeconds });

const left = async ({ store }: TestRecords) => (await store.jobs.counts()).reduce((sum, { count }) => sum + count, 0);

test("jobs of one key run one at a time and in order, whichever process takes them; other keys run beside them", async () => {
  const processes = [await process(), await process()];
  const log: { process: number; key: string; turn: number; from: number; to: number }[] = [];
  for (const [index, { queue }] of processes.entries()) {
    await queue.start(async ({ data }) => {
      const from = performance.now();
      await pause(Math.random() * 8);
      log.push({ process: index, key: String(data.key), turn: Number(data.turn), from, to: performance.now() });
      return DONE;
    });
  }
  const [first] = processes as [TestRecords];
  const [KEYS, TURNS] = [10, 15];
  for (let turn = 0; turn < TURNS; turn++) {
    await Promise.all(Array.from({ length: KEYS }, (_, key) => send(first, `1:${key}`, { key, turn })));
  }
  await eventually("all have run", () => log.length === KEYS * TURNS);
  expect(new Set(log.map((entry) => entry.process)).size).toBe(2);
  for (let key = 0; key < KEYS; key++) {
    const own = log.filter((entry) => entry.key === String(key)).sort((a, b) => a.from - b.from);
    expect(own.map(({ turn }) => turn)).toEqual(Array.from({ length: TURNS }, (_, turn) => turn));
    for (const [place, entry] of own.entries()) if (place > 0) expect(entry.from).toBeGreaterThanOrEqual(own[place - 1]?.to ?? 0);
  }
  const overlap = log.some((one) => log.some((other) => other.key !== one.key && other.from < one.to && one.from < other.to));
  expect(overlap).toBe(true);
});

test("a slow job holds up nobody but its own key", async () => {
  const records = await process();
  const ended: string[] = [];
  const slow = Promise.withResolvers<void>();
  await records.queue.start(async ({ key }) => {
    if (key === "1:1" && !ended.includes("1:1")) await slow.promise;
    ended.push(String(key));
    return DONE;
  });
  await send(records, "1:1");
  await send(records, "1:1");
  for (let key = 2; key < 20; key++) await send(records, `1:${key}`);
  await eventually("the others have run", () => ended.length === 18);
  expect(ended).not.toContain("1:1");
  slow.resolve();
  await eventually("its own, too", () => ended.length === 20);
});

test("a delayed job starts soon after its time and never before it, and lets others of its key pass", async () => {
  const records = await process();
  const lateMs: number[] = [];
  const passed: unknown[] = [];
  await records.queue.start(async ({ data }) => {
    if (typeof data.dueAt === "number") lateMs.push(Date.now() - data.dueAt);
    else passed.push(data);
    return DONE;
  });
  for (let turn = 0; turn < 7; turn++) {
    const seconds = 0.4 + turn * 0.1;
    await send(records, `1:${turn}`, { dueAt: Date.now() + seconds * 1000 }, seconds);
    await send(records, `1:${turn}`);
  }
  await eventually("those that may run have run", () => passed.length === 7);
  await eventually("the delayed ones have run", () => lateMs.length === 7);
  expect(Math.min(...lateMs)).toBeGreaterThanOrEqual(-1); // the database's clock counts in microseconds
  // Woken by their time: the next look would find them half a second late on average.
  expect(lateMs.reduce((sum, late) => sum + late, 0) / lateMs.length).toBeLessThan(250);
});

test("a job that becomes a dead letter frees its key", async () => {
  const records = await process();
  const seen: unknown[] = [];
  await records.queue.start(async ({ kind, id, data }) => {
    seen.push(data.name);
    if (data.name !== "poison") return DONE;
    await records.store.jobs.remove(kind, id);
    return { end: "buried" };
  });
  await send(records, "1:1", { name: "poison" });
  await send(records, "1:1", { name: "next" });
  await eventually("the next one runs", () => seen.includes("next"));
  expect(seen).toEqual(["poison", "next"]);
  await eventually("nothing is left", async () => (await left(records)) === 0);
});

test("tries that failed are counted, tries that only waited are not; later jobs of the key wait all the while", async () => {
  const records = await process();
  const again = (failed: boolean): JobEnd => ({ end: "again", afterSeconds: 0.05, reason: "test", failed });
  const ends = [again(false), again(true), again(false), again(false), again(true), DONE];
  const attempts: number[] = [];
  const order: unknown[] = [];
  await records.queue.start(async ({ attempt, data }) => {
    order.push(data.name);
    if (data.name === "next") return DONE;
    attempts.push(attempt);
    return ends[attempts.length - 1] ?? DONE;
  });
  const from = Date.now();
  await send(records, "1:1", { name: "first" });
  await send(records, "1:1", { name: "next" });
  await eventually("both have ended", async () => order.length === 7 && (await left(records)) === 0);
  expect(attempts).toEqual([1, 1, 2, 2, 2, 3]);
  expect(order.at(-1)).toBe("next");
  expect(Date.now() - from).toBeLessThan(3000); // five waits of 50 ms, not of the second until the next look
});

test("what a killed process had begun is taken over at once by the next one that works alone, and were it alive it would hear of that", async () => {
  const dead = await process();
  const held = Promise.withResolvers<Hold>();
  await dead.queue.start(async (_, hold) => {
    held.resolve(hold);
    return new Promise<JobEnd>(() => {}); // never ends
  });
  await send(dead, "1:1", { name: "orphan" });
  const { signal } = await held.promise;
  // A server that has just started knows of nobody, so that being alone there says nothing.
  const isOld = async () => (await dead.query("select 1 where pg_postmaster_start_time() < now() - interval '9 s'")).length > 0;
  await eventually("the server is old enough", isOld);
  await dead.query("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'countersign listen'"); // its life sign
  const seen: Job[] = [];
  const heir = await openTestRecords(database.url);
  open.push(heir);
  await heir.queue.start(async (job) => {
    seen.push(job);
    return DONE;
  });
  await eventually("the orphan runs", () => seen.length === 1);
  expect(seen[0]).toMatchObject({ attempt: 2, data: { name: "orphan" } });
  await eventually("who had it hears of it", () => signal.aborted);
});

test("a process that joins others takes nothing of theirs", async () => {
  const busy = await process();
  let runs = 0;
  const slow = Promise.withResolvers<void>();
  const run = async (): Promise<JobEnd> => {
    runs++;
    await slow.promise;
    return DONE;
  };
  await busy.queue.start(run);
  await send(busy, "1:1");
  await eventually("it is begun", () => runs === 1);
  const other = await process();
  await other.queue.start(run);
  await send(other, "1:2");
  await eventually("the other is begun", () => runs === 2);
  slow.resolve();
  await eventually("all is done", async () => (await left(busy)) === 0);
  expect(runs).toBe(2);
});

test("a process that stops gives back what it cannot finish, and that was no failed try", async () => {
  const leaving = await process();
  const begun = Promise.withResolvers<void>();
  await leaving.queue.start(async () => {
    begun.resolve();
    return new Promise<JobEnd>(() => {});
  });
  await send(leaving, "1:1");
  await begun.promise;
  await leaving.queue.stop(50);
  const staying = await process();
  const attempts: number[] = [];
  await staying.queue.start(async ({ attempt }) => {
    attempts.push(attempt);
    return DONE;
  });
  await eventually("it is done elsewhere", async () => attempts.length === 1 && (await left(staying)) === 0);
  expect(attempts).toEqual([1]);
});

test("a job that ended while the database was away is not begun again", async () => {
  const wire = await startWire(database.url);
  const worker = await openTestRecords(wire.url);
  open.push(worker);
  const [watch, end] = [await process(), Promise.withResolvers<JobEnd>()];
  let runs = 0;
  await worker.queue.start(() => {
    runs++;
    return end.promise;
  });
  await send(watch, "1:1");
  await eventually("it runs", () => runs === 1);
  wire.cut();
  end.resolve(DONE);
  await pause(600); // its end has been tried to write by then
  expect(await watch.store.jobs.isActive("draft-reply", "1:1")).toBe(true);
  wire.mend();
  await eventually("nothing is left", async () => (await left(watch)) === 0);
  expect(runs).toBe(1);
  await wire.close();
});

test("what a silent process had begun goes to another one, and the silent one hears of it when it can", async () => {
  const wire = await startWire(database.url);
  const silent = await openTestRecords(wire.url);
  open.push(silent);
  const held = Promise.withResolvers<Hold>();
  await silent.queue.start(async (_, hold) => {
    held.resolve(hold);
    return new Promise<JobEnd>((resolve) => hold.signal.addEventListener("abort", () => resolve({ end: "lost" })));
  });
  await send(silent, "1:1");
  const { signal } = await held.promise;
  const other = await process();
  const wasAborted: boolean[] = [];
  await other.queue.start(async () => {
    wasAborted.push(signal.aborted);
    return DONE;
  });
  wire.silence();
  await eventually("the other one has it", () => wasAborted.length === 1);
  expect(wasAborted).toEqual([true]); // in this order: first the hold is lost, then the job is taken
  wire.mend();
  await eventually("nothing is left", async () => (await left(other)) === 0);
  expect(wasAborted).toHaveLength(1);
  await wire.close();
});

test("whoever was overtaken after a silence changes nothing of the newer try", async () => {
  const records = await process();
  const ends: PromiseWithResolvers<JobEnd>[] = [];
  await records.queue.start(() => {
    const end = Promise.withResolvers<JobEnd>();
    ends.push(end);
    return end.promise;
  });
  await send(records, "1:1");
  await eventually("the first try runs", () => ends.length === 1);
  await records.query("update pgboss.job set state = 'retry', start_after = now() where state = 'active'"); // its heartbeat ran out
  await eventually("the second try runs", () => ends.length === 2);
  ends[0]?.resolve({ end: "again", afterSeconds: 0, reason: "too late", failed: true });
  await pause(200);
  expect(ends).toHaveLength(2);
  expect(await records.store.jobs.isActive("draft-reply", "1:1")).toBe(true);
  ends[1]?.resolve(DONE);
  await eventually("nothing is left", async () => (await left(records)) === 0);
});

test("a job sent in a transaction exists with its commit, or never", async () => {
  const records = await process();
  const seen: unknown[] = [];
  await records.queue.start(async ({ data }) => {
    seen.push(data.name);
    return DONE;
  });
  const broken = records.store.transaction(async (tables) => {
    await tables.jobs.send({ kind: "post-note", data: { name: "never" } });
    throw new Error("rolled back");
  });
  await expect(broken).rejects.toThrow("rolled back");
  await records.store.transaction(async (tables) => {
    await tables.jobs.send({ kind: "post-note", data: { name: "kept" } });
    await pause(100);
    expect(seen).toEqual([]);
  });
  await eventually("it runs", () => seen.length > 0);
  expect(seen).toEqual(["kept"]);
});

test("the same job id twice is one job", async () => {
  const records = await process();
  const id = randomUUID();
  for (let turn = 0; turn < 2; turn++) await records.store.jobs.send({ kind: "post-note", id, data: { turn } });
  expect(await records.store.jobs.counts()).toEqual([{ kind: "post-note", state: "waiting", count: 1 }]);
});

test("a queue that lost its listening connection goes on, and hears again", async () => {
  const records = await process();
  const seen: unknown[] = [];
  await records.queue.start(async ({ data }) => {
    seen.push(data.name);
    return DONE;
  });
  await records.query("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'countersign listen'");
  await send(records, "1:1", { name: "meanwhile" });
  await eventually("it is found all the same", () => seen.length === 1);
});
