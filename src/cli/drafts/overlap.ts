import { fold } from "../../core/language.ts";

/** What a text has in common with a reference, as harmonic means of precision and recall, 0..1: `tokenF1` in words, `rougeL` in words in the same order. */
export function overlapOf(text: string, reference: string): { tokenF1: number; rougeL: number } {
  const [ours, theirs] = [wordsOf(text), wordsOf(reference)];
  return { tokenF1: harmonic(shared(ours, theirs), ours, theirs), rougeL: harmonic(longestInOrder(ours, theirs), ours, theirs) };
}

const MOST_WORDS = 2_000;

const wordsOf = (text: string): string[] => (fold(text).match(/[\p{L}\p{N}]+/gu) ?? []).slice(0, MOST_WORDS);

const harmonic = (common: number, one: string[], other: string[]): number =>
  one.length + other.length === 0 ? 0 : (2 * common) / (one.length + other.length);

function shared(one: string[], other: string[]): number {
  const left = new Map<string, number>();
  for (const word of other) left.set(word, (left.get(word) ?? 0) + 1);
  let common = 0;
  for (const word of one) {
    const count = left.get(word) ?? 0;
    if (count === 0) continue;
    common += 1;
    left.set(word, count - 1);
  }
  return common;
}

/** Length of the longest common subsequence (Lin 2004: ROUGE-L). */
function longestInOrder(one: string[], other: string[]): number {
  let before = new Array<number>(other.length + 1).fill(0);
  for (const word of one) {
    const row = [0];
    for (const [place, theirs] of other.entries())
      row.push(word === theirs ? (before[place] ?? 0) + 1 : Math.max(before[place + 1] ?? 0, row[place] ?? 0));
    before = row;
  }
  return before[other.length] ?? 0;
}
