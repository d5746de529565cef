import { appendFile, cp, readdir, utimes } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { type Entry, openSpool, type Spool } from "../../../src/adapters/spool/spool.ts";
import { makeFolder, memoryLog, numberOf, recordOf } from "./records.ts";

let folder: Awaited<ReturnType<typeof makeFolder>>;
beforeAll(async () => {
  folder = await makeFolder();
});
afterAll(() => folder.remove());

/** So small that it fills every now and then. */
const MAX_BYTES = 40_000;
/** Half records that crashes leave are bytes, too. */
const LEFT_BY_CRASHES = 2_000;

/** What the sequences came across, so that the test can say that they went far enough. */
const seen = { refused: 0, tornWithRecordsOwed: 0, crashesInTheMiddle: 0, takenAfterCrash: 0, settledInPart: 0 };

/** What must hold, whatever the spool does: what it acknowledged comes until it was settled, in order, and nothing else comes. */
class Model {
  next = 1;
  appended = new Set<number>();
  /** Acknowledged and not settled. */
  owed = new Set<number>();
  /** In the order in which they were handed out since the last start. */
  given: number[] = [];
}

/** The spool under test, and the copy of its folder that the next crash makes. */
class Real {
  spool: Spool;
  directory: string;
  held: Entry[] = [];
  crashes = 0;
  constructor(spool: Spool, directory: string) {
    this.spool = spool;
    this.directory = directory;
  }
}

type Command = fc.AsyncCommand<Model, Real>;

const append = (count: number): Command => ({
  check: () => true,
  async run(model, { spool }) {
    await Promise.all(Array.from({ length: count }, () => appendNext(model, spool)));
  },
  toString: () => `append(${count})`,
});

const take: Command = {
  check: () => true,
  async run(model, real) {
    const entries = await real.spool.take();
    for (const { record } of entries) {
      const n = numberOf(record);
      if (!model.appended.has(n)) throw new Error(`${n} came, which nobody appended`);
      expect(record).toEqual(recordOf(n));
      expect(n).toBeGreaterThan(model.given.at(-1) ?? 0);
      model.given.push(n);
      if (real.crashes > 0) seen.takenAfterCrash += 1;
    }
    real.held.push(...entries);
    if (entries.length === 0) expect(model.given).toEqual(expect.arrayContaining([...model.owed]));
  },
  toString: () => "take()",
};

const settle = (share: number): Command => ({
  check: () => true,
  async run(model, real) {
    const settled = real.held.filter((_, i) => (i * 7919) % 100 < share);
    real.held = real.held.filter((entry) => !settled.includes(entry));
    if (settled.length > 0 && real.held.length > 0) seen.settledInPart += 1;
    await real.spool.settle(settled);
    for (const { record } of settled) model.owed.delete(numberOf(record));
  },
  toString: () => `settle(${share} %)`,
});

/** Kill -9, as the disk sees it: a copy of the folder taken while appends are under way, perhaps with half a record at some end. */
const crash = (underWay: number, tornBytes: number): Command => ({
  check: () => true,
  async run(model, real) {
    const flying = Array.from({ length: underWay }, () => appendNext(model, real.spool));
    const owed = new Set(model.owed);
    if (real.held.length > 0) seen.crashesInTheMiddle += 1;
    if (owed.size > 0 && tornBytes > 0) seen.tornWithRecordsOwed += 1;
    real.crashes += 1;
    const copy = `${real.directory}x`;
    await cp(real.directory, copy, { recursive: true });
    await Promise.all(flying);
    await real.spool.close();
    model.owed = owed;
    model.given = [];
    const files = (await readdir(copy)).filter((name) => name.endsWith(".segment")).sort();
    const newest = files.at(-1);
    if (newest && tornBytes > 0) await appendFile(join(copy, newest), '0badc0de {"row":{"body":"cut'.slice(0, tornBytes));
    for (const name of files) await utimes(join(copy, name), 0, 0);
    real.directory = copy;
    real.spool = await openSpool({ directory: copy, maxBytes: MAX_BYTES, log: memoryLog() });
    real.held = [];
  },
  toString: () => `crash(${underWay} under way, ${tornBytes} bytes torn)`,
});

async function appendNext(model: Model, spool: Spool): Promise<void> {
  const n = model.next++;
  model.appended.add(n);
  try {
    await spool.append(recordOf(n));
    model.owed.add(n);
  } catch (error) {
    // Refused because it is full, and only then: it must never come.
    expect((error as Error).message).toMatch(/is full/);
    model.appended.delete(n);
    seen.refused += 1;
  }
  expect(spool.state().bytes).toBeLessThanOrEqual(MAX_BYTES + LEFT_BY_CRASHES);
}

test("through any order of appends, drains and crashes, what was acknowledged comes until it is settled, in order, and nothing else", async () => {
  let run = 0;
  const commands = fc.commands(
    [
      fc.integer({ min: 1, max: 90 }).map(append),
      fc.constant(take),
      fc.integer({ min: 0, max: 100 }).map(settle),
      fc.tuple(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 28 })).map(([flying, torn]) => crash(flying, torn)),
    ],
    { size: "+1" },
  );
  await fc.assert(
    fc.asyncProperty(commands, async (sequence) => {
      const directory = folder.path(`run-${run++}-`);
      const real = new Real(await openSpool({ directory, maxBytes: MAX_BYTES, log: memoryLog() }), directory);
      const model = new Model();
      try {
        await fc.asyncModelRun(() => ({ model, real }), sequence);
        for (let before = -1; before !== model.given.length; ) {
          before = model.given.length;
          await take.run(model, real);
        }
        await settle(100).run(model, real);
        expect(real.spool.state()).toMatchObject({ waiting: 0, bytes: 0, writable: true });
      } finally {
        await real.spool.close();
      }
    }),
    { numRuns: 20 },
  );
  for (const [what, times] of Object.entries(seen)) expect([what, times > 0]).toEqual([what, true]);
}, 150_000);
