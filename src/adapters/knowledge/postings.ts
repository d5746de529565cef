/** Which passages hold a word, and how often: growable typed arrays that all words share, so that a rare word costs a few bytes. */
export interface Postings {
  /** Adds a passage with the words it holds. Any number may be taken that is not in use. Counts are whole, at most 65,535. */
  put(passage: number, counts: ReadonlyMap<string, number>): void;
  /** Takes a passage out again; the words must be those that it was put with. */
  take(passage: number, words: Iterable<string>): void;
  /** Ascending passages and beside each its count, to be read before anything changes; undefined for a word that nobody holds. */
  get(word: string): Posting | undefined;
  has(word: string): boolean;
  /** How many passages hold a word. */
  held(word: string): number;
  /** How many passages hold the commonest word that more than one holds. */
  mostHeld(): number;
  holds(word: string, passage: number): boolean;
}

export interface Posting {
  passages: Uint32Array;
  counts: Uint16Array;
}

/** Told of words that come to be known and cease to be. */
export interface Listener {
  add(word: string): void;
  remove(word: string): void;
}

/** Postings in a chunk, as a power of two. Chunks come one by one, since growing one large array would need it twice at the same time. */
const CHUNK_BITS = 16;
const IN_CHUNK = (1 << CHUNK_BITS) - 1;
const FIRST_ROOM = 1 << 12;
const MOST_COUNT = 65_535;

/**
 * An empty one. Each word owns a slot, a power of two wide, with its passages in ascending order; a full slot is left for one twice as wide,
 * and what was left is taken by the next word that needs this width.
 */
export function createPostings(listener: Listener): Postings {
  const ids = new Map<string, number>();
  const idsLeft: number[] = [];
  let starts = new Uint32Array(FIRST_ROOM);
  let lengths = new Uint32Array(FIRST_ROOM);
  let widths = new Uint8Array(FIRST_ROOM);
  const chunks: Posting[] = [];
  let used = IN_CHUNK + 1; // of the last chunk
  const slotsLeft: number[][] = [];
  let most: number | null = 0;

  return {
    put(passage, words) {
      for (const [word, count] of words) insert(idOf(word), passage, count);
    },
    take(passage, words) {
      for (const word of words) removeFrom(word, passage);
    },
    get(word) {
      const id = ids.get(word);
      if (id === undefined) return undefined;
      const { passages, counts, start, end } = slotOf(id);
      return { passages: passages.subarray(start, end), counts: counts.subarray(start, end) };
    },
    has: (word) => ids.has(word),
    held: (word) => lengths[ids.get(word) ?? -1] ?? 0,
    mostHeld() {
      most ??= lengths.subarray(0, ids.size + idsLeft.length).reduce((highest, length) => Math.max(highest, length), 0);
      return most > 1 ? most : 0;
    },
    holds(word, passage) {
      const id = ids.get(word);
      return id !== undefined && placeOf(slotOf(id), passage).found;
    },
  };

  function slotOf(id: number): Slot {
    const at = starts[id] ?? 0;
    const { passages, counts } = chunks[at >>> CHUNK_BITS] as Posting;
    const start = at & IN_CHUNK;
    return { passages, counts, start, end: start + (lengths[id] ?? 0) };
  }

  function idOf(word: string): number {
    const known = ids.get(word);
    if (known !== undefined) return known;
    const own = ownCopy(word);
    const id = idsLeft.pop() ?? ids.size;
    if (id >= starts.length) {
      starts = grown(starts);
      lengths = grown(lengths);
      widths = grown(widths);
    }
    ids.set(own, id);
    starts[id] = freeSlot(0);
    lengths[id] = 0;
    widths[id] = 0;
    listener.add(own);
    return id;
  }

  function insert(id: number, passage: number, count: number): void {
    if (lengths[id] === 1 << (widths[id] ?? 0)) widen(id);
    const slot = slotOf(id);
    const { passages, counts, start, end } = slot;
    const place = start === end || (passages[end - 1] ?? 0) < passage ? end : placeOf(slot, passage).place;
    if (place < end) {
      passages.copyWithin(place + 1, place, end);
      counts.copyWithin(place + 1, place, end);
    }
    passages[place] = passage;
    counts[place] = Math.min(count, MOST_COUNT);
    const length = end - start + 1;
    lengths[id] = length;
    if (most !== null && length > most) most = length;
  }

  function removeFrom(word: string, passage: number): void {
    const id = ids.get(word);
    if (id === undefined) return;
    const slot = slotOf(id);
    const { passages, counts, start, end } = slot;
    const { place, found } = placeOf(slot, passage);
    if (!found) return;
    if (end - start === most) most = null; // counted anew when asked for
    passages.copyWithin(place, place + 1, end);
    counts.copyWithin(place, place + 1, end);
    lengths[id] = end - start - 1;
    if (end - start > 1) return;
    leave(widths[id] ?? 0, starts[id] ?? 0);
    ids.delete(word);
    idsLeft.push(id);
    listener.remove(word);
  }

  function widen(id: number): void {
    const { passages, counts, start, end } = slotOf(id);
    const width = (widths[id] ?? 0) + 1;
    const wider = freeSlot(width);
    leave(widths[id] ?? 0, starts[id] ?? 0);
    starts[id] = wider;
    widths[id] = width;
    const now = slotOf(id);
    now.passages.set(passages.subarray(start, end), now.start);
    now.counts.set(counts.subarray(start, end), now.start);
  }

  function freeSlot(width: number): number {
    const left = slotsLeft[width]?.pop();
    if (left !== undefined) return left;
    const size = 1 << width;
    if (used + size > IN_CHUNK + 1) {
      leaveRest();
      const room = Math.max(size, IN_CHUNK + 1);
      chunks.push({ passages: new Uint32Array(room), counts: new Uint16Array(room) });
      used = 0;
    }
    const start = ((chunks.length - 1) << CHUNK_BITS) + used;
    used += size;
    return start;
  }

  /** What is left of a chunk is a sum of slots, the narrow ones first. */
  function leaveRest(): void {
    for (let width = 0; used <= IN_CHUNK; width++) {
      if ((used & (1 << width)) === 0) continue;
      leave(width, ((chunks.length - 1) << CHUNK_BITS) + used);
      used += 1 << width;
    }
  }

  function leave(width: number, start: number): void {
    const left = slotsLeft[width];
    if (left) left.push(start);
    else slotsLeft[width] = [start];
  }
}

interface Slot extends Posting {
  start: number;
  end: number;
}

/** Where a passage stands in a slot, or would stand. */
function placeOf({ passages, start, end }: Slot, passage: number): { place: number; found: boolean } {
  let low = start;
  let high = end;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((passages[middle] ?? 0) < passage) low = middle + 1;
    else high = middle;
  }
  return { place: low, found: low < end && passages[low] === passage };
}

function grown<T extends Uint8Array | Uint32Array>(array: T): T {
  const larger = new (array.constructor as new (length: number) => T)(2 * array.length);
  larger.set(array);
  return larger;
}

/** A long word cut out of a text keeps the whole text in memory (in V8 from 13 characters on), its copy does not. */
function ownCopy(word: string): string {
  return word.length < 13 ? word : Buffer.from(word).toString();
}
