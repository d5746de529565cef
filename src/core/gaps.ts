import { askedIn } from "./question.ts";
import { termsOf } from "./terms.ts";

/** Why a question counts as one that the knowledge did not answer. */
export type GapReason =
  | "wrong_fact" // the draft was rejected for a wrong or outdated fact
  | "no_source" // nothing was found
  | "escalated" // handed on, though no flag asked for it
  | "no_quote"; // something was found, but nothing the draft could quote

/** A customer's question that the knowledge did not answer. */
export interface UnansweredQuestion {
  approvalId: string;
  conversationId: number;
  question: string;
  language: string;
  reason: GapReason;
  at: Date;
}

/** Questions about the same thing. */
export interface Gap<Question extends UnansweredQuestion = UnansweredQuestion> {
  /** What they share, most telling first. */
  words: string[];
  count: number;
  reasons: Partial<Record<GapReason, number>>;
  firstAt: Date;
  lastAt: Date;
  /** All of them, those that say best what they share first. */
  questions: Question[];
}

/** How much of their telling words two questions about one thing share (cosine). */
const ALIKE = 0.25;
const MOST_WORDS = 60;
const SHOWN_WORDS = 5;
/** A weaker form (root, part of a compound) against the word itself. */
const WEAKER = 0.5;

/** Puts questions that share telling words together, largest gap first. Near linear in the questions, never throws on any text. */
export function gapsOf<Question extends UnansweredQuestion>(questions: Question[]): Gap<Question>[] {
  const read = questions.map((question) => ({ question, words: wordsOf(question) }));
  const holders = new Map<string, number>();
  for (const { words } of read) for (const form of words.keys()) holders.set(form, (holders.get(form) ?? 0) + 1);

  const clusters: Cluster<Question>[] = [];
  const byWord = new Map<string, Set<Cluster<Question>>>();
  for (const { question, words } of read) {
    const vector = directionOf(words, holders, questions.length);
    const near = new Map<Cluster<Question>, number>();
    for (const [form, weight] of vector)
      for (const cluster of byWord.get(form) ?? []) near.set(cluster, (near.get(cluster) ?? 0) + weight * (cluster.sum.get(form) ?? 0));
    let best: Cluster<Question> | null = null;
    let likeness = ALIKE;
    for (const [cluster, product] of near) {
      const cosine = product / Math.sqrt(cluster.squared || 1);
      if (cosine >= likeness) [best, likeness] = [cluster, cosine];
    }
    if (!best) {
      best = { members: [], sum: new Map(), squared: 0 };
      clusters.push(best);
    }
    best.members.push({ question, vector, words });
    for (const [form, weight] of vector) {
      const was = best.sum.get(form) ?? 0;
      best.sum.set(form, was + weight);
      best.squared += (was + weight) ** 2 - was ** 2;
      const known = byWord.get(form);
      if (known) known.add(best);
      else byWord.set(form, new Set([best]));
    }
  }
  return clusters.map(gapOf).sort((a, b) => b.count - a.count || b.lastAt.getTime() - a.lastAt.getTime());
}

interface Cluster<Question> {
  members: { question: Question; vector: Map<string, number>; words: Map<string, { word: string; count: number }> }[];
  sum: Map<string, number>;
  squared: number;
}

function gapOf<Question extends UnansweredQuestion>({ members, sum }: Cluster<Question>): Gap<Question> {
  const typical = (vector: Map<string, number>) => [...vector].reduce((total, [form, weight]) => total + weight * (sum.get(form) ?? 0), 0);
  const ranked = members.toSorted((a, b) => typical(b.vector) - typical(a.vector));
  const reasons: Gap["reasons"] = {};
  for (const { question } of members) reasons[question.reason] = (reasons[question.reason] ?? 0) + 1;
  const times = members.map(({ question }) => question.at.getTime());
  const names = new Map<string, string>();
  for (const { words } of ranked)
    for (const [form, { word }] of words) if (!form.startsWith("~") && !names.has(form)) names.set(form, word);
  const words = [...sum].sort((a, b) => b[1] - a[1]).flatMap(([form]) => names.get(form) ?? []);
  return {
    words: [...new Set(words)].slice(0, SHOWN_WORDS),
    count: members.length,
    reasons,
    firstAt: new Date(times.reduce((least, time) => Math.min(least, time), Number.POSITIVE_INFINITY)),
    lastAt: new Date(times.reduce((most, time) => Math.max(most, time), Number.NEGATIVE_INFINITY)),
    questions: ranked.map(({ question }) => question),
  };
}

function wordsOf({ question, language }: UnansweredQuestion): Map<string, { word: string; count: number }> {
  const words = new Map<string, { word: string; count: number }>();
  const add = (form: string, word: string, count: number) => {
    const known = words.get(form);
    if (known) known.count += count;
    else words.set(form, { word, count });
  };
  for (const { word, whole, weaker } of termsOf(askedIn(question), language).slice(0, MOST_WORDS)) {
    add(whole, word, 1);
    for (const form of weaker) add(form, word, WEAKER);
  }
  return words;
}

/** Rare words tell more; length 1. */
function directionOf(words: Map<string, { count: number }>, holders: Map<string, number>, total: number): Map<string, number> {
  const vector = new Map<string, number>();
  let squared = 0;
  for (const [form, { count }] of words) {
    const weight = Math.log(1 + count) * Math.log(1 + total / (holders.get(form) ?? 1));
    vector.set(form, weight);
    squared += weight * weight;
  }
  const length = Math.sqrt(squared) || 1;
  for (const [form, weight] of vector) vector.set(form, weight / length);
  return vector;
}
