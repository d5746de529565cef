/** A stream of chance that is the same for the same seed and name. */
export interface Dice {
  /** 0 ≤ x < 1. */
  next(): number;
  /** A whole number, both ends included. */
  int(from: number, to: number): number;
  chance(share: number): boolean;
  pick<T>(list: readonly T[]): T;
  /** A word that occurs nowhere else: what carries it is found wherever it turns up. */
  nonce(): string;
}

/** Every nonce word has this shape, so that one look finds any of them. */
export const NONCE = /qz[0-9a-z]{14}zq/g;

/** Each part of a run has a stream of its own, so that what one does more or less of changes nothing of the others. */
export function diceOf(seed: number, stream: string): Dice {
  let state = hash(`${seed}:${stream}`);
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  const int = (from: number, to: number) => from + Math.floor(next() * (to - from + 1));
  return {
    next,
    int,
    chance: (share) => next() < share,
    pick: (list) => list[int(0, list.length - 1)] as (typeof list)[number],
    nonce: () => `qz${Array.from({ length: 14 }, () => int(0, 35).toString(36)).join("")}zq`,
  };
}

/** FNV-1a. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const char of text) value = Math.imul(value ^ (char.codePointAt(0) ?? 0), 0x01000193);
  return value | 0;
}
