import { withoutPersonalData } from "./answered.ts";
import { wordDiff } from "./edit.ts";
import { factsOf } from "./facts.ts";
import { fold } from "./language.ts";
import { sentencesOf } from "./sentences.ts";
import type { Citation, SourceShown } from "./words.ts";

/** A reply that went out, beside its draft. */
export interface SeenReply {
  approvalId: string;
  conversationId: number;
  customerId: number | null;
  customerName: string | null;
  language: string;
  draft: string;
  final: string;
  sources: Pick<SourceShown, "source_id" | "passage_id" | "title">[];
  citations: Pick<Citation, "sentence" | "passageId">[];
}

/** What an operator did to a draft: words for others, a sentence put in or taken out. */
export interface Change {
  /** `fact`: a number, name or link is corrected; `tone`: other words for the same; `policy`: something must, or must not, be said. */
  kind: "fact" | "tone" | "policy";
  removed: string | null;
  added: string | null;
  /** Where in the reply a whole sentence stood. */
  place: "first" | "last" | "within";
  /** What a corrected sentence had quoted. */
  source: { source_id: string; title: string } | null;
}

/** What is left of a reply to learn from. No customer's data: their name is masked, and so are addresses and long numbers. */
export interface StudiedReply {
  approvalId: string;
  /** Whose reply it was: what one customer makes operators change is no rule. */
  customer: string;
  language: string;
  /** The draft's words, as `keyWords` has them. */
  words: string;
  changes: Change[];
}

/** Longer replies are documents; nobody edits those word by word. */
const LONGEST_REPLY = 10_000;
/** Words on each side of a replacement: more is another sentence, not another word. */
const MOST_WORDS = 6;
/** A greeting or a signature; what is longer says something. */
const MOST_WORDS_OF_TONE = 8;
const LONGEST_SENTENCE = 400;
const MOST_SENTENCES = 60;

/** What one reply teaches. */
export function study({
  approvalId,
  conversationId,
  customerId,
  customerName,
  language,
  draft,
  final,
  sources,
  citations,
}: SeenReply): StudiedReply {
  const mask = (text: string) => withoutName(withoutPersonalData(text.slice(0, LONGEST_REPLY)), customerName);
  const [before, after] = [mask(draft), mask(final)];
  const sourceOf = (removed: string | null) => {
    const quoting = removed === null ? undefined : citations.find(({ sentence }) => has(mask(sentence), removed));
    const source = quoting && sources.find(({ passage_id }) => passage_id === quoting.passageId);
    return source ? { source_id: source.source_id, title: source.title } : null;
  };
  return {
    approvalId,
    customer: customerId === null ? `conversation ${conversationId}` : String(customerId),
    language,
    words: keyWords(before),
    changes: changesOf(before, after).map((change) => ({ ...change, source: change.kind === "fact" ? sourceOf(change.removed) : null })),
  };
}

type Found = Omit<Change, "source">;

function changesOf(before: string, after: string): Found[] {
  if (before === after) return [];
  const words = replacements(before, after);
  // a greeting for another greeting is one change, not one taken out and one put in
  const whole = sentences(before, after).filter(({ added, removed }) =>
    words.every((word) => !has(word.added, added ?? removed) && !has(word.removed, added ?? removed)),
  );
  return [...words, ...whole].filter(
    ({ removed, added }) => keyWords(removed) !== keyWords(added) && !/\[(?:number|email)\]/.test(`${removed} ${added}`),
  );
}

/** Words for other words, few on each side. A number takes the word behind it along: "30 days". */
function replacements(before: string, after: string): Found[] {
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
function sentences(before: string, after: string): Found[] {
  const [was, is] = [sentencesIn(before), sentencesIn(after)];
  const alone = (own: string[], others: string[]) =>
    own.flatMap((text, index) => {
      if (text.length > LONGEST_SENTENCE || others.some((other) => likeness(text, other) >= 0.5)) return [];
      const place = index === 0 ? "first" : index === own.length - 1 ? "last" : "within";
      const kind = place !== "within" && countWords(text) <= MOST_WORDS_OF_TONE ? ("tone" as const) : ("policy" as const);
      return [{ kind, text, place: place as Found["place"] }];
    });
  return [
    ...alone(is, was).map(({ text, ...rest }) => ({ ...rest, removed: null, added: text })),
    ...alone(was, is).map(({ text, ...rest }) => ({ ...rest, removed: text, added: null })),
  ].filter(({ added, removed }) => countWords(added ?? removed ?? "") > 1);
}

const sentencesIn = (text: string) =>
  sentencesOf(text.replaceAll("\u2060", ""))
    .map((sentence) => sentence.text)
    .slice(0, MOST_SENTENCES);

/** How a phrase is told from others: its words, folded. */
export const keyWords = (text: string | null) => (fold(text ?? "").match(/[\p{L}\p{N}[\]]+(?:[-.,/:]\p{N}+)*/gu) ?? []).join(" ");

/** Do these words hold those? */
export const has = (these: string | null, those: string | null) => ` ${keyWords(these)} `.includes(` ${keyWords(those)} `);

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
