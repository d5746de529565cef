import { termsOf } from "../../core/terms.ts";
import type { StoredAnswer } from "../../ports/knowledge-tables.ts";

/** Questions that were answered before, in this process: what they say about which sources answer a new one. */
export interface Memory {
  /** Takes a question in, or its newer version, or takes it out when it was removed. */
  put(row: StoredAnswer): void;
  /** What the questions nearest to this one were answered with. Never throws on any text. */
  recall(text: string, options?: { language?: string | undefined }): Recollection;
  /** Questions that count. */
  size(): number;
}

export interface Recollection {
  /** Evidence for each source, 0..1: how near the questions lie that it answered. */
  votes: Map<string, number>;
  /** How near the questions of the best source lie to this one, 0..1. */
  nearness: number;
  /** How far this memory is to be trusted, 0..1: how well its own questions answer one another. */
  reliability: number;
  /** The nearest questions, nearest first. */
  nearest: { row: StoredAnswer; similarity: number }[];
}

/** Questions that vote by themselves; all of them count for their source's profile. */
const NEAREST = 20;
/** A source's vote: this much for its profile (the mean direction of its questions), and this much for its nearest questions. */
const PROFILE_WEIGHT = 1.5;
const NEIGHBOUR_WEIGHT = 1;
/** Words of the answer count this much beside those of the question. */
const ANSWER_WEIGHT = 0.2;
/** A question says what it is about early on; its later words weigh less and less. */
const HALF_WORDS = 50;
const MOST_WORDS = 200;
/** A weaker form (root, part of a compound) against the word itself. */
const WEAKER = 0.7;
/** What people did with the draft, as trust in its sources. */
const TRUST = { approved: 1, answered_by_hand: 1, imported: 1, edited: 0.8 } as const;
/** An answer loses half of what age may take within this time, and never more than a half. */
const HALF_LIFE_DAYS = 730;
const DAY_MS = 86_400_000;
/** Rarity of words is counted anew when the memory has grown by this share. */
const GROWTH = 1.15;

/** Evidence weighs in full when this share of the own questions is rightly answered by the others, and nothing where so few are that each is a new one. */
const RELIABLE = 0.4;
const CHANCE = 0.15;
/** Own questions that are asked to find that out. */
const MOST_ASKED_ITSELF = 150;

interface Entry {
  row: StoredAnswer;
  words: Map<string, number>;
  answerWords: Map<string, number>;
  /** Direction of length 1; empty when it says nothing. */
  vector: Map<string, number>;
  trust: number;
}

/** A source's questions added up. */
interface Profile {
  sum: Map<string, number>;
  squared: number;
  count: number;
}

