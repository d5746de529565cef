import { open, readdir, readFile, rm, stat, truncate, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openSpool, type Spool, type SpoolOptions } from "../../../src/adapters/spool/spool.ts";
import { eventually } from "../../support/eventually.ts";
import { drainAll, makeFolder, memoryLog, numberOf, range, recordOf } from "./records.ts";

let folder: Awaited<ReturnType<typeof makeFolder>>;
const opened = new Set<Spool>();
beforeAll(async () => {
  folder = await makeFolder();
});
afterEach(async () => {
  for (const spool of opened) await spool.close();
  opened.clear();
});
afterAll(() => folder.remove());

async function openAt(name: string, options: Partial<SpoolOptions> = {}) {
  const log = memoryLog();
  const spool = await openSpool({ directory: folder.path(name), log, ...options });
  opened.add(spool);
  return { spool, log };
}

/** As after `kill -9`, but at once: what the process would have left is given up. */
async function reopen(spool: Spool, name: string) {
  await spool.close();
  opened.delete(spool);
  return openAt(name);
}

const segmentsOf = async (name: string) => (await readdir(folder.path(name))).filter((file) => file.endsWith(".segment")).sort();
const numbersIn = async (spool: Spool) => (await drainAll(spool)).map(({ record }) => numberOf(record));

test("what was acknowledged comes back whole and in order, in this process and in the next", async () => {
  const { spool } = await openAt("whole");
  await Promise.all(range(1, 200).map((n) => spool.append(recordOf(n))));
  const again = await reopen(spool, "whole");
  expect(again.spool.state().waiting).toBe(200);
  expect((await drainAll(again.spool)).map(({ record }) => record)).toEqual(range(1, 200).map((n) => recordOf(n)));
  await again.spool.append(recordOf(201));
  expect((await drainAll(again.spool)).map(({ record }) => record)).toEqual([recordOf(201)]);
});

test("what is over does not come back after a restart, and a drained spool leaves no file", async () => {
  const { spool } = await openAt("over");
  await Promise.all(range(1, 100).map((n) => spool.append(recordOf(n))));
  const first = await spool.take();
  await spool.settle(first.slice(0, 40));
  await spool.settle(first.slice(50, 60));
  const again = await reopen(spool, "over");
  expect(await numbersIn(again.spool)).toEqual([...range(41, 50), ...range(61, 100)]);
  expect(again.spool.state()).toEqual({ waiting: 0, bytes: 0, writable: true });
  expect(await segmentsOf("over")).toEqual([]);
});

test("a record of ten megabytes and many segments keep their order", async () => {
  const { spool } = await openAt("large");
  const text = 'a "quoted" e-mail\n'.repeat(500_000);
  for (const n of range(1, 6)) await spool.append(recordOf(n, n % 2 === 0 ? text : "short"));
  expect((await segmentsOf("large")).length).toBeGreaterThan(1);
  const entries = await drainAll((await reopen(spool, "large")).spool);
  expect(entries.map(({ record }) => record)).toEqual(range(1, 6).map((n) => recordOf(n, n % 2 === 0 ? text : "short")));
});

test("a record can be read once more while it is not settled, and not afterwards", async () => {
  const { spool } = await openAt("reread");
  for (const n of [1, 2, 3]) await spool.append(recordOf(n));
  const [first, second, third] = await spool.take();
  if (!first || !second || !third) throw new Error("three records were appended");
  await spool.settle([first, third]);
  expect(await spool.reread(second)).toEqual(recordOf(2));
  expect(await spool.reread(first)).toBeNull();
  expect(spool.state().waiting).toBe(1);
});

test("many callers share one sync, and nobody is answered before it", async () => {
  const { spool } = await openAt("shared");
  const held = await holdSyncs();
  const answered: number[] = [];
  const appended = range(1, 50).map((n) => spool.append(recordOf(n)).then(() => answered.push(n)));
  await eventually("the first sync begins", () => held.begun() === 1);
  await new Promise((resolve) => setImmediate(resolve));
  expect(answered).toEqual([]);
  held.release();
  await Promise.all(appended);
  expect(answered).toEqual(range(1, 50));
  expect(held.begun()).toBeLessThanOrEqual(2);
  expect(await numbersIn(spool)).toEqual(range(1, 50));
});

