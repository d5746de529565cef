import { isLanguage } from "../../core/language.ts";
import { type Term, termsOf } from "../../core/terms.ts";
import type { FoundPassage, Passage } from "../../core/words.ts";
import { createVocabulary } from "./vocabulary.ts";

/** An inverted index over passages: words in, the best passages out. Never throws on any text, builds no regular expression from it. */
export interface LexicalIndex {
  add(passage: Passage, language: string | null): void;
  search(text: string, options: { limit: number; language?: string | undefined }): FoundPassage[];
  size(): number;
}

/** BM25's saturation and length normalisation (Robertson & Zaragoza 2009, §3.2); fitted on public support questions. */
const K1 = 1.6;
const B = 0.6;
/** A word in the title or a heading counts as this many in the text. */
const TITLE_WEIGHT = 4;
/** What a weaker form (root, part of a compound) counts against the word itself. */
const WEAKER = 0.7;
/** A passage in another language than the customer's counts this much when the index holds several. */
const OTHER_LANGUAGE = 0.8;
/** How often the ideal passage says a word: once in a heading, once in the text. */
const IDEAL_FREQUENCY = TITLE_WEIGHT + 1;
/** A long message says what it is about early on; its later words weigh less and less. */
const QUESTION_HALF_WORDS = 60;
const MOST_QUESTION_WORDS = 200;
const SAFETY_WITHIN = 3;
const SAFETY_FITS = 0.6;
const MOST_WHY = 12;
/** An order or telephone number is no word of the question, unless an article holds it. */
const REFERENCE = /^\p{N}{5,}$/u;

