import type { Kysely } from "kysely";
import pg from "pg";
import type { PgBoss } from "pg-boss";
import type { NewDelivery, Store } from "../../ports/store.ts";
import { jobsTable } from "./jobs.ts";
import { fateOf, type Recording, recordBatch } from "./record-batch.ts";
import type { Schema } from "./tables.ts";

/** Deliveries that share one commit. Larger batches gain nothing (measured); smaller ones pay for the disk once each. */
const BATCH = 64;
/** A few large e-mails are a batch, too: here and in the server it is held in memory as a whole. */
const BATCH_CHARACTERS = 4 * 1024 * 1024;

interface Waiting extends Recording {
  resolve: (result: "recorded" | "duplicate") => void;
  reject: (error: unknown) => void;
}

/** `lane`: connections for nothing else, so that no job of ours holds a delivery up; `db` and `boss` take what is unusual. */
export interface IngestOptions {
  lane: pg.Pool;
  db: Kysely<Schema>;
  boss: PgBoss;
}

/**
 * Records deliveries in one lane: while a batch is being committed the next one gathers, so that many callers share one commit.
 * Nobody is answered before the commit. A batch that the database refuses is taken apart, so that one bad row refuses only itself.
 */
export function createIngest({ lane, db, boss }: IngestOptions): Store["ingest"] {
  const waiting: Waiting[] = [];
  let busy = false;

  function next(): void {
    const batch = takeBatch(waiting);
    busy = batch.length > 0;
    if (busy) void run(batch);
  }

  async function run(batch: Waiting[]): Promise<void> {
    try {
      const ids = await recordBatch(lane, batch);
      next(); // the database has work again before the answers are written
      void answer(batch, takeOnce(batch, ids));
    } catch (error) {
      if (isAboutRows(error)) await takeApart(batch);
      else for (const one of batch) one.reject(error);
      next();
    }
  }

  async function answer(batch: Waiting[], recorded: Set<Waiting>): Promise<void> {
    for (const one of recorded) one.resolve("recorded");
    const known = batch.filter((one) => !recorded.has(one));
    if (known.length === 0) return;
    await recordKnown(
      db,
      known.map(({ row }) => row),
    ).then(
      () => known.map(({ resolve }) => resolve("duplicate")),
      (error) => known.map(({ reject }) => reject(error)),
    );
  }

  async function takeApart(batch: Waiting[]): Promise<void> {
    for (const one of batch) await recordOne(db, boss, one).then(one.resolve, one.reject);
  }

  return (row, job) =>
    new Promise((resolve, reject) => {
      waiting.push({ row, job, resolve, reject });
      if (busy) return;
      busy = true;
      setImmediate(next); // whoever comes in the same turn of the event loop shares the batch
    });
}

/** In the order of both unique keys, so that two processes with overlapping batches wait for one another instead of deadlocking. */
function takeBatch(waiting: Waiting[]): Waiting[] {
  let size = 0;
  let characters = 0;
  do {
    characters += waiting[size++]?.row.body.length ?? 0;
  } while (size < waiting.length && size < BATCH && characters < BATCH_CHARACTERS);
  return waiting
    .splice(0, size)
    .sort((a, b) => (a.row.messageId ?? 0) - (b.row.messageId ?? 0) || (a.row.deliveryId < b.row.deliveryId ? -1 : 1));
}

/** The same delivery id twice in one batch is one delivery. */
function takeOnce(batch: Waiting[], ids: Set<string>): Set<Waiting> {
  const taken = new Set<Waiting>();
  for (const one of batch) if (ids.delete(one.row.deliveryId)) taken.add(one);
  return taken;
}

/** Classes of SQLSTATE that can be one row's fault: data, constraint, a conflict with another transaction, limits. */
const ABOUT_ROWS = new Set(["22", "23", "40", "54"]);

/** Whether trying each row alone may save the others; a RangeError is a date that is none. */
function isAboutRows(error: unknown): boolean {
  return error instanceof pg.DatabaseError ? ABOUT_ROWS.has(error.code?.slice(0, 2) ?? "") : error instanceof RangeError;
}

/** One delivery and its job, in whatever state tables and queues are. */
async function recordOne(db: Kysely<Schema>, boss: PgBoss, { row, job }: Recording): Promise<"recorded" | "duplicate"> {
  return db.transaction().execute(async (trx) => {
    const inserted = await trx
      .insertInto("webhookDeliveries")
      .values({ ...row, fate: fateOf(row) })
      .onConflict((conflict) => conflict.doNothing())
      .returning("deliveryId")
      .executeTakeFirst();
    if (!inserted) await recordKnown(trx, [row]);
    else if (job) await jobsTable(trx, boss).send(job);
    return inserted ? "recorded" : "duplicate";
  });
}

/** The same message under another delivery id is kept as a duplicate; a repeated delivery id writes no row. */
async function recordKnown(db: Kysely<Schema>, rows: NewDelivery[]): Promise<void> {
  await db
    .insertInto("webhookDeliveries")
    .values(rows.map((row) => ({ ...row, outcome: "duplicate" as const, reason: "message_known", fate: null })))
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}
