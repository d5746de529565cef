import { orderOf } from "../../core/neighbours.ts";
import { type Term, termsOf } from "../../core/terms.ts";
import type { Passage } from "../../core/words.ts";

/** A word in the title or a heading counts as this many in the text. */
export const TITLE_WEIGHT = 4;

/** What the index keeps of a passage's words. */
export interface PassageWords {
  /** How much each form of each word counts. */
  counts: Map<string, number>;
  /** Words of the text, titles left out. */
  length: number;
  /** All words in their order, those of the titles first. */
  order: Uint16Array;
}

/** Reads a passage's words: the same passage always gives the same. */
export function countsOf(passage: Passage, language: string | null): PassageWords {
  const counts = new Map<string, number>();
  const count = (terms: Term[], weight: number) => {
    for (const { whole, weaker } of terms) {
      counts.set(whole, (counts.get(whole) ?? 0) + weight);
      for (const [place, form] of weaker.entries())
        if (form !== whole && weaker.indexOf(form) === place) counts.set(form, (counts.get(form) ?? 0) + weight);
    }
  };
  const body = termsOf(passage.text, language);
  count(body, 1);
  const titles = termsOf([passage.title, ...passage.titlePath].join("\n"), language);
  count(titles, TITLE_WEIGHT);
  return { counts, length: body.length, order: orderOf([...titles, ...body]) };
}