/** An empty index. */
export function createLexicalIndex(): LexicalIndex {
  const passages: Passage[] = [];
  const languages: (string | null)[] = [];
  const lengths: number[] = [];
  const postings = new Map<string, Posting>();
  const vocabulary = createVocabulary();
  /** The first passage of each source. */
  const openings = new Map<string, number>();
  let totalLength = 0;

  return { add, search, size: () => passages.length };

  function add(passage: Passage, language: string | null): void {
    const number = passages.length;
    passages.push(passage);
    languages.push(language);
    if (!openings.has(passage.sourceId)) openings.set(passage.sourceId, number);
    const counts = new Map<string, number>();
    const count = (terms: Term[], weight: number) => {
      for (const term of terms)
        for (const form of new Set([term.whole, ...term.weaker])) counts.set(form, (counts.get(form) ?? 0) + weight);
    };
    const body = termsOf(passage.text, language);
    count(body, 1);
    count(termsOf([passage.title, ...passage.titlePath].join("\n"), language), TITLE_WEIGHT);
    lengths.push(body.length);
    totalLength += body.length;
    for (const [form, frequency] of counts) {
      const posting = postings.get(form);
      if (posting) {
        posting.passages.push(number);
        posting.frequencies.push(frequency);
      } else {
        postings.set(form, { passages: [number], frequencies: [frequency] });
        vocabulary.add(form);
      }
    }
  }

  function search(text: string, { limit, language }: { limit: number; language?: string | undefined }): FoundPassage[] {
    const words = questionWords(text, language).filter(({ term }) => !REFERENCE.test(term.whole) || postings.has(term.whole));
    if (words.length === 0 || passages.length === 0) return [];
    const scores = new Float64Array(passages.length);
    const found = new Map<number, string[]>();
    let ideal = 0;
    for (const { term, weight } of words) {
      const { best, most } = scoresOf(term, weight);
      ideal += (most * IDEAL_FREQUENCY) / (IDEAL_FREQUENCY + K1);
      for (const [passage, score] of best) {
        scores[passage] = (scores[passage] ?? 0) + score;
        const matched = found.get(passage);
        if (matched) matched.push(term.word);
        else found.set(passage, [term.word]);
      }
    }
    if (words.length === 1) ideal *= 2; // one word is half a question: nothing can be sure to answer it
    openSafetyArticles(scores, found);
    const mixed = language !== undefined && isLanguage(language) && languages.some((other) => other !== language);
    const ranked = [...found]
      .map(([passage, matched]) => {
        const factor = mixed && languages[passage] !== language ? OTHER_LANGUAGE : 1;
        return { passage, matched, score: ((scores[passage] ?? 0) * factor) / ideal };
      })
      .sort((a, b) => b.score - a.score || a.passage - b.passage);
    return safetyForward(ranked)
      .slice(0, limit)
      .flatMap(({ passage, matched, score }) => {
        const one = passages[passage];
        const why = matched.slice(0, MOST_WHY).join(", ");
        return one ? [{ ...one, relevance: Math.min(1, score), coverage: matched.length / words.length, why }] : [];
      });
  }

  /** BM25 of one word of the question: its score in each passage by its best form, and the most it could reach. */
  function scoresOf(term: Term, weight: number): { best: Map<number, number>; most: number } {
    const mean = totalLength / passages.length || 1;
    const best = new Map<number, number>();
    let most = 0;
    for (const form of formsOf(term)) {
      const posting = postings.get(form);
      if (!posting) continue;
      const rarity = weight * idf(posting.passages.length) * (form === term.whole ? 1 : WEAKER);
      most = Math.max(most, rarity);
      for (const [position, passage] of posting.passages.entries()) {
        const frequency = posting.frequencies[position] ?? 0;
        const score = (rarity * frequency) / (frequency + K1 * (1 - B + (B * (lengths[passage] ?? 0)) / mean));
        if (score > (best.get(passage) ?? 0)) best.set(passage, score);
      }
    }
    return { best, most: most || weight * idf(1) };
  }

  /** A safety article that fits nearly as well as the best passage stands among the first, whatever else the message is about. */
  function safetyForward<Row extends { passage: number; score: number }>(ranked: Row[]): Row[] {
    const from = ranked.findIndex(({ passage }) => passages[passage]?.safety);
    const row = ranked[from];
    if (!row || from < SAFETY_WITHIN || row.score < SAFETY_FITS * (ranked[0]?.score ?? 0)) return ranked;
    return [...ranked.slice(0, SAFETY_WITHIN - 1), row, ...ranked.slice(SAFETY_WITHIN - 1, from), ...ranked.slice(from + 1)];
  }

  /** A safety article found anywhere is found at its beginning, too: there it says what to do first. */
  function openSafetyArticles(scores: Float64Array, found: Map<number, string[]>): void {
    for (const [number, matched] of [...found]) {
      const passage = passages[number];
      const opening = passage?.safety ? openings.get(passage.sourceId) : undefined;
      if (opening === undefined || (scores[opening] ?? 0) >= (scores[number] ?? 0)) continue;
      scores[opening] = scores[number] ?? 0;
      found.set(opening, matched);
    }
  }

  /** The forms a question's word may be found by; those of its likely spelling when nobody knows it. */
  function formsOf(term: Term): string[] {
    const forms = [term.whole, ...term.weaker];
    return forms.some((form) => postings.has(form)) ? forms : vocabulary.near(term.whole);
  }

  function idf(count: number): number {
    return Math.log(1 + (passages.length - count + 0.5) / (count + 0.5));
  }
}

interface Posting {
  passages: number[];
  frequencies: number[];
}

function questionWords(text: string, language: string | undefined): { term: Term; weight: number }[] {
  const words = new Map<string, { term: Term; weight: number }>();
  let position = 0;
  for (const term of termsOf(text, language)) {
    const weight = 1 / (1 + position / QUESTION_HALF_WORDS);
    position += 1;
    const known = words.get(term.whole);
    if (known) known.weight += 0.2 * weight;
    else if (words.size < MOST_QUESTION_WORDS) words.set(term.whole, { term, weight });
  }
  return [...words.values()];
}
