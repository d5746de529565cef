import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import type { Log } from "../../ports.ts";
import { limitSilence } from "./database.ts";
import { silent } from "./silent.ts";

export type MigrateOptions = { pool: pg.Pool; directory: string; log?: Log };

/** Several processes may start at once: one migrates, the others wait for it and find nothing to do. */
const MIGRATION_LOCK = "1129270094, 2";

/** What one file sets must not reach the next; and a migration, or waiting for another process's, may take its time. */
const AS_AT_FIRST = "RESET ALL; SET statement_timeout = 0";

/**
 * An older version works on while a migration waits for its tables, and whoever comes later waits behind it. So it waits for less than
 * PostgreSQL does before it looks for a deadlock (1 s), steps back, and tries again: the older version is never the one to give way.
 */
const LOCK_TIMEOUT_MS = 500;
const PAUSE_MS = 300;
const LOCK_TRIES = 150;
/** SQLSTATEs of a lock that was not to be had: in time, or at all. */
const LOCKED = new Set(["55P03", "40P01"]);

const FILE_NAME = /^\d{3}_\w+\.sql$/;

/**
 * Brings the database up to date with `NNN_name.sql` files, in order, each in a transaction, forward only; gives the names it applied.
 * A file that changed after it was applied is an error; an applied one that we do not know is a newer version's and none of our business.
 */
export async function migrate({ pool, directory, log = silent }: MigrateOptions): Promise<string[]> {
  const files = (await readdir(directory)).filter((name) => FILE_NAME.test(name)).sort();
  const client = await pool.connect();
  try {
    limitSilence(client, 0);
    await client.query(AS_AT_FIRST);
    await client.query(`SELECT pg_advisory_lock(${MIGRATION_LOCK})`);
    await client.query(
      "CREATE TABLE IF NOT EXISTS schema_migrations (name text PRIMARY KEY, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())",
    );
    const { rows } = await client.query<{ name: string; checksum: string }>("SELECT name, checksum FROM schema_migrations");
    const applied = new Map(rows.map(({ name, checksum }) => [name, checksum]));
    const done: string[] = [];
    for (const name of files) {
      if (await applyOnce(client, directory, name, applied)) {
        done.push(name);
        log.info({ migration: name }, "migration applied");
      }
    }
    return done;
  } finally {
    client.release(true); // the connection's end gives the lock back, whatever happened before
  }
}

async function applyOnce(client: pg.PoolClient, directory: string, name: string, applied: Map<string, string>): Promise<boolean> {
  const sql = await readFile(join(directory, name), "utf8");
  const checksum = createHash("sha256").update(sql.replaceAll("\r\n", "\n")).digest("hex");
  const before = applied.get(name);
  if (before === checksum) return false;
  if (before)
    throw new Error(`Migration ${name} was changed after it was applied: put the old text back and write a new file for the change.`);
  for (let tries = 1; ; tries++) {
    try {
      await client.query("BEGIN");
      await client.query(`SET LOCAL lock_timeout = ${LOCK_TIMEOUT_MS}`);
      await client.query("INSERT INTO schema_migrations (name, checksum) VALUES ($1, $2)", [name, checksum]);
      await client.query(sql);
      await client.query("COMMIT");
      await client.query(AS_AT_FIRST);
      return true;
    } catch (cause) {
      if (!LOCKED.has((cause as { code?: string }).code ?? "") || tries === LOCK_TRIES)
        throw new Error(`Migration ${name} failed: ${(cause as Error).message}. Nothing of it was applied.`, { cause });
      await client.query(`ROLLBACK; ${AS_AT_FIRST}`);
      await sleep(PAUSE_MS * (0.5 + Math.random()));
    }
  }
}
