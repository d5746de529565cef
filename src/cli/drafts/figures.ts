import { answeredAtPrecision } from "./curve.ts";
import type { Observation } from "./observation.ts";

/** What is measured of a run: higher is better, but for those that begin with "cost", "ms" and "guard". */
export const FIGURES: Record<string, (rows: Observation[]) => number | null> = {
  "verified quotes": (rows) =>
    ratio(
      sum(rows, ({ verified }) => verified),
      sum(rows, ({ facts }) => facts),
    ),
  "right source quoted": (rows) => mean(rows.flatMap(({ rightSource }) => (rightSource === null ? [] : [rightSource ? 1 : 0]))),
  "answered of answerable": (rows) =>
    share(
      rows.filter(({ answerable }) => answerable),
      speaks,
    ),
  "abstention precision": (rows) =>
    share(
      rows.filter((row) => !speaks(row)),
      ({ answerable }) => !answerable,
    ),
  "abstention recall": (rows) =>
    share(
      rows.filter(({ answerable }) => !answerable),
      (row) => !speaks(row),
    ),
  "answered at 90% precision, search": (rows) => (has(rows) ? answeredAtPrecision(rows, "found", 0.9) : null),
  "answered at 90% precision, score": (rows) => (has(rows) ? answeredAtPrecision(rows, "confidence", 0.9) : null),
  "token F1": (rows) => mean(rows.flatMap(({ tokenF1 }) => (tokenF1 === null ? [] : [tokenF1]))),
  "ROUGE-L": (rows) => mean(rows.flatMap(({ rougeL }) => (rougeL === null ? [] : [rougeL]))),
  "guard: not approvable as is": (rows) => share(rows, ({ blocked }) => blocked),
  "cost per draft, USD": (rows) => (rows.some(({ costUsd }) => costUsd === null) ? null : mean(rows.map(({ costUsd }) => costUsd ?? 0))),
  "ms per draft": (rows) => mean(rows.map(({ ms }) => ms)),
};

/** How often each finding was made, most often first. */
export function findingsOf(rows: Observation[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const { findings } of rows) for (const code of new Set(findings)) counts.set(code, (counts.get(code) ?? 0) + 1);
  return Object.fromEntries([...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)));
}

/** A draft that states nothing says that it does not know. */
const speaks = ({ facts }: Observation) => facts > 0;
/** Precision says something only where there are questions of both kinds. */
const has = (rows: Observation[]) => rows.some(({ answerable }) => answerable) && rows.some(({ answerable }) => !answerable);

const sum = (rows: Observation[], of: (row: Observation) => number) => rows.reduce((all, row) => all + of(row), 0);
const ratio = (part: number, whole: number) => (whole === 0 ? null : part / whole);
const mean = (values: number[]) =>
  ratio(
    values.reduce((all, value) => all + value, 0),
    values.length,
  );
const share = (rows: Observation[], holds: (row: Observation) => boolean) => ratio(rows.filter(holds).length, rows.length);
