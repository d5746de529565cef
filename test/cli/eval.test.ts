import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import fc from "fast-check";
import { fitAnswerable, type Observation } from "../../src/cli/retrieval/fit.ts";
import { calibrationError, type MeasureName, measure } from "../../src/cli/retrieval/measures.ts";
import { runSet } from "../../src/cli/retrieval/run-set.ts";
import { readSet } from "../../src/cli/retrieval/set.ts";
import { answerable } from "../../src/core/answerable.ts";
import { auroc } from "../../src/core/reliability.ts";

const MAIN = new URL("../../src/main.ts", import.meta.url).pathname;
const jsonl = (rows: object[]) => `${rows.map((row) => JSON.stringify(row)).join("\n")}\n`;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "countersign-eval-test-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe("on a set of three articles, without anything else", () => {
  const run = (...args: string[]) =>
    promisify(execFile)(process.execPath, [MAIN, "eval", "retrieval", ...args], { cwd: folder, timeout: 60_000 });
  beforeEach(async () => {
    await mkdir(join(folder, "set"));
    await writeFile(
      join(folder, "set", "kb.jsonl"),
      jsonl([
        { id: "returns", title: "Returns", text: "Send goods back within 30 days." },
        { id: "shipping", title: "Shipping", text: "Parcels to Austria take four days." },
        { id: "torque", title: "Torque", text: "Tighten the nut with 25 Nm." },
      ]),
    );
    await writeFile(
      join(folder, "set", "queries.jsonl"),
      jsonl([
        { id: "1", text: "How long does a parcel to Austria take?", relevant: ["shipping"], answerable: true, kind: "answerable" },
        { id: "2", text: "With how many Nm do I tighten it?", relevant: ["torque"], answerable: true, kind: "answerable" },
        { id: "3", text: "Do you sell kayaks?", relevant: [], answerable: false, kind: "out_of_scope" },
        { id: "4", text: "gizmo wobbles", relevant: ["torque"], answerable: true, kind: "answerable" },
      ]),
    );
  });

  test("every figure is printed beside MiniSearch and PostgreSQL, and a memory learned from a file is measured, too", async () => {
    const history = Array.from({ length: 4 }, (_, n) => ({ question: `my gizmo wobbles again ${n}`, source_ids: ["torque"] }));
    await writeFile(join(folder, "answered.jsonl"), jsonl(history));
    const { stdout } = await run("set", "--learn", "answered.jsonl", "--json");
    const { sets, pooled } = JSON.parse(stdout);
    const hits = Object.fromEntries(
      sets.map(({ ranker, figures }: { ranker: string; figures: Record<string, { value: number }> }) => [ranker, figures["hit@1"]?.value]),
    );
    expect(hits).toMatchObject({ countersign: expect.closeTo(2 / 3), "countersign + memory": 1, MiniSearch: expect.closeTo(2 / 3) });
    expect(Object.keys(hits)).toHaveLength(5);
    expect(sets[0]).toMatchObject({ set: "set", questions: 4, threw: 0, ms: { mean: expect.any(Number), p95: expect.any(Number) } });
    expect(pooled[0].measured.figures.ECE.value).toBeGreaterThanOrEqual(0);
  });

  test("a broken line is named, and so is a folder that is none", async () => {
    await writeFile(join(folder, "set", "queries.jsonl"), '{"id": "1"}\n');
    await expect(run("set")).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining("queries.jsonl:1: text") });
    await expect(run("nowhere")).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining("cannot be read") });
  });
});

test("the area under the curve is the chance that a right one is scored above a wrong one", () => {
  const row = fc.record({ score: fc.integer({ min: 0, max: 5 }), label: fc.boolean() });
  fc.assert(
    fc.property(fc.array(row, { maxLength: 30 }), (rows) => {
      const [yes, no] = [rows.filter(({ label }) => label), rows.filter(({ label }) => !label)];
      const wins = yes.flatMap((a) => no.map((b): number => (a.score > b.score ? 1 : a.score === b.score ? 0.5 : 0)));
      const expected = wins.length === 0 ? null : wins.reduce((sum, win) => sum + win, 0) / wins.length;
      if (expected === null) expect(auroc(rows)).toBeNull();
      else expect(auroc(rows)).toBeCloseTo(expected);
    }),
  );
});

