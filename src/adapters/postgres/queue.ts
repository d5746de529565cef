import { setTimeout as pause } from "node:timers/promises";
import { type Kysely, sql } from "kysely";
import { fromKysely, type JobWithMetadata, type PgBoss } from "pg-boss";
import { type Hold, JOB_KINDS, type Job, type JobEnd, type JobKind, type Queue } from "../../ports/jobs.ts";
import type { Log } from "../../ports.ts";
import { createHold, now, type OwnHold } from "./hold.ts";
import type { Listener } from "./listen.ts";
import { ACTIVE_INDEX, adoptOrphans, holdLock, takeOverSilent } from "./orphans.ts";
import type { Schema } from "./tables.ts";

/** How many jobs of a kind one process works on at a time, and which kinds keep the order of their key. */
const KINDS: Record<JobKind, { concurrency: number; ordered?: boolean; cron?: string }> = {
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

/** The engine's own patience with a process that fell silent; ours ends before it (`SILENCE_MS`). */
const HEARTBEAT_SECONDS = 10;
/** A few of these fit into `HOLD_MS`, so that one may be lost. */
const TOUCH_MS = 2000;
/** Notifications wake the workers; this finds what one missed. */
const POLL_MS = 1000;
/** Ours are counted in `core/retries`; the engine must not give up before. Its limit grows by one with each try that was no failure. */
const ENGINE_RETRIES = 10_000;
const COMPLETED_KEPT_SECONDS = 24 * 3600;
/** While the database is away, how a job ended waits for it. */
const SETTLE_AGAIN_MS = 250;
/** A step that broke in a way nobody foresaw, be it while its dead letter was written. */
const BROKEN_AGAIN_SECONDS = 5;
/** What is aborted at the end of the grace period has so long to end. */
const ABORTED_MS = 500;

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
  await boss.getDb().executeSql(ACTIVE_INDEX);
}

type Raw = JobWithMetadata<Record<string, unknown>>;
type Running = { hold: OwnHold; ended: Promise<void> };

