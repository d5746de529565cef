import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import pg from "pg";
import { SHOP } from "../../src/simulator/shop.ts";
import { eventually } from "./eventually.ts";
import type { TestHouse } from "./house.ts";
import { call, startSurroundings } from "./surroundings.ts";

const ROOT = join(import.meta.dirname, "..", "..");

/** A server as people run it: a process of its own, which can be killed. */
export interface ServerProcess {
  url: string;
  /** Ends it without a word (SIGKILL). */
  kill(): Promise<void>;
  /** Has it stand still (SIGSTOP), and go on (SIGCONT). */
  freeze(): void;
  thaw(): void;
}

/** A house whose servers are processes; `api` asks the one that was started last. */
export interface ProcessHouse extends Omit<TestHouse, "server"> {
  /** Starts a server and resolves when it is ready. The first one gets Chatwoot's webhooks, at a port that later ones may take over. */
  start(options?: { port?: number }): Promise<ServerProcess>;
  port: number;
  /** Asks the database itself. */
  query(sql: string, values?: unknown[]): Promise<Record<string, unknown>[]>;
}

/** What is scheduled comes and goes by the clock. */
const JOBS_OF_TRIPS = `
  select name, state, data, start_after, output from pgboss.job
  where state in ('created', 'retry', 'active') and name in
    ('draft-reply', 'post-note', 'remove-note', 'send-reply', 'assign-conversation', 'run-command', 'capture-outcome')`;

/** Surroundings without a server yet. */
export async function startProcessHouse(env: Record<string, string> = {}): Promise<ProcessHouse> {
  const surroundings = await startSurroundings(env);
  const database = new pg.Pool({ connectionString: surroundings.databaseUrl, max: 2 });
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  await surroundings.sendWebhooksTo(url);
  const running = new Set<ServerProcess>();
  const query: ProcessHouse["query"] = async (sql, values) => (await database.query(sql, values)).rows;
  let left: unknown[] = [];
  const atRest = async () => {
    const outbox = (await (await fetch(`${surroundings.simulator.url}/simulator/deliveries`)).json()) as { pending: number };
    left = await query(JOBS_OF_TRIPS);
    return outbox.pending === 0 && left.length === 0;
  };
  return {
    ...surroundings,
    url,
    port,
    query,
    api: (path, { as = "dana", ...init } = {}) => call(`${url}${path}`, SHOP.people[as].token, { bearer: true, ...init }),
    settled: () => eventually(() => `the house comes to rest; left are ${JSON.stringify(left)}`, atRest, 40_000),
    async start(options = {}) {
      const server = await startProcess({ ...surroundings.env, PORT: String(options.port ?? port), LOG_LEVEL: "info" });
      running.add(server);
      return server;
    },
    async close() {
      for (const server of running) await server.kill();
      await database.end();
      await surroundings.close();
    },
  };
}

async function startProcess(env: Record<string, string>): Promise<ServerProcess> {
  const child = spawn(process.execPath, ["src/main.ts", "serve"], {
    cwd: ROOT,
    env: { PATH: process.env.PATH ?? "", ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const url = await readyAt(child);
  return {
    url,
    freeze: () => void child.kill("SIGSTOP"),
    thaw: () => void child.kill("SIGCONT"),
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGKILL");
      await once(child, "exit");
    },
  };
}

/** Reads its log until it says that it is ready, and goes on reading, so that it never blocks. */
function readyAt(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    child.once("exit", (code, signal) => reject(new Error(`The server ended before it was ready (${code ?? signal}).`)));
    if (!child.stdout) return reject(new Error("The server has no output to read."));
    createInterface({ input: child.stdout }).on("line", (line) => {
      if (process.env.TEST_LOG_LEVEL) process.stderr.write(`${line}\n`);
      const { msg, url } = JSON.parse(line) as { msg?: string; url?: string };
      if (msg === "ready" && url) resolve(url);
    });
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}
