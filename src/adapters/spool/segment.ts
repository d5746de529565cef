import { randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, open, readdir, rename, stat, unlink, utimes } from "node:fs/promises";
import { join } from "node:path";

/** A file of records that this process owns. Offsets and sizes in bytes; `size` counts what is known to be on the disk. */
export type Segment = {
  path: string;
  size: number;
  /** Up to here its records were handed out. */
  readTo: number;
  /** Records in it that are not settled. */
  left: number;
  /** Starts of the records that were handed out and not settled. */
  taken: Set<number>;
  /** It cannot be read now; it stays for the next process, or for a person. */
  unreadable: boolean;
};

/**
 * `time-creator.owner-nonce.segment`: by name they stand in the order of their making, whoever owns them by now. The nonce is new with each
 * owner, so that no name comes again: one that exists tells its owner that nobody has taken the segment, nor taken it and lost it back.
 */
const NAME = /^(\d{14}-[0-9a-f]{8})\.([0-9a-f]{8})-[0-9a-f]{8}\.segment$/;

/** A process tells that it lives by touching its segments; one it gave up gets this time. */
const GIVEN_UP = new Date(0);

let newest = 0;

/** The name by which a process owns segments: new with every start, for a process number may come again or mean another machine's. */
export const newOwner = (): string => randomBytes(4).toString("hex");

const nameOf = (made: string, owner: string): string => `${made}.${owner}-${randomBytes(4).toString("hex")}.segment`;

/** Makes an empty segment, for its owner's eyes only; its name is on the disk when this resolves. */
export async function makeSegment(directory: string, owner: string): Promise<{ segment: Segment; file: FileHandle }> {
  newest = Math.max(newest + 1, Date.now());
  const path = join(directory, nameOf(`${String(newest).padStart(14, "0")}-${owner}`, owner));
  const file = await open(path, "ax", 0o600);
  try {
    await syncDirectory(directory);
  } catch (error) {
    await file.close();
    throw error;
  }
  return { segment: { path, size: 0, readTo: 0, left: 0, taken: new Set(), unreadable: false }, file };
}

/** The segments of other processes: those that nobody has touched for `staleAfterMs`, and the bytes of the rest. */
export async function lookAround(directory: string, owner: string, staleAfterMs: number): Promise<{ stale: string[]; bytes: number }> {
  const stale: string[] = [];
  let bytes = 0;
  for (const name of (await readdir(directory)).sort()) {
    const owned = NAME.exec(name)?.[2];
    if (!owned || owned === owner) continue;
    const found = await stat(join(directory, name)).catch(() => null);
    if (!found) continue;
    if (Math.abs(Date.now() - found.mtimeMs) >= staleAfterMs) stale.push(name);
    else bytes += found.size;
  }
  return { stale, bytes };
}

/**
 * Takes another process's segment; null when a third one was faster. The name changes hands atomically. Should the old owner live after
 * all, it finds the name gone after its next write and writes that again elsewhere: what it wrote before the name went, we read.
 */
export async function takeOver(directory: string, name: string, owner: string): Promise<Segment | null> {
  const from = join(directory, name);
  const path = join(directory, nameOf(NAME.exec(name)?.[1] ?? "", owner));
  try {
    await touch(from);
    await rename(from, path);
    const { size } = await stat(path);
    return { path, size, readTo: 0, left: await countLines(path, size), taken: new Set(), unreadable: false };
  } catch (error) {
    if (isGone(error)) return null;
    throw error;
  }
}

/** Tells other processes that this segment's owner lives. Throws ENOENT when it is ours no longer. */
export async function touch(path: string): Promise<void> {
  const now = new Date();
  await utimes(path, now, now);
}

/** Leaves a segment to whoever comes first. */
export async function giveUp(path: string): Promise<void> {
  await utimes(path, GIVEN_UP, GIVEN_UP);
}

/** Deletes a file that may be gone already. */
export async function remove(path: string): Promise<void> {
  await unlink(path).catch((error) => {
    if (!isGone(error)) throw error;
  });
}

/** Whether an error says that there is no such file. */
export const isGone = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === "ENOENT";

async function countLines(path: string, size: number): Promise<number> {
  if (size === 0) return 0;
  let count = 0;
  for await (const block of createReadStream(path, { end: size - 1 })) {
    for (let at = block.indexOf(0x0a); at >= 0; at = block.indexOf(0x0a, at + 1)) count += 1;
  }
  return count;
}

/** A new file survives a power cut only when its folder does; Windows keeps folders by itself and has no such call. */
async function syncDirectory(directory: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(directory, "r");
  await handle.sync().finally(() => handle.close());
}
