import { languageOf } from "../../core/language.ts";
import { verifyQuote } from "../../core/quotes.ts";
import { type Sentence, sentencesOf } from "../../core/sentences.ts";
import { type Term, termsOf } from "../../core/terms.ts";
import type { FoundPassage } from "../../core/words.ts";
import { coversMeasure, measuresIn } from "./measures.ts";

/** A sentence of a passage, chosen because it answers. */
export interface Chosen extends Sentence {
  passage: FoundPassage;
}

/** Below this nothing was found: the passages share a word with the question, not its subject. Read off the fixtures' and public questions. */
const LEAST_RELEVANCE = 0.25;
const LEAST_COVERAGE = 1 / 3;
/** Only passages nearly as good as the best one are quoted. */
const NEARLY = 0.7;
const MOST_PASSAGES = 3;
/** A further sentence must be worth this much of the best one. */
const WORTH_SAYING = 0.6;
/** What a word counts that an earlier sentence has said, one that only stands in the title, and a sentence that sends people elsewhere. */
const SAID_BEFORE = 0.5;
const TITLE_WORD = 0.3;
const REFERS_ELSEWHERE = 0.5;
/** A passage begins with what it is about. */
const FIRST_SENTENCE_BONUS = 0.25;
const LONGEST_SENTENCE = 500;

/** The passages worth quoting, best first: relevant ones, those in the customer's language before others. */
export function worthQuoting(passages: FoundPassage[], language: string): FoundPassage[] {
  const relevant = passages.filter(isRelevant);
  const own = relevant.filter((passage) => (languageOf(passage.text) ?? language) === language);
  const best = own.length > 0 ? own : relevant;
  return best.filter((passage) => passage.relevance >= NEARLY * (best[0]?.relevance ?? 0)).slice(0, MOST_PASSAGES);
}

/** The one to `most` sentences that best answer the question, in the order of their passages. */
export function chooseSentences(passages: FoundPassage[], question: string, most: number): Chosen[] {
  const asked = termsOf(question).filter((term) => !REFERENCE.test(term.whole));
  const measures = measuresIn(question);
  const candidates = passages.flatMap((passage, rank) => {
    const title = formsOf([passage.title, ...passage.titlePath].join("\n"));
    const sizes = asked.map((term) => term.whole).filter((word) => DIGIT.test(word) && !YEAR.test(word) && !title.has(word));
    const sentences = quotableSentences(passage).map((sentence, position) => {
      const forms = formsOf(sentence.text);
      const covered = measures.filter((measure) => coversMeasure(sentence.text, measure)).map(({ digits }) => digits);
      const words = new Set(asked.filter((term) => matches(term, forms)).map((term) => term.whole));
      return { ...sentence, position, said: new Set([...forms, ...covered]), words };
    });
    // where one sentence says a word of the title itself, those beside it are about something else
    const titleOnly = asked.filter((term) => matches(term, title) && !sentences.some(({ words }) => words.has(term.whole)));
    const inTitle = new Set(titleOnly.map((term) => term.whole)).size;
    return sentences
      .filter(({ said, kind }) => sizes.every((size) => said.has(size)) || (kind !== "row" && !speaksOfAnotherSize(said, sizes)))
      .map((sentence) => ({ ...sentence, passage, rank, inTitle }));
  });
  const rarity = (word: string) =>
    Math.log(1 + candidates.length / (1 + candidates.filter((candidate) => candidate.words.has(word)).length));
  const score = (candidate: (typeof candidates)[number], already: Set<string>) => {
    const said = [...candidate.words].reduce((sum, word) => sum + rarity(word) * (already.has(word) ? SAID_BEFORE : 1), 0);
    const worth =
      said + TITLE_WORD * candidate.inTitle + (candidate.position === 0 && candidate.kind === "sentence" ? FIRST_SENTENCE_BONUS : 0);
    return candidate.passage.relevance * worth * (candidate.raw.includes("](") ? REFERS_ELSEWHERE : 1);
  };

  const chosen: typeof candidates = [];
  const already = new Set<string>();
  let best = 0;
  while (chosen.length < most) {
    const next = candidates
      .filter((candidate) => !chosen.includes(candidate))
      .map((candidate) => ({ candidate, score: score(candidate, already) }))
      .sort((a, b) => b.score - a.score)[0];
    if (!next || next.score <= 0 || next.score < WORTH_SAYING * best) break;
    if (chosen.length === 0) best = next.score;
    chosen.push(next.candidate);
    for (const word of next.candidate.words) already.add(word);
  }
  return chosen.sort((a, b) => a.rank - b.rank || a.position - b.position);
}

/** The first sentence of a safety passage: what to do before anything else. Without danger only where that passage answers, too. */
export function safetyStep(passages: FoundPassage[], urgent: boolean): Chosen | null {
  const best = passages[0]?.relevance ?? 0;
  const passage = passages.find((one) => one.safety && (urgent || (isRelevant(one) && one.relevance >= NEARLY * best)));
  const [first] = passage ? quotableSentences(passage) : [];
  return passage && first ? { ...first, passage } : null;
}

/** Sentences that can stand alone and be proven: not cut off by a colon, not leaning on the sentence before, no mere keywords, not too long. */
function quotableSentences(passage: FoundPassage): Sentence[] {
  return sentencesOf(passage.text).filter(({ text, raw, kind }, position) => {
    if (text.length > LONGEST_SENTENCE || /[:?]$/.test(text) || (position > 0 && LEANS_BACK.test(text))) return false;
    if (kind === "item" && !/[.!]["”»)]?$/.test(text)) return false;
    return verifyQuote(raw, passage.text);
  });
}

/** AN-8 was asked for, this speaks of AN-6. */
function speaksOfAnotherSize(said: Set<string>, sizes: string[]): boolean {
  const families = sizes.filter((size) => !said.has(size)).flatMap((size) => /^\p{L}+(?=\p{N})/u.exec(size)?.[0] ?? []);
  return [...said].some((form) => families.some((family) => form.startsWith(family) && DIGIT.test(form.charAt(family.length))));
}

/** A size only as a whole: the AN of AN-8 stands in every article. */
function matches(term: Term, forms: Set<string>): boolean {
  return forms.has(term.whole) || (!DIGIT.test(term.whole) && term.weaker.some((form) => forms.has(form)));
}

const isRelevant = ({ relevance, coverage }: FoundPassage) => relevance >= LEAST_RELEVANCE && coverage >= LEAST_COVERAGE;

const DIGIT = /\p{N}/u;
/** A car's, not a size. */
const YEAR = /^(?:19|20)\p{N}{2}$/u;
/** An order number, not a size. */
const REFERENCE = /^\p{N}{5,}$/u;
const LEANS_BACK =
  /^(?:it|its|this|that|these|those|they|he|she|then|but|and|also|otherwise|dies|diese|dieser|dieses|es|er|sie|das|dann|aber|sonst|esto|este|esta|estos|ello|luego|pero|cela|ceci|ce|cet|cette|ces|ils|elles|mais|isto|isso|eles|elas|mas)(?![\p{L}-])/iu;

function formsOf(text: string): Set<string> {
  return new Set(termsOf(text).flatMap((term) => [term.whole, ...term.weaker]));
}
