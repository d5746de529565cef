import { Problem } from "../../core/problem.ts";
import type { NewJob } from "../../ports/jobs.ts";
import type { NewDelivery, Store } from "../../ports/store.ts";
import type { Clock, Log } from "../../ports.ts";
import { createDrain } from "./drain.ts";
import { reasonOf } from "./failures.ts";
import type { SpoolRecord } from "./record.ts";
import type { Spool } from "./spool.ts";
import { createStanding } from "./standing.ts";

export type SpooledIngestOptions = {
  /** The database's own. */
  ingest: Store["ingest"];
  /** Keeps for people what the database refused. After a crash it may be asked again for the same delivery, and must not mind. */
  setAside: (record: SpoolRecord, reason: string) => Promise<void>;
  spool: Spool;
  log: Log;
  clock?: Clock;
  /** Chatwoot hangs up after 5 s; what the database has not taken by now goes to the disk. */
  answerWithinMs?: number;
  /** Between two tries while the database is away. */
  pollMs?: number;
  /** Between two tries of a record that the database refused. */
  retryMs?: number;
};

export type SpooledIngest = {
  ingest: Store["ingest"];
  state: Spool["state"];
  /** Begins to drain: once the tables are there. */
  start(): void;
  /** Ends draining, within `answerWithinMs`; close the spool and the database afterwards. */
  stop(): Promise<void>;
};

/** Deliveries that may wait for a database that is away, so that they do not fill the memory when the disk is full, too. */
const MOST_IN_DOUBT = 64;

/**
 * An `ingest` that also takes deliveries when the database cannot: they go to the disk, and from there into the database when it is back.
 * Rejects with Problem `unavailable` when neither can take it. What was spooled is answered "recorded".
 */
export function createSpooledIngest({
  ingest,
  setAside,
  spool,
  log,
  clock = { now: () => new Date() },
  answerWithinMs = 3_000,
  pollMs = 1_000,
  retryMs = 60_000,
}: SpooledIngestOptions): SpooledIngest {
  const standing = createStanding(log);
  const drain = createDrain({ ingest, setAside, spool, standing, log, clock, pollMs, retryMs });
  let inDoubt = 0; // calls of the database whose end is open

  /** While the database is away nobody waits for it, unless the disk takes nothing either. */
  async function take(row: NewDelivery, job: NewJob | null): Promise<"recorded" | "duplicate"> {
    const toDisk = () => spool.append({ row, job }).then(() => "recorded" as const);
    const toDatabase = () => record(row, job);
    const [first, second] = standing.isAway() ? [toDisk, toDatabase] : [toDatabase, toDisk];
    return first()
      .catch(second)
      .catch((cause) => {
        throw new Problem("unavailable", "Neither database nor disk can take the delivery now.", { cause, retryAfterSeconds: 5 });
      });
  }

  async function record(row: NewDelivery, job: NewJob | null): Promise<"recorded" | "duplicate"> {
    if (standing.isAway() && inDoubt >= MOST_IN_DOUBT) throw new Error("The database is away, and enough deliveries wait for it.");
    inDoubt += 1;
    const asked = ingest(row, job).finally(() => {
      inDoubt -= 1;
    });
    try {
      const result = await within(answerWithinMs, asked);
      standing.noteRecorded();
      return result;
    } catch (error) {
      if (standing.noteFailure(error) !== "away") {
        log.warn({ delivery_id: row.deliveryId, reason: reasonOf(error) }, "a delivery goes to the spool and is tried again");
      }
      throw error;
    }
  }

  return {
    ingest: take,
    state: spool.state,
    start: drain.start,
    stop: () => within(answerWithinMs, drain.stop()).catch((error) => log.warn({ err: error }, "left the spool in the middle of a batch")),
  };
}

/** Rejects when the promise has not settled in time; what becomes of it later is nobody's business. */
function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`There was no answer within ${ms} ms.`)), ms);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
