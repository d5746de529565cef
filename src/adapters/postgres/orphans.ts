import { type Kysely, sql } from "kysely";
import type { Log } from "../../ports.ts";
import { SILENCE_MS } from "./hold.ts";
import type { Listener } from "./listen.ts";
import type { Schema } from "./tables.ts";

const SILENCE_SECONDS = SILENCE_MS / 1000;
/** Workers hold it shared as long as they live: who gets it alone knows that every active job is an orphan. */
const WORKERS_LOCK = "1129270094, 3";

/**
 * Takes over what processes that were killed left behind, at once when nobody else works here, else when they have been silent for long
 * enough. A server that has just started has lost everybody's locks, so there being alone says nothing.
 */
export async function adoptOrphans(listener: Listener, log: Log): Promise<void> {
  const session = listener.session();
  if (!session) throw new Error("The listening connection is down; the queue starts when it is back.");
  const { rows } = await session.query<{ alone: boolean }>(`select pg_try_advisory_lock(${WORKERS_LOCK}) as alone`);
  if (rows[0]?.alone) {
    const { rowCount } = await session.query(
      `update pgboss.job set state = 'retry', start_after = now() where state = 'active' and name not like '\\_\\_pgboss%'
       and least(heartbeat_on, pg_postmaster_start_time()) < now() - make_interval(secs => ${SILENCE_SECONDS})`,
    );
    if (rowCount) log.info({ jobs: rowCount }, "took over jobs of a process that ended");
  }
  await holdLock(listener);
  if (rows[0]?.alone) await session.query(`select pg_advisory_unlock(${WORKERS_LOCK})`);
}

/** Tells others that a worker lives here, for as long as the session does. */
export async function holdLock(listener: Listener): Promise<void> {
  await listener.session()?.query(`select pg_advisory_lock_shared(${WORKERS_LOCK})`);
}

/** Frees the jobs of processes that have been silent for too long; answers how many. */
export async function takeOverSilent(db: Kysely<Schema>, kinds: readonly string[]): Promise<number> {
  const { numAffectedRows = 0n } = await sql`
    update pgboss.job set state = 'retry', start_after = now()
    where state = 'active' and name = any(${kinds}::text[])
    and heartbeat_on < now() - make_interval(secs => ${SILENCE_SECONDS})`.execute(db);
  return Number(numAffectedRows);
}

/** What `takeOverSilent` and the engine look for every moment; without it they read every job of the last day. */
export const ACTIVE_INDEX = `
  do $$ begin
    perform pg_advisory_xact_lock(1129270094, 5);
    if to_regclass('pgboss.countersign_active') is null then
      create index countersign_active on pgboss.job (name) where state = 'active';
    end if;
  end $$`;
