import { chmod, mkdir, open } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Log } from "../../ports.ts";
import { readLine, readLines, SETTLED, type SpoolRecord, toLine } from "./record.ts";
import { giveUp, isGone, lookAround, makeSegment, newOwner, remove, type Segment, takeOver, touch } from "./segment.ts";
import { createWriter } from "./writer.ts";

/** Where a record that was handed out stands. */
export type Place = { segment: Segment; start: number; length: number };

/** A record that was handed out. */
export type Entry = Place & { record: SpoolRecord };

/** Deliveries on disk that the database could not take. */
export interface Spool {
  /** Resolves when the record is on the disk to stay. Rejects when it is not: the spool or the disk is full, or not writable. */
  append(record: SpoolRecord): Promise<void>;
  /** The oldest records that were not handed out yet, in order: at most 64, about a megabyte. */
  take(): Promise<Entry[]>;
  /** A record that was handed out, once more; null when its segment is ours no longer. */
  reread(place: Place): Promise<SpoolRecord | null>;
  /** These are over, also after a restart. */
  settle(places: Place[]): Promise<void>;
  /** Records that wait here, bytes on disk (other processes' included), and whether `append` can be expected to work. */
  state(): { waiting: number; bytes: number; writable: boolean };
  /** Leaves what waits to whichever process comes next. */
  close(): Promise<void>;
}

export type SpoolOptions = {
  directory: string;
  /** Bytes that all processes using the directory may fill together, roughly: each knows what the others had a second ago. */
  maxBytes?: number;
  log: Log;
  /** Who has not touched their segments for so long is taken for dead, and others take them over. Being wrong costs only work. */
  staleAfterMs?: number;
};

const GIB = 1024 ** 3;
/** As many as share one commit of the database. */
const TAKEN_AT_ONCE = 64;
/** Enough to meet a full disk. */
const PROBE = Buffer.alloc(64 * 1024);

/**
 * Opens the spool of a directory, with what earlier processes left in it; several processes may use one directory. One that cannot be
 * written to is no error: `state` says so, and it is tried again every second.
 */
