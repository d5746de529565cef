import type { Kysely } from "kysely";
import pg from "pg";
import type { PgBoss } from "pg-boss";
import type { NewDelivery, Store } from "../../ports/store.ts";
import { jobsTable } from "./jobs.ts";
import { fateOf, type Recording, recordBatch } from "./record-batch.ts";
import type { Schema } from "./tables.ts";

/** Deliveries that share one commit. Larger batches gain nothing (measured); smaller ones pay for the disk once each. */
const BATCH = 64;
/** So many that wait are a batch even while another is on its way: the database works while the rest of a burst is still being read. */
const EAGER_BATCH = 16;
/** Batches on their way at once: the server finds the next one when it has committed the last, without asking us. */
const ON_THEIR_WAY = 3;
/** A few large e-mails are a batch, too: here and in the server it is held in memory as a whole. */
const BATCH_CHARACTERS = 4 * 1024 * 1024;

interface Waiting extends Recording {
  resolve: (result: "recorded" | "duplicate") => void;
  reject: (error: unknown) => void;
}

/** `lane`: a pipelined connection for nothing else, so that no job of ours holds a delivery up; `db` and `boss` take what is unusual. */
export interface IngestOptions {
  lane: pg.Pool;
  db: Kysely<Schema>;
  boss: PgBoss;
}

/**
 * Records deliveries in batches: while one is being committed the next one gathers, so that many callers share one commit.
 * Nobody is answered before the commit. A batch that the database refuses is taken apart, so that one bad row refuses only itself.
 */
export function createIngest({ lane, db, boss }: IngestOptions): Store["ingest"] {
  const waiting: Waiting[] = [];
  const connection = shared(lane);
  let running = 0;
  let planned = false;

  /** Whoever comes in the same turn of the event loop shares the batch, unless there are enough of them before. */
  function plan(): void {
    if (running < ON_THEIR_WAY && waiting.length >= EAGER_BATCH) return void run();
    if (running > 0 || planned) return;
    planned = true;
    setImmediate(() => {
      planned = false;
      if (running === 0 && waiting.length > 0) void run();
    });
  }

  async function run(): Promise<void> {
    running += 1;
    const batch = takeBatch(waiting);
    try {
      const ids = await connection((client) => recordBatch(client, batch));
      end(); // the database has work again before the answers are written
      void answer(batch, takeOnce(batch, ids));
    } catch (error) {
      if (isAboutRows(error)) await takeApart(batch);
      else for (const one of batch) one.reject(error);
      end();
    }
  }

  function end(): void {
    running -= 1;
    if (waiting.length > 0 && (running === 0 || waiting.length >= EAGER_BATCH)) void run();
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
      plan();
    });
}

/** All that is on its way goes over one connection, in the order of its coming; that one is given back when nothing is. */
function shared(lane: pg.Pool): <T>(work: (client: pg.PoolClient) => Promise<T>) => Promise<T> {
  let users = 0;
  let lent: Promise<pg.PoolClient> | undefined;
  return async (work) => {
    lent ??= lane.connect();
    const mine = lent;
    users += 1;
    try {
      return await work(await mine);
    } finally {
      users -= 1;
      if (users === 0) {
        lent = undefined;
        mine.then((client) => client.release()).catch(() => {}); // whoever waited for it was told why it did not come
      }
    }
  };
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
