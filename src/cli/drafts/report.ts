import { bootstrap, bootstrapDifference, type Figure } from "./bootstrap.ts";
import { curveOf, pointAt, type Score } from "./curve.ts";
import { FIGURES, findingsOf } from "./figures.ts";
import type { Observation, SavedRun } from "./observation.ts";

const SCORES: Record<Score, string> = { found: "the search's `answerable`", confidence: "the draft's score" };
const STEPS = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95];

/** Everything that is measured of one set, for machines. */
export function reportOf(rows: Observation[]) {
  const times = rows.map(({ ms }) => ms).sort((a, b) => a - b);
  return {
    set: rows[0]?.set ?? "",
    questions: rows.length,
    figures: Object.fromEntries(Object.entries(FIGURES).map(([name, measure]) => [name, bootstrap(rows, measure)])),
    findings: findingsOf(rows),
    degraded: rows.filter(({ degraded }) => degraded !== null).length,
    tokens: rows.reduce((sum, { tokens }) => sum + tokens, 0),
    ms: { p50: times[Math.floor(times.length * 0.5)] ?? 0, p95: times[Math.floor(times.length * 0.95)] ?? 0 },
    curves: Object.fromEntries((Object.keys(SCORES) as Score[]).map((score) => [score, curveOf(rows, score)])),
  };
}

/** What changed against an earlier run, over the questions that both were asked. */
export function differenceOf(ours: Observation[], earlier: SavedRun) {
  const theirs = new Map(earlier.observations.map((row) => [`${row.set}\n${row.id}`, row]));
  const pairs = ours.flatMap((row) => {
    const before = theirs.get(`${row.set}\n${row.id}`);
    return before ? [{ ours: row, theirs: before }] : [];
  });
  return {
    questions: pairs.length,
    against: { drafter: earlier.drafter, model: earlier.model, promptVersion: earlier.promptVersion },
    figures: Object.fromEntries(Object.entries(FIGURES).map(([name, measure]) => [name, bootstrapDifference(pairs, measure)])),
  };
}

/** The same for people. */
export function textOf(rows: Observation[]): string {
  const { set, questions, figures, findings, degraded, tokens, ms } = reportOf(rows);
  const able = rows.filter(({ answerable }) => answerable).length;
  return [
    `\n${set} · ${questions} questions, ${able} answerable`,
    ...Object.entries(figures).map(([name, figure]) => line(name, figure)),
    `  ms p50 / p95: ${ms.p50} / ${ms.p95} · tokens: ${tokens} · without a draft: ${degraded}`,
    `  findings: ${
      Object.entries(findings)
        .map(([code, count]) => `${code} ${count}`)
        .join(" · ") || "none"
    }`,
    ...(able > 0 && able < questions ? (Object.keys(SCORES) as Score[]).flatMap((score) => curveText(rows, score)) : []),
    "",
  ].join("\n");
}

/** The comparison for people: differences whose interval leaves 0 out are marked. */
export function differenceText(rows: Observation[], earlier: SavedRun): string {
  const { questions, against, figures } = differenceOf(rows, earlier);
  const clear = ({ low, high }: Figure) => low !== null && high !== null && (low > 0 || high < 0);
  return [
    `\ndifference to ${against.model ?? against.drafter}, ${against.promptVersion}, over ${questions} questions (* clear of 0)`,
    ...Object.entries(figures).map(([name, figure]) => `${line(name, figure)}${clear(figure) ? " *" : ""}`),
    "",
  ].join("\n");
}

function curveText(rows: Observation[], score: Score): string[] {
  return [
    `  answering from a threshold of ${SCORES[score]} on:`,
    `    threshold ${STEPS.map((step) => step.toFixed(2).padStart(7)).join("")}`,
    `    precision ${STEPS.map((step) => cell(pointAt(rows, score, step).precision)).join("")}`,
    `    answered  ${STEPS.map((step) => cell(pointAt(rows, score, step).answered)).join("")}`,
  ];
}

const cell = (value: number | null) => (value === null ? "–" : value.toFixed(3)).padStart(7);

const line = (name: string, { value, low, high }: Figure) =>
  `  ${name.padEnd(36)}${value === null ? "–" : `${short(value)} [${short(low)} … ${short(high)}]`}`;

const short = (value: number | null) =>
  value === null
    ? "–"
    : Math.abs(value) >= 10
      ? value.toFixed(0)
      : Math.abs(value) < 0.01 && value !== 0
        ? value.toPrecision(2)
        : value.toFixed(3);
