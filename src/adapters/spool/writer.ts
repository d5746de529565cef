import { type FileHandle, stat } from "node:fs/promises";
import { isGone, type Segment } from "./segment.ts";

/** Segments are deleted whole, so they should be small against the whole spool. */
const SEGMENT_BYTES = 16 * 1024 * 1024;

type Waiting = { line: Buffer; resolve: () => void; reject: (error: unknown) => void };

export type Writer = {
  /** Resolves when the line is on the disk to stay; while one sync runs the next lines gather, so that many share one. */
  append(line: Buffer): Promise<void>;
  /** Bytes that are not on the disk yet. */
  queuedBytes(): number;
  /** Whether the next lines go into this segment. */
  writesTo(segment: Segment): boolean;
  /** Ends the segment being written after what is under way; the next line begins another. */
  seal(): Promise<void>;
};

/** Appends lines to one segment after the other. `begin` makes the next one; `lost` hears of one that is empty, or ours no longer. */
export function createWriter({
  begin,
  lost,
}: {
  begin: () => Promise<{ segment: Segment; file: FileHandle }>;
  lost: (segment: Segment) => Promise<void>;
}): Writer {
  let active: { segment: Segment; file: FileHandle } | null = null;
  let queue: Waiting[] = [];
  let queuedBytes = 0;
  let last: Promise<void> = Promise.resolve();

  /** Runs one piece of work after the other; none of them rejects. */
  function inTurn(work: () => Promise<void>): Promise<void> {
    last = last.then(work);
    return last;
  }

  async function commit(): Promise<void> {
    const batch = queue;
    queue = [];
    const data = Buffer.concat(batch.map(({ line }) => line));
    try {
      await write(data, batch.length);
      for (const { resolve } of batch) resolve();
    } catch (error) {
      for (const { reject } of batch) reject(error);
    } finally {
      queuedBytes -= data.length;
    }
  }

  async function write(data: Buffer, records: number): Promise<void> {
    for (;;) {
      active ??= await begin();
      const { segment, file } = active;
      try {
        await file.appendFile(data);
        await file.datasync();
        await stat(segment.path);
        segment.size += data.length;
        segment.left += records;
        if (segment.size >= SEGMENT_BYTES) await end();
        return;
      } catch (error) {
        // What follows a write or a sync that failed cannot be trusted, so nothing does: the next record gets a new file.
        await end();
        if (isGone(error) || segment.size === 0) await lost(segment);
        // Its name is gone: a process that held us for dead has taken it, and may have read it before this was in it.
        if (!isGone(error)) throw error;
      }
    }
  }

  async function end(): Promise<void> {
    const file = active?.file;
    active = null;
    await file?.close().catch(() => {});
  }

  return {
    append: (line) =>
      new Promise((resolve, reject) => {
        queuedBytes += line.length;
        queue.push({ line, resolve, reject });
        if (queue.length === 1) void inTurn(commit);
      }),
    queuedBytes: () => queuedBytes,
    writesTo: (segment) => active?.segment === segment,
    seal: () => inTurn(end),
  };
}
