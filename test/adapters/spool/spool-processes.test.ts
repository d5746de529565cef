import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openSpool } from "../../../src/adapters/spool/spool.ts";
import { eventually } from "../../support/eventually.ts";
import { drainAll, makeFolder, memoryLog, numberOf, range } from "./records.ts";

let folder: Awaited<ReturnType<typeof makeFolder>>;
const children = new Set<ChildProcess>();
beforeAll(async () => {
  folder = await makeFolder();
});
afterAll(async () => {
  for (const child of children) child.kill("SIGKILL");
  await folder.remove();
});

/** Another process on a spool; `acknowledged` fills while it runs. */
function start(args: (string | number)[], limit = "") {
  const command = `${limit} exec "$0" "$@"`;
  const program = [process.execPath, join(import.meta.dirname, "spool-process.ts"), ...args.map(String)];
  const child = spawn("/bin/sh", ["-c", command, ...program], { stdio: ["pipe", "pipe", "inherit"] });
  children.add(child);
  const acknowledged: number[] = [];
  const end = { done: false, refused: 0 };
  let rest = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      if (line === "done") end.done = true;
      else if (line === "refused") end.refused += 1;
      else acknowledged.push(Number(line));
    }
  });
  const exited = new Promise<void>((resolve) => child.once("close", () => resolve()));
  return {
    acknowledged,
    end,
    kill: async () => {
      child.kill("SIGKILL");
      await exited;
    },
    leave: async () => {
      child.stdin.end();
      await exited;
    },
  };
}

const ascending = (numbers: Iterable<number>) => [...new Set(numbers)].sort((a, b) => a - b);

test("kill -9 while it appends: all that was acknowledged is there, each once and in order, and at most what was under way besides", async () => {
  for (const round of [1, 2, 3]) {
    const directory = folder.path(`killed-${round}`);
    const writer = start([directory, 1, 1_000_000]);
    await eventually("it appends", () => writer.acknowledged.length > 300 * round);
    await writer.kill();
    const spool = await openSpool({ directory, log: memoryLog(), staleAfterMs: 100 });
    await eventually("the dead process's records are taken over", () => spool.state().waiting >= writer.acknowledged.length);
    const found = (await drainAll(spool)).map(({ record }) => numberOf(record));
    await spool.close();
    expect(found).toEqual(range(1, found.length));
    expect(found).toEqual(expect.arrayContaining(writer.acknowledged));
    expect(found.length - writer.acknowledged.length).toBeLessThanOrEqual(8);
  }
});

test("the kernel's own refusal to write more costs nothing that was acknowledged", async () => {
  const directory = folder.path("limited");
  // A file may have 64 KiB; the signal that comes with it is ignored, so that write() fails as on a full disk, half-way.
  const writer = start([directory, 1, 400], "trap '' XFSZ; ulimit -f 128;");
  await eventually("it has tried all", () => writer.end.done);
  expect(writer.end.refused).toBeGreaterThan(0);
  expect(writer.acknowledged.length).toBeGreaterThan(100);
  await writer.leave();
  const spool = await openSpool({ directory, log: memoryLog() });
  const found = (await drainAll(spool)).map(({ record }) => numberOf(record));
  await spool.close();
  expect(found).toEqual(expect.arrayContaining(writer.acknowledged));
  expect(found).toEqual(ascending(found));
});

test("two processes on one folder, one of them killed: everything acknowledged is drained", async () => {
  const directory = folder.path("shared");
  const drained = folder.path("shared.drained");
  await writeFile(drained, "");
  const first = start([directory, 1, 1_000_000, 200]); // appends only
  const second = start([directory, 2_000_001, 2000, 200, drained]);
  await eventually("the first appends", () => first.acknowledged.length > 500);
  await first.kill();
  const all = () => [...first.acknowledged, ...second.acknowledged];
  await eventually("the second drains both", () => second.end.done && holdsAll(drained, all()));
  await second.leave();
  expect(second.acknowledged).toHaveLength(2000);
});

test("processes that take one another for dead all the time lose nothing", async () => {
  const directory = folder.path("robbers");
  const drained = folder.path("robbers.drained");
  await writeFile(drained, "");
  const robbers = [1, 2, 3].map((i) => start([directory, i * 1_000_000, 3000, 0, drained]));
  await eventually("all have appended", () => robbers.every(({ end }) => end.done));
  const all = robbers.flatMap(({ acknowledged }) => acknowledged);
  expect(all).toHaveLength(9000);
  await eventually("all is drained", () => holdsAll(drained, all));
  for (const robber of robbers) await robber.leave();
  expect(ascending(numbersIn(drained))).toEqual(ascending(all));
});

function numbersIn(file: string): number[] {
  return readFileSync(file, "utf8").split("\n").filter(Boolean).map(Number);
}

function holdsAll(file: string, numbers: number[]): boolean {
  const found = new Set(numbersIn(file));
  return numbers.every((n) => found.has(n));
}
