import { type Kysely, sql } from "kysely";
import { fromKysely, type JobWithMetadata, type PgBoss } from "pg-boss";
import type { Job, JobEnd, JobKind, Queue } from "../../ports/jobs.ts";
import type { Log } from "../../ports.ts";
import type { Listener } from "./listen.ts";
import type { Schema } from "./tables.ts";

/** How many jobs of a kind one process works on at a time, and which kinds keep the order of their key. */
export const KINDS: Record<JobKind, { concurrency: number; ordered?: boolean; cron?: string }> = {
  "draft-reply": { concurrency: 24, ordered: true },
  "post-note": { concurrency: 4 },
  "remove-note": { concurrency: 2 },
  "send-reply": { concurrency: 4 },
  "assign-conversation": { concurrency: 2 },
  "run-command": { concurrency: 2 },
  "capture-outcome": { concurrency: 2 },
  reconcile: { concurrency: 1, cron: "* * * * *" },
  "sync-knowledge": { concurrency: 1, cron: "*/10 * * * *" },
  calibrate: { concurrency: 1, cron: "*/10 * * * *" },
  "expire-approvals": { concurrency: 1, cron: "*/5 * * * *" },
  "forget-gone": { concurrency: 1, cron: "47 * * * *" },
  "mine-lessons": { concurrency: 1, cron: "41 3 * * *" },
  purge: { concurrency: 1, cron: "17 3 * * *" },
};

/** A job whose process stopped telling that it lives goes back after this (the engine's smallest value). */
const HEARTBEAT_SECONDS = 10;
const TOUCH_MS = 3000;
/** Notifications wake the workers; this finds what one missed. */
const POLL_MS = 1000;
/** Ours are counted in `core/retries`; the engine must not give up before. Its limit grows by one with each try that was no failure. */
const ENGINE_RETRIES = 10_000;
const COMPLETED_KEPT_SECONDS = 24 * 3600;
/** Workers hold it shared as long as they live: who gets it alone knows that every active job is an orphan. */
const WORKERS_LOCK = "1129270094, 3";

/** Makes the queues that the kinds need; several processes may do so at once. */
export async function createQueues(boss: PgBoss): Promise<void> {
  for (const [kind, { ordered }] of Object.entries(KINDS)) {
    await boss.createQueue(kind, {
      policy: ordered ? "key_strict_fifo" : "standard",
      retryLimit: ENGINE_RETRIES,
      heartbeatSeconds: HEARTBEAT_SECONDS,
      deleteAfterSeconds: COMPLETED_KEPT_SECONDS,
    });
  }
}

type Raw = JobWithMetadata<Record<string, unknown>>;