export async function openSpool({ directory: given, maxBytes = GIB, log, staleAfterMs = 5_000 }: SpoolOptions): Promise<Spool> {
  const directory = resolve(given);
  const owner = newOwner();
  const segments: Segment[] = []; // oldest first
  const notOurs = new Set<string>(); // names of segments that we are not allowed to take over
  let othersBytes = 0;
  let healthy = true;

  const writer = createWriter({
    async begin() {
      const made = await makeSegment(directory, owner);
      segments.push(made.segment);
      return made;
    },
    lost: discard,
  });

  const bytes = () => segments.reduce((sum, { size }) => sum + size, othersBytes) + writer.queuedBytes();

  function ailing(error: unknown): void {
    if (healthy) log.error({ err: error, directory }, "the spool cannot be used: look whether its disk is full and its directory writable");
    healthy = false;
  }

  function forget(segment: Segment): void {
    if (segments.includes(segment)) segments.splice(segments.indexOf(segment), 1);
  }

  async function discard(segment: Segment): Promise<void> {
    forget(segment);
    await remove(segment.path).catch((error) =>
      log.warn({ err: error, file: segment.path }, "a drained part of the spool cannot be deleted"),
    );
  }

  async function append(record: SpoolRecord): Promise<void> {
    const line = toLine(record);
    if (bytes() + line.length > maxBytes)
      throw new Error(`The spool in ${directory} is full (${maxBytes} bytes): bring the database back.`);
    try {
      await writer.append(line);
      healthy = true;
    } catch (error) {
      ailing(error);
      throw error;
    }
  }

  async function take(): Promise<Entry[]> {
    for (;;) {
      const segment = segments.find(({ readTo, size, unreadable }) => readTo < size && !unreadable);
      if (!segment) return [];
      if (writer.writesTo(segment)) await writer.seal();
      const entries = await takeFrom(segment).catch((error) => lose(segment, error));
      if (entries && entries.length > 0) return entries;
      await discardIfDone(segment);
    }
  }

  async function takeFrom(segment: Segment): Promise<Entry[]> {
    const about = { file: segment.path, offset: segment.readTo };
    const { lines, next, torn } = await readLines(segment.path, segment.readTo, segment.size, TAKEN_AT_ONCE);
    if (torn) log.warn(about, "the last record of a spool file was cut off while it was written; nobody was told that it was kept");
    if (lines.some(({ damaged }) => damaged)) log.error(about, "a damaged record in the spool is passed over");
    const entries = lines.flatMap(({ start, length, record }) => (record ? [{ segment, start, length, record }] : []));
    for (const { start } of entries) segment.taken.add(start);
    segment.readTo = next;
    segment.left -= lines.length - entries.length;
    return entries;
  }

  function lose(segment: Segment, error: unknown): null {
    if (isGone(error)) forget(segment);
    else {
      segment.unreadable = true;
      log.error({ err: error, file: segment.path }, "a part of the spool cannot be read; it stays, and the next start tries again");
    }
    return null;
  }

  async function settle(places: Place[]): Promise<void> {
    for (const [segment, own] of Map.groupBy(places, (place) => place.segment)) {
      for (const { start } of own) if (segment.taken.delete(start)) segment.left -= 1;
      await discardIfDone(segment);
      if (segments.includes(segment)) await mark(segment, own);
    }
  }

  async function discardIfDone(segment: Segment): Promise<void> {
    const { readTo, size, taken, unreadable } = segment;
    if (readTo >= size && taken.size === 0 && !unreadable && !writer.writesTo(segment)) await discard(segment);
  }

  async function mark(segment: Segment, places: Place[]): Promise<void> {
    try {
      const file = await open(segment.path, "r+");
      await Promise.all(places.map(({ start }) => file.write(SETTLED, 0, SETTLED.length, start))).finally(() => file.close());
    } catch (error) {
      if (!isGone(error)) log.warn({ err: error, file: segment.path }, "the spool cannot note what was drained; a restart drains it again");
    }
  }

  /** Shows that we live, takes over what dead processes left, and looks whether a disk that refused takes something again. */
  async function tend(): Promise<void> {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    for (const segment of [...segments]) await touch(segment.path).catch((error) => isGone(error) && forget(segment));
    const { stale, bytes } = await lookAround(directory, owner, staleAfterMs);
    othersBytes = bytes;
    for (const name of stale) if (!notOurs.has(name)) await adopt(name);
    if (!healthy) await probe();
  }

  async function adopt(name: string): Promise<void> {
    try {
      const segment = await takeOver(directory, name, owner);
      if (!segment) return;
      segments.push(segment);
      segments.sort((a, b) => (a.path < b.path ? -1 : 1));
      log.info({ file: segment.path, waiting: segment.left }, "took over deliveries that another process had spooled");
      await discardIfDone(segment);
    } catch (error) {
      notOurs.add(name);
      log.error({ err: error, file: join(directory, name) }, "a part of the spool cannot be taken over: look at its owner and permissions");
    }
  }

  async function probe(): Promise<void> {
    const path = join(directory, `${owner}.probe`);
    try {
      const file = await open(path, "w", 0o600);
      await file.writeFile(PROBE).finally(() => file.close());
      healthy = true;
    } finally {
      await remove(path);
    }
  }

  await tend().then(probe).catch(ailing);
  await chmod(directory, 0o700).catch(() => {});
  let tending: Promise<void> | undefined;
  const everySecond = setInterval(
    () => {
      tending ??= tend()
        .catch(ailing)
        .finally(() => {
          tending = undefined;
        });
    },
    Math.max(10, staleAfterMs / 5),
  ).unref();

  return {
    append,
    take,
    settle,
    reread: ({ segment, start, length }) => readLine(segment.path, { start, length }).catch((error) => lose(segment, error)),
    state: () => ({
      waiting: segments.reduce((sum, { left }) => sum + left, 0),
      bytes: bytes(),
      writable: healthy && bytes() < maxBytes,
    }),
    async close() {
      clearInterval(everySecond);
      await tending;
      await writer.seal();
      for (const { path } of segments) await giveUp(path).catch(() => {});
    },
  };
}
