import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { chown, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { removeEmbedded } from "../../../src/adapters/postgres/embedded.ts";

/** Who a test's processes run as; undefined is whoever runs the tests. */
export type User = { uid: number; gid: number } | undefined;

type Answer = { url?: string; rows?: Record<string, unknown>[]; done?: boolean; error?: string };

/** A process of ours beside the test; `started` is its first answer, `ask` waits for the next one, `kill` is kill -9, `interrupt` Ctrl-C. */
export type Ours = { started: Promise<Answer>; ask(command: string): Promise<Answer>; kill(): Promise<void>; interrupt(): Promise<void> };

/** Users that can be tried here: ourselves and, when we are root, one without any rights who can read this checkout. */
export function usersToTry(): [string, User][] {
  const nobody = { uid: 65_534, gid: 65_534 };
  const isRoot = process.getuid?.() === 0;
  const reachable =
    isRoot &&
    spawnSync(process.execPath, [join(import.meta.dirname, "..", "..", "..", "jest.config.js")], { ...nobody, cwd: "/" }).status === 0;
  const other: [string, User][] = reachable ? [["an ordinary user", nobody]] : [];
  return [[isRoot ? "root" : "an ordinary user", undefined], ...other];
}

/** Data folders and processes of one test file; `cleanUp` ends and deletes whatever is left, servers too. */
export function makeHouse(user: User) {
  const folders: string[] = [];
  const children = new Set<ChildProcess>();
  return {
    async dataDir(): Promise<string> {
      const folder = await mkdtemp(join(tmpdir(), "countersign-embedded-"));
      if (user) await chown(folder, user.uid, user.gid);
      folders.push(folder);
      return join(folder, "data");
    },
    start(dataDir: string): Ours {
      const child = spawn(process.execPath, [join(import.meta.dirname, "embedded-process.ts"), dataDir], {
        ...user,
        cwd: "/",
        detached: true, // a process group of its own, as a terminal gives one
        stdio: ["pipe", "pipe", "inherit"],
      });
      children.add(child);
      const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
      const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
      const next = async (): Promise<Answer> => {
        const { value, done } = await lines.next();
        return done ? { error: "the process ended" } : JSON.parse(value);
      };
      return {
        started: next(),
        ask: (command) => {
          child.stdin.write(`${command}\n`);
          return next();
        },
        kill: async () => {
          child.kill("SIGKILL");
          await ended;
        },
        interrupt: async () => {
          process.kill(-(child.pid as number), "SIGINT");
          await ended;
        },
      };
    },
    async cleanUp(): Promise<void> {
      for (const child of children) child.kill("SIGKILL");
      for (const folder of folders) {
        await removeEmbedded(join(folder, "data")).catch(() => {});
        await rm(folder, { recursive: true, force: true });
      }
    },
  };
}

/** The process id of a data folder's server; undefined when none is written down. */
export async function serverPid(dataDir: string): Promise<number | undefined> {
  const lines = await readFile(join(dataDir, "postgres", "postmaster.pid"), "utf8").catch(() => "");
  return Number(lines.split("\n")[0]) || undefined;
}

/** Waits until something holds; the deadline only turns a hanging test into a failing one. */
export async function until(holds: () => Promise<boolean> | boolean): Promise<void> {
  for (const deadline = Date.now() + 20_000; !(await holds()); await sleep(10)) {
    if (Date.now() > deadline) throw new Error("what the test waits for did not come");
  }
}