test("a last record that was cut off is passed over with a log line, and those before and after it come", async () => {
  for (const cut of [1, 9, 100]) {
    const name = `torn-${cut}`;
    const { spool } = await openAt(name);
    for (const n of [1, 2, 3]) await spool.append(recordOf(n));
    const [file = ""] = await segmentsOf(name);
    await spool.close();
    const path = join(folder.path(name), file);
    await truncate(path, (await stat(path)).size - cut);
    await utimes(path, 0, 0); // nobody's, as before
    const later = await openAt(name);
    await later.spool.append(recordOf(4));
    expect(await numbersIn(later.spool)).toEqual([1, 2, 4]);
    expect(later.log.said).toContain(
      "warn the last record of a spool file was cut off while it was written; nobody was told that it was kept",
    );
    expect(later.spool.state().waiting).toBe(0);
  }
});

test("a damaged record is passed over with an error in the log, and holds up nobody", async () => {
  const { spool } = await openAt("damaged");
  for (const n of [1, 2, 3]) await spool.append(recordOf(n, "intact"));
  const [file = ""] = await segmentsOf("damaged");
  await spool.close();
  const path = join(folder.path("damaged"), file);
  const text = await readFile(path, "utf8");
  const at = text.indexOf("intact", text.indexOf("\n"));
  await writeFile(path, `${text.slice(0, at)}impact${text.slice(at + 6)}`);
  await utimes(path, 0, 0); // nobody's, as before
  const later = await openAt("damaged");
  expect(await numbersIn(later.spool)).toEqual([1, 3]);
  expect(later.log.said).toContain("error a damaged record in the spool is passed over");
});

test("files nobody else can read, in a folder nobody else can enter", async () => {
  const { spool } = await openAt("modes");
  await spool.append(recordOf(1));
  const [file = ""] = await segmentsOf("modes");
  expect((await stat(join(folder.path("modes"), file))).mode & 0o777).toBe(0o600);
  expect((await stat(folder.path("modes"))).mode & 0o777).toBe(0o700);
});

test("a full spool refuses what would not fit, says so, keeps what it has, and takes more once drained", async () => {
  const { spool } = await openAt("bounded", { maxBytes: 20_000 });
  const ends = await Promise.allSettled(range(1, 100).map((n) => spool.append(recordOf(n))));
  const kept = range(1, 100).filter((n) => ends[n - 1]?.status === "fulfilled");
  expect(kept.length).toBeGreaterThan(10);
  expect(kept.length).toBeLessThan(90);
  expect(spool.state().bytes).toBeLessThanOrEqual(20_000);
  await expect(spool.append(recordOf(101, "x".repeat(20_000)))).rejects.toThrow(/is full \(20000 bytes\)/);
  expect(await numbersIn(spool)).toEqual(kept);
  await spool.append(recordOf(102));
  expect(await numbersIn(spool)).toEqual([102]);
});

test("processes that share a folder share its bound", async () => {
  const first = await openAt("bound-together", { maxBytes: 20_000 });
  for (const n of range(1, 20)) await first.spool.append(recordOf(n));
  const second = await openAt("bound-together", { maxBytes: 20_000 });
  expect(second.spool.state().bytes).toBe(first.spool.state().bytes);
  const ends = await Promise.allSettled(range(21, 100).map((n) => second.spool.append(recordOf(n))));
  expect(ends.some(({ status }) => status === "rejected")).toBe(true);
  expect(second.spool.state().bytes).toBeLessThanOrEqual(20_000);
});

