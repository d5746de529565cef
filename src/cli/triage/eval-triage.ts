import { parseArgs } from "node:util";
import { inScope } from "../../core/classifier/scope.ts";
import type { Figure } from "../retrieval/measures.ts";
import { UsageError } from "../usage.ts";
import { FIGURES, figuresOf, type Judged } from "./figures.ts";
import { fitScope, type ScopeObservation } from "./fit-scope.ts";
import { type Judge, majority, nearestByMiniSearch, ours } from "./judges.ts";
import { readTriageSet, type TriageSet } from "./set.ts";

/**
 * `eval triage FOLDER…` trains on each folder's `train.jsonl` and tries its `queries.jsonl`, side by side with the nearest example and the most
 * frequent label; with several folders also with the scope's weights fitted without the set they judge. `--fit` prints weights fitted on all.
 */
export async function run(args: string[]): Promise<number> {
  const { positionals, values } = parseArgs({
    args,
    allowPositionals: true,
    options: { json: { type: "boolean", default: false }, fit: { type: "boolean", default: false } },
  });
  if (positionals.length === 0) throw new UsageError("Say `eval triage` and the folder of a set, or several.");
  const results: Result[] = [];
  for (const folder of positionals) {
    const set = await readTriageSet(folder);
    for (const make of [ours, nearestByMiniSearch, majority]) results.push(runJudge(set, make));
  }
  results.push(...scopedByOthers(results));
  const weights = values.fit ? fitScope(results.flatMap(({ observations }) => observations)) : null;
  if (values.json) {
    const sets = results.map(({ set, judge, trainMs, testMs, rows }) => ({ set, judge, trainMs, testMs, figures: figuresOf(rows) }));
    process.stdout.write(`${JSON.stringify({ sets, ...(weights && { weights }) })}\n`);
    return 0;
  }
  for (const [name, held] of Map.groupBy(results, ({ set }) => set)) process.stdout.write(tableOf(name, held));
  if (weights) process.stdout.write(`\nweights of \`inScope\` fitted on all of it:\n${JSON.stringify(weights, null, 2)}\n`);
  return 0;
}

interface Result {
  set: string;
  judge: string;
  rows: Judged[];
  observations: ScopeObservation[];
  trainMs: number;
  /** Mean of one message. */
  testMs: number;
}

function runJudge({ name, examples, messages }: TriageSet, make: (examples: TriageSet["examples"]) => Judge): Result {
  const startedAt = performance.now();
  const judge = make(examples);
  const trainedAt = performance.now();
  const verdicts = messages.map(({ text, label }) => ({ label, ...judge.judge(text) }));
  const testMs = (performance.now() - trainedAt) / (messages.length || 1);
  return {
    set: name,
    judge: judge.name,
    rows: verdicts,
    observations: verdicts.flatMap(({ label, signals }) => (signals ? [{ set: name, signals, inScope: label !== null }] : [])),
    trainMs: trainedAt - startedAt,
    testMs,
  };
}

/** Our own verdicts once more, the scope judged by weights that never saw the set: what a team's own labels may expect. */
function scopedByOthers(results: Result[]): Result[] {
  const own = results.filter(({ observations }) => observations.length > 0);
  if (own.length < 2) return [];
  return own.map((result) => {
    const weights = fitScope(own.filter(({ set }) => set !== result.set).flatMap(({ observations }) => observations));
    const rows = result.rows.map((row, place) => {
      const signals = result.observations[place]?.signals;
      return { ...row, inScope: signals && row.inScope ? inScope(signals, weights) : 0 };
    });
    return { ...result, judge: "… scope fitted elsewhere", rows, observations: [] };
  });
}

const NAME_WIDTH = 28;
const WIDTH = 21;

function tableOf(name: string, results: Result[]): string {
  const rows = results[0]?.rows ?? [];
  const inside = rows.filter(({ label }) => label !== null).length;
  const head = `\n${name} · ${inside} messages in scope, ${rows.length - inside} out of scope\n`;
  const titles = `${"".padEnd(NAME_WIDTH)}${FIGURES.map((title) => title.padEnd(WIDTH)).join("")}ms to train / test\n`;
  return head + titles + results.map(lineOf).join("");
}

function lineOf({ judge, rows, trainMs, testMs }: Result): string {
  const figures = figuresOf(rows);
  const cells = FIGURES.map((title) => cellOf(figures[title]).padEnd(WIDTH)).join("");
  return `${judge.padEnd(NAME_WIDTH)}${cells}${trainMs.toFixed(0)} / ${testMs.toFixed(2)}\n`;
}

const short = (value: number | null) => (value === null ? "–" : value.toFixed(3).replace(/^0/, ""));
const cellOf = ({ value, low, high }: Figure) => (value === null ? "–" : `${short(value)} [${short(low)}–${short(high)}]`);
