import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import type { Log } from "../../ports.ts";
import { type Cluster, DATABASE_USER, deleteCluster, findCluster, openCluster } from "./embedded-cluster.ts";
import { choosePort, portOf, type Settings, start, stop } from "./embedded-server.ts";
import { silent } from "./silent.ts";

/**
 * Our own PostgreSQL as this process sees it. `url` stays the same for the life of the process; `ensureRunning` brings a server back that
 * has died (cheap when it lives); `release` says that this process needs it no longer, and the last one to say so stops it.
 */
export type EmbeddedServer = { url: string; ensureRunning(): Promise<void>; release(): Promise<void> };

export type EmbeddedOptions = { dataDir: string; log?: Log; settings?: Settings };

/** Held shared by every process that uses the server, taken alone by the one that stops it: so nobody joins a server about to go. */
const PRESENCE_LOCK = "1129270094, 1";

/** After a crash the server's orphans keep it from starting for a moment (seen: 1.5 s). */
const START_AGAIN_MS = 10_000;
/** A server that repairs itself after a crash of the machine may take long; then somebody should look. */
const RECOVERY_MS = 300_000;
/** How long connections of this process that were just closed may still show. */
const CLOSING_MS = 1_000;

/** Starts the PostgreSQL of a data folder, or joins the one that another process has started there; its database is empty at first. */
export async function startEmbedded({ dataDir, log = silent, settings = {} }: EmbeddedOptions): Promise<EmbeddedServer> {
  const cluster = await openCluster(dataDir, log);
  let presence = await join(cluster, settings, log);
  const { port } = presence;
  let joining: Promise<void> | undefined;
  let released = false;

  const rejoin = async () => {
    log.warn({ port }, "the embedded database is gone, starting it again");
    presence.client.end().catch(() => {});
    presence = await join(cluster, settings, log, port);
  };
  return {
    url: `postgres://${DATABASE_USER}:${cluster.password}@127.0.0.1:${port}/postgres`,
    async ensureRunning() {
      if (released || (await isAnswering(presence.client))) return;
      joining ??= rejoin().finally(() => {
        joining = undefined;
      });
      await joining;
    },
    async release() {
      if (released) return;
      released = true;
      await joining?.catch(() => {});
      await leave(cluster, presence.client, log);
    },
  };
}

/** Stops the server of a data folder whoever uses it; does nothing where none runs. */
async function stopEmbedded(dataDir: string): Promise<void> {
  const directory = await findCluster(dataDir);
  if (directory && (await portOf({ directory }))) await stop(await openCluster(dataDir, silent));
}

/** Stops the server of a data folder and deletes the cluster with everything in it: for folders that were made to be thrown away. */
export async function removeEmbedded(dataDir: string): Promise<void> {
  await stopEmbedded(dataDir).finally(() => deleteCluster(dataDir));
}

type Presence = { client: pg.Client; port: number };

/** Connects to the running server, or starts it first. With `fixedPort` only there, because this process's pools know no other. */
async function join(cluster: Cluster, settings: Settings, log: Log, fixedPort?: number): Promise<Presence> {
  const waiting = { busy: 0, refused: 0 }; // since when, by the clock of `performance`
  for (;;) {
    const port = await portOf(cluster);
    if (port && fixedPort && port !== fixedPort) {
      throw new Error(`The embedded database has moved from port ${fixedPort} to ${port}: start this process again.`);
    }
    const client = port && (await enter(cluster, port));
    if (port && client instanceof pg.Client) return { client, port };
    if (client === "busy") {
      waiting.busy ||= performance.now();
      waiting.refused = 0;
      if (performance.now() - waiting.busy > RECOVERY_MS) throw new Error(cannotStart("it is still starting up", cluster));
      await sleep(50);
      continue;
    }
    const chosen = fixedPort ?? (await choosePort(cluster));
    const refusal = await start(cluster, chosen, settings);
    if (refusal === undefined) {
      log.info({ port: chosen, directory: cluster.directory }, "embedded database started");
      continue;
    }
    waiting.refused ||= performance.now();
    if (performance.now() - waiting.refused > START_AGAIN_MS) throw new Error(cannotStart(refusal, cluster));
    await sleep(100);
  }
}

function cannotStart(reason: string, { directory }: Cluster): string {
  return `The embedded database in ${directory} cannot be started or joined (${reason}): look into its server.log, and whether another program holds its port or its password file was replaced.`;
}

/** A connection that counts as our presence; `busy` while the server starts or stops, undefined when it is not there or not ours. */
async function enter(cluster: Cluster, port: number): Promise<pg.Client | "busy" | undefined> {
  const client = new pg.Client({
    host: "127.0.0.1",
    port,
    user: DATABASE_USER,
    password: cluster.password,
    database: "postgres",
    application_name: "countersign presence",
    connectionTimeoutMillis: 5_000,
    query_timeout: 15_000,
  });
  client.on("error", () => {}); // its end is noticed by `isAnswering`
  try {
    await client.connect();
    await client.query(`SELECT pg_advisory_lock_shared(${PRESENCE_LOCK})`);
    return client;
  } catch (error) {
    await client.end().catch(() => {});
    return NOT_NOW.has((error as { code?: string }).code ?? "") ? "busy" : undefined;
  }
}

/** The server is starting up or shutting down; it has too many clients. */
const NOT_NOW = new Set(["57P03", "53300"]);

async function isAnswering(client: pg.Client): Promise<boolean> {
  return client.query("SELECT 1").then(
    () => true,
    () => false,
  );
}

/** Gives up our presence and, when nobody else shows any, stops the server. */
async function leave(cluster: Cluster, client: pg.Client, log: Log): Promise<void> {
  try {
    await client.query(`SELECT pg_advisory_unlock_shared(${PRESENCE_LOCK})`);
    if (await isAlone(client)) {
      const stopped = await stop(cluster);
      log.info({ directory: cluster.directory }, stopped ? "embedded database stopped" : "embedded database is still stopping");
    }
  } catch (error) {
    log.warn({ err: error }, "the embedded database was gone before it was released");
  } finally {
    await client.end().catch(() => {});
  }
}

async function isAlone(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query(`SELECT pg_try_advisory_lock(${PRESENCE_LOCK}) AS last`);
  if (!rows[0].last) return false;
  for (const until = performance.now() + CLOSING_MS; performance.now() < until; await sleep(20)) {
    const others = await client.query("SELECT 1 FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()");
    if (others.rowCount === 0) return true;
  }
  return false;
}
