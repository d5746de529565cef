import type { Passage } from "../../core/words.ts";

/** The passages of an index by small numbers, and which source they belong to. A text is kept once, as UTF-8 outside of the heap. */
export interface Shelf {
  /**
   * Takes a passage of `length` words in, at the end of its source, or unseen until its source is shown. Answers its number.
   * `order` are its words and those of its titles, as numbers.
   */
  put(passage: Passage, options: { language: string | null; length: number; order: Uint16Array; seen: boolean }): number;
  /** Makes these the passages of a source, in this order, at one moment. Answers those it had before, which are unseen now. */
  show(sourceId: string, numbers: number[]): number[];
  /** Gives up an unseen passage; its number is given out again. */
  drop(number: number): void;
  get(number: number): Passage | undefined;
  /** All of a passage but its text, which costs time to read. */
  head(number: number): Omit<Passage, "text"> | undefined;
  /** The seen passages of each source, in order. */
  sources(): ReadonlyMap<string, readonly number[]>;
  /** The seen passages of safety articles, ascending. */
  safety(): readonly number[];
  /** Words in each passage, and its language, by number. */
  lengths(): readonly number[];
  languages(): readonly (string | null | undefined)[];
  order(number: number): Uint16Array;
  /** Numbers of passages that must not be found. */
  unseen(): Iterable<number>;
  /** Passages that are seen. */
  size(): number;
  /** Passages whose words count, the unseen ones included, and all their words. */
  held(): { passages: number; words: number };
  /** One above the highest number in use. */
  room(): number;
}

interface Held extends Omit<Passage, "text"> {
  text: Buffer;
}

const NO_TITLES: string[] = [];
const NO_WORDS = new Uint16Array(0);

/** An empty shelf. */
export function createShelf(): Shelf {
  const held: (Held | undefined)[] = [];
  const languages: (string | null | undefined)[] = [];
  const lengths: number[] = [];
  const orders: Uint16Array[] = [];
  const bySource = new Map<string, number[]>();
  const unseen = new Set<number>();
  /** Numbers that were given up: sorted downwards before the first is given out, so that a source's passages have ascending ones. */
  const free: number[] = [];
  let sorted = true;
  const safety: number[] = [];
  let passages = 0;
  let words = 0;

  return {
    put(passage, { language, length, order, seen }) {
      if (!sorted) free.sort((a, b) => b - a);
      sorted = true;
      const number = free.pop() ?? held.length;
      const siblings = bySource.get(passage.sourceId);
      held[number] = heldOf(passage, held[siblings?.[0] ?? -1]);
      languages[number] = language;
      lengths[number] = length;
      orders[number] = order;
      passages += 1;
      words += length;
      if (!seen) unseen.add(number);
      else if (siblings) siblings.push(number);
      else bySource.set(passage.sourceId, [number]);
      if (seen && passage.safety) noteSafety([number]);
      return number;
    },
    show(sourceId, numbers) {
      const before = bySource.get(sourceId) ?? [];
      for (const number of before) unseen.add(number);
      for (const number of numbers) unseen.delete(number);
      if (numbers.length > 0) bySource.set(sourceId, numbers);
      else bySource.delete(sourceId);
      noteSafety(numbers.filter((number) => held[number]?.safety));
      return before.filter((number) => unseen.has(number));
    },
    drop(number) {
      unseen.delete(number);
      passages -= 1;
      words -= lengths[number] ?? 0;
      held[number] = undefined;
      languages[number] = undefined;
      lengths[number] = 0;
      orders[number] = NO_WORDS;
      free.push(number);
      sorted = false;
    },
    get(number) {
      const found = held[number];
      return found && { ...found, text: found.text.toString() };
    },
    head: (number) => held[number],
    sources: () => bySource,
    safety: () => safety,
    lengths: () => lengths,
    languages: () => languages,
    order: (number) => orders[number] ?? NO_WORDS,
    unseen: () => unseen,
    size: () => passages - unseen.size,
    held: () => ({ passages, words }),
    room: () => held.length,
  };

  function noteSafety(more: number[]): void {
    const seen = new Set([...safety, ...more].filter((number) => !unseen.has(number)));
    safety.splice(0, safety.length, ...[...seen].sort((a, b) => a - b));
  }
}

/** What a source's passages have in common is kept once. */
function heldOf(passage: Passage, sibling: Held | undefined): Held {
  const { sourceId, passageId, title, titlePath, text, url, updatedAt, safety } = passage;
  return {
    sourceId: sibling?.sourceId ?? sourceId,
    passageId,
    title: sibling?.title === title ? sibling.title : title,
    titlePath: titlePath.length === 0 ? NO_TITLES : titlePath,
    text: Buffer.from(text),
    url: sibling?.url === url ? sibling.url : url,
    updatedAt: sibling?.updatedAt?.getTime() === updatedAt?.getTime() ? (sibling?.updatedAt ?? updatedAt) : updatedAt,
    safety,
  };
}
