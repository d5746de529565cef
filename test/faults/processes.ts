import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";

/** Told to end, a process has ten seconds; a machine that is busy with other things gets some more before it is a failure. */
const LONGEST_END_MS = 30_000;
/** What a process that is told to end answers when it gives up waiting for what is under way (`cli/until-signal`). */
const GAVE_UP = { code: 1, afterMs: 8_000 };

/** A server or a worker of its own, which is killed and started again. */
export interface Member {
  name: string;
  /** Null for a worker. */
  port: number | null;
  isUp(): boolean;
  /** Starts it; does not wait until it is ready. */
  start(): void;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** SIGTERM; resolves when it has ended. */
  end(): Promise<void>;
  /** SIGSTOP, and so many milliseconds later SIGCONT: it goes on as if nothing had been, unless it was killed or told to end meanwhile. */
  freeze(ms: number): Promise<void>;
  isFrozen(): boolean;
}

export interface MemberOptions {
  name: string;
  port: number | null;
  /** The folder of the program. */
  root: string;
  /** What it is to do; by default to serve where there is a port, else to work. */
  program?: string[];
  env: Record<string, string>;
  /** Loaded before the program: what a broken build is broken with. */
  preload: string | null;
  onLine(member: string, line: string): void;
  /** It took so many seconds from its start until it was ready to work. */
  onReady(seconds: number): void;
  /** Told to end it ended, seconds later. */
  onEnd(seconds: number, gaveUp: boolean): void;
  /** It ended in a way that nobody asked for. */
  onTrouble(what: string): void;
}

/** One place in the house, filled by one process after the other. */
export function createMember({ name, port, root, program, env, preload, onLine, onReady, onEnd, onTrouble }: MemberOptions): Member {
  let child: ChildProcess | null = null;
  let isAskedTo = false;
  let hasSpoken = false;
  let isFrozen = false;

  function start(): void {
    if (child) return;
    isAskedTo = false;
    hasSpoken = false;
    const startedAt = Date.now();
    const what = program ?? ["src/main.ts", port === null ? "worker" : "serve"];
    const own = spawn(process.execPath, [...(preload ? ["--import", preload] : []), ...what], {
      cwd: root,
      env: { PATH: process.env.PATH ?? "", ...env, ...(port !== null && { PORT: String(port) }) },
      stdio: ["ignore", "pipe", "pipe"],
    });
    child = own;
    for (const stream of [own.stdout, own.stderr])
      createInterface({ input: stream as NodeJS.ReadableStream }).on("line", (line) => {
        hasSpoken = true;
        if (line.includes('"msg":"ready"')) onReady((Date.now() - startedAt) / 1000);
        onLine(name, line);
      });
    own.once("exit", (code, signal) => {
      if (child === own) child = null;
      if (!isAskedTo) onTrouble(`${name} ended by itself with ${signal ?? code}`);
    });
  }

  return {
    name,
    port,
    isUp: () => child !== null,
    isFrozen: () => isFrozen,
    start,
    async kill() {
      if (!child) return;
      isAskedTo = true;
      const gone = once(child, "exit");
      child.kill("SIGKILL");
      await gone;
    },
    async end() {
      if (!child) return;
      const own = child;
      const at = Date.now();
      const said: string[] = [];
      const listen = (chunk: Buffer) => void said.push(chunk.toString("utf8"));
      own.stdout?.on("data", listen);
      isAskedTo = true;
      const gone = once(own, "exit").then(([code, signal]) => signal ?? code);
      own.kill("SIGTERM");
      own.kill("SIGCONT"); // who is frozen hears of it
      const code = await Promise.race([gone, pause(LONGEST_END_MS, "late" as const, { ref: false })]);
      if (code === "late") {
        own.kill("SIGKILL");
        await gone;
      }
      const ms = Date.now() - at;
      const gaveUp = code === GAVE_UP.code && ms > GAVE_UP.afterMs;
      onEnd(ms / 1000, gaveUp);
      if (gaveUp) return;
      // Before its first word it is not yet there to be told anything: the signal ends it as it ends any program.
      if (code !== 0 && (hasSpoken || code !== "SIGTERM"))
        onTrouble(
          `${name} ended with ${code} ${ms} ms after it was told to end at ${new Date(at).toISOString()}; it said ${wordsOf(said)}`,
        );
    },
    async freeze(ms) {
      const own = child;
      if (!own) return;
      const done = new AbortController();
      const gone = () => done.abort();
      own.once("exit", gone);
      own.kill("SIGSTOP");
      isFrozen = true;
      await pause(ms, undefined, { signal: done.signal }).catch(() => {});
      isFrozen = false;
      own.off("exit", gone);
      own.kill("SIGCONT");
    },
  };
}

/** The messages of log lines, the last of them. */
function wordsOf(said: string[]): string {
  const words = [...said.join("").matchAll(/"time":(\d+).*?"msg":"([^"]*)"/g)].map(([, time, message]) => `${time} ${message}`);
  return words.slice(-8).join("; ") || "nothing";
}
