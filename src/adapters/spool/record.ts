import { open } from "node:fs/promises";
import { crc32 } from "node:zlib";
import type { NewJob } from "../../ports/jobs.ts";
import type { NewDelivery } from "../../ports/store.ts";

/** A delivery that waits on disk for the database, with the job it will cause. */
export type SpoolRecord = { row: NewDelivery; job: NewJob | null };

/** A line of a segment: its place in bytes, and what stands there. `record` is null when it is settled, or damaged. */
export type Line = { start: number; length: number; record: SpoolRecord | null; damaged: boolean };

/** Overwrites the checksum of a record that is over, so that nobody drains it again after a restart. */
export const SETTLED = Buffer.from("--------");

const NEWLINE = 0x0a;
const CHECKSUM_LENGTH = 8;
const BLOCK_BYTES = 1024 * 1024;

/** A record as one line: eight hex digits of CRC-32, a blank, JSON. JSON escapes line breaks, so a line's end is a record's end. */
export function toLine({ row, job }: SpoolRecord): Buffer {
  const json = Buffer.from(JSON.stringify({ row, job }));
  return Buffer.concat([Buffer.from(`${checksumOf(json)} `), json, Buffer.from([NEWLINE])]);
}

/**
 * Reads whole lines between two offsets of a file, at most `limit` of them and about a megabyte, and says where to go on.
 * What follows the last line's end is a record whose writing was cut off (`torn`); nobody was told that it was kept.
 */
export async function readLines(
  path: string,
  from: number,
  to: number,
  limit: number,
): Promise<{ lines: Line[]; next: number; torn: boolean }> {
  const file = await open(path, "r");
  try {
    for (let want = BLOCK_BYTES; ; want *= 4) {
      const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(Math.min(want, to - from)), 0, null, from);
      const block = buffer.subarray(0, bytesRead);
      const isEnd = from + bytesRead >= to || bytesRead === 0;
      const lines = linesOf(block, from, limit);
      const last = lines.at(-1);
      if (last) return { lines, next: last.start + last.length, torn: false };
      if (isEnd) return { lines, next: to, torn: bytesRead > 0 };
    }
  } finally {
    await file.close();
  }
}

/** Reads one line again; null when it is settled or damaged by now. */
export async function readLine(path: string, { start, length }: Pick<Line, "start" | "length">): Promise<SpoolRecord | null> {
  const { lines } = await readLines(path, start, start + length, 1);
  return lines[0]?.record ?? null;
}

function linesOf(block: Buffer, offset: number, limit: number): Line[] {
  const lines: Line[] = [];
  let start = 0;
  while (lines.length < limit) {
    const end = block.indexOf(NEWLINE, start);
    if (end < 0) break;
    lines.push({ start: offset + start, length: end + 1 - start, ...read(block.subarray(start, end)) });
    start = end + 1;
  }
  return lines;
}

function read(line: Buffer): Pick<Line, "record" | "damaged"> {
  const checksum = line.subarray(0, CHECKSUM_LENGTH);
  if (checksum.equals(SETTLED)) return { record: null, damaged: false };
  const json = line.subarray(CHECKSUM_LENGTH + 1);
  if (checksum.toString("latin1") !== checksumOf(json)) return { record: null, damaged: true };
  const { row, job } = JSON.parse(json.toString("utf8")) as SpoolRecord;
  return { record: { row: withDates(row), job }, damaged: false };
}

function withDates(row: NewDelivery): NewDelivery {
  return { ...row, receivedAt: new Date(row.receivedAt), messageAt: row.messageAt && new Date(row.messageAt) };
}

function checksumOf(json: Buffer): string {
  return crc32(json).toString(16).padStart(CHECKSUM_LENGTH, "0");
}
