import type { FoundPassage } from "../../core/words.ts";

/** Reciprocal rank fusion's constant (Cormack, Clarke & Büttcher 2009): how slowly a place loses weight. */
const K = 60;

/**
 * One ranking out of two, by reciprocal rank fusion: only places count, since words and meanings are scored on scales of their own.
 * `close` are the passages closest in meaning, closest first. Relevance stays on the scale of the words, which confidence knows: the best
 * passage has what the words' best had, and so on; where words found nothing it is the similarity.
 */
export function fuse(byWords: FoundPassage[], close: { passage: FoundPassage; similarity: number }[]): FoundPassage[] {
  if (close.length === 0) return byWords;
  const fused = new Map<string, { passage: FoundPassage; score: number }>();
  const add = (passage: FoundPassage, place: number) => {
    const known = fused.get(passage.passageId);
    fused.set(passage.passageId, { passage: known?.passage ?? passage, score: (known?.score ?? 0) + 1 / (K + place + 1) });
  };
  for (const [place, passage] of byWords.entries()) add(passage, place);
  const similarities = new Map<string, number>();
  for (const [place, { passage, similarity }] of close.entries()) {
    add(passage, place);
    similarities.set(passage.passageId, similarity);
  }
  const ranked = [...fused.values()].sort((a, b) => b.score - a.score);
  const strengths = byWords.map(({ relevance }) => relevance).sort((a, b) => b - a);
  const weakest = strengths.at(-1);
  return ranked.map(({ passage }, rank) => {
    const similarity = similarities.get(passage.passageId);
    const why = [passage.why, ...(similarity === undefined ? [] : [`close in meaning (${similarity.toFixed(2)})`])];
    const relevance = strengths[rank] ?? weakest ?? Math.min(1, Math.max(0, similarity ?? 0));
    return { ...passage, relevance, why: why.filter((reason) => reason !== "").join(", ") };
  });
}
