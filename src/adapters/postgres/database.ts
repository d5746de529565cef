import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { Kysely, PostgresDialect } from "kysely";
import pg from "pg";
import type { Log } from "../../ports.ts";
import { silent } from "./silent.ts";

/**
 * A pool of connections, and the same pool as typed queries. `lane` is one connection beside them whose queries are sent without waiting
 * for one another, each a transaction of its own, and are carried out in that order. `close` waits a moment for work in progress.
 */
export type Database<Tables> = { db: Kysely<Tables>; pool: pg.Pool; lane: pg.Pool; close(): Promise<void> };

export type DatabaseOptions = { url: string; poolSize?: number; log?: Log };

/** No statement of ours takes this long; one that does must not hold its locks for ever. */
const STATEMENT_TIMEOUT_MS = 30_000;
/** Work that waits for an outside service may hold a connection far longer than a process that ends can wait. */
const CLOSE_TIMEOUT_MS = 1_000;
/** A transaction whose process hangs gives its locks back after this. */
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 60_000;
const CONNECT_TIMEOUT_MS = 10_000;
/** A server that says nothing for longer than any statement may take is out of reach, whatever the connection looks like. */
const SILENCE_TIMEOUT_MS = STATEMENT_TIMEOUT_MS + 5_000;

/**
 * Opens the database of a URL; connects with the first query, not before. A server that restarts costs the queries in flight, never the
 * process and never the pool: lost connections are logged, thrown away and replaced.
 * Values: bigint is a number (a string beyond 2^53), timestamptz a Date, numeric a string, json parsed.
 */
export function openDatabase<Tables>({ url, poolSize = 10, log = silent }: DatabaseOptions): Database<Tables> {
  const options = {
    connectionString: url,
    application_name: "countersign",
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    types: { getTypeParser },
  };
  const pool = new pg.Pool({ ...options, max: poolSize });
  const lane = new pg.Pool({ ...options, max: 1, pipeline: true } as pg.PoolConfig);
  const clients = new Set<pg.PoolClient>();
  const lost = (error: Error) => log.warn({ err: error }, "a database connection was lost");
  for (const each of [pool, lane]) {
    each.on("error", lost);
    // A client lent out has no listener but ours: without it a lost connection would end the process.
    each.on("connect", (client) => {
      client.on("error", lost);
      limitSilence(client, SILENCE_TIMEOUT_MS);
      clients.add(client);
    });
    each.on("remove", (client) => clients.delete(client));
  }

  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  const end = async () => {
    await db.destroy(); // ends the pool only if a query went through Kysely
    if (!pool.ending) await pool.end();
    await lane.end();
  };
  const close = async () => {
    await Promise.race([end(), sleep(CLOSE_TIMEOUT_MS, undefined, { ref: false })]);
    for (const client of clients) streamOf(client).destroy();
  };
  return { db, pool, lane, close };
}

/** Cuts a connection that has been silent for so long; 0 lets it be silent. A dead network would otherwise hold a query for many minutes. */
export function limitSilence(client: pg.ClientBase, ms: number): void {
  const stream = streamOf(client);
  stream.setTimeout(ms, () => stream.destroy(new Error(`the database was silent for ${ms} ms`)));
}

function streamOf(client: pg.ClientBase): Socket {
  return (client as unknown as { connection: { stream: Socket } }).connection.stream;
}

const INT8 = 20;
const INT8_ARRAY = 1016;

/** As pg's own, but for bigint: Chatwoot's ids and our counts fit a number. */
function getTypeParser(oid: number, format?: "text" | "binary"): (value: string) => unknown {
  const parse = pg.types.getTypeParser(oid, format as "text");
  if (format === "binary") return parse;
  if (oid === INT8) return safeNumber;
  if (oid === INT8_ARRAY) return (value) => (parse(value) as (string | null)[]).map((each) => each && safeNumber(each));
  return parse;
}

function safeNumber(value: string): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
