import { diffArrays } from "diff";

/** A run of words that both texts have, or only one of them; the words are joined by single spaces. */
export interface WordChange {
  op: "same" | "added" | "removed";
  words: string;
}

/** What was done to `before` to make `after`, word by word. Texts that differ in more than 1,000 words are shown as replaced between their common start and end. */
export function wordDiff(before: string, after: string): WordChange[] {
  return runs(before, after).map(({ op, words }) => ({ op, words: words.join(" ") }));
}

/**
 * The share of words changed, 0..1: max(removed, added) / max(words before, words after). One word of ten replaced, taken out or
 * put in is a tenth. White space and invisible word joiners do not count, punctuation belongs to its word.
 */
export function editRatio(before: string, after: string): number {
  const count = { same: 0, added: 0, removed: 0 };
  for (const { op, words } of runs(before, after)) count[op] += words.length;
  const longest = count.same + Math.max(count.added, count.removed);
  return longest === 0 ? 0 : Math.max(count.added, count.removed) / longest;
}

const MOST_CHANGES = 1_000; // keeps the worst pair of 150,000-character texts well below a second

/** Words between spaces; scripts that write no spaces are compared letter by letter. */
const WORDS =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]|[^\s\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]+/gu;

interface Run {
  op: WordChange["op"];
  words: string[];
}

function runs(before: string, after: string): Run[] {
  const [a, b] = [wordsOf(before), wordsOf(after)];
  const diff = diffArrays(a, b, { maxEditLength: MOST_CHANGES });
  if (!diff) return replaced(a, b);
  return diff.map(({ added, removed, value }) => ({ op: added ? "added" : removed ? "removed" : "same", words: value }));
}

const wordsOf = (text: string): string[] => text.replaceAll("\u2060", "").match(WORDS) ?? [];

function replaced(a: string[], b: string[]): Run[] {
  const shorter = Math.min(a.length, b.length);
  let start = 0;
  while (start < shorter && a[start] === b[start]) start++;
  let end = 0;
  while (end < shorter - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  const parts: Run[] = [
    { op: "same", words: a.slice(0, start) },
    { op: "removed", words: a.slice(start, a.length - end) },
    { op: "added", words: b.slice(start, b.length - end) },
    { op: "same", words: a.slice(a.length - end) },
  ];
  return parts.filter(({ words }) => words.length > 0);
}
