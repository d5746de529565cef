import type { Term } from "../../core/terms.ts";
import { termsOf } from "../../core/terms.ts";
import type { QuestionWords } from "./question-words.ts";
import type { Shelf } from "./shelf.ts";

/** How rare the commonest of a word's forms is in the knowledge base; 0 for a word that nobody knows. */
export type Rarity = (term: Term) => number;

/** What the second, third and fourth best passage of a source add to its best: who says it more than once is more likely about it. */
const FURTHER = [0.2, 0.1, 0.05];
/** What a title that the question names whole adds, as a share of the most that a passage could score. */
const TITLE = 0.03;
/** What two neighbouring words of the question add where they stand together, too, against what the rarer one is worth. */
const TOGETHER = 0.1;

/** What a second, closer look says about one source: by passage, what it scores now. */
export function lookCloser(
  numbers: readonly number[],
  seen: { scores: Float64Array; ideal: number; shelf: Shelf; pairs: Pairs; forms: ReadonlySet<string>; rarity: Rarity },
): void {
  const { scores, ideal, shelf, pairs, forms, rarity } = seen;
  const ranked = numbers.map((number) => scores[number] ?? 0).sort((a, b) => b - a);
  const [most = 0] = ranked;
  const further = FURTHER.reduce((sum, share, place) => sum + share * (ranked[place + 1] ?? 0), 0);
  const gain = further + TITLE * ideal * shareNamed(shelf.head(numbers[0] ?? -1)?.title ?? "", forms, rarity);
  for (const number of numbers) {
    const score = scores[number] ?? 0;
    if (score > 0) scores[number] = score + (gain * score) / most + TOGETHER * worthTogether(shelf.order(number), pairs);
  }
}

/** Neighbouring words of a question. */
export interface Pairs {
  marks: Set<number>;
  /** What finding both side by side is worth, by the marks of both. */
  worth: Map<number, number>;
}

/** The neighbouring words of a question that the knowledge base knows, and what they are worth where they stand side by side. */
export function pairsOf(neighbours: QuestionWords["neighbours"], rarity: Rarity): Pairs {
  const pairs: Pairs = { marks: new Set(), worth: new Map() };
  for (const { first, second, weight } of neighbours) {
    const [a, b] = [markOf(first), markOf(second)];
    const [rareA, rareB] = [rarity(first), rarity(second)];
    if (a === b || rareA === 0 || rareB === 0 || pairs.worth.has(a * MARKS + b)) continue;
    pairs.marks.add(a).add(b);
    pairs.worth.set(a * MARKS + b, weight * Math.max(rareA, rareB));
  }
  return pairs;
}

/** The words of a text in order, each as a number of 16 bits that words of one root share; seldom two roots do. */
export function orderOf(terms: Term[]): Uint16Array {
  return Uint16Array.from(terms, markOf);
}

/** The share of a title's words, by rarity, that are among these forms. */
export function shareNamed(title: string, forms: ReadonlySet<string>, rarity: Rarity): number {
  let all = 0;
  let named = 0;
  for (const term of termsOf(title)) {
    const weight = rarity(term);
    all += weight;
    if (forms.has(term.whole) || term.weaker.some((form) => forms.has(form))) named += weight;
  }
  return all > 0 ? named / all : 0;
}

/** Side by side, in either order, or in the question's order with one word between them. */
function worthTogether(order: Uint16Array, { marks, worth }: Pairs): number {
  if (worth.size === 0) return 0;
  const met = new Set<number>();
  let sum = 0;
  const meet = (pair: number) => {
    const value = worth.get(pair);
    if (value === undefined || met.has(pair)) return;
    met.add(pair);
    sum += value;
  };
  for (let place = 0; place + 1 < order.length; place++) {
    const here = order[place] ?? 0;
    if (!marks.has(here)) continue;
    const next = order[place + 1] ?? 0;
    if (marks.has(next)) {
      meet(here * MARKS + next);
      meet(next * MARKS + here);
    }
    if (place + 2 < order.length) meet(here * MARKS + (order[place + 2] ?? 0));
  }
  return sum;
}

const MARKS = 65_536;

/** FNV-1a of the root, folded to 16 bits. */
function markOf({ whole, weaker }: Term): number {
  const [only] = weaker;
  const root = weaker.length === 1 && only?.startsWith("~") ? only : whole;
  let hash = 0x811c9dc5;
  for (let at = 0; at < root.length; at++) hash = Math.imul(hash ^ root.charCodeAt(at), 0x01000193);
  return ((hash >>> 16) ^ hash) & (MARKS - 1);
}
