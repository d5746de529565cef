import { setTimeout as pause } from "node:timers/promises";
import type { Pool } from "pg";
import type { Written } from "./customers.ts";
import type { FaultHouse } from "./house.ts";

/** What is still held of a conversation that was deleted in Chatwoot. */
export interface Held {
  table: string;
  rows: number;
}

const DEADLINE_MS = 25_000;
const ROUNDS = 3;
const WAITING = "status in ('pending', 'approved', 'send_failed')";

/**
 * Nobody tells of a deletion: the house looks at what waits every ten minutes, at one conversation a minute. Here time is moved forward for
 * those that were deleted, until nothing of them waits or the deadline passes.
 */
export async function untilNoticed({ pool, staff }: FaultHouse): Promise<void> {
  for (const end = Date.now() + DEADLINE_MS; Date.now() < end; await pause(300)) {
    const { rows } = await pool.query(
      `update cx_conversations set seen_at = to_timestamp(0)
       where conversation_id in (select conversation_id from agent_approvals where conversation_id = any($1) and ${WAITING})
       returning conversation_id`,
      [[...staff.gone]],
    );
    if (rows.length === 0) return;
    await runJob(pool, "reconcile", end);
  }
}

/** A day later: what was noticed to be deleted is forgotten. Answers what is held all the same. */
export async function forgetNow({ pool, staff }: FaultHouse, written: Written[]): Promise<Held[]> {
  const noticed = new Set<number>();
  const end = Date.now() + DEADLINE_MS;
  for (let round = 0; round < ROUNDS; round++) {
    // More than one round: with a contact go their other conversations, which are noticed by then.
    const { rows } = await pool.query(
      "update cx_conversations set gone_at = now() - interval '25 hours' where conversation_id = any($1) and gone_at is not null returning conversation_id::int as id",
      [[...staff.gone]],
    );
    if (rows.length === 0) break;
    for (const { id } of rows) noticed.add(id);
    await runJob(pool, "forget-gone", end);
  }
  const words = written.filter(({ conversation }) => noticed.has(conversation)).map(({ nonce }) => nonce);
  return words.length === 0 ? [] : rowsWith(pool, words);
}

/** In which tables, ours and the queue's, one of these words stands, in whatever column. */
async function rowsWith(pool: Pool, words: string[]): Promise<Held[]> {
  const { rows: tables } = await pool.query(
    "select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname in ('public', 'pgboss') order by 1",
  );
  const held: Held[] = [];
  for (const { name } of tables) {
    const { rows } = await pool.query(`select count(*)::int as count from ${name} as held where held::text ~ $1`, [words.join("|")]);
    if (rows[0].count > 0) held.push({ table: name, rows: rows[0].count });
  }
  return held;
}

/** Looks at Chatwoot now instead of at the next full minute. */
export const lookNow = ({ pool }: FaultHouse): Promise<void> => runJob(pool, "reconcile", Date.now() + DEADLINE_MS);

/** Has a scheduled job done now, as its clock would. */
async function runJob(pool: Pool, kind: string, end: number): Promise<void> {
  const { rows } = await pool.query(
    `insert into pgboss.job (name, data, policy, retry_limit, heartbeat_seconds)
     select name, '{}', policy, retry_limit, heartbeat_seconds from pgboss.queue where name = $1 returning id`,
    [kind],
  );
  for (; Date.now() < end; await pause(100)) {
    const job = await pool.query("select 1 from pgboss.job where name = $1 and id = $2 and state = 'completed'", [kind, rows[0].id]);
    if (job.rows.length > 0) return;
  }
}
