import { writeFile } from "node:fs/promises";
import type { SpoolRecord } from "../../../src/adapters/spool/record.ts";
import { openSpool, type Spool } from "../../../src/adapters/spool/spool.ts";
import { createSpooledIngest, type SpooledIngest, type SpooledIngestOptions } from "../../../src/adapters/spool/spooled-ingest.ts";
import { eventually } from "../../support/eventually.ts";
import { makeFolder, memoryLog, numberOf, range, recordOf } from "./records.ts";

let folder: Awaited<ReturnType<typeof makeFolder>>;
const houses: { spooled: SpooledIngest; spool: Spool }[] = [];
beforeAll(async () => {
  folder = await makeFolder();
});
afterEach(async () => {
  for (const { spooled, spool } of houses.splice(0)) {
    await spooled.stop();
    await spool.close();
  }
});
afterAll(() => folder.remove());

const refusal = (code: string) => Object.assign(new Error("quotes a customer"), { code, severity: "ERROR", constraint: "some_rule" });
const unreachable = () => Object.assign(new Error("connect ECONNREFUSED 127.0.0.1:5432"), { code: "ECONNREFUSED" });

/** A database that does as it is told: `fate` says what becomes of a record, null for recorded. */
function fakeDatabase() {
  const database = {
    recorded: [] as number[],
    tried: [] as number[],
    fate: (_: number): Error | "hangs" | null => null,
    ingest: async (row: SpoolRecord["row"], job: SpoolRecord["job"]): Promise<"recorded" | "duplicate"> => {
      const n = numberOf({ row, job });
      database.tried.push(n);
      const fate = database.fate(n);
      if (fate === "hangs") return new Promise(() => {});
      if (fate) throw fate;
      if (database.recorded.includes(n)) return "duplicate";
      database.recorded.push(n);
      return "recorded";
    },
  };
  return database;
}

async function build(name: string, options: Partial<SpooledIngestOptions> & { maxBytes?: number } = {}) {
  const log = memoryLog();
  const database = fakeDatabase();
  const letters: { n: number; reason: string }[] = [];
  const time = { now: Date.UTC(2026, 10, 20) };
  const { maxBytes, ...rest } = options;
  const spool = await openSpool({ directory: folder.path(name), log, staleAfterMs: 100, ...(maxBytes && { maxBytes }) });
  const spooled = createSpooledIngest({
    ingest: database.ingest,
    setAside: async (record, reason) => void letters.push({ n: numberOf(record), reason }),
    spool,
    log,
    clock: { now: () => new Date(time.now) },
    answerWithinMs: 100,
    pollMs: 10,
    ...rest,
  });
  houses.push({ spooled, spool });
  const send = (n: number) => spooled.ingest(recordOf(n).row, recordOf(n).job);
  const polls = async (count: number) => {
    for (let i = 0; i < count; i++) await new Promise((resolve) => setTimeout(resolve, 12));
  };
  /** Lets the injected clock run on by a minute. */
  const minute = () => {
    time.now += 60_000;
  };
  return { spooled, spool, database, letters, log, send, minute, polls };
}

test("a database that is there gets everything, and the disk nothing", async () => {
  const { send, database, spooled } = await build("there");
  expect(await send(1)).toBe("recorded");
  expect(await send(1)).toBe("duplicate");
  expect(database.recorded).toEqual([1]);
  expect(spooled.state()).toEqual({ waiting: 0, bytes: 0, writable: true });
});

test("while the database is away deliveries are answered recorded, and all of them reach it in order when it is back", async () => {
  const { send, database, spooled, log } = await build("away");
  database.fate = unreachable;
  spooled.start();
  for (const n of range(1, 200)) expect(await send(n)).toBe("recorded");
  expect(spooled.state().waiting).toBe(200);
  database.fate = () => null;
  await eventually("the spool is drained", () => spooled.state().waiting === 0);
  expect(database.recorded).toEqual(range(1, 200));
  expect(log.said.filter((line) => line.startsWith("error"))).toHaveLength(1);
  expect(await send(201)).toBe("recorded");
  expect(database.recorded.at(-1)).toBe(201);
});

