import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { bootstrap, bootstrapDifference } from "../../src/cli/drafts/bootstrap.ts";
import { answeredAtPrecision, curveOf, pointAt } from "../../src/cli/drafts/curve.ts";
import { FIGURES } from "../../src/cli/drafts/figures.ts";
import type { Observation } from "../../src/cli/drafts/observation.ts";
import { overlapOf } from "../../src/cli/drafts/overlap.ts";
import { answer, fact, fromPassages } from "../support/model-answers.ts";
import { startModelServer } from "../support/model-server.ts";

const MAIN = new URL("../../src/main.ts", import.meta.url).pathname;
const jsonl = (rows: object[]) => `${rows.map((row) => JSON.stringify(row)).join("\n")}\n`;

describe("on a set of three articles", () => {
  let folder: string;
  const run = (args: string[], env: Record<string, string> = {}) =>
    promisify(execFile)(process.execPath, [MAIN, "eval", "drafts", ...args], {
      cwd: folder,
      timeout: 60_000,
      env: { PATH: process.env.PATH, ...env },
    });
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "countersign-eval-drafts-"));
    await mkdir(join(folder, "set"));
    await writeFile(
      join(folder, "set", "kb.jsonl"),
      jsonl([
        { id: "returns", title: "Returns", text: "You can send unused goods back within 30 days of delivery." },
        { id: "shipping", title: "Shipping to Austria", text: "A parcel to Austria takes four days. We ship on weekdays." },
        { id: "torque", title: "Torque", text: "Tighten the nut of the hose end with 25 Nm." },
      ]),
    );
    const known = { answerable: true, kind: "answerable" };
    await writeFile(
      join(folder, "set", "queries.jsonl"),
      jsonl([
        {
          id: "1",
          text: "How long does a parcel to Austria take?",
          relevant: ["shipping"],
          reference_answer: "It takes four days.",
          ...known,
        },
        { id: "2", text: "With how many Nm do I tighten the nut?", relevant: ["torque"], ...known },
        { id: "3", text: "Do you sell inflatable kayaks in green?", relevant: [], answerable: false, kind: "out_of_scope" },
      ]),
    );
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test("without a key the extractive drafter is measured; the same run again differs in nothing", async () => {
    const first = JSON.parse((await run(["set", "--json", "--save", "run.json"])).stdout);
    expect(first).toMatchObject({ drafter: "extractive", model: null, promptVersion: "extractive-2" });
    const [{ figures, questions, curves }] = first.sets;
    expect(questions).toBe(3);
    expect(figures["verified quotes"].value).toBe(1);
    expect(figures["right source quoted"].value).toBe(1);
    expect(figures["answered of answerable"].value).toBe(1);
    expect(figures["abstention recall"].value).toBe(1);
    expect(figures["ROUGE-L"].value).toBeGreaterThan(0.3);
    expect(curves.confidence.at(-1)).toMatchObject({ precision: 1 });

    const second = JSON.parse((await run(["set", "--json", "--against", "run.json"])).stdout);
    expect(second.difference).toMatchObject({ questions: 3, against: { promptVersion: "extractive-2" } });
    const { "ms per draft": _, ...same } = second.difference.figures;
    for (const [name, { value, low, high }] of Object.entries<{ value: number | null; low: number | null; high: number | null }>(same))
      expect([name, value ?? 0, low ?? 0, high ?? 0]).toEqual([name, 0, 0, 0]);
  });

  test("with a key the model is measured and paid for, house rules included, and compared with an earlier run", async () => {
    const model = await startModelServer();
    try {
      const forged = answer([fact("It takes nine days.", "nine days and nine nights")]);
      model.script(fromPassages(), fromPassages(), { answer: forged }, { answer: forged });
      await writeFile(join(folder, "rules.txt"), "Say du.\n\nNever say no.\n");
      const env = { ANTHROPIC_API_KEY: "k", ANTHROPIC_BASE_URL: model.url };
      await run(["set", "--limit", "2", "--save", "extractive.json"]);
      const { stdout } = await run(["set", "--limit", "2", "--rules", "rules.txt", "--against", "extractive.json"], env);
      expect(model.requests).toHaveLength(2);
      expect(model.requests[0]?.body.system[0]?.text).toContain("Never say no.");
      expect(stdout).toContain("anthropic · claude-sonnet-5-5 · anthropic-4+s1");
      expect(stdout).toMatch(/cost per draft, USD\s+0\.004/);
      expect(stdout).toContain("difference to extractive, extractive-2, over 2 questions");
    } finally {
      await model.close();
    }
  });

  test.each([[[]], [["nowhere"]], [["set", "--limit", "0"]], [["set", "--against", "nothing.json"]]])("%j is wrong usage", async (args) => {
    await expect(run(args)).rejects.toMatchObject({ code: 2 });
  });
});

