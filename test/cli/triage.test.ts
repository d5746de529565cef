import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text as textOf } from "node:stream/consumers";
import { jest } from "@jest/globals";
import { CamelCasePlugin } from "kysely";
import { openDatabase } from "../../src/adapters/postgres/database.ts";
import type { Schema } from "../../src/adapters/postgres/tables.ts";
import { triageExamplesTable } from "../../src/adapters/postgres/triage-examples.ts";
import { parseExample } from "../../src/cli/triage/rows.ts";
import { run } from "../../src/cli/triage.ts";
import { UsageError } from "../../src/cli/usage.ts";
import { createTestDatabase } from "../support/database.ts";

const MAIN = new URL("../../src/main.ts", import.meta.url).pathname;
const SHARED = new URL("../../../shared/eval", import.meta.url).pathname;
const jsonl = (rows: object[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join("");
// biome-ignore lint/suspicious/noExplicitAny: a test says what it expects of a line
const parsed = (stdout: string): any[] =>
  stdout
    .trimEnd()
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));

/** Each test starts several processes. */
jest.setTimeout(120_000);

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let records: ReturnType<typeof openDatabase<Schema>>;
let folder: string;
beforeAll(async () => {
  database = await createTestDatabase();
  records = openDatabase<Schema>({ url: database.url });
  folder = await mkdtemp(join(tmpdir(), "countersign-triage-test-"));
  expect(await triage(["reset"])).toMatchObject({ code: 0, stdout: "" }); // on an empty database, too
});
afterAll(async () => {
  await records?.close();
  await database?.drop();
  await rm(folder, { recursive: true, force: true });
});

/** The real command with nothing in its environment but what triage needs. */
async function triage(args: string[], input = "") {
  const child = spawn(process.execPath, [MAIN, "triage", ...args], {
    cwd: folder,
    env: { PATH: process.env.PATH, DATABASE_URL: database.url, KNOWLEDGE_DIR: folder, ENCRYPTION_KEY: "ab".repeat(32) },
  });
  child.stdin.on("error", () => {}); // it may end before it has read all
  child.stdin.end(input);
  const [stdout, stderr, [code]] = await Promise.all([textOf(child.stdout), textOf(child.stderr), once(child, "close")]);
  return { code, stdout, stderr, lines: parsed.bind(null, stdout) };
}

/** What `train` does, without a process of its own: for what goes before the thing that a test is about. */
function holds(rows: object[]): Promise<void> {
  const examples = rows.map((row) => parseExample(JSON.stringify(row)));
  return triageExamplesTable(records.db.withPlugin(new CamelCasePlugin())).replace([
    ...new Map(examples.map((example) => [example.id, example])).values(),
  ]);
}

const LAMPS = [
  { id: "1", text: "Where is my parcel?", label: "delivery" },
  { id: "2", text: "When does my package arrive?", label: "delivery" },
  { id: "3", text: "I want my money back", label: "refund" },
  { id: "4", text: "Please refund the lamp", label: "refund" },
];
const ask = async (...texts: string[]) =>
  (await triage(["test", "--json"], jsonl(texts.map((text, id) => ({ id, text }))))).lines().map(({ label }) => label);

test("before a team has trained anything, the built-in intents answer", async () => {
  await holds([]);
  expect(await ask("Where is my order?", "Ich möchte das zurückgeben", "J'ai oublié mon mot de passe")).toEqual([
    "order_status",
    "return_refund",
    "account",
  ]);
  const { stdout } = await triage(["test", "where", "is", "my", "order?"]);
  expect(stdout).toMatch(/^order_status {2}\(confidence [01]\.\d\d, in scope 0\.\d\d\)\n$/);
});

test("what is trained replaces what was there, and every message gets one line: id, label, confidence, in_scope", async () => {
  const trained = await triage(["train", "--json"], jsonl(LAMPS));
  expect(trained).toMatchObject({ code: 0, stdout: '{"examples":4,"labels":2,"failed":0}\n' });
  const { code, lines } = await triage(
    ["test", "--json"],
    jsonl([
      { id: "a", text: "my parcel?" },
      { id: 7, text: "refund!" },
      { id: null, text: "Who won the match?" },
    ]),
  );
  expect(code).toBe(0);
  expect(lines()).toEqual([
    { id: "a", label: "delivery", confidence: expect.any(Number), in_scope: expect.any(Number) },
    { id: 7, label: "refund", confidence: expect.any(Number), in_scope: expect.any(Number) },
    { id: null, label: expect.stringMatching(/^(delivery|refund)$/), confidence: expect.any(Number), in_scope: expect.any(Number) },
  ]);
  const [parcel, , match] = lines();
  expect(parcel.in_scope).toBeGreaterThan(match.in_scope);
  expect((await triage(["list"])).stdout).toBe("     2  delivery\n     2  refund\n");
});

test("the same examples give the same answers in another process", async () => {
  await holds(LAMPS);
  const asked = jsonl([
    { id: 1, text: "parcel money" },
    { id: 2, text: "lamp" },
  ]);
  const first = await triage(["test", "--json"], asked);
  await holds(LAMPS);
  expect((await triage(["test", "--json"], asked)).stdout).toBe(first.stdout);
});

