import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { removeEmbedded } from "../src/adapters/postgres/embedded.ts";
import { SHOP } from "../src/simulator/shop.ts";
import { type Simulator, startSimulator } from "../src/simulator/start.ts";

const ROOT = join(import.meta.dirname, "..");

/** A real server in a process of its own, on its own PostgreSQL with fsync on, beside the shop's simulated Chatwoot. */
export interface BenchHouse {
  url: string;
  pid: number;
  dataDir: string;
  simulator: Simulator;
  secret: string;
  /** From the spawn to the first 200 of `/readyz`, in milliseconds. */
  readyAfterMs: number;
  stop(): Promise<void>;
}

/** Starts one; `dataDir` reuses a folder that an earlier one left. */
export async function startBenchHouse({
  env = {},
  args = [],
  dataDir,
}: {
  env?: Record<string, string>;
  args?: string[];
  dataDir?: string;
} = {}): Promise<BenchHouse> {
  const folder = dataDir ?? (await mkdtemp(join(tmpdir(), "countersign-bench-")));
  const simulator = await startSimulator({ seed: "shop" });
  const webhook = await chatwoot(simulator, "POST", "/webhooks", { url: "http://127.0.0.1:9/not-yet", subscriptions: ["message_created"] });
  const { id, secret } = webhook.payload.webhook;
  const port = await freePort();
  const began = performance.now();
  const child = spawn(
    process.execPath,
    ["--max-semi-space-size=16", "--initial-old-space-size=128", join(ROOT, "src/main.ts"), "serve", ...args],
    {
      stdio: ["ignore", "ignore", "inherit"],
      env: {
        PATH: process.env.PATH,
        PORT: String(port),
        DATA_DIR: folder,
        CHATWOOT_BASE_URL: simulator.url,
        CHATWOOT_ACCOUNT_ID: "1",
        CHATWOOT_API_TOKEN: SHOP.people.countersign.token,
        CHATWOOT_WEBHOOK_SECRET: secret,
        ENCRYPTION_KEY: "00".repeat(32),
        KNOWLEDGE_DIR: join(ROOT, "fixtures/knowledge"),
        DRAFT_DEBOUNCE_SECONDS: "0",
        LOG_LEVEL: "warn",
        ...env,
      },
    },
  );
  const url = `http://127.0.0.1:${port}`;
  await ready(url, child);
  const readyAfterMs = performance.now() - began;
  await chatwoot(simulator, "PATCH", `/webhooks/${id}`, { url: `${url}/webhooks/chatwoot` });
  return {
    url,
    pid: child.pid ?? 0,
    dataDir: folder,
    simulator,
    secret,
    readyAfterMs,
    async stop() {
      const gone = once(child, "exit");
      child.kill("SIGTERM");
      await gone;
      await simulator.close();
    },
  };
}

/** Deletes what a house left behind. */
export async function clear({ dataDir }: BenchHouse): Promise<void> {
  await removeEmbedded(dataDir);
  await rm(dataDir, { recursive: true, force: true });
}

// biome-ignore lint/suspicious/noExplicitAny: answers of the simulated Chatwoot
export async function chatwoot(simulator: Simulator, method: string, path: string, body?: object): Promise<any> {
  const response = await fetch(`${simulator.url}/api/v1/accounts/1${path}`, {
    method,
    headers: { "api-access-token": SHOP.people.ida.token, "content-type": "application/json" },
    ...(body && { body: JSON.stringify(body) }),
  });
  return response.json();
}

async function ready(url: string, child: ChildProcess): Promise<void> {
  for (const end = Date.now() + 30_000; Date.now() < end; ) {
    if (child.exitCode !== null) throw new Error(`the server ended with code ${child.exitCode}`);
    const answer = await fetch(`${url}/readyz`).catch(() => null);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error("the server is not ready after 30 s");
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}

/** The value below which a share of the sorted numbers lies. */
export function quantile(numbers: number[], share: number): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