const row = (change: Partial<Observation>): Observation => ({
  set: "s",
  id: "1",
  answerable: true,
  found: 0.5,
  confidence: 0.5,
  facts: 1,
  verified: 1,
  rightSource: true,
  findings: [],
  blocked: false,
  degraded: null,
  tokenF1: null,
  rougeL: null,
  tokens: 0,
  costUsd: 0,
  ms: 1,
  ...change,
});

test("the curve: what answering from each threshold on would come to", () => {
  const rows = [
    row({ found: 0.9 }),
    row({ found: 0.8, answerable: false, facts: 0 }),
    row({ found: 0.7 }),
    row({ found: 0.7 }),
    row({ found: 0.1, answerable: false }),
  ];
  expect(curveOf(rows, "found")).toEqual([
    { threshold: 0.1, precision: 3 / 5, answered: 1 },
    { threshold: 0.7, precision: 3 / 4, answered: 1 },
    { threshold: 0.8, precision: 1 / 2, answered: 1 / 3 },
    { threshold: 0.9, precision: 1, answered: 1 / 3 },
  ]);
  expect(pointAt(rows, "found", 0.75)).toEqual({ threshold: 0.75, precision: 1 / 2, answered: 1 / 3 });
  expect(answeredAtPrecision(rows, "found", 0.75)).toBe(1);
  expect(answeredAtPrecision(rows, "found", 0.9)).toBe(1 / 3);
  expect(answeredAtPrecision([row({ answerable: false })], "found", 0.9)).toBe(0);
  expect(curveOf(rows, "confidence")).toEqual([{ threshold: 0.5, precision: 3 / 4, answered: 1 }]); // a draft that says nothing answers nothing
});

test("abstention: what is said of questions that nobody can answer", () => {
  const rows = [row({}), row({ facts: 0, verified: 0 }), row({ answerable: false, facts: 0, verified: 0 }), row({ answerable: false })];
  expect(FIGURES["abstention precision"]?.(rows)).toBe(1 / 2);
  expect(FIGURES["abstention recall"]?.(rows)).toBe(1 / 2);
  expect(FIGURES["answered of answerable"]?.(rows)).toBe(1 / 2);
  expect(FIGURES["verified quotes"]?.([row({ facts: 3, verified: 2 })])).toBe(2 / 3);
  expect(FIGURES["verified quotes"]?.([])).toBeNull();
});

test.each([
  ["the same words", "Four days, at most.", "four days at most", 1, 1],
  ["in another order", "days four", "four days", 1, 0.5],
  ["nothing in common", "kayaks", "four days", 0, 0],
  ["half of it", "four days", "four days and nights", 4 / 6, 4 / 6],
  ["nothing at all", "", "", 0, 0],
])("overlap with a reference: %s", (_, text, reference, tokenF1, rougeL) => {
  expect(overlapOf(text, reference)).toEqual({ tokenF1: expect.closeTo(tokenF1), rougeL: expect.closeTo(rougeL) });
});

test("intervals are the same at every run, hold the value, and a paired difference is narrower than two intervals", () => {
  const mean = (rows: number[]) => rows.reduce((sum, value) => sum + value, 0) / rows.length;
  const values = Array.from({ length: 200 }, (_, turn) => (turn * 37) % 100);
  const figure = bootstrap(values, mean);
  expect(bootstrap(values, mean)).toEqual(figure);
  const { value, low, high } = figure as { value: number; low: number; high: number };
  expect(low).toBeLessThan(value);
  expect(high).toBeGreaterThan(value);
  expect(high - low).toBeGreaterThan(6); // ± 1.96 × 28.9 / √200 is 8.0
  expect(high - low).toBeLessThan(10);
  const shifted = bootstrapDifference(
    values.map((theirs) => ({ ours: theirs + 1, theirs })),
    mean,
  );
  expect(shifted).toEqual({ value: 1, low: expect.closeTo(1), high: expect.closeTo(1) });
});
