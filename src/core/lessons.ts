import { type Change, has, keyWords, type StudiedReply } from "./changes.ts";
import { sha256Hex } from "./hash.ts";

/** What operators keep changing, in words that a person can accept as a rule. Nothing of it names a customer. */
export interface MinedLesson {
  /** The same change has the same key, however it is spaced and written. */
  key: string;
  kind: Change["kind"];
  text: string;
  removed: string | null;
  added: string | null;
  /** Replies in which operators made the change, and in which they could have. */
  times: number;
  chances: number;
  examples: { approval_id: string; before: string; after: string }[];
  source: Change["source"];
}

/** So many customers' replies must show a change before it is suggested, and such a share of those that could. */
const EVIDENCE = { fact: { times: 2, share: 0.5 }, tone: { times: 3, share: 0.3 }, policy: { times: 3, share: 0.3 } } as const;
/** More than people would look through. */
const MOST_LESSONS = 50;
const EXAMPLES = 3;

/**
 * Looks for what operators change again and again. A change counts once per customer, so that what concerns one of them never becomes a
 * rule; the most frequent come first.
 */
export function mineLessons(replies: StudiedReply[]): MinedLesson[] {
  const found = new Map<string, Found>();
  for (const reply of replies)
    for (const change of reply.changes) {
      const key = keyOf(change);
      const before = found.get(key) ?? { change, key, seen: new Map() };
      before.seen.set(reply.customer, { reply, change });
      found.set(key, before);
    }
  const counted = [...found.values()]
    .filter(({ change, seen }) => seen.size >= EVIDENCE[change.kind].times)
    .sort((a, b) => b.seen.size - a.seen.size || (a.key < b.key ? -1 : 1))
    .slice(0, MOST_LESSONS)
    .map((one) => ({ ...one, chances: chancesOf(one, replies) }))
    .filter(({ change, seen, chances }) => seen.size >= EVIDENCE[change.kind].share * chances);
  return counted.filter((one) => !counted.some((other) => other !== one && covers(other, one))).map(lessonOf);
}

interface Found {
  key: string;
  change: Change;
  /** By customer. */
  seen: Map<string, { reply: StudiedReply; change: Change }>;
}

/** Customers whose replies could have been changed so: the words stood in the draft, or the reply is in the same language. */
function chancesOf({ change, seen }: Found, replies: StudiedReply[]): number {
  const words = ` ${keyWords(change.removed)} `;
  const languages = new Set([...seen.values()].map(({ reply }) => reply.language));
  const could = replies.filter((reply) => (change.removed === null ? languages.has(reply.language) : ` ${reply.words} `.includes(words)));
  return Math.max(seen.size, new Set(could.map(({ customer }) => customer)).size);
}

/** Says the same of the same replies, and more. */
function covers(other: Found, one: Found): boolean {
  const length = ({ change }: Found) => keyWords(change.removed).length + keyWords(change.added).length;
  return (
    length(other) > length(one) &&
    has(other.change.removed, one.change.removed) &&
    has(other.change.added, one.change.added) &&
    [...one.seen.keys()].every((customer) => other.seen.has(customer))
  );
}

function lessonOf({ key, seen, chances, change: { kind, place } }: Found & { chances: number }): MinedLesson {
  const shown = [...seen.values()];
  const removed = commonest(shown.map(({ change }) => change.removed));
  const added = commonest(shown.map(({ change }) => change.added));
  const quoted = commonest(shown.map(({ change }) => change.source && JSON.stringify(change.source)));
  const source: Change["source"] = quoted === null ? null : JSON.parse(quoted);
  return {
    key,
    kind,
    text: ruleOf({ kind, removed, added, place, source }),
    removed,
    added,
    times: seen.size,
    chances,
    examples: shown
      .slice(-EXAMPLES)
      .map(({ reply, change }) => ({ approval_id: reply.approvalId, before: change.removed ?? "", after: change.added ?? "" })),
    source,
  };
}

function ruleOf({ kind, removed, added, place, source }: Change): string {
  if (kind === "fact" && removed && added)
    return `It is “${added}”, not “${removed}”${source ? `: the source “${source.title}” was misread or is out of date` : ""}.`;
  if (removed && added) return `Write “${added}” instead of “${removed}”.`;
  if (removed) return `Leave out “${removed}”`;
  return place === "first"
    ? `Begin the reply with “${added}”`
    : place === "last"
      ? `End the reply with “${added}”`
      : `Where it fits, say “${added}”`;
}

const keyOf = ({ removed, added }: Change) => sha256Hex(JSON.stringify([keyWords(removed), keyWords(added)]));

/** The most frequent of them, the first of equals; null when there is none. */
function commonest(texts: (string | null)[]): string | null {
  const counts = new Map<string, number>();
  for (const text of texts) if (text !== null) counts.set(text, (counts.get(text) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? null;
}
