import { COMPARED, type RetrievalSignals, standingOf } from "../../core/answerable.ts";
import { type Pairs, shareTogether } from "../../core/neighbours.ts";
import type { Term } from "../../core/terms.ts";
import type { FoundPassage, Passage } from "../../core/words.ts";
import { lookCloser, pairsIn, shareNamed } from "./closer-look.ts";
import { countsOf, TITLE_WEIGHT } from "./passage-words.ts";
import { createPostings } from "./postings.ts";
import { questionWords } from "./question-words.ts";
import { createShelf } from "./shelf.ts";
import { createVocabulary } from "./vocabulary.ts";

/** An inverted index over passages: words in, the best passages out. Never throws on any text, builds no regular expression from it. */
export interface LexicalIndex {
  add(passage: Passage, language: string | null): void;
  /**
   * Puts these in place of all that a source has, none to take it away. Searches see all of the old or all of the new;
   * `turn` is awaited after each passage, so that a long source holds up nobody. One source at a time.
   */
  replace(sourceId: string, passages: Passage[], language: string | null, turn: () => Promise<void> | undefined): Promise<void>;
  search(text: string, options: Search): FoundPassage[];
  /** The same with what the search says about whether there is an answer at all. */
  ask(text: string, options: Search): Answer;
  size(): number;
}

export interface Search {
  limit: number;
  language?: string | undefined;
  /** Evidence 0..1 for sources from elsewhere: questions that they answered before. */
  votes?: ReadonlyMap<string, number> | undefined;
  /** How far that evidence is to be trusted, 0..1; the more, the less the words count beside it. */
  trust?: number | undefined;
}

export interface Answer {
  passages: FoundPassage[];
  signals: Omit<RetrievalSignals, "nearness" | "memory">;
}

/** BM25's saturation and length normalisation (Robertson & Zaragoza 2009, §3.2); fitted on public support questions. */
const K1 = 2;
const B = 0.6;
/** What a weaker form (root, part of a compound) counts against the word itself. */
const WEAKER = 0.7;
/** A passage in another language than the customer's counts this much when the index speaks theirs. */
const OTHER_LANGUAGE = 0.8;
/** How often the ideal passage says a word: once in a heading, once in the text. */
const IDEAL_FREQUENCY = TITLE_WEIGHT + 1;
/** Sources that a closer look is worth, strongest first by single words, and what it makes of the ideal passage. */
const LOOKED_AT = 20;
const IDEAL_GAIN = 1.25;
const SAFETY_WITHIN = 3;
const SAFETY_FITS = 0.6;
const MOST_WHY = 12;
const LONE_GUESS_WORDS = 4;
/** An order or telephone number, an e-mail address, a path or an identifier is no word of the question, unless an article holds it. */
const REFERENCE = /^\p{N}{5,}$/u;
const TECHNICAL = /[@_]|\p{L}[/.]\p{L}/u;

/** What the words lose beside evidence that is to be trusted in full. */
const LESS_WORDS = 0.4;
/** From this vote on people are told that a source answered such questions before. */
const TELLING_VOTE = 0.15;
const ANSWERED_BEFORE = "answered such questions before";
const NOTHING: Answer["signals"] = { spread: 0, lead: 0, distinction: 0, title: 0, together: 0, subject: 0, vote: 0 };

