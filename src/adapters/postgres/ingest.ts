import type { Kysely } from "kysely";
import { fromKysely, type PgBoss } from "pg-boss";
import type { NewJob } from "../../ports/jobs.ts";
import type { NewDelivery, Store } from "../../ports/store.ts";
import { notify, toBoss } from "./jobs.ts";
import type { Schema } from "./tables.ts";

/** Deliveries that share one commit. Larger batches gain nothing (measured); smaller ones pay for the disk once each. */
const BATCH = 64;

interface Waiting {
  row: NewDelivery;
  job: NewJob | null;
  resolve: (result: "recorded" | "duplicate") => void;
  reject: (error: unknown) => void;
}

/**
 * Records deliveries in one lane: while a batch is being committed the next one gathers, so that many callers share one commit.
 * Nobody is answered before the commit. A batch that fails is taken apart, so that one bad row refuses only itself.
 */
export function createIngest(db: Kysely<Schema>, boss: PgBoss): Store["ingest"] {
  const waiting: Waiting[] = [];
  let running = false;

  async function run(): Promise<void> {
    running = true;
    while (waiting.length > 0) {
      const batch = waiting.splice(0, BATCH);
      try {
        settle(batch, await record(db, boss, batch));
      } catch (error) {
        if (batch.length === 1) batch[0]?.reject(error);
        else for (const one of batch) await record(db, boss, [one]).then((recorded) => settle([one], recorded), one.reject);
      }
    }
    running = false;
  }

  return (row, job) =>
    new Promise((resolve, reject) => {
      waiting.push({ row, job, resolve, reject });
      if (!running) void run();
    });
}

function settle(batch: Waiting[], recorded: Set<Waiting>): void {
  for (const one of batch) one.resolve(recorded.has(one) ? "recorded" : "duplicate");
}

/** One transaction; answers which of the batch were new. */
async function record(db: Kysely<Schema>, boss: PgBoss, batch: Waiting[]): Promise<Set<Waiting>> {
  // In the order of both unique keys, so that two processes with overlapping batches wait for one another instead of deadlocking.
  const sorted = batch.toSorted(
    (a, b) => (a.row.messageId ?? 0) - (b.row.messageId ?? 0) || (a.row.deliveryId < b.row.deliveryId ? -1 : 1),
  );
  return db.transaction().execute(async (trx) => {
    const inserted = await trx
      .insertInto("webhookDeliveries")
      .values(sorted.map(({ row }) => ({ ...row, fate: row.fromCustomer && row.outcome === "accepted" ? ("waiting" as const) : null })))
      .onConflict((conflict) => conflict.doNothing())
      .returning("deliveryId")
      .execute();
    const recorded = takeOnce(sorted, new Set(inserted.map((row) => row.deliveryId)));
    const known = sorted.filter((one) => !recorded.has(one));
    if (known.length > 0) await recordDuplicates(trx, known);
    const jobs = [...recorded].flatMap(({ job }) => (job ? [job] : []));
    for (const [kind, same] of Map.groupBy(jobs, (job) => job.kind)) {
      await boss.insert(kind, same.map(toBoss), { db: fromKysely(trx.withoutPlugins()) });
    }
    if (jobs.length > 0) await notify(trx, jobs);
    return recorded;
  });
}

/** The same delivery id twice in one batch is one delivery. */
function takeOnce(batch: Waiting[], ids: Set<string>): Set<Waiting> {
  const taken = new Set<Waiting>();
  for (const one of batch) if (ids.delete(one.row.deliveryId)) taken.add(one);
  return taken;
}

/** The same message under another delivery id is kept as a duplicate; a repeated delivery id writes no row. */
async function recordDuplicates(trx: Kysely<Schema>, known: Waiting[]): Promise<void> {
  await trx
    .insertInto("webhookDeliveries")
    .values(known.map(({ row }) => ({ ...row, outcome: "duplicate" as const, reason: "message_known", fate: null })))
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}
