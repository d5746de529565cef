import { UsageError } from "./usage.ts";

type Evaluation = { run(args: string[]): Promise<number> };

/** What can be measured, each on its own kind of data. */
const EVALUATIONS: Record<string, () => Promise<Evaluation>> = {
  calibration: () => import("./calibration/eval-calibration.ts"),
  retrieval: () => import("./retrieval/eval-retrieval.ts"),
  drafts: () => import("./drafts/eval-drafts.ts"),
  triage: () => import("./triage/eval-triage.ts"),
  flags: () => import("./judgement/eval-flags.ts"),
  injection: () => import("./judgement/eval-injection.ts"),
  quotes: () => import("./judgement/eval-quotes.ts"),
};

/** `eval WHAT …` measures a part of our judgement on data with known answers and prints figures with intervals. */
export async function run([what, ...args]: string[]): Promise<number> {
  const load = Object.hasOwn(EVALUATIONS, what ?? "") ? EVALUATIONS[what ?? ""] : undefined;
  if (!load)
    throw new UsageError(
      `Say what to measure: ${Object.keys(EVALUATIONS)
        .map((name) => `eval ${name}`)
        .join(", ")}.`,
    );
  return (await load()).run(args);
}
