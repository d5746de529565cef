import { withoutPersonalData } from "./answered.ts";
import { wordDiff } from "./edit.ts";
import { factsOf } from "./facts.ts";
import { sha256Hex } from "./hash.ts";
import { fold } from "./language.ts";
import { sentencesOf } from "./sentences.ts";
import type { Citation, SourceShown } from "./words.ts";

/** A reply that went out, beside its draft. */
export interface SeenReply {
  approvalId: string;
  conversationId: number;
  customerName: string | null;
  language: string;
  draft: string;
  final: string;
  sources: Pick<SourceShown, "source_id" | "passage_id" | "title">[];
  citations: Pick<Citation, "sentence" | "passageId">[];
}

/** What operators keep changing, in words that a person can accept as a rule. Nothing of it names a customer. */
export interface MinedLesson {
  /** The same change has the same key, however it is spaced and written. */
  key: string;
  /** `fact`: a number, name or link is corrected; `tone`: other words for the same; `policy`: something must, or must not, be said. */
  kind: "fact" | "tone" | "policy";
  text: string;
  removed: string | null;
  added: string | null;
  /** Replies in which operators made the change, and in which they could have. */
  times: number;
  chances: number;
  examples: { approval_id: string; before: string; after: string }[];
  /** What the corrected draft quoted. */
  source: { source_id: string; title: string } | null;
}

/** So many conversations must show a change before it is suggested, and such a share of those that could. */
const EVIDENCE = { fact: { times: 2, share: 0.5 }, tone: { times: 3, share: 0.3 }, policy: { times: 3, share: 0.3 } } as const;
/** Words on each side of a replacement: more is another sentence, not another word. */
const MOST_WORDS = 6;
/** A greeting or a signature; what is longer says something. */
const MOST_WORDS_OF_TONE = 8;
const LONGEST_SENTENCE = 400;
const EXAMPLES = 3;

/**
 * Looks for what operators change again and again: a word or phrase for another, a sentence taken out or put in. A change counts once per
 * conversation, so that what concerns one customer never becomes a rule; the most frequent come first.
 */
export function mineLessons(replies: SeenReply[]): MinedLesson[] {
  const found = new Map<string, Found>();
  for (const reply of replies)
    for (const change of changesOf(reply)) {
      const key = keyOf(change);
      const before = found.get(key) ?? { change, key, seen: [] };
      if (!before.seen.some(({ reply: { conversationId } }) => conversationId === reply.conversationId))
        before.seen.push({ reply, change });
      found.set(key, before);
    }
  const counted = [...found.values()].flatMap((one) => {
    const { times, share } = EVIDENCE[one.change.kind];
    if (one.seen.length < times) return [];
    const chances = chancesOf(one, replies);
    return one.seen.length >= share * chances ? [{ ...one, chances }] : [];
  });
  return counted
    .filter((one) => !counted.some((other) => other !== one && covers(other, one)))
    .map(lessonOf)
    .sort((a, b) => b.times - a.times || (a.key < b.key ? -1 : 1));
}

interface Change {
  kind: MinedLesson["kind"];
  removed: string | null;
  added: string | null;
  /** Where in the reply a whole sentence stood. */
  place: "first" | "last" | "within";
}

interface Found {
  key: string;
  change: Change;
  seen: { reply: SeenReply; change: Change }[];
}

/** What was changed in one reply, the customer's name and numbers masked. */
function changesOf({ draft, final, customerName }: SeenReply): Change[] {
  if (draft === final) return [];
  const mask = (text: string) => withoutName(withoutPersonalData(text), customerName);
  const [before, after] = [mask(draft), mask(final)];
  const words = replacements(before, after);
  // a greeting for another greeting is one change, not one taken out and one put in
  const whole = sentences(before, after).filter(({ added, removed }) =>
    words.every((word) => !has(word.added, added ?? removed) && !has(word.removed, added ?? removed)),
  );
  return [...words, ...whole].filter(
    (change) => keyWords(change.removed) !== keyWords(change.added) && !`${change.removed} ${change.added}`.includes("[number]"),
  );
}

/** Words for other words, few on each side. A number takes the word behind it along: "30 days". */
function replacements(before: string, after: string): Change[] {
  const runs = wordDiff(before, after);
  return runs.flatMap((run, index) => {
    const next = runs[index + 1];
    if (!next || run.op === "same" || next.op === "same" || run.op === next.op) return [];
    const [removed, added] = run.op === "removed" ? [run.words, next.words] : [next.words, run.words];
    if (countWords(removed) > MOST_WORDS || countWords(added) > MOST_WORDS) return [];
    const unit = /\d\S*$/.test(removed) && /\d\S*$/.test(added) ? ` ${runs[index + 2]?.words.split(" ")[0] ?? ""}` : "";
    const [was, is] = [trimmed(removed + unit), trimmed(added + unit)];
    const kind = isFact(was) || isFact(is) ? "fact" : "tone";
    return was === "" || is === "" ? [] : [{ kind, removed: was, added: is, place: "within" as const }];
  });
}

/** Whole sentences put in or taken out: those that have no like on the other side. */
function sentences(before: string, after: string): Change[] {
  const [was, is] = [sentencesIn(before), sentencesIn(after)];
  const alone = (own: string[], others: string[]) =>
    own.flatMap((text, index) => {
      if (text.length > LONGEST_SENTENCE || others.some((other) => likeness(text, other) >= 0.5)) return [];
      const place = index === 0 ? "first" : index === own.length - 1 ? "last" : "within";
      const kind = place !== "within" && countWords(text) <= MOST_WORDS_OF_TONE ? ("tone" as const) : ("policy" as const);
      return [{ kind, text, place: place as Change["place"] }];
    });
  return [
    ...alone(is, was).map(({ text, ...rest }) => ({ ...rest, removed: null, added: text })),
    ...alone(was, is).map(({ text, ...rest }) => ({ ...rest, removed: text, added: null })),
  ].filter(({ added, removed }) => countWords(added ?? removed ?? "") > 1);
}