/** Fetches due jobs and hands them to `run`, woken by notifications and by each job's due time. */
export function createQueue({ boss, db, listener, log }: { boss: PgBoss; db: Kysely<Schema>; listener: Listener; log: Log }): Queue {
  const active = new Map<JobKind, Map<Raw, Promise<void>>>();
  const pumping = new Map<JobKind, "once" | "again">();
  const timers = new Set<NodeJS.Timeout>();
  let stopping = false;
  let failing = false;
  let work: (job: Job) => Promise<JobEnd>;

  async function pump(kind: JobKind): Promise<void> {
    if (stopping) return;
    if (pumping.has(kind)) return void pumping.set(kind, "again");
    try {
      do {
        pumping.set(kind, "once");
        const running = active.get(kind) ?? new Map<Raw, Promise<void>>();
        active.set(kind, running);
        const free = KINDS[kind].concurrency - running.size;
        if (free <= 0) break;
        const jobs = await boss.fetch<Record<string, unknown>>(kind, { batchSize: free, includeMetadata: true });
        failing = false;
        for (const job of jobs) running.set(job, perform(kind, job));
      } while (pumping.get(kind) === "again" && !stopping);
    } catch (error) {
      if (!failing) log.warn({ err: error, kind }, "jobs could not be fetched, trying again every second");
      failing = true;
    } finally {
      pumping.delete(kind);
    }
  }

  /** Settles are fenced by the try (`raw` names it): whoever was overtaken after a silence changes nothing of the newer try. */
  async function perform(kind: JobKind, raw: Raw): Promise<void> {
    try {
      const waits = raw.retryLimit - ENGINE_RETRIES;
      const job: Job = { id: raw.id, kind, key: raw.singletonKey ?? null, data: raw.data, attempt: raw.retryCount + 1 - waits };
      const outcome = await work(job);
      if (outcome.end === "done") await boss.complete(kind, raw);
      if (outcome.end === "again") await putBack(kind, raw, outcome);
    } catch (error) {
      log.error({ err: error, kind, job: raw.id }, "a job's end could not be written; it is tried again");
    } finally {
      active.get(kind)?.delete(raw);
      void pump(kind);
    }
  }

  async function putBack(
    kind: JobKind,
    raw: Raw,
    { afterSeconds, reason, failed }: { afterSeconds: number; reason: string; failed: boolean },
  ): Promise<void> {
    await db.transaction().execute(async (trx) => {
      await boss.fail(kind, raw, { reason }, { db: fromKysely(trx) });
      await sql`
        update pgboss.job
        set start_after = now() + make_interval(secs => ${afterSeconds}), retry_limit = retry_limit + ${failed ? 0 : 1}
        where name = ${kind} and id = ${raw.id}::uuid and state = 'retry' and retry_count = ${raw.retryCount}`.execute(trx);
    });
    wakeAt(kind, Date.now() + afterSeconds * 1000);
  }

  function wakeAt(kind: JobKind, dueAt: number): void {
    const wait = dueAt - Date.now();
    if (stopping) return;
    if (wait <= 0) return void pump(kind);
    if (wait > 60_000) return; // found by the poll
    const timer = setTimeout(() => {
      timers.delete(timer);
      void pump(kind);
    }, wait + 2);
    timers.add(timer);
  }

  function pumpAll(): void {
    for (const kind of Object.keys(KINDS) as JobKind[]) void pump(kind);
  }

  function touch(): void {
    for (const [kind, running] of active) {
      if (running.size > 0)
        boss.touch(kind, [...running.keys()]).catch((error) => log.warn({ err: error, kind }, "jobs could not be kept alive"));
    }
  }

  let poll: NodeJS.Timeout | undefined;
  let heartbeat: NodeJS.Timeout | undefined;
  return {
    async start(run) {
      work = run;
      await adoptOrphans(listener, log);
      listener.onJob((job) => (job ? wakeAt(job.kind as JobKind, job.dueAt) : void holdLock(listener).then(pumpAll, () => {})));
      for (const [kind, { cron }] of Object.entries(KINDS)) if (cron) await boss.schedule(kind, cron, {});
      if (stopping) return;
      poll = setInterval(pumpAll, POLL_MS);
      heartbeat = setInterval(touch, TOUCH_MS);
      pumpAll();
    },
    async stop(graceMs) {
      stopping = true;
      clearInterval(poll);
      for (const timer of timers) clearTimeout(timer);
      const running = () => [...active.values()].flatMap((jobs) => [...jobs.values()]);
      await Promise.race([Promise.allSettled(running()), new Promise((resolve) => setTimeout(resolve, graceMs).unref())]);
      clearInterval(heartbeat);
      for (const [kind, jobs] of active) {
        for (const raw of jobs.keys())
          await putBack(kind, raw, { afterSeconds: 0, reason: "the process stopped", failed: false }).catch(() => {});
      }
    },
  };
}

/** Takes over what processes that were killed left behind, at once when nobody else works here, else when their heartbeats run out. */
async function adoptOrphans(listener: Listener, log: Log): Promise<void> {
  const session = listener.session();
  if (!session) throw new Error("The listening connection is down; the queue starts when it is back.");
  const { rows } = await session.query<{ alone: boolean }>(`select pg_try_advisory_lock(${WORKERS_LOCK}) as alone`);
  if (rows[0]?.alone) {
    const { rowCount } = await session.query(
      "update pgboss.job set state = 'retry', start_after = now() where state = 'active' and name not like '\\_\\_pgboss%'",
    );
    if (rowCount) log.info({ jobs: rowCount }, "took over jobs of a process that ended");
  }
  await holdLock(listener);
  if (rows[0]?.alone) await session.query(`select pg_advisory_unlock(${WORKERS_LOCK})`);
}

async function holdLock(listener: Listener): Promise<void> {
  await listener.session()?.query(`select pg_advisory_lock_shared(${WORKERS_LOCK})`);
}