test("a database that does not answer is waited for once, not by every delivery", async () => {
  const { send, database, spooled } = await build("hangs");
  database.fate = () => "hangs";
  expect(await send(1)).toBe("recorded");
  for (const n of range(2, 20)) expect(await send(n)).toBe("recorded");
  expect(database.tried).toEqual([1]);
  expect(spooled.state().waiting).toBe(20);
});

test.each(["08006", "57P01", "57P03", "53300", "25006", "40P01"])("with %s the database is waited out without limit", async (code) => {
  const { send, database, spooled, letters, minute, polls } = await build(`waits-${code}`);
  database.fate = () => refusal(code);
  spooled.start();
  for (const n of [1, 2, 3]) await send(n);
  for (let i = 0; i < 6; i++) {
    minute();
    await polls(2);
  }
  expect(letters).toEqual([]);
  database.fate = () => null;
  await eventually("the spool is drained", () => spooled.state().waiting === 0);
  expect(database.recorded).toEqual([1, 2, 3]);
});

test("what the database refuses is tried three times, a minute apart, and then a dead letter; those behind it do not wait", async () => {
  const { send, database, spooled, letters, minute, polls, log } = await build("refused");
  database.fate = unreachable;
  for (const n of range(1, 5)) await send(n);
  database.fate = (n) => (n === 2 ? refusal("23514") : null);
  spooled.start();
  await eventually("the others are recorded", () => database.recorded.length === 4);
  expect(database.recorded).toEqual([1, 3, 4, 5]);
  const triesOf2 = () => database.tried.filter((n) => n === 2).length;
  for (const tries of [1, 2, 3]) {
    expect(letters).toEqual([]);
    await eventually("it is tried", () => triesOf2() === tries);
    await polls(5);
    expect(triesOf2()).toBe(tries);
    minute();
  }
  await polls(5);
  expect(triesOf2()).toBe(3);
  expect(letters).toEqual([{ n: 2, reason: "The database refused this delivery (SQLSTATE 23514, some_rule)." }]);
  expect(spooled.state()).toMatchObject({ waiting: 0, bytes: 0 });
  expect(log.said.join()).not.toContain("quotes");
});

test("a delivery that is refused at the door is answered, and sending goes on past it", async () => {
  const { send, database, spooled, letters, minute } = await build("refused-at-door");
  database.fate = (n) => (n === 1 ? refusal("22021") : null);
  spooled.start();
  expect(await send(1)).toBe("recorded");
  expect(await send(2)).toBe("recorded");
  expect(database.recorded).toEqual([2]);
  await eventually("it becomes a dead letter", () => {
    minute();
    return letters.length === 1;
  });
});

test("a refused delivery that heals meanwhile is recorded", async () => {
  const { send, database, spooled, letters, minute, polls } = await build("heals");
  database.fate = (n) => (n === 1 ? refusal("23503") : null);
  spooled.start();
  await send(1);
  await polls(5);
  database.fate = () => null;
  minute();
  await eventually("it is recorded", () => database.recorded.includes(1));
  expect(letters).toEqual([]);
  await eventually("the spool is drained", () => spooled.state().waiting === 0);
});

test("tables that are not there yet cost nothing but time, while a record that alone fails so becomes a dead letter", async () => {
  const { send, database, spooled, letters, minute, polls } = await build("answered");
  database.fate = () => refusal("42P01");
  spooled.start();
  for (const n of range(1, 100)) await send(n);
  for (let i = 0; i < 8; i++) {
    minute();
    await polls(4);
  }
  expect(letters).toEqual([]);
  database.fate = (n) => (n === 7 ? refusal("XX000") : null);
  await eventually("the others are recorded", () => {
    minute();
    return database.recorded.length === 99;
  });
  let n = 1000;
  await eventually("the one becomes a dead letter", async () => {
    minute();
    await send(n++);
    return letters.length === 1;
  });
  expect(letters[0]?.n).toBe(7);
  expect(spooled.state().waiting).toBe(0);
});

