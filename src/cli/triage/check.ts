import { type Example, train } from "../../core/classifier/classifier.ts";

const FOLDS = 5;
const SHOWN = 10;
/** With fewer examples a label is hardly ever found again. */
const FEW = 5;

/**
 * Says how well the examples tell labels apart: each fifth is judged by the others. Shows which labels are taken for which, most often first,
 * and which have too few examples. With `json` one object `{examples, labels, right, confused: [{label, taken_for, times}], few: [label]}`, `right` 0..1.
 */
export function check(examples: Example[], json: boolean): number {
  const confused = new Map<string, { label: string; taken_for: string | null; times: number }>();
  let right = 0;
  for (let fold = 0; fold < FOLDS; fold++) {
    const classify = train(examples.filter((_, place) => place % FOLDS !== fold));
    for (const { text, label } of examples.filter((_, place) => place % FOLDS === fold)) {
      const { label: guess } = classify(text);
      if (guess === label) right += 1;
      else {
        const key = JSON.stringify([label, guess]);
        confused.set(key, { label, taken_for: guess, times: (confused.get(key)?.times ?? 0) + 1 });
      }
    }
  }
  const labels = Map.groupBy(examples, ({ label }) => label);
  const report = {
    examples: examples.length,
    labels: labels.size,
    right: right / (examples.length || 1),
    confused: [...confused.values()].sort((a, b) => b.times - a.times).slice(0, SHOWN),
    few: [...labels].filter(([, { length }]) => length < FEW).map(([label]) => label),
  };
  process.stdout.write(json ? `${JSON.stringify(report)}\n` : sentencesOf(report));
  return 0;
}

type Report = {
  examples: number;
  labels: number;
  right: number;
  confused: { label: string; taken_for: string | null; times: number }[];
  few: string[];
};

function sentencesOf({ examples, labels, right, confused, few }: Report): string {
  return [
    `${examples} examples of ${labels} labels; held out, ${(100 * right).toFixed(0)} % of them get their label from the others.`,
    ...(confused.length > 0 ? ["Taken for another label most often:"] : []),
    ...confused.map(({ label, taken_for, times }) => `${String(times).padStart(6)}  ${label} → ${taken_for ?? "none"}`),
    ...(few.length > 0 ? [`Fewer than ${FEW} examples: ${few.join(", ")}`] : []),
    "",
  ].join("\n");
}