test("a message that cannot be read answers with its error, stops nobody, and standard output holds answers only", async () => {
  await holds(LAMPS);
  const hostile = [
    '{"id":1}',
    "nope",
    "null",
    '{"id":2,"text":["where"]}',
    JSON.stringify({ id: 3, text: "" }),
    JSON.stringify({ id: 4, text: "где моя посылка" }),
    JSON.stringify({ id: 5, text: "😀😀 \u0000 \ud800 __proto__ constructor (a+)+$ <b> '; drop table triage_examples" }),
    JSON.stringify({ id: { deep: 1 }, text: "where is my parcel ".repeat(5_500) }),
  ];
  const { code, lines } = await triage(["test", "--json"], `${hostile.join("\n")}\n`);
  expect(code).toBe(0);
  const answers = lines();
  expect(answers).toHaveLength(hostile.length);
  expect(answers.slice(0, 4)).toEqual([
    { id: 1, error: expect.stringContaining("text") },
    { id: null, error: expect.any(String) },
    { id: null, error: expect.any(String) },
    { id: 2, error: expect.stringContaining("text") },
  ]);
  expect(answers[4]).toMatchObject({ id: 3, in_scope: 0 });
  for (const answer of answers.slice(4)) expect(answer).toMatchObject({ label: expect.stringMatching(/^(delivery|refund)$/) });
  expect(answers.at(-1)).toMatchObject({ id: { deep: 1 }, label: "delivery" });
});

test("labels and ids may be any words, also names that every object has", async () => {
  const rows = [
    { id: "__proto__", text: "constructor of the \u0000 thing", label: "__proto__" },
    { id: "constructor", text: "valueOf \ud800 it", label: "toString" },
  ];
  expect((await triage(["train"], jsonl(rows))).code).toBe(0);
  expect(await ask("constructor thing", "valueOf")).toEqual(["__proto__", "toString"]);
});

test("one label alone is answered to everything, and in_scope tells whether it fits", async () => {
  await holds(LAMPS.slice(0, 2));
  const [near, far] = (
    await triage(
      ["test", "--json"],
      jsonl([
        { id: 1, text: "where is my parcel?" },
        { id: 2, text: "sing a song" },
      ]),
    )
  ).lines();
  expect(near).toMatchObject({ label: "delivery" });
  expect(far).toMatchObject({ label: "delivery" });
  expect(near.in_scope).toBeGreaterThan(0.5);
  expect(far.in_scope).toBeLessThan(0.3);
});

test("without a single example nothing is changed, and that is said", async () => {
  await holds(LAMPS);
  const nothing = await triage(["train", "--json"], "\n");
  expect(nothing).toMatchObject({ code: 1, stdout: '{"examples":0,"labels":0,"failed":0}\n' });
  expect(nothing.stderr).toContain("nothing was changed");
  expect((await triage(["list", "--json"])).lines()).toEqual([
    { label: "delivery", examples: 2 },
    { label: "refund", examples: 2 },
  ]);
});

test("an example that is none is named with its line and stops no other", async () => {
  const { code, lines } = await triage(["train", "--json"], `${jsonl(LAMPS)}nope\n{"text":"x"}\n{"text":" ","label":"y"}\n`);
  expect(code).toBe(1);
  expect(lines()).toEqual([
    { line: 5, error: "the line is no JSON" },
    { line: 6, error: expect.stringContaining("label") },
    { line: 7, error: "text: must not be empty" },
    { examples: 4, labels: 2, failed: 3 },
  ]);
});

test("of two examples with one id the later stands; examples can be added; what is exported trains the same again", async () => {
  await triage(["train"], jsonl([...LAMPS, { id: "1", text: "Is the shop open?", label: "opening hours" }]));
  expect((await triage(["list"])).stdout).toContain("1  opening hours");
  const added = await triage(
    ["train", "--add"],
    jsonl([
      { text: "open on sunday?", label: "opening hours" },
      { id: "3", text: "Lamps for ten shops", label: "sales" },
    ]),
  );
  expect(added).toMatchObject({ code: 0, stdout: expect.stringContaining("2 examples of 2 labels added") });
  const exported = await triage(["export"]);
  expect(exported.lines()).toHaveLength(5);
  expect(exported.lines()).toContainEqual({ id: "3", label: "sales", text: "Lamps for ten shops" });
  const before = await triage(["test", "--json"], jsonl([{ id: 1, text: "lamps on sunday" }]));
  await holds([]);
  await triage(["train"], exported.stdout);
  expect((await triage(["test", "--json"], jsonl([{ id: 1, text: "lamps on sunday" }]))).stdout).toBe(before.stdout);
  expect((await triage(["export"])).stdout).toBe(exported.stdout);
});

