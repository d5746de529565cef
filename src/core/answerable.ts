import type { FoundPassage } from "./words.ts";

/**
 * How likely it is, 0..1, that the knowledge base answers the question: the best passage's relevance and coverage in equal parts
 * (their geometric mean), because a strong match on half the question, or a weak one on all of it, is half an answer.
 */
export function answerable(passages: Pick<FoundPassage, "relevance" | "coverage">[]): number {
  return Math.max(0, ...passages.map(({ relevance, coverage }) => Math.min(1, Math.sqrt(Math.max(0, relevance * coverage)))));
}
