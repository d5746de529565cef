import type { Store } from "../../ports/store.ts";
import type { Clock, Log } from "../../ports.ts";
import { reasonOf, type Verdict } from "./failures.ts";
import type { SpoolRecord } from "./record.ts";
import type { Entry, Place, Spool } from "./spool.ts";
import type { Standing } from "./standing.ts";

/** Answers of the database that a record cannot be stored, before people get it. */
const TRIES = 3;
const RETRIED_AT_ONCE = 64;

export type DrainOptions = {
  ingest: Store["ingest"];
  setAside: (record: SpoolRecord, reason: string) => Promise<void>;
  spool: Spool;
  standing: Standing;
  log: Log;
  clock: Clock;
  pollMs: number;
  retryMs: number;
};

/** How an attempt ended: null when it is recorded. */
type End = { verdict: Verdict; reason: string } | null;

/** A record that the database answered it cannot store: answers that counted, how many others it had recorded by then, when to try again. */
type Failed = { tries: number; recordedThen: number; dueAt: number };

/**
 * Moves what the spool holds into the database, oldest first. While the database is away it is tried for every `pollMs`, without limit. A
 * record that the database itself refuses waits `retryMs` between tries, holds up nobody, and goes to people after the third.
 */
export function createDrain({ ingest, setAside, spool, standing, log, clock, pollMs, retryMs }: DrainOptions) {
  const failed = new Map<Place, Failed>(); // in the order of their coming
  let next: Entry[] = [];
  let stopping = false;
  let wait: { timer: NodeJS.Timeout; over: () => void } | undefined;
  let running: Promise<void> | undefined;

  async function run(): Promise<void> {
    while (!stopping) {
      try {
        while (!stopping && (await step()));
      } catch (error) {
        log.error({ err: error }, "draining the spool failed; it is tried again");
      }
      if (!stopping) await pause();
    }
  }

  /** One batch; false when there is nothing to do, or no use in going on now. */
  async function step(): Promise<boolean> {
    if (next.length === 0) next = await spool.take();
    return next.length > 0 ? offerNext() : retryFailed();
  }

  /** Offers the oldest, all at once so that they share a commit. Whether the database is there again is tried with one. */
  async function offerNext(): Promise<boolean> {
    const offered = standing.isAway() ? next.slice(0, 1) : next;
    const recordedThen = standing.recorded();
    const ends = await Promise.all(offered.map(async (entry) => ({ entry, end: await attempt(entry.record) })));
    const done = ends.filter(({ end }) => end === null);
    const kept = ends.filter(({ end }) => end?.verdict === "away");
    await spool.settle(done.map(({ entry }) => entry));
    for (const { entry, end } of ends) {
      if (end && end.verdict !== "away") failed.set(placeOf(entry), after(end, { tries: 0, recordedThen }));
    }
    next = [...kept.map(({ entry }) => entry), ...next.slice(offered.length)];
    return kept.length === 0 && (done.length > 0 || ends.every(({ end }) => end?.verdict === "refused"));
  }

  async function retryFailed(): Promise<boolean> {
    const now = clock.now().getTime();
    const ripe = [...failed].filter(([, { dueAt }]) => dueAt <= now).slice(0, RETRIED_AT_ONCE);
    let over = 0;
    for (const [place, past] of ripe) {
      if (stopping) return false;
      const record = await spool.reread(place);
      const end = record && (await attempt(record));
      if (end?.verdict === "away") return false;
      if (record && end) failed.set(place, after(end, past));
      if (record && end && !(await isGivenToPeople(place, record, end.reason))) continue;
      await spool.settle([place]);
      failed.delete(place);
      over += 1;
    }
    return over > 0;
  }

  /** An answer counts when it is about this delivery: by its code, or because the database has recorded others meanwhile. */
  function after({ verdict }: { verdict: Verdict }, { tries, recordedThen }: Pick<Failed, "tries" | "recordedThen">): Failed {
    const recorded = standing.recorded();
    const counts = verdict === "refused" || recorded > recordedThen;
    return { tries: counts ? tries + 1 : tries, recordedThen: recorded, dueAt: clock.now().getTime() + retryMs };
  }

  async function isGivenToPeople(place: Place, record: SpoolRecord, reason: string): Promise<boolean> {
    if ((failed.get(place)?.tries ?? 0) < TRIES) return false;
    const about = { delivery_id: record.row.deliveryId, reason };
    try {
      await setAside(record, reason);
      log.error(about, "the database refused a delivery three times; it is a dead letter now");
      return true;
    } catch (error) {
      log.error({ ...about, err: error }, "a refused delivery could not become a dead letter; it stays in the spool and is tried again");
      return false;
    }
  }

  async function attempt({ row, job }: SpoolRecord): Promise<End> {
    try {
      await ingest(row, job);
      standing.noteRecorded();
      return null;
    } catch (error) {
      return { verdict: standing.noteFailure(error), reason: reasonOf(error) };
    }
  }

  function pause(): Promise<void> {
    return new Promise((over) => {
      wait = { over, timer: setTimeout(over, pollMs).unref() };
    });
  }

  return {
    start(): void {
      running ??= run();
    },
    /** Begins nothing more; resolves when what is under way has ended. */
    async stop(): Promise<void> {
      stopping = true;
      clearTimeout(wait?.timer);
      wait?.over();
      await running;
    },
  };
}

/** Without the record, whose body may be large. */
function placeOf({ segment, start, length }: Entry): Place {
  return { segment, start, length };
}
