import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CamelCasePlugin } from "kysely";
import { fuse } from "../../../src/adapters/knowledge/fusion.ts";
import { createKnowledge } from "../../../src/adapters/knowledge/knowledge.ts";
import { createRefinement, type Refinement } from "../../../src/adapters/knowledge/refine.ts";
import { type Database, openDatabase } from "../../../src/adapters/postgres/database.ts";
import { embeddingsTable } from "../../../src/adapters/postgres/embeddings.ts";
import { knowledgeTable } from "../../../src/adapters/postgres/knowledge.ts";
import type { Schema } from "../../../src/adapters/postgres/tables.ts";
import type { Knowledge } from "../../../src/ports/knowledge.ts";
import type { EmbeddingsTable, KnowledgeTable } from "../../../src/ports/knowledge-tables.ts";
import { createTestDatabase } from "../../support/database.ts";
import { foundPassage } from "../../support/draft-request.ts";
import { type Mood, startVectorServer, type VectorServer } from "../../support/vector-server.ts";

const logged: string[] = [];
const keep = (fields: object, message: string) => void logged.push(`${message} ${JSON.stringify(fields)}`);
const log = { debug() {}, info: keep, warn: keep, error: keep };

let testDatabase: Awaited<ReturnType<typeof createTestDatabase>>;
let database: Database<Schema>;
let table: KnowledgeTable;
let vectors: EmbeddingsTable;
let directory: string;
let server: VectorServer;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = openDatabase<Schema>({ url: testDatabase.url, poolSize: 4 });
  const db = database.db.withPlugin(new CamelCasePlugin({ maintainNestedObjectKeys: true }));
  table = knowledgeTable(db);
  vectors = embeddingsTable(db);
  server = await startVectorServer();
});
afterAll(async () => {
  await server?.close();
  await database?.close();
  await testDatabase?.drop();
});
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "countersign-meaning-"));
  for (const source of await table.sources()) await table.remove(source.id);
  await vectors.keepOnly([]);
  server.usually = "well";
  server.next();
  logged.length = 0;
  await write("cars.md", "# Driving\n\nWhich automobile may use the yard.");
  await write("parcels.md", "# Post\n\nA parcel arrives after two days.");
  await write("warranty.md", "# Promise\n\nThe warranty is two years.");
});
afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

const write = (file: string, text: string) => writeFile(join(directory, file), text);
const stored = async () => Number((await database.pool.query("select count(*) from knowledge_embeddings")).rows[0].count);

function open(kinds: { embeddings?: boolean; reranker?: boolean; model?: string; pauseMs?: number } = { embeddings: true }): {
  knowledge: Knowledge;
  refinement: Refinement;
} {
  const endpoint = { url: server.url, model: kinds.model ?? "a-model", apiKey: "a-key" };
  const refinement = createRefinement({
    embeddings: kinds.embeddings ? endpoint : null,
    reranker: kinds.reranker ? endpoint : null,
    table,
    embeddingsTable: vectors,
    log,
    questionTimeoutMs: 300,
    batchTimeoutMs: 300,
    pauseMs: kinds.pauseMs ?? 60_000,
  });
  return { knowledge: createKnowledge({ directory, table, refinement, log }), refinement };
}

const found = async (knowledge: Knowledge, question: string) =>
  (await knowledge.search(question, { limit: 5, language: "en" })).passages.map(({ sourceId }) => sourceId);

test("a passage in other words is found by its meaning, and says so", async () => {
  const { knowledge, refinement } = open();
  await knowledge.sync();
  expect(server.asked).toMatchObject([
    {
      path: "/v1/embeddings",
      authorization: "Bearer a-key",
      body: { model: "a-model", input: [expect.any(String), expect.any(String), expect.any(String)] },
    },
  ]);
  const { passages } = await knowledge.search("Where do I leave my vehicle?", { limit: 5, language: "en" });
  expect(passages[0]).toMatchObject({ sourceId: "cars", title: "Driving", why: expect.stringMatching(/close in meaning \(\d\.\d\d\)/) });
  expect(refinement.parts()).toEqual({ embeddings: "ok" });
});

