import { parseArgs } from "node:util";
import type { Reliability } from "../../core/reliability.ts";
import { UsageError } from "../usage.ts";
import { OPERATORS } from "./operators.ts";
import { CHECKPOINTS, type Checkpoint, FRESH, simulate } from "./simulate.ts";

/** Seeds below this one were used, or seen, while the refit was made; the figures come from others. */
const FIRST_SEED = 9001;
const MEASURES = ["ece", "brier", "logLoss", "auroc"] as const;
type Measure = (typeof MEASURES)[number];
/** What the mean over all operators must not exceed after so many decisions. */
const FLOORS = [
  { decisions: 100, ece: 0.05 },
  { decisions: 500, ece: 0.03 },
];

/** A mean over seeds with the standard deviation of one seed. */
interface Spread {
  mean: number;
  deviation: number;
}

interface Row {
  operators: string;
  decisions: number;
  /** Share of the installations whose refit was taken at this checkpoint. */
  taken: number;
  prior: Record<Measure, Spread>;
  fitted: Record<Measure, Spread>;
  /** Fitted less prior, seed by seed: below 0 is better. `error` is the mean's standard error. */
  difference: Record<"ece" | "brier" | "logLoss", { mean: number; error: number }>;
}

/** `eval calibration` refits the confidence on simulated operators and measures prior and refit on fresh decisions of theirs. */
export async function run(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options: { seeds: { type: "string", default: "50" }, json: { type: "boolean", default: false } } });
  const seeds = Number(values.seeds);
  if (!Number.isInteger(seeds) || seeds < 2 || seeds > 1000)
    throw new UsageError(`--seeds ${values.seeds}: must be a number from 2 to 1000.`);
  const rows: Row[] = [];
  if (!values.json) process.stdout.write(`${FRESH.toLocaleString("en")} fresh decisions, mean ± standard deviation of ${seeds} seeds\n`);
  for (const operators of OPERATORS) {
    const runs = Array.from({ length: seeds }, (_, nth) => simulate(operators, FIRST_SEED + nth));
    const own = CHECKPOINTS.map((decisions, place) =>
      rowOf(
        operators.name,
        decisions,
        runs.map((run) => run[place] as Checkpoint),
      ),
    );
    rows.push(...own);
    if (!values.json) process.stdout.write(tableOf(operators.name, own));
  }
  const verdict = verdictOf(rows);
  process.stdout.write(values.json ? `${JSON.stringify({ seeds, fresh: FRESH, rows: rows.map(rowJson), verdict })}\n` : wordsOf(verdict));
  return 0;
}

function rowOf(operators: string, decisions: number, runs: Checkpoint[]): Row {
  const spreads = (which: "prior" | "fitted") =>
    Object.fromEntries(MEASURES.map((measure) => [measure, spreadOf(runs.map((run) => figureOf(run[which], measure)))])) as Row["prior"];
  const difference = (measure: Measure) => {
    const { mean, deviation } = spreadOf(runs.map((run) => figureOf(run.fitted, measure) - figureOf(run.prior, measure)));
    return { mean, error: deviation / Math.sqrt(runs.length) };
  };
  return {
    operators,
    decisions,
    taken: runs.filter(({ taken }) => taken).length / runs.length,
    prior: spreads("prior"),
    fitted: spreads("fitted"),
    difference: { ece: difference("ece"), brier: difference("brier"), logLoss: difference("logLoss") },
  };
}

/** Of thousands of fresh decisions every measure exists. */
const figureOf = (reliability: Reliability, measure: Measure) => reliability[measure] ?? Number.NaN;

function spreadOf(values: number[]): Spread {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  return { mean, deviation: Math.sqrt(variance) };
}

interface Verdict {
  /** ECE of the fit as the mean over all operators, and who misses it by themselves. */
  floors: { decisions: number; floor: number; ece: number; above: { operators: string; ece: number }[] }[];
  /** Where the mean over seeds is above the prior's by more than two standard errors. */
  worse: { operators: string; decisions: number; measure: string; difference: number; error: number }[];
}

function verdictOf(rows: Row[]): Verdict {
  const floors = FLOORS.map(({ decisions, ece: floor }) => {
    const at = rows.filter((row) => row.decisions === decisions).map((row) => ({ operators: row.operators, ece: row.fitted.ece.mean }));
    const ece = at.reduce((sum, row) => sum + row.ece, 0) / at.length;
    return { decisions, floor, ece, above: at.filter((row) => row.ece > floor) };
  });
  const worse = rows.flatMap(({ operators, decisions, difference }) =>
    Object.entries(difference).flatMap(([measure, { mean, error }]) =>
      mean > Math.max(2 * error, 1e-9) ? [{ operators, decisions, measure, difference: mean, error }] : [],
    ),
  );
  return { floors, worse };
}

function tableOf(name: string, rows: Row[]): string {
  const head = `\n${name}\n${"decisions".padStart(9)}  ${"taken".padEnd(6)}${["ECE", "Brier", "log loss", "AUROC"].map((title) => `${title} prior → fitted`.padEnd(34)).join("")}\n`;
  return `${head}${rows.map(lineOf).join("\n")}\n`;
}

function lineOf({ decisions, taken, prior, fitted }: Row): string {
  const cells = MEASURES.map((measure) => `${spreadText(prior[measure])} → ${spreadText(fitted[measure])}`.padEnd(34));
  return `${String(decisions).padStart(9)}  ${`${Math.round(taken * 100)}%`.padEnd(6)}${cells.join("")}`.trimEnd();
}

const spreadText = ({ mean, deviation }: Spread) => `${short(mean)} ± ${short(deviation)}`;
const short = (value: number) => value.toFixed(3).replace(/^0/, "");

function wordsOf({ floors, worse }: Verdict): string {
  const lines = floors.map(({ decisions, floor, ece, above }) => {
    const who = above.map((row) => `${row.operators} ${short(row.ece)}`).join(", ");
    return `ECE after ${decisions} decisions, mean of all operators: ${short(ece)} (at most ${short(floor)}: ${ece <= floor ? "held" : "missed"}); above it by themselves: ${who || "none"}`;
  });
  const where = worse.map(
    (row) => `  ${row.operators}, ${row.decisions} decisions: ${row.measure} +${row.difference.toFixed(4)} ± ${row.error.toFixed(4)}`,
  );
  const never = "no measure of any operators at any number of decisions is worse than the prior's by more than two standard errors";
  return `\n${lines.join("\n")}\n${worse.length === 0 ? never : `worse than the prior by more than two standard errors:\n${where.join("\n")}`}\n`;
}

const rowJson = ({ prior, fitted, difference, ...row }: Row) => ({
  ...row,
  prior: spreadsJson(prior),
  fitted: spreadsJson(fitted),
  difference: { ece: difference.ece, brier: difference.brier, log_loss: difference.logLoss },
});

const spreadsJson = ({ logLoss, ...spreads }: Row["prior"]) => ({ ...spreads, log_loss: logLoss });