test("the built-in examples can be exported, edited and trained, and `reset` brings them back", async () => {
  await holds([]);
  const { stdout: exported, stderr, code } = await triage(["export"]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.not.stringContaining("failed") });
  expect(parsed(exported).length).toBeGreaterThan(360);
  await triage(["train"], exported + jsonl([{ text: "Can I feed it to my goldfish?", label: "pets" }]));
  expect(await ask("feed my goldfish")).toEqual(["pets"]);
  await triage(["reset"]);
  expect((await triage(["list"])).stdout).not.toContain("pets");
});

test("`check` tells which labels are taken for which, and which have too few examples", async () => {
  const rows = Array.from({ length: 10 }, (_, n) => [
    { text: `Where is parcel ${"abcdefghij"[n]}?`, label: "delivery" },
    { text: `Where is package ${"abcdefghij"[n]}?`, label: n < 8 ? "delivery" : "shipping" },
  ]).flat();
  await holds([...rows, { text: "I want my money back", label: "refund" }]);
  const report = (await triage(["check", "--json"])).lines()[0];
  expect(report).toMatchObject({ examples: 21, labels: 3, few: ["shipping", "refund"] });
  expect(report.right).toBeGreaterThanOrEqual(18 / 21);
  expect(report.right).toBeLessThan(1);
  expect(report.confused[0]).toEqual({ label: "shipping", taken_for: "delivery", times: 2 });
  expect((await triage(["check"])).stdout).toMatch(/^21 examples of 3 labels; held out, \d\d % of them/);
});

test("wrong usage exits with 2 and says what to type", async () => {
  const { code, stderr, stdout } = await triage(["tset"]);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toContain("usage: countersign triage");
});

test.each([[[]], [["train", "words"]], [["list", "--add"]]])("%j is wrong usage, too", async (args) => {
  await expect(run(args)).rejects.toThrow(UsageError);
});

describe("eval triage", () => {
  const evaluate = async (...args: string[]) => {
    const child = spawn(process.execPath, [MAIN, "eval", "triage", ...args], { cwd: folder });
    const [stdout, stderr, [code]] = await Promise.all([textOf(child.stdout), textOf(child.stderr), once(child, "close")]);
    return { code, stdout, stderr };
  };

  test("figures follow their definitions on a set that can be counted by hand", async () => {
    await mkdir(join(folder, "set"), { recursive: true });
    await writeFile(join(folder, "set", "train.jsonl"), jsonl(LAMPS));
    const queries = [
      ["where is my parcel", "delivery"],
      ["I want my money back", "refund"],
      ["when does my package arrive", "refund"], // labelled wrong on purpose
      ["who won the match", "NONE"],
      ["sing a song", "NONE"],
    ].map(([text, label], id) => ({ id: String(id), text, label }));
    await writeFile(join(folder, "set", "queries.jsonl"), jsonl(queries));
    const { sets } = JSON.parse((await evaluate("set", "--json")).stdout);
    expect(sets.map(({ judge }: { judge: string }) => judge)).toEqual(["countersign", "nearest by MiniSearch", "most frequent label"]);
    const figures = Object.fromEntries(
      Object.entries(sets[0].figures).map(([name, figure]) => [name, (figure as { value: number }).value]),
    );
    expect(figures).toMatchObject({
      accuracy: expect.closeTo(2 / 3),
      "macro-F1": expect.closeTo((2 / 3 + 2 / 3) / 2),
      "AUROC out of scope": 1,
    });
    expect(sets[2].figures.accuracy.value).toBeCloseTo(1 / 3);
    expect((await evaluate("set")).stdout).toContain("set · 3 messages in scope, 2 out of scope");
  });

  test("a folder that is no set is named", async () => {
    expect(await evaluate("nowhere")).toMatchObject({ code: 2, stderr: expect.stringContaining("train.jsonl cannot be read") });
    expect(await evaluate()).toMatchObject({ code: 2 });
  });

  const sets = { curekart: [0.83, 0.9], sofmattress: [0.79, 0.87], powerplay11: [0.68, 0.77] } as const;
  (existsSync(SHARED) ? test : test.skip).each(Object.entries(sets))(
    "on the real messages of hint3-%s accuracy and out-of-scope AUROC are at least %j (skipped without ../shared)",
    async (name, [accuracy, auroc]) => {
      const set = join(SHARED, `hint3-${name}`);
      await holds(parsed(await readFile(join(set, "train.jsonl"), "utf8")));
      const queries = await readFile(join(set, "queries.jsonl"), "utf8");
      const answers = new Map((await triage(["test", "--json"], queries)).lines().map((answer) => [answer.id, answer]));
      const rows = parsed(queries).map(({ id, label, answerable }) => ({ ...answers.get(id), wanted: label, answerable }));
      const inside = rows.filter(({ answerable }) => answerable);
      expect(inside.filter(({ label, wanted }) => label === wanted).length / inside.length).toBeGreaterThanOrEqual(accuracy);
      const wins = inside.flatMap((a) =>
        rows.filter(({ answerable }) => !answerable).map((b) => (a.in_scope > b.in_scope ? 1 : a.in_scope === b.in_scope ? 0.5 : 0)),
      );
      expect(wins.reduce((sum: number, win) => sum + win, 0) / wins.length).toBeGreaterThanOrEqual(auroc);
    },
  );
});