test("a forecast that keeps its word has no calibration error, one that never does has all of it", () => {
  const rows = (score: number, share: number) => Array.from({ length: 100 }, (_, n) => ({ score, label: (n * 7) % 10 < share * 10 }));
  expect(calibrationError(rows(0.7, 0.7))).toBeCloseTo(0, 1);
  expect(calibrationError(rows(1, 0))).toBeCloseTo(1);
  expect(calibrationError([])).toBeNull();
});

test("nDCG, MRR and hits follow their definitions", () => {
  const base = { answerable: true, probability: null, ms: 1, threw: false };
  const { figures } = measure([
    { ...base, id: "a", relevant: ["x", "y"], ranked: ["x", "z", "y"] },
    { ...base, id: "b", relevant: ["x"], ranked: ["z", "x"] },
    { ...base, id: "c", relevant: [], ranked: ["z"], answerable: false },
  ]);
  expect(figures["hit@1"].value).toBe(0.5);
  expect(figures["MRR@10"].value).toBe(0.75);
  const [first, second] = [(1 + 0.5) / (1 + 1 / Math.log2(3)), 1 / Math.log2(3)];
  expect(figures["nDCG@10"].value).toBeCloseTo((first + second) / 2);
  expect(figures["AUROC answerable"].value).toBeNull();
});

test("the fit finds the signal that tells answerable questions from others, and puts it on the scale of probabilities", () => {
  const rows: Observation[] = Array.from({ length: 400 }, (_, n) => {
    const good = n % 4 !== 0;
    const title = good ? 0.5 + (n % 10) / 20 : (n % 10) / 20;
    const signals = { spread: 0.2, lead: 0.1, distinction: 1, title, together: 0.1, subject: (n % 7) / 7, nearness: 0, vote: 0, memory: 0 };
    return { id: String(n), set: "one", signals, answerable: good, topRight: good };
  });
  const weights = fitAnswerable(rows);
  const probabilities = rows.map(({ signals, answerable: label }) => ({ score: answerable(signals, weights), label }));
  expect(auroc(probabilities)).toBeGreaterThan(0.95);
  expect(probabilities.reduce((sum, { score }) => sum + score, 0) / rows.length).toBeCloseTo(0.75, 1);
});

const evaluation = new URL("../../../shared/eval/", import.meta.url).pathname;
(existsSync(evaluation) ? test : test.skip).each<[string, boolean, Partial<Record<MeasureName, number>>]>([
  ["thunderbird", false, { "hit@1": 0.35, "hit@5": 0.6, "AUROC answerable": 0.74, "AUROC top-1 right": 0.75 }],
  ["thunderbird", true, { "hit@1": 0.51, "hit@5": 0.78, "AUROC answerable": 0.85, "AUROC top-1 right": 0.83 }],
  ["techqa", false, { "hit@1": 0.77, "hit@5": 0.89, "AUROC answerable": 0.8, "AUROC top-1 right": 0.88 }],
  ["techqa", true, { "hit@1": 0.77, "hit@5": 0.89 }],
  ["wixqa", false, { "hit@1": 0.74, "hit@5": 0.93, "AUROC answerable": 0.65, "AUROC top-1 right": 0.78 }],
])(
  "on the public questions of %s (memory: %s, skipped without ../shared) no figure falls below what was reached",
  async (name, memory, floors) => {
    const set = await readSet(`${evaluation}${name}`);
    const results = await runSet(set, { learn: null, folds: memory ? 5 : null, references: false, now: new Date("2026-11-21") });
    const measured = results.at(-1)?.measured;
    expect(measured?.threw).toBe(0);
    const below = Object.entries(floors).filter(([figure, floor]) => !((measured?.figures[figure as MeasureName].value ?? 0) >= floor));
    expect(below).toEqual([]);
  },
);