/** Fetches due jobs and hands them to `run`, woken by notifications and by each job's due time. */
export function createQueue({ boss, db, listener, log }: { boss: PgBoss; db: Kysely<Schema>; listener: Listener; log: Log }): Queue {
  const active = new Map<JobKind, Map<Raw, Running>>();
  const pumping = new Map<JobKind, "once" | "again">();
  const timers = new Set<NodeJS.Timeout>();
  let stopping = false;
  let failing = false;
  let looking = false;
  let work: (job: Job, hold: Hold) => Promise<JobEnd>;

  async function pump(kind: JobKind): Promise<void> {
    if (stopping) return;
    if (pumping.has(kind)) return void pumping.set(kind, "again");
    try {
      do {
        pumping.set(kind, "once");
        const running = active.get(kind) ?? new Map<Raw, Running>();
        active.set(kind, running);
        const free = KINDS[kind].concurrency - running.size;
        if (free <= 0) break;
        const askedAt = now();
        const jobs = await boss.fetch<Record<string, unknown>>(kind, { batchSize: free, includeMetadata: true });
        failing = false;
        for (const job of jobs) {
          const hold = createHold(askedAt);
          running.set(job, { hold, ended: perform(kind, job, hold) });
        }
      } while (pumping.get(kind) === "again" && !stopping);
    } catch (error) {
      if (!failing) log.warn({ err: error, kind }, "jobs could not be fetched, trying again every second");
      failing = true;
    } finally {
      pumping.delete(kind);
    }
  }

  async function perform(kind: JobKind, raw: Raw, hold: OwnHold): Promise<void> {
    try {
      await settle(kind, raw, await attempt(kind, raw, hold));
    } catch (error) {
      log.error({ err: error, kind, job: raw.id }, "a job's end could not be written; it is tried again");
    } finally {
      hold.end();
      active.get(kind)?.delete(raw);
      void pump(kind);
    }
  }

  async function attempt(kind: JobKind, raw: Raw, hold: OwnHold): Promise<JobEnd> {
    if (hold.isLost()) return { end: "lost" };
    const waits = raw.retryLimit - ENGINE_RETRIES;
    const job: Job = { id: raw.id, kind, key: raw.singletonKey ?? null, data: raw.data, attempt: raw.retryCount + 1 - waits };
    try {
      return await work(job, hold);
    } catch (error) {
      log.error({ err: error, kind, job: raw.id }, "a job broke; it is tried again");
      return { end: "again", afterSeconds: BROKEN_AGAIN_SECONDS, reason: "it broke", failed: true };
    }
  }

  /**
   * Writes how a try ended, as soon as the database can be reached: nobody needs to wait until we would have fallen silent. It is fenced by
   * the try (`raw` names it): whoever was overtaken changes nothing of the newer one. A process that ends waits for no database.
   */
  async function settle(kind: JobKind, raw: Raw, outcome: JobEnd): Promise<void> {
    const dueAt = Date.now() + (outcome.end === "again" ? outcome.afterSeconds * 1000 : 0);
    for (let isFirst = true; ; isFirst = false) {
      try {
        if (outcome.end === "done") await boss.complete(kind, raw);
        if (outcome.end === "again") await putBack(kind, raw, { ...outcome, dueAt });
        if (outcome.end === "lost") await putBack(kind, raw, { dueAt, reason: "the hold on it was lost", failed: false });
        return;
      } catch (error) {
        if (stopping || hasAnswered(error)) throw error;
        if (isFirst) log.warn({ err: error, kind, job: raw.id }, "a job's end waits for the database");
        await pause(SETTLE_AGAIN_MS, undefined, { ref: false });
      }
    }
  }

  async function putBack(
    kind: JobKind,
    raw: Raw,
    { dueAt, reason, failed }: { dueAt: number; reason: string; failed: boolean },
  ): Promise<void> {
    const afterSeconds = Math.max(0, dueAt - Date.now()) / 1000;
    await db.transaction().execute(async (trx) => {
      await boss.fail(kind, raw, { reason }, { db: fromKysely(trx) });
      await sql`
        update pgboss.job
        set start_after = now() + make_interval(secs => ${afterSeconds}), retry_limit = retry_limit + ${failed ? 0 : 1}
        where name = ${kind} and id = ${raw.id}::uuid and state = 'retry' and retry_count = ${raw.retryCount}`.execute(trx);
    });
    wakeAt(kind, dueAt);
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
    for (const kind of JOB_KINDS) void pump(kind);
  }

  const running = () => [...active].flatMap(([kind, jobs]) => [...jobs].map(([raw, { hold, ended }]) => ({ kind, raw, hold, ended })));

  /** Tells the database that we live, and hears which jobs are still ours. */
  async function touch(): Promise<void> {
    const held = running();
    if (held.length === 0) return;
    const sentAt = now();
    try {
      const { rows } = await sql<{ place: number }>`
        update pgboss.job set heartbeat_on = now()
        from unnest(${held.map(({ kind }) => kind)}::text[], ${held.map(({ raw }) => raw.id)}::uuid[],
          ${held.map(({ raw }) => raw.retryCount)}::int[]) with ordinality as held (name, id, retry_count, place)
        where job.name = held.name and job.id = held.id and job.retry_count = held.retry_count and job.state = 'active'
        returning held.place`.execute(db);
      const ours = new Set(rows.map(({ place }) => place - 1));
      for (const [place, { hold }] of held.entries()) {
        if (ours.has(place)) hold.confirm(sentAt);
        else hold.lose("another process has it");
      }
    } catch (error) {
      log.warn({ err: error, jobs: held.length }, "jobs could not be kept alive");
    }
  }

  async function freeSilent(): Promise<void> {
    if (looking) return;
    looking = true;
    try {
      const jobs = await takeOverSilent(db, JOB_KINDS);
      if (jobs === 0) return;
      log.info({ jobs }, "took over jobs of a process that fell silent");
      pumpAll();
    } catch {
      // said by whoever fetches
    } finally {
      looking = false;
    }
  }

  function hear(job: { kind: string; dueAt: number } | null): void {
    if (job) return void wakeAt(job.kind as JobKind, job.dueAt);
    void touch(); // while we were away others may have thought us gone
    void holdLock(listener).then(pumpAll, () => {});
  }

  let poll: NodeJS.Timeout | undefined;
  let heartbeat: NodeJS.Timeout | undefined;
  return {
    async start(run) {
      work = run;
      await adoptOrphans(listener, log);
      listener.onJob(hear);
      for (const [kind, { cron }] of Object.entries(KINDS)) if (cron) await boss.schedule(kind, cron, {});
      if (stopping) return;
      poll = setInterval(() => {
        pumpAll();
        void freeSilent();
      }, POLL_MS);
      heartbeat = setInterval(touch, TOUCH_MS);
      pumpAll();
    },
    async stop(graceMs) {
      stopping = true;
      clearInterval(poll);
      for (const timer of timers) clearTimeout(timer);
      const allEnded = () => Promise.allSettled(running().map(({ ended }) => ended));
      await Promise.race([allEnded(), pause(Math.max(0, graceMs - ABORTED_MS), undefined, { ref: false })]);
      for (const { hold } of running()) hold.lose("the process ends");
      await Promise.race([allEnded(), pause(ABORTED_MS, undefined, { ref: false })]);
      clearInterval(heartbeat);
      for (const { kind, raw } of running())
        await putBack(kind, raw, { dueAt: Date.now(), reason: "the process stopped", failed: false }).catch(() => {});
    },
  };
}

/** The states that pass by themselves: lost connections, rollbacks, too little of something, not now, shutdown, system. */
const PASSING = /^(?:08|40|53|55|57|58)/;

/** Did the database itself refuse, and will it again? Errors without a SQLSTATE never reached it, or lost it. */
function hasAnswered(error: unknown): boolean {
  return error instanceof Error && "severity" in error && "code" in error && !PASSING.test(String(error.code));
}