test("what cannot even become a dead letter stays, is tried again, and holds up nobody", async () => {
  let refuses = true;
  const aside: number[] = [];
  const { send, database, spooled, minute, polls } = await build("no-letter", {
    setAside: async (record) => {
      if (refuses) throw refusal("22P05");
      aside.push(numberOf(record));
    },
  });
  database.fate = (n) => (n === 1 ? refusal("22021") : null);
  spooled.start();
  for (const n of [1, 2, 3]) await send(n);
  for (let i = 0; i < 6; i++) {
    minute();
    await polls(3);
  }
  expect(spooled.state().waiting).toBe(1);
  refuses = false;
  await eventually("it becomes a dead letter", () => {
    minute();
    return aside.length > 0;
  });
  await polls(3);
  expect(aside).toEqual([1]);
});

test("a dead letter is not made again after a restart, though others of its file still wait", async () => {
  const before = await build("restart");
  before.database.fate = unreachable;
  for (const n of [1, 2, 3]) await before.send(n);
  before.database.fate = (n) => refusal(n === 1 ? "22021" : "42P01");
  before.spooled.start();
  await eventually("the first becomes a dead letter", () => {
    before.minute();
    return before.letters.length === 1;
  });
  await eventually("it is settled", () => before.spooled.state().waiting === 2);
  await before.spooled.stop();
  await before.spool.close();
  const after = await build("restart");
  after.database.fate = (n) => (n === 1 ? refusal("22021") : null);
  after.spooled.start();
  await eventually("the rest is drained", () => after.spooled.state().waiting === 0 && after.database.recorded.length === 2);
  expect(after.database.tried).toEqual([2, 3]);
  expect(after.letters).toEqual([]);
});

test("when neither database nor disk takes a delivery it is refused as unavailable, and the first that recovers takes the next", async () => {
  const { send, database, spooled } = await build("neither", { maxBytes: 1500 });
  database.fate = unreachable;
  let n = 1;
  while ((await send(n).catch(() => "refused")) === "recorded") n += 1;
  await expect(send(n)).rejects.toMatchObject({ name: "Problem", code: "unavailable", status: 503 });
  const spooledNumbers = range(1, n - 1);
  expect(spooledNumbers.length).toBeGreaterThan(0);
  database.fate = () => null;
  expect(await send(500)).toBe("recorded");
  expect(database.recorded).toEqual([500]);
  spooled.start();
  await eventually("the spool is drained", () => spooled.state().waiting === 0);
  expect(database.recorded).toEqual([500, ...spooledNumbers]);
});

test("with a disk that takes nothing, only so many deliveries wait for a database that does not answer", async () => {
  await writeFile(folder.path("file"), "");
  const { send, database, spooled } = await build("file/spool");
  expect(spooled.state().writable).toBe(false);
  database.fate = () => "hangs";
  const ends = await Promise.allSettled([send(1)]);
  expect(ends[0]?.status).toBe("rejected");
  const many = await Promise.allSettled(range(2, 500).map(send));
  expect(many.every(({ status }) => status === "rejected")).toBe(true);
  expect(database.tried.length).toBeLessThanOrEqual(64);
});

test("it stops in time also when the database never answers, and what it held is there for the next", async () => {
  const first = await build("stops");
  first.database.fate = unreachable;
  for (const n of [1, 2, 3]) await first.send(n);
  first.database.fate = () => "hangs";
  first.spooled.start();
  await eventually("it is in the middle of a batch", () => first.database.tried.length > 1);
  await first.spooled.stop();
  await first.spool.close();
  const second = await build("stops");
  second.spooled.start();
  await eventually("the next process drains it", () => second.database.recorded.length === 3);
  expect(second.database.recorded).toEqual([1, 2, 3]);
});