test("words and meaning agree on the best passage, whose relevance stays the words'", async () => {
  const { knowledge } = open();
  await knowledge.sync();
  const alone = createKnowledge({ directory, table, log });
  const question = "How many years is the warranty?";
  const [fused] = (await knowledge.search(question, { limit: 5, language: "en" })).passages;
  const [lexical] = (await alone.search(question, { limit: 5, language: "en" })).passages;
  expect(fused).toMatchObject({ sourceId: "warranty", relevance: lexical?.relevance, coverage: lexical?.coverage });
});

test("only new words are embedded: an unchanged sync asks nobody, an edit asks for its own passage", async () => {
  const { knowledge } = open();
  await knowledge.sync();
  expect(await stored()).toBe(3);
  server.next();
  await knowledge.sync();
  await open().knowledge.sync();
  expect(server.asked).toEqual([]);

  await write("cars.md", "# Driving\n\nWhich automobile may use the yard.\n\n## Fees\n\nThe price is 5 euros.");
  await knowledge.sync();
  expect(server.asked.map(({ body }) => body.input)).toEqual([[expect.stringContaining("The price is 5 euros.")]]);
  await rm(join(directory, "parcels.md"));
  await knowledge.sync();
  expect(await stored()).toBe(3);
});

test("another model's vectors are never compared with the old one's", async () => {
  await open().knowledge.sync();
  const { knowledge } = open({ embeddings: true, model: "another-model" });
  server.next();
  await knowledge.sync();
  expect(server.asked).toHaveLength(1);
  expect(await stored()).toBe(3);
});

test("the vectors of one process serve the next", async () => {
  await open().knowledge.sync();
  expect((await found(open().knowledge, "Where do I leave my vehicle?"))[0]).toBe("cars");
});

test("without endpoints nobody is asked, nothing is stored and nothing changes", async () => {
  const { knowledge, refinement } = open({});
  const alone = createKnowledge({ directory, table, log });
  await knowledge.sync();
  const question = "Which automobile gets a warranty?";
  expect(await knowledge.search(question, { limit: 5 })).toEqual(await alone.search(question, { limit: 5 }));
  expect(server.asked).toEqual([]);
  expect(await stored()).toBe(0);
  expect(refinement.parts()).toEqual({});
});

const FAULTS: [Mood, string][] = [
  ["hangs", "did not answer within 0.3 s"],
  ["stalls in the body", "did not answer within 0.3 s"],
  ["hangs up", "could not be reached or hung up"],
  ["too few", "answered"],
  ["NaN", "answered something that is no"],
  ["no JSON", "answered something that is no JSON"],
  ["another shape", "answered something that is no list"],
  [{ status: 429, headers: { "retry-after": "3600" } }, "answered 429"],
  [{ status: 500 }, "answered 500"],
  [{ status: 307, headers: { location: "http://127.0.0.1:9/" } }, "answered 307"],
];

describe.each<[string, { embeddings?: boolean; reranker?: boolean }, [Mood, string][]]>([
  [
    "embeddings",
    { embeddings: true },
    [...FAULTS, ["wrong dimension", "answered vectors of 8 numbers where those in the store have 6"], ["zero", "points nowhere"]],
  ],
  ["reranker", { reranker: true }, [...FAULTS, ["twice the same", "scores for passages that were not asked about"]]],
])("a question while the endpoint of the %s fails", (name, kinds, faults) => {
  test.each(faults)("(%j) is answered by words alone, says why, and the next one does not wait for it", async (mood, why) => {
    const { knowledge, refinement } = open(kinds);
    await knowledge.sync();
    const question = "warranty of two years for a parcel";
    const alone = await found(createKnowledge({ directory, table, log }), question);
    expect(alone.length).toBeGreaterThan(1);
    server.next();
    server.usually = mood;
    expect(await found(knowledge, question)).toEqual(alone);
    expect(refinement.parts()[name]).toContain(why);
    expect(logged.join("\n")).toContain(why);
    expect(logged.join("\n")).not.toMatch(/a-key|two years/);
    expect(await found(knowledge, question)).toEqual(alone);
    expect(server.asked).toHaveLength(1);
  });
});