/** An empty memory. `now` is what ages are counted from. */
export function createMemory(now: () => Date): Memory {
  const entries = new Map<string, Entry>();
  let postings = new Map<string, { entry: Entry; weight: number }[]>();
  let profiles = new Map<string, Profile>();
  let holders = new Map<string, number>();
  let counted = 0;
  let reliability = 0;

  return { put, recall, size: () => entries.size };

  function put(row: StoredAnswer): void {
    const before = entries.get(row.id);
    if (before) take(before);
    if (row.removed || row.sourceIds.length + (row.answer === null ? 0 : 1) === 0) return;
    const words = wordsOf(row.question);
    const answerWords = row.answer === null ? new Map<string, number>() : wordsOf(row.answer);
    const ageDays = Math.max(0, now().getTime() - row.answeredAt.getTime()) / DAY_MS;
    const trust = TRUST[row.outcome] * (0.5 + 0.5 * 2 ** (-ageDays / HALF_LIFE_DAYS));
    const entry: Entry = { row, words, answerWords, vector: new Map(), trust };
    entries.set(row.id, entry);
    if (counted > 0 && entries.size <= counted * GROWTH) place(entry);
    else counted = 0; // rarities are counted anew at the next question
  }

  function take(entry: Entry): void {
    entries.delete(entry.row.id);
    if (counted === 0) return;
    for (const word of entry.vector.keys()) {
      const others = postings.get(word)?.filter((posting) => posting.entry !== entry) ?? [];
      if (others.length > 0) postings.set(word, others);
      else postings.delete(word);
    }
    for (const sourceId of entry.row.sourceIds) addTo(sourceId, entry, -1);
  }

  function place(entry: Entry): void {
    entry.vector = vectorOf(entry);
    for (const [word, weight] of entry.vector) {
      const posting = postings.get(word);
      if (posting) posting.push({ entry, weight });
      else postings.set(word, [{ entry, weight }]);
    }
    for (const sourceId of entry.row.sourceIds) addTo(sourceId, entry, 1);
  }

  function addTo(sourceId: string, entry: Entry, sign: 1 | -1): void {
    const profile = profiles.get(sourceId) ?? { sum: new Map<string, number>(), squared: 0, count: 0 };
    for (const [word, weight] of entry.vector) {
      const was = profile.sum.get(word) ?? 0;
      const is = was + sign * weight * entry.trust;
      profile.sum.set(word, is);
      profile.squared += is * is - was * was;
    }
    profile.count += sign;
    if (profile.count > 0) profiles.set(sourceId, profile);
    else profiles.delete(sourceId);
  }

  function countAnew(): void {
    holders = new Map();
    for (const { words } of entries.values()) for (const word of words.keys()) holders.set(word, (holders.get(word) ?? 0) + 1);
    counted = entries.size;
    postings = new Map();
    profiles = new Map();
    for (const entry of entries.values()) place(entry);
    reliability = Math.min(1, Math.max(0, agreement() - CHANCE) / (RELIABLE - CHANCE)) ** 2;
  }

  /** How often the memory, asked one of its own questions without it, would name one of its sources first. A sample tells. */
  function agreement(): number {
    const withSources = [...entries.values()].filter(({ row }) => row.sourceIds.length > 0);
    const every = Math.max(1, Math.ceil(withSources.length / MOST_ASKED_ITSELF));
    const sample = withSources.filter((_, number) => number % every === 0);
    const right = sample.filter((entry) => {
      const votes = new Map<string, number>();
      const others = nearTo(entry.vector).filter(([other]) => other !== entry);
      for (const [{ row }, similarity] of others.slice(0, NEAREST))
        for (const id of row.sourceIds) votes.set(id, (votes.get(id) ?? 0) + similarity ** 2);
      const [best] = [...votes].sort((a, b) => b[1] - a[1]);
      return best !== undefined && entry.row.sourceIds.includes(best[0]);
    });
    return sample.length === 0 ? 0 : right.length / sample.length;
  }

  /** Questions that share a word, nearest first, with their cosine. */
  function nearTo(vector: Map<string, number>): [Entry, number][] {
    const similarities = new Map<Entry, number>();
    for (const [word, weight] of vector)
      for (const posting of postings.get(word) ?? [])
        similarities.set(posting.entry, (similarities.get(posting.entry) ?? 0) + weight * posting.weight);
    return [...similarities].sort((a, b) => b[1] - a[1]);
  }

  function vectorOf({ words, answerWords }: Pick<Entry, "words" | "answerWords">): Map<string, number> {
    const vector = directionOf(words);
    if (answerWords.size === 0) return vector;
    for (const [word, weight] of directionOf(answerWords)) vector.set(word, (vector.get(word) ?? 0) + ANSWER_WEIGHT * weight);
    return ofLengthOne(vector);
  }

  function directionOf(words: Map<string, number>): Map<string, number> {
    const vector = new Map<string, number>();
    for (const [word, count] of words) vector.set(word, (count / (count + 1)) * Math.log(1 + counted / ((holders.get(word) ?? 0) + 0.5)));
    return ofLengthOne(vector);
  }

  function recall(text: string, { language }: { language?: string | undefined } = {}): Recollection {
    if (counted === 0 && entries.size > 0) countAnew();
    const ranked = nearTo(directionOf(wordsOf(text, language)));
    const bySource = new Map<string, { profile: number; neighbours: number }>();
    const of = (sourceId: string) => {
      const known = bySource.get(sourceId) ?? { profile: 0, neighbours: 0 };
      bySource.set(sourceId, known);
      return known;
    };
    for (const [{ row, trust }, similarity] of ranked) for (const id of row.sourceIds) of(id).profile += trust * similarity;
    for (const [{ row, trust }, similarity] of ranked.slice(0, NEAREST))
      for (const id of row.sourceIds) of(id).neighbours += trust * similarity ** 2;
    const votes = new Map<string, number>();
    let nearness = 0;
    for (const [sourceId, { profile, neighbours }] of bySource) {
      const near = Math.min(1, profile / Math.sqrt(profiles.get(sourceId)?.squared || 1));
      nearness = Math.max(nearness, near);
      votes.set(sourceId, 1 - Math.exp(-reliability * (PROFILE_WEIGHT * near + NEIGHBOUR_WEIGHT * neighbours)));
    }
    return { votes, nearness, reliability, nearest: ranked.slice(0, NEAREST).map(([{ row }, similarity]) => ({ row, similarity })) };
  }
}

function wordsOf(text: string, language?: string): Map<string, number> {
  const words = new Map<string, number>();
  let position = 0;
  for (const { whole, weaker } of termsOf(text, language).slice(0, MOST_WORDS)) {
    const weight = 1 / (1 + position / HALF_WORDS);
    position += 1;
    words.set(whole, (words.get(whole) ?? 0) + weight);
    for (const form of weaker) words.set(form, (words.get(form) ?? 0) + WEAKER * weight);
  }
  return words;
}

function ofLengthOne(vector: Map<string, number>): Map<string, number> {
  let squared = 0;
  for (const weight of vector.values()) squared += weight * weight;
  const length = Math.sqrt(squared) || 1;
  for (const [word, weight] of vector) vector.set(word, weight / length);
  return vector;
}
