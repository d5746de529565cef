import { spawn, spawnSync } from "node:child_process";
import { createHmac, randomUUID } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import autocannon from "autocannon";
import pg from "pg";
import { clear, freePort, quantile, startBenchHouse } from "./house.ts";

const SECONDS = 5;
const ROUNDS = 5;
const CONNECTIONS = [10, 64];
const BODY_BYTES = 3800;

/**
 * Deliveries a second and latency of the door (recorded and queued before the answer), side by side in one run with the same checks in
 * Express without a database and with the disk's own commit rate. Each figure is the median of the rounds, which take turns.
 */
export async function benchDoor(): Promise<void> {
  const house = await startBenchHouse({ args: ["--no-worker"] });
  const bare = await startBareExpress(house.secret);
  const commits = commitRate(house.dataDir);
  try {
    await measure(`${house.url}/webhooks/chatwoot`, house.secret, 64); // warm-up: a fresh server has no WAL segments yet
    for (const connections of CONNECTIONS) {
      const door: Round[] = [];
      const express: Round[] = [];
      const disk: number[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        door.push(await measure(`${house.url}/webhooks/chatwoot`, house.secret, connections));
        express.push(await measure(bare.url, house.secret, connections));
        disk.push(await commits(connections));
      }
      const perSecond = (rounds: Round[]) =>
        quantile(
          rounds.map((round) => round.perSecond),
          0.5,
        );
      const p99 = (rounds: Round[]) =>
        quantile(
          rounds.map((round) => round.p99),
          0.5,
        );
      console.table({
        [`door, ${connections} connections`]: {
          "per second": perSecond(door),
          "p50 ms": quantile(
            door.map((r) => r.p50),
            0.5,
          ),
          "p99 ms": p99(door),
          "not 202": sum(door),
        },
        "same checks in Express, no database": {
          "per second": perSecond(express),
          "p50 ms": quantile(
            express.map((r) => r.p50),
            0.5,
          ),
          "p99 ms": p99(express),
          "not 202": sum(express),
        },
        "single-row commits of the same server": { "per second": quantile(disk, 0.5) },
        "door ÷ Express": { "per second": round2(perSecond(door) / perSecond(express)) },
        "door ÷ commits": { "per second": round2(perSecond(door) / quantile(disk, 0.5)) },
      });
    }
  } finally {
    bare.stop();
    await house.stop();
    await clear(house);
  }
}

interface Round {
  perSecond: number;
  p50: number;
  p99: number;
  refused: number;
}

const sum = (rounds: Round[]) => rounds.reduce((total, { refused }) => total + refused, 0);
const round2 = (value: number) => Math.round(value * 100) / 100;

async function measure(url: string, secret: string, connections: number): Promise<Round> {
  const result = await autocannon({
    url,
    connections,
    duration: SECONDS,
    method: "POST",
    requests: [{ setupRequest: (request) => ({ ...request, ...signedDelivery(secret) }) }],
  });
  return {
    perSecond: Math.round(result["2xx"] / result.duration),
    p50: result.latency.p50,
    p99: result.latency.p99,
    refused: result.non2xx + result.errors,
  };
}

const example = JSON.parse(readFileSync(join(import.meta.dirname, "../fixtures/deliveries/product-350-chevy-an-size.json"), "utf8")).body;
let nextMessage = Math.floor(Date.now() / 1000) * 1000;

/** A customer's message of its own in one of a thousand conversations, signed now. */
function signedDelivery(secret: string): { body: string; headers: Record<string, string> } {
  const id = nextMessage++;
  const message = { ...example, id, created_at: new Date().toISOString(), conversation: { ...example.conversation, id: (id % 1000) + 1 } };
  const bare = JSON.stringify(message);
  const body = JSON.stringify({ ...message, additional_attributes: { padding: "x".repeat(Math.max(0, BODY_BYTES - bare.length)) } });
  const timestamp = String(Math.floor(Date.now() / 1000));
  const signature = `sha256=${createHmac("sha256", secret).update(`${timestamp}.${body}`).digest("hex")}`;
  return {
    body,
    headers: {
      "content-type": "application/json",
      "x-chatwoot-delivery": randomUUID(),
      "x-chatwoot-timestamp": timestamp,
      "x-chatwoot-signature": signature,
    },
  };
}

async function startBareExpress(secret: string): Promise<{ url: string; stop(): void }> {
  const port = await freePort();
  const child = spawn(process.execPath, [join(import.meta.dirname, "bare-express.ts")], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { PATH: process.env.PATH, PORT: String(port), SECRET: secret, NODE_ENV: "production" },
  });
  await new Promise((resolve) => child.stdout.once("data", resolve));
  return { url: `http://127.0.0.1:${port}/webhooks/chatwoot`, stop: () => child.kill() };
}

/** pgbench's single-row insert where it is installed, else the same with our own driver. */
function commitRate(dataDir: string): (clients: number) => Promise<number> {
  const url = serverUrl(dataDir);
  const hasPgbench = spawnSync("pgbench", ["--version"]).status === 0;
  console.log(`commits are counted by ${hasPgbench ? "pgbench" : "our own driver"}`);
  return async (clients) => {
    await once(url, "create table if not exists bench_commits (id bigserial primary key, body text not null)");
    return hasPgbench ? pgbench(url, clients) : ownLoop(url, clients);
  };
}

const INSERT = `insert into bench_commits (body) values ('${"x".repeat(BODY_BYTES)}')`;

function pgbench(url: string, clients: number): number {
  const folder = mkdtempSync(join(tmpdir(), "countersign-pgbench-"));
  const script = join(folder, "insert.sql");
  writeFileSync(script, `${INSERT};\n`);
  const args = ["--no-vacuum", "--client", String(clients), "--jobs", "2", "--time", String(SECONDS), "--file", script, url];
  const { stdout, stderr } = spawnSync("pgbench", args, { encoding: "utf8" });
  rmSync(folder, { recursive: true });
  const perSecond = /tps = ([\d.]+)/.exec(stdout)?.[1];
  if (perSecond === undefined) throw new Error(`pgbench failed: ${stderr}`);
  return Math.round(Number(perSecond));
}

async function ownLoop(url: string, clients: number): Promise<number> {
  const end = Date.now() + SECONDS * 1000;
  let commits = 0;
  await Promise.all(
    Array.from({ length: clients }, async () => {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      for (; Date.now() < end; commits++) await client.query(INSERT);
      await client.end();
    }),
  );
  return Math.round(commits / SECONDS);
}

async function once(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(sql);
  await client.end();
}

function serverUrl(dataDir: string): string {
  const port = readFileSync(join(dataDir, "postgres/postmaster.pid"), "utf8").split("\n")[3];
  const password = readFileSync(join(dataDir, "postgres.password"), "utf8").trim();
  return `postgresql://countersign:${password}@127.0.0.1:${port}/postgres`;
}