test("a disk that is full in the middle of a record refuses it, loses nothing that was kept, and is used again when it has room", async () => {
  const { spool, log } = await openAt("disk-full", { staleAfterMs: 50 });
  await spool.append(recordOf(1));
  const disk = await fillDisk();
  const ends = await Promise.allSettled([2, 3, 4].map((n) => spool.append(recordOf(n))));
  expect(ends.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
  expect(spool.state()).toMatchObject({ waiting: 1, writable: false });
  expect(log.said.filter((line) => line.startsWith("error"))).toHaveLength(1);
  disk.empty();
  await eventually("the spool finds that there is room", () => spool.state().writable);
  await spool.append(recordOf(5));
  const again = await reopen(spool, "disk-full");
  const found = await numbersIn(again.spool);
  // One that was refused may have reached the disk whole; recording it does no harm. Half ones do not come.
  expect(found.filter((n) => n !== 2)).toEqual([1, 5]);
  expect(again.log.said.some((line) => line.startsWith("warn the last record of a spool file was cut off"))).toBe(true);
});

test("without a usable folder it opens, says that it cannot be written to, and recovers by itself", async () => {
  await writeFile(folder.path("in-the-way"), "");
  const { spool } = await openAt("in-the-way", { staleAfterMs: 50 });
  expect(spool.state()).toEqual({ waiting: 0, bytes: 0, writable: false });
  await expect(spool.append(recordOf(1))).rejects.toThrow();
  await rm(folder.path("in-the-way"));
  await eventually("the spool makes its folder", () => spool.state().writable);
  await spool.append(recordOf(2));
  expect(await numbersIn(spool)).toEqual([2]);
});

test("a folder that is deleted under a running spool costs what was in it, not what comes", async () => {
  const { spool } = await openAt("deleted", { staleAfterMs: 50 });
  await spool.append(recordOf(1));
  await rm(folder.path("deleted"), { recursive: true });
  await eventually("it is noticed", () => spool.state().waiting === 0);
  await spool.append(recordOf(2));
  expect(await numbersIn(spool)).toEqual([2]);
});

test("a living process keeps its records to itself, and what it leaves goes to the next", async () => {
  const first = await openAt("two", { staleAfterMs: 200 });
  const second = await openAt("two", { staleAfterMs: 200 });
  for (const n of [1, 2, 3]) await first.spool.append(recordOf(n));
  for (const n of [4, 5]) await second.spool.append(recordOf(n));
  expect(await numbersIn(second.spool)).toEqual([4, 5]);
  await first.spool.close();
  await eventually("the second takes over", () => second.spool.state().waiting === 3);
  expect(await numbersIn(second.spool)).toEqual([1, 2, 3]);
  expect(await segmentsOf("two")).toEqual([]);
});

/** Everybody's syncs wait until they are released, and are counted. */
async function holdSyncs() {
  const prototype = await fileHandles();
  const real = prototype.datasync;
  let begun = 0;
  let release = () => {};
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  prototype.datasync = async function (this: typeof prototype) {
    begun += 1;
    await gate;
    return real.call(this);
  };
  undo.push(() => {
    prototype.datasync = real;
  });
  return { begun: () => begun, release };
}

/** Every write stops half-way with ENOSPC, as a full disk does. */
async function fillDisk() {
  const prototype = await fileHandles();
  const { appendFile: append, writeFile: write } = prototype;
  const full = Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
  prototype.appendFile = async function (this: typeof prototype, data: unknown) {
    await append.call(this, (data as Buffer).subarray(0, (data as Buffer).length / 2));
    throw full;
  };
  prototype.writeFile = () => Promise.reject(full);
  const empty = () => Object.assign(prototype, { appendFile: append, writeFile: write });
  undo.push(empty);
  return { empty };
}

const undo: (() => void)[] = [];
afterEach(() => {
  for (const one of undo.splice(0)) one();
});

async function fileHandles() {
  const handle = await open(import.meta.filename);
  await handle.close();
  return Object.getPrototypeOf(handle) as Awaited<ReturnType<typeof open>>;
}
