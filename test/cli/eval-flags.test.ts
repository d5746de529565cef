import { execFile } from "node:child_process";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const ROOT = join(import.meta.dirname, "../..");
const FLAGS = ["safety", "legal", "privacy", "fraud", "human_requested"];

interface Row {
  flag: string;
  language: string;
  raising: number;
  missed: number;
  traps: number;
  false_alarms: number;
}

async function evaluate(...files: string[]): Promise<{ counts: Row[]; wrong: { text: string }[] }> {
  const { stdout } = await promisify(execFile)(process.execPath, ["src/main.ts", "eval", "flags", ...files, "--json"], { cwd: ROOT });
  return JSON.parse(stdout);
}

test("every sentence of fixtures/triage raises its flag, every trap none: fifty of each for each flag, ten in each language", async () => {
  const { counts, wrong } = await evaluate();
  expect(wrong).toEqual([]);
  for (const flag of FLAGS) {
    expect(counts.find((row) => row.flag === flag && row.language === "all")).toMatchObject({ raising: 50, traps: 50 });
    for (const language of ["en", "de", "es", "fr", "pt"])
      expect(counts.find((row) => row.flag === flag && row.language === language)).toMatchObject({ raising: 10, traps: 10 });
  }
});

test("sentences that no rule was written for are caught nine times out of ten, and raise nothing without reason nineteen times out of twenty", async () => {
  const { counts } = await evaluate("fixtures/triage/flags-fresh.jsonl");
  const all = counts.filter(({ language }) => language === "all");
  const sum = (of: (row: Row) => number) => all.reduce((total, row) => total + of(row), 0);
  expect(sum(({ missed }) => missed) / sum(({ raising }) => raising)).toBeLessThanOrEqual(0.1);
  expect(sum(({ false_alarms }) => false_alarms) / sum(({ traps }) => traps)).toBeLessThanOrEqual(0.05);
});

test("what is missed and what is raised for nothing is counted and named", async () => {
  const file = join(await mkdtemp(join(tmpdir(), "flags-")), "flags.jsonl");
  const rows = [
    { text: "Which wrench fits?", language: "en", flag: "safety", expected: true },
    { text: "I will call my lawyer", language: "en", flag: "safety", expected: false },
  ];
  await writeFile(file, rows.map((row) => JSON.stringify(row)).join("\n"));
  const { counts, wrong } = await evaluate(file);
  expect(counts[0]).toEqual({ flag: "safety", language: "all", raising: 1, missed: 1, traps: 1, false_alarms: 1 });
  expect(wrong.map(({ text }) => text)).toEqual(["Which wrench fits?", "I will call my lawyer"]);
});