/** An empty index. */
export function createLexicalIndex(): LexicalIndex {
  const vocabulary = createVocabulary();
  const postings = createPostings(vocabulary);
  const shelf = createShelf();

  return { add, replace, ask, search: (text, options) => ask(text, options).passages, size: shelf.size };

  function add(passage: Passage, language: string | null): void {
    const { counts, ...words } = countsOf(passage, language);
    postings.put(shelf.put(passage, { language, ...words, seen: true }), counts);
  }

  async function replace(
    sourceId: string,
    passages: Passage[],
    language: string | null,
    turn: () => Promise<void> | undefined,
  ): Promise<void> {
    const fresh: number[] = [];
    for (const passage of passages) {
      const { counts, ...words } = countsOf(passage, language);
      const number = shelf.put(passage, { language, ...words, seen: false });
      postings.put(number, counts);
      fresh.push(number);
      await turn();
    }
    for (const number of shelf.show(sourceId, fresh)) {
      const passage = shelf.get(number);
      if (passage) postings.take(number, countsOf(passage, shelf.languages()[number] ?? null).counts.keys());
      shelf.drop(number);
      await turn();
    }
  }

  function ask(text: string, { limit, language, votes, trust = 0 }: Search): Answer {
    const asked = questionWords(text, language);
    const words = asked.words
      .map(({ term, weight }) => ({ term, weight, known: isKnown(term) }))
      .filter(({ term, known }) => known || !(REFERENCE.test(term.whole) || TECHNICAL.test(term.word)))
      .map(({ term, weight, known }) => ({ word: term.word, weight, known, forms: formsOf(term, known) }));
    if (words.length === 0 || shelf.size() === 0) return { passages: [], signals: NOTHING };
    const scores = new Float64Array(shelf.room());
    const ofWord = new Float64Array(shelf.room());
    let ideal = 0;
    for (const { weight, forms } of words) ideal += (addScores(forms, weight, scores, ofWord) * IDEAL_FREQUENCY) / (IDEAL_FREQUENCY + K1);
    if (words.length === 1) ideal *= 2; // one word is half a question: nothing can be sure to answer it
    for (const number of shelf.unseen()) scores[number] = 0;
    const forms = new Set(words.flatMap((word) => word.forms));
    const pairs = pairsIn(asked.neighbours, rarity);
    for (const { numbers } of strongest(scores, LOOKED_AT)) lookCloser(numbers, { scores, ideal, shelf, pairs, forms, rarity });
    ideal *= IDEAL_GAIN;
    weighLanguages(scores, language);
    openSafetyArticles(scores);
    const byWords = strongest(scores, COMPARED);
    const voted = votes && votes.size > 0 ? addVotes(scores, ideal, votes, 1 - LESS_WORDS * trust) : null;
    const ranked = best(scores, limit);
    const found = ranked.flatMap((number) => {
      const passage = shelf.get(number);
      if (!passage) return [];
      const matched = words.filter(({ forms }) =>
        forms.some((form) => postings.holds(form, number) || postings.holds(form, sayingOf(number, scores))),
      );
      const answered = voted?.has(passage.sourceId) ?? false;
      // one guessed spelling among many words proves nothing
      if (!answered && matched.length === 1 && matched[0]?.known === false && words.length >= LONE_GUESS_WORDS) return [];
      const why = [...matched.slice(0, MOST_WHY).map(({ word }) => word), ...(answered ? [ANSWERED_BEFORE] : [])];
      const relevance = Math.min(1, (scores[number] ?? 0) / ideal);
      return [{ ...passage, relevance, coverage: matched.length / words.length, why: why.join(", ") }];
    });
    const fused = voted ? strongest(scores, COMPARED) : byWords;
    return { passages: found, signals: signalsOf({ byWords, fused, ideal, forms, pairs, votes, top: ranked[0] }) };
  }

  /** The sources with the best passages, best first. */
  function strongest(scores: Float64Array, most: number): Strong[] {
    const best: Strong[] = [];
    for (const numbers of shelf.sources().values()) {
      let score = 0;
      for (const number of numbers) score = Math.max(score, scores[number] ?? 0);
      if (score <= (best.length < most ? 0 : (best.at(-1)?.score ?? 0))) continue;
      let place = best.length;
      while (place > 0 && (best[place - 1]?.score ?? 0) < score) place -= 1;
      best.splice(place, 0, { numbers, score });
      if (best.length > most) best.pop();
    }
    return best;
  }

  /**
   * What words and votes say together, as two witnesses: 1 − (1 − words) × (1 − vote); of the words' say so much is `left`. A source's vote goes whole to its best passage and to
   * the others as far as they come near it; where no word matches, to its beginning. Answers with the sources that the votes moved.
   */
  function addVotes(scores: Float64Array, ideal: number, votes: ReadonlyMap<string, number>, left: number): Set<string> {
    const moved = new Set<string>();
    for (let number = 0; number < scores.length; number++) scores[number] = left * Math.min(ideal, scores[number] ?? 0);
    for (const [sourceId, vote] of votes) {
      const numbers = shelf.sources().get(sourceId);
      if (!numbers || vote <= 0) continue;
      const most = numbers.reduce((highest, number) => Math.max(highest, scores[number] ?? 0), 0);
      for (const [place, number] of numbers.entries()) {
        const score = scores[number] ?? 0;
        const share = most > 0 ? score / most : place === 0 ? 1 : 0;
        scores[number] = ideal * (1 - (1 - score / ideal) * (1 - vote * share));
      }
      if (vote >= TELLING_VOTE) moved.add(sourceId);
    }
    return moved;
  }

  function signalsOf(seen: {
    byWords: Strong[];
    fused: Strong[];
    ideal: number;
    forms: Set<string>;
    pairs: Pairs;
    votes: ReadonlyMap<string, number> | undefined;
    top: number | undefined;
  }): Answer["signals"] {
    const { byWords, fused, ideal, forms, pairs, votes, top = -1 } = seen;
    const head = shelf.head(top);
    const relevances = (ranking: Strong[]) => ranking.map(({ score }) => Math.min(1, score / ideal));
    const mostHeld = postings.mostHeld();
    let commonest = 0;
    for (const form of forms) commonest = Math.max(commonest, postings.held(form));
    return {
      ...standingOf(relevances(byWords), relevances(fused)),
      title: head ? shareNamed(head.title, forms, rarity) : 0,
      together: shareTogether(shelf.order(top), pairs),
      subject: mostHeld > 0 ? commonest / mostHeld : 0,
      vote: votes?.get(head?.sourceId ?? "") ?? 0,
    };
  }

  /** BM25 of one word of the question, by its best form in each passage. Answers with the most it could reach. */
  function addScores(forms: string[], weight: number, scores: Float64Array, ofWord: Float64Array): number {
    const held = shelf.held();
    const mean = held.words / held.passages || 1;
    const lengths = shelf.lengths();
    const touched: number[] = [];
    let most = 0;
    for (const [rank, form] of forms.entries()) {
      const posting = postings.get(form);
      if (!posting) continue;
      const rarity = weight * idf(posting.passages.length) * (rank === 0 ? 1 : WEAKER);
      most = Math.max(most, rarity);
      for (let position = 0; position < posting.passages.length; position++) {
        const passage = posting.passages[position] ?? 0;
        const frequency = posting.counts[position] ?? 0;
        const score = (rarity * frequency) / (frequency + K1 * (1 - B + (B * (lengths[passage] ?? 0)) / mean));
        if (ofWord[passage] === 0) touched.push(passage);
        if (score > (ofWord[passage] ?? 0)) ofWord[passage] = score;
      }
    }
    for (const passage of touched) {
      scores[passage] = (scores[passage] ?? 0) + (ofWord[passage] ?? 0);
      ofWord[passage] = 0;
    }
    return most || weight * idf(1);
  }

  function weighLanguages(scores: Float64Array, language: string | undefined): void {
    if (language === undefined) return;
    const languages = shelf.languages();
    if (!languages.includes(language)) return;
    for (const [passage, other] of languages.entries()) if (other !== language) scores[passage] = (scores[passage] ?? 0) * OTHER_LANGUAGE;
  }

  /** A safety article found anywhere is found at its beginning, too: there it says what to do first. */
  function openSafetyArticles(scores: Float64Array): void {
    for (const number of shelf.safety()) {
      const opening = shelf.sources().get(shelf.head(number)?.sourceId ?? "")?.[0];
      if (opening !== undefined && (scores[opening] ?? 0) < (scores[number] ?? 0)) scores[opening] = scores[number] ?? 0;
    }
  }

  /** Where the words stand that an opened safety article was found by. */
  function sayingOf(number: number, scores: Float64Array): number {
    const passage = shelf.head(number);
    if (!passage?.safety || shelf.sources().get(passage.sourceId)?.[0] !== number) return number;
    return (
      shelf.safety().findLast((other) => shelf.head(other)?.sourceId === passage.sourceId && scores[other] === scores[number]) ?? number
    );
  }

  /** The best passages, best first. A safety article that fits nearly as well stands among the first, whatever else the message is about. */
  function best(scores: Float64Array, limit: number): number[] {
    const ranked: number[] = [];
    const score = (passage: number | undefined) => (passage === undefined ? 0 : (scores[passage] ?? 0));
    for (let passage = 0; passage < scores.length; passage++) {
      if (score(passage) <= (ranked.length < limit ? 0 : score(ranked.at(-1)))) continue;
      let place = ranked.length;
      while (place > 0 && score(ranked[place - 1]) < score(passage)) place -= 1;
      ranked.splice(place, 0, passage);
      if (ranked.length > limit) ranked.pop();
    }
    const articles = shelf.safety();
    const safety = articles.reduce((first, passage) => (score(passage) > score(first) ? passage : first), articles[0] ?? -1);
    const from = ranked.indexOf(safety);
    if (score(safety) < SAFETY_FITS * score(ranked[0]) || score(safety) === 0 || (from >= 0 && from < SAFETY_WITHIN)) return ranked;
    const others = ranked.filter((passage) => passage !== safety);
    return [...others.slice(0, SAFETY_WITHIN - 1), safety, ...others.slice(SAFETY_WITHIN - 1)].slice(0, limit);
  }

  /** The forms a question's word may be found by; those of its likely spelling when nobody knows it. */
  function formsOf(term: Term, known: boolean): string[] {
    return known ? [term.whole, ...term.weaker] : [term.whole, ...vocabulary.near(term.whole)];
  }

  function isKnown(term: Term): boolean {
    return [term.whole, ...term.weaker].some((form) => postings.has(form));
  }

  function rarity({ whole, weaker }: Term): number {
    return idf(Math.max(1, postings.held(whole), ...weaker.map(postings.held)));
  }

  function idf(count: number): number {
    return Math.log(1 + (shelf.held().passages - count + 0.5) / (count + 0.5));
  }
}

interface Strong {
  numbers: readonly number[];
  score: number;
}
