import { setTimeout } from "node:timers/promises";
import { type Kysely, sql } from "kysely";
import type { Schema } from "./tables.ts";

/** Whoever holds it syncs knowledge; it goes with the connection, so that a process which dies leaves no lock behind. */
const SYNC_LOCK = sql`1129270094, 4`;
const LOOK_AGAIN_MS = 100;
/** A connection that is silent for longer is cut. */
const SIGN_OF_LIFE_MS = 10_000;

/** Runs the work while no other process runs one, on a connection kept for the lock. */
export function exclusively<T>(db: Kysely<Schema>, work: () => Promise<T>): Promise<T> {
  return db.connection().execute(async (connection) => {
    for (;;) {
      const { rows } = await sql<{ got: boolean }>`select pg_try_advisory_lock(${SYNC_LOCK}) as got`.execute(connection);
      if (rows[0]?.got) break;
      await setTimeout(LOOK_AGAIN_MS);
    }
    const alive = setInterval(() => void sql`select 1`.execute(connection).catch(() => {}), SIGN_OF_LIFE_MS);
    try {
      return await work();
    } finally {
      clearInterval(alive);
      await sql`select pg_advisory_unlock(${SYNC_LOCK})`.execute(connection).catch(() => {}); // lost with its connection
    }
  });
}
