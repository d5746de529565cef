import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { clear, freePort, quantile, startBenchHouse } from "./house.ts";
import { deliveryBody, load, type Round } from "./load.ts";

const ROUNDS = 5;
const CONNECTIONS = [64, 10];
const DELIVERIES = 20_000;
const COMMIT_SECONDS = 3;
/** Until PostgreSQL has gone once through `max_wal_size` and writes its log into old segments; making a new one stalls it for tens of milliseconds. */
const WARM_UP = 6;

/**
 * Deliveries a second and latency of the door, of one server and of two on one PostgreSQL (recorded and queued before the answer, logged as
 * by default), side by side in one run with the same checks in Express without a database and with the disk's own commit rate. Each figure
 * is the median of the rounds, which take turns; each ratio is the median of the rounds' own, because whoever shares the machine disturbs
 * neighbours in time alike.
 */
export async function benchDoor(): Promise<void> {
  const house = await startBenchHouse({ args: ["--no-worker"], env: { LOG_LEVEL: "info" } });
  const second = await startBenchHouse({ args: ["--no-worker"], env: { LOG_LEVEL: "info", DATABASE_URL: serverUrl(house.dataDir) } });
  const bare = await startBareExpress(house.secret);
  const commits = commitRate(house.dataDir);
  const measure = (url: string, connections: number) => load({ url, secret: house.secret, connections, deliveries: DELIVERIES });
  const measureBoth = async (connections: number) =>
    together(
      await Promise.all(
        [house, second].map(({ url, secret }, lane) =>
          load({ url: `${url}/webhooks/chatwoot`, secret, connections: connections / 2, deliveries: DELIVERIES / 2, lane }),
        ),
      ),
    );
  try {
    for (let round = 0; round < WARM_UP; round++) await measure(`${house.url}/webhooks/chatwoot`, 64);
    await measureBoth(64);
    await measure(bare.url, 64);
    for (const connections of CONNECTIONS) {
      const door: Round[] = [];
      const two: Round[] = [];
      const express: Round[] = [];
      const disk: number[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        door.push(await measure(`${house.url}/webhooks/chatwoot`, connections));
        two.push(await measureBoth(connections));
        express.push(await measure(bare.url, connections));
        disk.push(await commits(connections));
      }
      const ratio = (of: Round[], to: number[]) =>
        Math.round(median(of.map(({ perSecond }, round) => perSecond / (to[round] ?? Number.NaN))) * 100) / 100;
      const expressRates = express.map(({ perSecond }) => perSecond);
      console.table({
        [`door, ${connections} connections`]: row(door),
        "two servers, one PostgreSQL": row(two),
        "same checks in Express, no database": row(express),
        "single-row commits of the same server": { "per second": median(disk) },
        "door ÷ Express": { "per second": ratio(door, expressRates) },
        "door ÷ commits": { "per second": ratio(door, disk) },
        "two servers ÷ Express": { "per second": ratio(two, expressRates) },
        "two servers ÷ commits": { "per second": ratio(two, disk) },
      });
    }
  } finally {
    bare.stop();
    await second.stop();
    await house.stop();
    await clear(second);
    await clear(house);
  }
}

const median = (numbers: number[]) => quantile(numbers, 0.5);

/** What several generators saw at the same time; of latencies the worst. */
const together = (rounds: Round[]): Round => ({
  perSecond: rounds.reduce((total, { perSecond }) => total + perSecond, 0),
  p50: Math.max(...rounds.map(({ p50 }) => p50)),
  p99: Math.max(...rounds.map(({ p99 }) => p99)),
  refused: rounds.reduce((total, { refused }) => total + refused, 0),
});

const row = (rounds: Round[]) => ({
  "per second": median(rounds.map(({ perSecond }) => perSecond)),
  "p50 ms": median(rounds.map(({ p50 }) => p50)),
  "p99 ms": median(rounds.map(({ p99 }) => p99)),
  "not 202": rounds.reduce((total, { refused }) => total + refused, 0),
});

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

/** The very words that the door records. */
const INSERT = `insert into bench_commits (body) values ('${deliveryBody(1).replaceAll("'", "''")}')`;

function pgbench(url: string, clients: number): number {
  const folder = mkdtempSync(join(tmpdir(), "countersign-pgbench-"));
  const script = join(folder, "insert.sql");
  writeFileSync(script, `${INSERT};\n`);
  const args = ["--no-vacuum", "--client", String(clients), "--jobs", "2", "--time", String(COMMIT_SECONDS), "--file", script, url];
  const { stdout, stderr } = spawnSync("pgbench", args, { encoding: "utf8" });
  rmSync(folder, { recursive: true });
  const perSecond = /tps = ([\d.]+)/.exec(stdout)?.[1];
  if (perSecond === undefined) throw new Error(`pgbench failed: ${stderr}`);
  return Math.round(Number(perSecond));
}

async function ownLoop(url: string, clients: number): Promise<number> {
  const end = Date.now() + COMMIT_SECONDS * 1000;
  let commits = 0;
  await Promise.all(
    Array.from({ length: clients }, async () => {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      for (; Date.now() < end; commits++) await client.query(INSERT);
      await client.end();
    }),
  );
  return Math.round(commits / COMMIT_SECONDS);
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
