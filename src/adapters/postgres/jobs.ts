import { randomUUID } from "node:crypto";
import { type Kysely, sql } from "kysely";
import { fromKysely, type PgBoss } from "pg-boss";
import type { JobKind, JobsTable, NewJob } from "../../ports/jobs.ts";
import type { LiveTable } from "../../ports/store.ts";
import { JOBS_CHANNEL, NEWS_CHANNEL } from "./listen.ts";
import type { Schema } from "./tables.ts";

/** Sends jobs in the transaction of `db`; the workers hear of them at its commit. */
export function jobsTable(db: Kysely<Schema>, boss: PgBoss): JobsTable {
  const plain = db.withoutPlugins();
  return {
    async send(job) {
      await boss.insert(job.kind, [toBoss(job)], { db: fromKysely(plain) });
      await notify(plain, [job]);
    },
    async remove(kind, id) {
      await boss.deleteJob(kind, id, { db: fromKysely(plain) });
    },
    async isActive(kind, key) {
      const { rows } = await sql`
        select 1 from pgboss.job where name = ${kind} and singleton_key = ${key} and state = 'active' limit 1`.execute(plain);
      return rows.length > 0;
    },
    async counts() {
      const { rows } = await sql<{ kind: JobKind; state: string; count: number }>`
        select name as kind, case state when 'created' then 'waiting' else state::text end as state, count(*)::int as count
        from pgboss.job where state in ('created', 'retry', 'active') and name not like '\\_\\_pgboss%' group by 1, 2`.execute(plain);
      return rows;
    },
  };
}

/** News for everybody, heard at the commit. */
export function liveTable(db: Kysely<Schema>): LiveTable {
  return {
    async publish({ type, id }) {
      await sql`select pg_notify(${NEWS_CHANNEL}, ${`${type} ${id}`})`.execute(db);
    },
  };
}

/** A job in the engine's words. */
export function toBoss(job: NewJob): { id: string; data: object; singletonKey?: string; startAfter?: number } {
  return {
    id: job.id ?? randomUUID(),
    data: job.data,
    ...(job.key !== undefined && { singletonKey: job.key }),
    ...(job.startAfterSeconds && { startAfter: job.startAfterSeconds }),
  };
}

/** Tells every process which kinds have work and when it is due. */
export async function notify(db: Kysely<Schema>, jobs: NewJob[]): Promise<void> {
  await sql`select pg_notify(${JOBS_CHANNEL}, payload) from unnest(${newsOf(jobs)}::text[]) as payload`.execute(db);
}

/** What is to be told of jobs on `JOBS_CHANNEL`, each thing once. */
export function newsOf(jobs: NewJob[]): string[] {
  const now = Date.now();
  return [...new Set(jobs.map((job) => `${job.kind} ${now + Math.round((job.startAfterSeconds ?? 0) * 1000)}`))];
}