const sentencesIn = (text: string) => sentencesOf(text.replaceAll("\u2060", "")).map((sentence) => sentence.text);

/** Replies in which the change could have been made: the words stood in the draft, or the reply is in the same language. */
function chancesOf({ change, seen }: Found, replies: SeenReply[]): number {
  const words = ` ${keyWords(change.removed)} `;
  const languages = new Set(seen.map(({ reply }) => reply.language));
  const could = replies.filter((reply) =>
    change.removed === null
      ? languages.has(reply.language)
      : ` ${keyWords(withoutName(withoutPersonalData(reply.draft), reply.customerName))} `.includes(words),
  );
  return Math.max(seen.length, new Set(could.map(({ conversationId }) => conversationId)).size);
}

/** Says the same of the same replies, and more. */
function covers(other: Found, one: Found): boolean {
  const larger = keyWords(other.change.removed).length + keyWords(other.change.added).length;
  const smaller = keyWords(one.change.removed).length + keyWords(one.change.added).length;
  const theirs = new Set(other.seen.map(({ reply }) => reply.approvalId));
  return (
    larger > smaller &&
    has(other.change.removed, one.change.removed) &&
    has(other.change.added, one.change.added) &&
    one.seen.every(({ reply }) => theirs.has(reply.approvalId))
  );
}

function lessonOf({ key, seen, chances, change: { kind, place } }: Found & { chances: number }): MinedLesson {
  const [removed, added] = [commonest(seen.map(({ change }) => change.removed)), commonest(seen.map(({ change }) => change.added))];
  const source = kind === "fact" && removed ? sourceOf(seen, removed) : null;
  return {
    key,
    kind,
    text: ruleOf({ kind, removed, added, place }, source?.title ?? null),
    removed,
    added,
    times: seen.length,
    chances,
    examples: seen
      .slice(-EXAMPLES)
      .map(({ reply, change }) => ({ approval_id: reply.approvalId, before: change.removed ?? "", after: change.added ?? "" })),
    source,
  };
}

function ruleOf({ kind, removed, added, place }: Change, source: string | null): string {
  if (kind === "fact" && removed && added)
    return `It is “${added}”, not “${removed}”${source ? `: the source “${source}” was misread or is out of date` : ""}.`;
  if (removed && added) return `Write “${added}” instead of “${removed}”.`;
  if (removed) return `Leave out “${removed}”`;
  return place === "first"
    ? `Begin the reply with “${added}”`
    : place === "last"
      ? `End the reply with “${added}”`
      : `Where it fits, say “${added}”`;
}

/** The source that most of the corrected sentences quoted. */
function sourceOf(seen: Found["seen"], removed: string): MinedLesson["source"] {
  const quoted = seen.flatMap(({ reply: { citations, sources } }) => {
    const hit = citations.find(({ sentence }) => has(sentence, removed));
    const source = hit && sources.find(({ passage_id }) => passage_id === hit.passageId);
    return source ? [JSON.stringify({ source_id: source.source_id, title: source.title })] : [];
  });
  const most = commonest(quoted);
  return most === null ? null : JSON.parse(most);
}

const keyOf = ({ removed, added }: Change) => sha256Hex(JSON.stringify([keyWords(removed), keyWords(added)]));

/** How a phrase is told from others: its words, folded. */
const keyWords = (text: string | null) => (fold(text ?? "").match(/[\p{L}\p{N}[\]]+(?:[-.,/:]\p{N}+)*/gu) ?? []).join(" ");

/** Do these words hold those? */
const has = (these: string | null, those: string | null) => ` ${keyWords(these)} `.includes(` ${keyWords(those)} `);

const countWords = (text: string) => text.split(/\s+/).filter(Boolean).length;

const isFact = (text: string) => /\p{N}/u.test(text) || factsOf(text).length > 0;

const trimmed = (text: string) => text.replace(/^[\s("“„«]+|[\s.,;:!?)"”»]+$/gu, "");

function withoutName(text: string, name: string | null): string {
  const words = (name ?? "").split(/[^\p{L}\p{M}'-]+/u).filter((word) => word.length > 1);
  const masked = words.reduce(
    (masked, word) => masked.replace(new RegExp(`(?<![\\p{L}\\p{M}])${word}(?![\\p{L}\\p{M}])`, "giu"), "[customer]"),
    text,
  );
  return masked.replace(/\[customer\](?:\s+\[customer\])+/g, "[customer]");
}

/** Share of words that two sentences have in common, 0..1 (Dice). */
function likeness(one: string, other: string): number {
  const [a, b] = [keyWords(one).split(" "), keyWords(other).split(" ")];
  const left = new Map<string, number>();
  for (const word of b) left.set(word, (left.get(word) ?? 0) + 1);
  let shared = 0;
  for (const word of a) {
    const count = left.get(word) ?? 0;
    if (count > 0) shared += 1;
    left.set(word, count - 1);
  }
  return (2 * shared) / (a.length + b.length);
}

/** The most frequent of them, the first of equals; null when there is none. */
function commonest(texts: (string | null)[]): string | null {
  const counts = new Map<string, number>();
  for (const text of texts) if (text !== null) counts.set(text, (counts.get(text) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? null;
}