test("an endpoint that works again is used again", async () => {
  const { knowledge, refinement } = open({ embeddings: true, pauseMs: 0 });
  await knowledge.sync();
  server.next({ status: 503 });
  expect(await found(knowledge, "Where do I leave my vehicle?")).not.toContain("cars");
  expect(refinement.parts().embeddings).toContain("answered 503");
  expect((await found(knowledge, "Where do I leave my vehicle?"))[0]).toBe("cars");
  expect(refinement.parts()).toEqual({ embeddings: "ok" });
});

describe("a sync while the embeddings endpoint fails", () => {
  test.each<[Mood, string]>([
    ["hangs", "did not answer within 0.3 s"],
    ["twice the same", "left a text without a vector"],
    ["hangs up", "could not be reached"],
    ["too few", "answered 2 vectors for 3 texts"],
    ["mixed dimensions", "answered vectors of different dimensions"],
    ["NaN", "no JSON"],
    ["zero", "points nowhere"],
    [{ status: 401 }, "answered 401"],
    [{ status: 429, headers: { "retry-after": "3600" } }, "answered 429"],
  ])("(%j) brings every document in, says what is missing, and the next sync makes up for it", async (mood, why) => {
    const { knowledge } = open();
    server.usually = mood;
    expect(await knowledge.sync()).toMatchObject({ added: 3, failed: [], warnings: [expect.stringContaining(why)] });
    expect(await stored()).toBe(0);
    server.usually = "well";
    expect((await knowledge.search("warranty", { limit: 1 })).passages[0]?.sourceId).toBe("warranty");
    expect(await knowledge.sync()).toMatchObject({ unchanged: 3, failed: [] });
    expect(await stored()).toBe(3);
    expect(await createKnowledge({ directory, table, log }).sync()).not.toHaveProperty("warnings");
  });

  test("a 429 that asks for a moment is waited out", async () => {
    const { knowledge } = open();
    server.next({ status: 429, headers: { "retry-after": "0" } }, { status: 503, headers: { "retry-after": "0" } }, "well");
    expect(await knowledge.sync()).not.toHaveProperty("warnings");
    expect(server.asked).toHaveLength(3);
    expect(await stored()).toBe(3);
  });

  test("a passage that the model refuses is left out, the others of its batch are not", async () => {
    const { knowledge } = open();
    server.next({ status: 400 }, { status: 400 }, "well", { status: 400 }, "well");
    expect(await knowledge.sync()).toMatchObject({ added: 3, failed: [] });
    expect(await stored()).toBe(2);
  });
});

test("the reranker's order counts, each passage keeps its own words, and the strengths stay in order", async () => {
  await write("long.md", `# Long\n\nA warranty ${"goes on and on ".repeat(40)}.`);
  const { knowledge } = open({ reranker: true });
  await knowledge.sync();
  const question = "Which warranty goes on?";
  const before = (await createKnowledge({ directory, table, log }).search("warranty promise", { limit: 5 })).passages;
  expect(before[0]?.sourceId).toBe("warranty");
  const { passages } = await knowledge.search("warranty promise", { limit: 5 });
  expect(passages[0]).toMatchObject({ sourceId: "long", relevance: before[0]?.relevance });
  expect(server.asked).toMatchObject([
    { path: "/v1/rerank", authorization: "Bearer a-key", body: { model: "a-model", query: "warranty promise" } },
  ]);
  expect(passages.map(({ relevance }) => relevance)).toEqual(passages.map(({ relevance }) => relevance).sort((a, b) => b - a));
  expect(await found(knowledge, question)).toContain("long");
});

test("fusion prefers what both rankings hold, and keeps the order where one of them is silent", () => {
  const passage = (id: string, relevance: number) => foundPassage({ passageId: `${id}#1`, text: id, relevance, why: id });
  const words = [passage("a", 0.9), passage("b", 0.5), passage("c", 0.4)];
  const close = [
    { passage: passage("d", 0), similarity: 0.8 },
    { passage: passage("b", 0), similarity: 0.7 },
  ];
  const fused = fuse(words, close);
  expect(fused.map(({ passageId, relevance }) => `${passageId} ${relevance}`)).toEqual(["b#1 0.9", "a#1 0.5", "d#1 0.4", "c#1 0.4"]);
  expect(fused[0]?.why).toBe("b, close in meaning (0.70)");
  expect(fuse(words, [])).toEqual(words);
  expect(fuse([], close).map(({ relevance }) => relevance)).toEqual([0.8, 0.7]);
});
