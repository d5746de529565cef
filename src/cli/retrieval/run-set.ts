import { answerable } from "../../core/answerable.ts";
import type { AnsweredQuestion } from "../../core/answered.ts";
import type { Observation } from "./fit.ts";
import { type Asked, hit, type Measured, measure } from "./measures.ts";
import { indexOf, memoryOf, miniSearch, ours, postgres, type Ranker } from "./rankers.ts";
import { type EvaluationQuestion, type EvaluationSet, foldOf } from "./set.ts";

/** What one ranker came to on one set; our own keep what the fit needs. */
export interface RankerResult {
  set: string;
  ranker: string;
  measured: Measured;
  asked: Asked[];
  observations: Observation[];
}

/** Runs all rankers over a set. `learn` feeds the memory from elsewhere; `folds` from the set's own other questions, never a question from itself. */
export async function runSet(
  set: EvaluationSet,
  { learn, folds, references, now }: { learn: AnsweredQuestion[] | null; folds: number | null; references: boolean; now: Date },
): Promise<RankerResult[]> {
  const index = indexOf(set);
  const results = [await runRanker(set, () => ours(index, null))];
  if (learn) {
    const withMemory = ours(index, memoryOf(learn, now));
    results.push(await runRanker(set, () => withMemory));
  }
  if (folds !== null) {
    const byFold = Array.from({ length: folds }, (_, fold) => ours(index, memoryOf(answeredOutside(set, fold, folds, now), now)));
    const result = await runRanker(set, ({ id }) => byFold[foldOf(id, folds)] as Ranker);
    results.push({ ...result, ranker: `${result.ranker}, ${folds} folds` });
  }
  if (!references) return results;
  const engine = miniSearch(set);
  results.push(await runRanker(set, () => engine));
  const { rankers, close } = await postgres(set);
  try {
    for (const ranker of rankers) results.push(await runRanker(set, () => ranker));
  } finally {
    await close();
  }
  return results;
}

function answeredOutside(set: EvaluationSet, fold: number, folds: number, now: Date): AnsweredQuestion[] {
  return set.questions
    .filter(({ id, answerable: has }) => has && foldOf(id, folds) !== fold)
    .map(({ text, relevant, answer, at }) => ({
      question: text,
      sourceIds: relevant,
      answer,
      outcome: "imported",
      answeredAt: at ?? now,
      approvalId: null,
    }));
}

async function runRanker(set: EvaluationSet, rankerFor: (question: EvaluationQuestion) => Ranker): Promise<RankerResult> {
  const asked: Asked[] = [];
  const observations: Observation[] = [];
  let name = "";
  for (const question of set.questions) {
    const { id, text, relevant, answerable: has } = question;
    const ranker = rankerFor(question);
    name = ranker.name;
    const startedAt = performance.now();
    try {
      const { ranked, signals } = await ranker.rank(text);
      const ms = performance.now() - startedAt;
      const probability = signals && (ranked.length > 0 ? answerable(signals) : 0);
      asked.push({ id, relevant, answerable: has, ranked, probability, ms, threw: false });
      if (signals)
        observations.push({
          id,
          set: `${set.name} ${name}`,
          signals,
          answerable: has,
          topRight: has && hit({ ranked, relevant }, 1) === 1,
        });
    } catch {
      asked.push({ id, relevant, answerable: has, ranked: [], probability: null, ms: performance.now() - startedAt, threw: true });
    }
  }
  return { set: set.name, ranker: name, measured: measure(asked), asked, observations };
}
