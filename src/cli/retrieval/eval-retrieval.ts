import { parseArgs } from "node:util";
import { answerable } from "../../core/answerable.ts";
import { UsageError } from "../usage.ts";
import { fitAnswerable, fitOutOfFold } from "./fit.ts";
import { type Figure, MEASURES, type Measured, measure } from "./measures.ts";
import { type RankerResult, runSet } from "./run-set.ts";
import { readAnswered, readSet } from "./set.ts";

const FOLDS = 5;

/** `eval retrieval FOLDER…` measures our search on sets of real questions, side by side with MiniSearch and PostgreSQL's full-text search. */
export async function run(args: string[]): Promise<number> {
  const { positionals, values } = parseArgs({
    args,
    allowPositionals: true,
    allowNegative: true,
    options: {
      learn: { type: "string" },
      folds: { type: "string" },
      json: { type: "boolean", default: false },
      fit: { type: "boolean", default: false },
      references: { type: "boolean", default: true },
    },
  });
  const folders = positionals;
  if (folders.length === 0) throw new UsageError("Say `eval retrieval` and the folder of a set, or several.");
  const folds = values.folds === undefined ? null : Number(values.folds);
  if (folds !== null && (!Number.isInteger(folds) || folds < 2 || folds > 20))
    throw new UsageError(`--folds ${values.folds}: must be a number from 2 to 20.`);
  const now = new Date();
  const learn = values.learn === undefined ? null : await readAnswered(values.learn, now);
  const results: RankerResult[] = [];
  for (const folder of folders) {
    const set = await readSet(folder);
    const ran = await runSet(set, { learn, folds, references: values.references, now });
    results.push(...ran);
    if (!values.json) process.stdout.write(tableOf(set.name, ran));
  }
  const pooled = poolOf(results);
  if (values.json)
    process.stdout.write(`${JSON.stringify({ sets: results.map(jsonOf), pooled, ...(values.fit && { weights: fitAll(results) }) })}\n`);
  else {
    process.stdout.write(`\nthe same with weights of \`answerable\` that were fitted without the fold of the question they judge\n`);
    for (const { name, measured } of pooled) process.stdout.write(lineOf(name, measured));
    if (values.fit) process.stdout.write(`\nweights of \`answerable\` fitted on all of it:\n${JSON.stringify(fitAll(results), null, 2)}\n`);
  }
  return 0;
}

const jsonOf = ({ set, ranker, measured }: RankerResult) => ({ set, ranker, ...measured });

const fitAll = (results: RankerResult[]) => fitAnswerable(results.flatMap(({ observations }) => observations));

/** Each set and all sets together, `answerable` fitted anew without the fold of the question it judges. */
function poolOf(results: RankerResult[]): { name: string; measured: Measured }[] {
  const own = results.filter(({ observations }) => observations.length > 0);
  const all = own.flatMap(({ observations }) => observations);
  if (all.length === 0) return [];
  const weights = fitOutOfFold(all, FOLDS);
  const probabilities = new Map(all.map((row, place) => [row, answerable(row.signals, weights[place])]));
  const judged = own.map((result) => ({
    ...result,
    asked: result.asked
      .filter(({ threw }) => !threw)
      .map((row, place) => {
        const observation = result.observations[place];
        return { ...row, probability: observation ? (probabilities.get(observation) ?? null) : null };
      }),
  }));
  const each = judged.map(({ set, ranker, asked }) => ({ name: `${set} · ${ranker}`, measured: measure(asked) }));
  const sets = [...new Set(judged.map(({ set }) => set))];
  const of = (memory: boolean) =>
    sets.flatMap((set) => {
      const ran = judged.filter((result) => result.set === set);
      return (memory ? ran.at(-1) : ran[0])?.asked ?? [];
    });
  const alone = { name: "all sets, words alone", measured: measure(of(false)) };
  const withMemory = own.length === sets.length ? [] : [{ name: "all sets, with the memory", measured: measure(of(true)) }];
  return [...each, alone, ...withMemory];
}

const NAME_WIDTH = 44;
const WIDTH = 20;

function tableOf(name: string, results: RankerResult[]): string {
  const questions = results[0]?.measured.questions ?? 0;
  const head = `\n${name} · ${questions} questions\n${"".padEnd(NAME_WIDTH)}${MEASURES.map((title) => title.padEnd(WIDTH)).join("")}ms mean / p95   threw\n`;
  return head + results.map(({ ranker, measured }) => lineOf(ranker, measured)).join("");
}

function lineOf(name: string, { figures, ms, threw }: Measured): string {
  const cells = MEASURES.map((title) => figureText(figures[title]).padEnd(WIDTH)).join("");
  return `${name.padEnd(NAME_WIDTH)}${cells}${`${ms.mean.toFixed(2)} / ${ms.p95.toFixed(2)}`.padEnd(16)}${threw}\n`;
}

const short = (value: number | null) => (value === null ? "–" : value.toFixed(3).replace(/^0/, ""));
const figureText = ({ value, low, high }: Figure) => (value === null ? "–" : `${short(value)} [${short(low)}–${short(high)}]`);
