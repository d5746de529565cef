import { type Pairs, pairsOf, worthTogether } from "../../core/neighbours.ts";
import { type Term, termsOf } from "../../core/terms.ts";
import type { QuestionWords } from "./question-words.ts";
import type { Shelf } from "./shelf.ts";

/** How rare the commonest of a word's forms is in the knowledge base; one that nobody knows is as rare as can be. */
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

/** The neighbouring words of a question: side by side they are worth what the rarer one is. */
export function pairsIn(neighbours: QuestionWords["neighbours"], rarity: Rarity): Pairs {
  return pairsOf(neighbours, (place) => {
    const pair = neighbours[place];
    return pair ? pair.weight * Math.max(rarity(pair.first), rarity(pair.second)) : 0;
  });
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
