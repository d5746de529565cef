import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CamelCasePlugin } from "kysely";
import { createKnowledge } from "../../../src/adapters/knowledge/knowledge.ts";
import { type Database, openDatabase } from "../../../src/adapters/postgres/database.ts";
import { knowledgeTable } from "../../../src/adapters/postgres/knowledge.ts";
import type { Schema } from "../../../src/adapters/postgres/tables.ts";
import type { KnowledgeTable } from "../../../src/ports/knowledge-tables.ts";
import { createTestDatabase } from "../../support/database.ts";
import { eventually } from "../../support/eventually.ts";

const log = { debug() {}, info() {}, warn() {}, error() {} };
const FIXTURES = new URL("../../../fixtures/knowledge", import.meta.url).pathname;

let testDatabase: Awaited<ReturnType<typeof createTestDatabase>>;
let database: Database<Schema>;
let table: KnowledgeTable;
let directory: string;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = openDatabase<Schema>({ url: testDatabase.url, poolSize: 4 });
  table = knowledgeTable(database.db.withPlugin(new CamelCasePlugin({ maintainNestedObjectKeys: true })));
});
afterAll(async () => {
  await database?.close();
  await testDatabase?.drop();
});
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "countersign-kb-"));
  for (const source of await table.sources()) await table.remove(source.id);
});
afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

const write = (file: string, text: string) => writeFile(join(directory, file), text);
const sourcesFound = async (knowledge: { search: ReturnType<typeof createKnowledge>["search"] }, text: string) =>
  (await knowledge.search(text, { limit: 5, language: "en" })).passages.map((passage) => passage.sourceId);

test("a sync is incremental: unchanged costs nothing, changed is replaced whole, removed disappears", async () => {
  const knowledge = createKnowledge({ directory, table, log });
  await write("hoses.md", "# Hoses\n\nThe black hose stands 34 bar.\n\n## Care\n\nKeep it dry.");
  await write("returns.md", "# Returns\n\nReturn goods within 30 days.");
  expect(await knowledge.sync()).toEqual({ added: 2, changed: 0, removed: 0, unchanged: 0, failed: [] });
  expect(await sourcesFound(knowledge, "return goods")).toEqual(["returns"]);

  const revision = await table.revision();
  expect(await knowledge.sync()).toEqual({ added: 0, changed: 0, removed: 0, unchanged: 2, failed: [] });
  expect(await table.revision()).toBe(revision);

  await write("hoses.md", "# Hoses\n\nThe blue hose stands 69 bar.");
  await rm(join(directory, "returns.md"));
  expect(await knowledge.sync()).toEqual({ added: 0, changed: 1, removed: 1, unchanged: 0, failed: [] });
  expect(await sourcesFound(knowledge, "return goods")).toEqual([]);
  expect((await knowledge.search("which hose stands 69 bar", { limit: 5 })).passages).toMatchObject([
    { sourceId: "hoses", passageId: "hoses#hoses", title: "Hoses", text: "The blue hose stands 69 bar." },
  ]);
});

test("what is found says when its source was last looked at, also when it was found unchanged", async () => {
  const knowledge = createKnowledge({ directory, table, log });
  await write("a.md", "The warranty is 24 months.");
  await knowledge.sync();
  const verified = async () => (await knowledge.search("warranty", { limit: 1 })).passages[0]?.verifiedAt?.getTime() ?? Number.NaN;
  const first = await verified();
  expect(Math.abs(Date.now() - first)).toBeLessThan(60_000);
  await knowledge.sync();
  expect(await verified()).toBeGreaterThan(first);
  const mute: KnowledgeTable = { ...table, verifiedAt: () => Promise.reject(new Error("down")) };
  expect((await createKnowledge({ directory: null, table: mute, log }).search("warranty", { limit: 1 })).passages).toHaveLength(1);
});

test("a document that breaks fails alone, and what was known under its id goes on serving", async () => {
  const knowledge = createKnowledge({ directory, table, log });
  await write("a.md", "---\nid: torque\n---\nTighten the nut with 25 Nm.");
  await write("b.md", "The warranty is 24 months.");
  await knowledge.sync();
  await write("a.md", "---\nid: torque\nupdated_at: soon\n---\nTighten the nut with 99 Nm.");
  const report = await knowledge.sync();
  expect(report).toMatchObject({ unchanged: 1, removed: 0, failed: [{ file: "a.md", reason: expect.stringContaining("updated_at") }] });
  expect((await knowledge.search("tighten the nut", { limit: 1 })).passages[0]?.text).toContain("25 Nm");
});

test("a folder that is gone removes nothing and says so", async () => {
  await write("b.md", "The warranty is 24 months.");
  await createKnowledge({ directory, table, log }).sync();
  await expect(createKnowledge({ directory: join(directory, "gone"), table, log }).sync()).rejects.toThrow("KNOWLEDGE_DIR");
  expect(await table.sources()).toHaveLength(1);
});

test("two processes that sync the same folder at once end with each document once", async () => {
  await cp(FIXTURES, directory, { recursive: true });
  const processes = [1, 2].map(() => createKnowledge({ directory, table, log }));
  const reports = await Promise.all(processes.map((knowledge) => knowledge.sync()));
  for (const report of reports) expect(report.failed).toEqual([]);
  const alone = await processes[0]?.sync();
  expect(alone).toMatchObject({ added: 0, changed: 0, removed: 0 });
  expect((await table.sources()).length).toBe(alone?.unchanged);
  const ids: string[] = [];
  for await (const passage of table.passages()) ids.push(passage.passageId);
  expect(new Set(ids).size).toBe(ids.length);
});

test("a store that fails midway loses nothing: the old knowledge serves, and the next sync goes on where it stopped", async () => {
  await write("a.md", "Old words about the warranty.");
  await write("z.md", "Old words about shipping.");
  const knowledge = createKnowledge({ directory, table, log });
  await knowledge.sync();
  await write("a.md", "New words about the warranty.");
  await write("z.md", "New words about shipping.");
  const dying: KnowledgeTable = {
    ...table,
    replace: async (source, passages) => {
      if (source.id === "z") throw new Error("connection lost");
      await table.replace(source, passages);
    },
  };
  const report = await createKnowledge({ directory, table: dying, log }).sync();
  expect(report).toMatchObject({ changed: 1, failed: [{ file: "z.md", reason: expect.stringContaining("connection lost") }] });
  expect((await createKnowledge({ directory, table, log }).search("shipping", { limit: 1 })).passages[0]?.text).toBe(
    "Old words about shipping.",
  );
  expect(await knowledge.sync()).toMatchObject({ changed: 1, unchanged: 1, failed: [] });
});

test("a store that takes nothing at all is the sync's error, not the documents'", async () => {
  await write("a.md", "Words.");
  const down: KnowledgeTable = { ...table, replace: () => Promise.reject(new Error("the database is down")) };
  await expect(createKnowledge({ directory, table: down, log }).sync()).rejects.toThrow("the database is down");
});

test("another process's changes are found within a second or so, and of the passages only those that changed are read", async () => {
  let wholeReads = 0;
  const read: string[] = [];
  const counting: KnowledgeTable = {
    ...table,
    passages: () => {
      wholeReads += 1;
      return table.passages();
    },
    passagesOf: (sourceIds) => {
      read.push(...sourceIds);
      return table.passagesOf(sourceIds);
    },
  };
  await write("a.md", "The warranty is 24 months.");
  await write("b.md", "The warranty card is in the parcel.");
  await write("c.md", "The shipping takes two days.");
  const writer = createKnowledge({ directory, table, log });
  const reader = createKnowledge({ directory: null, table: counting, log });
  await writer.sync();
  for (let i = 0; i < 20; i++) expect((await sourcesFound(reader, "warranty")).sort()).toEqual(["a", "b"]);
  expect([wholeReads, read]).toEqual([1, []]);

  await write("d.md", "The warranty claim form.");
  await writer.sync();
  await eventually("the new document is found", async () => (await sourcesFound(reader, "warranty")).includes("d"));
  expect(read.splice(0)).toEqual(["d"]);

  await write("a.md", "The colour is blue.");
  await rm(join(directory, "b.md"));
  await writer.sync();
  await eventually("what is gone is not found", async () => (await sourcesFound(reader, "warranty")).join() === "d");
  expect(await sourcesFound(reader, "colour")).toEqual(["a"]);
  expect(read.splice(0).sort()).toEqual(["a", "b"]);
  expect(wholeReads).toBe(1);
});

test("a change by a version of ours that knows nothing of changes is found, too", async () => {
  const reader = createKnowledge({ directory: null, table, log });
  await write("a.md", "The warranty is 24 months.");
  await createKnowledge({ directory, table, log }).sync();
  expect(await sourcesFound(reader, "warranty")).toEqual(["a"]);
  const client = await database.pool.connect();
  await client.query("begin");
  await client.query("update knowledge_sources set content_hash = 'other', synced_at = now() where id = 'a'");
  await client.query("delete from knowledge_passages where source_id = 'a'");
  await client.query(
    "insert into knowledge_passages (id, source_id, position, title_path, text) values ('a#a', 'a', 0, '{}', 'The colour is blue.')",
  );
  await client.query("update knowledge_revision set revision = revision + 1");
  await client.query("commit");
  client.release();
  await eventually("the change is found", async () => (await sourcesFound(reader, "colour")).join() === "a");
  expect(await sourcesFound(reader, "warranty")).toEqual([]);
});

test("three processes that change sources at random end with the same answers as one that reads everything afresh", async () => {
  const all = [1, 2, 3].map(() => createKnowledge({ directory: null, table, log }));
  for (const each of all) await sourcesFound(each, "warranty");
  let seed = 5;
  const random = (below: number) => {
    seed = (seed * 1103515245 + 12345) % 2 ** 31;
    return Math.floor((seed / 2 ** 31) * below);
  };
  for (let change = 0; change < 60; change++) {
    const id = `s${random(8)}`;
    const text = `warranty ${["oak", "elm", "fir"][random(3)]} number${change}`;
    const passage = { sourceId: id, passageId: `${id}#0`, title: id, titlePath: [], text, url: null, updatedAt: null, safety: false };
    const source = { id, title: id, url: null, contentHash: text, updatedAt: null, safety: false, language: "en", file: null };
    if (random(4) === 0) await table.remove(id);
    else await table.replace({ ...source, origin: "folder" }, [passage]);
    await Promise.all(all.map((each) => sourcesFound(each, "oak")));
  }
  const answer = async (knowledge: (typeof all)[number]) =>
    (await knowledge.search("warranty oak elm fir", { limit: 20, language: "en" })).passages
      .map(({ passageId, text, relevance }) => `${passageId} ${text} ${relevance}`)
      .sort();
  const fresh = await answer(createKnowledge({ directory: null, table, log }));
  expect(fresh.length).toBeGreaterThan(0);
  for (const each of all) await eventually("it is in step", async () => (await answer(each)).join() === fresh.join());
});

test("an index that could not be brought in step goes on serving, and is brought in step the next time", async () => {
  let down = false;
  const flaky: KnowledgeTable = { ...table, passagesOf: (ids) => (down ? Promise.reject(new Error("down")) : table.passagesOf(ids)) };
  const reader = createKnowledge({ directory: null, table: flaky, log });
  const writer = createKnowledge({ directory, table, log });
  await write("a.md", "The warranty is 24 months.");
  await writer.sync();
  expect(await sourcesFound(reader, "warranty")).toEqual(["a"]);
  down = true;
  await write("a.md", "The colour is blue.");
  await writer.sync();
  const until = Date.now() + 1500; // beyond the next look at the store
  while (Date.now() < until) expect(await sourcesFound(reader, "warranty")).toEqual(["a"]);
  down = false;
  await eventually("the change is found", async () => (await sourcesFound(reader, "colour")).join() === "a");
});

test("without a folder nothing is synced and an empty knowledge base answers empty", async () => {
  const knowledge = createKnowledge({ directory: null, table, log });
  expect(await knowledge.sync()).toEqual({ added: 0, changed: 0, removed: 0, unchanged: 0, failed: [] });
  expect(await knowledge.search("anything", { limit: 5 })).toEqual({ passages: [], contradictions: [], answerable: 0 });
});

test("a store that cannot be asked makes the search throw, and the next one try again", async () => {
  let down = true;
  const flaky: KnowledgeTable = { ...table, revision: () => (down ? Promise.reject(new Error("down")) : table.revision()) };
  await write("a.md", "The warranty is 24 months.");
  await createKnowledge({ directory, table, log }).sync();
  const knowledge = createKnowledge({ directory: null, table: flaky, log });
  await expect(knowledge.search("warranty", { limit: 5 })).rejects.toThrow("down");
  down = false;
  expect(await sourcesFound(knowledge, "warranty")).toEqual(["a"]);
});

describe("with the help center of the fixtures", () => {
  let knowledge: ReturnType<typeof createKnowledge>;
  beforeEach(async () => {
    knowledge = createKnowledge({ directory: FIXTURES, table, log });
    expect((await knowledge.sync()).failed).toEqual([]);
  });

  test("the AN size article answers the Chevy owner, with its date and address", async () => {
    const { passages, contradictions } = await knowledge.search("What size AN fitting for my 350 Chevy?", { limit: 5, language: "en" });
    expect(passages).toHaveLength(5);
    expect(passages[0]).toMatchObject({
      sourceId: "an-size-by-horsepower",
      titlePath: ["Small-block with a carburettor"],
      url: "https://help.nordhose.example/articles/an-size-by-horsepower",
      updatedAt: new Date("2026-06-11T00:00:00Z"),
      safety: false,
    });
    expect(contradictions).toEqual([]);
  });

  test.each([
    ["How long is the warranty on hoses?", ["warranty", "warranty-claims"]],
    ["From which order value is shipping free in Germany?", ["how-to-order", "shipping-costs"]],
  ])("the two marked contradictions are shown when they are asked about: %s", async (question, sources) => {
    const { passages, contradictions } = await knowledge.search(question, { limit: 4, language: "en" });
    expect(contradictions).toHaveLength(1);
    const ids: string[] = contradictions[0]?.passageIds ?? [];
    expect(
      passages
        .filter(({ passageId }) => ids.includes(passageId))
        .map(({ sourceId }) => sourceId)
        .sort(),
    ).toEqual(sources);
  });

  test("safety passages are known as such", async () => {
    const { passages } = await knowledge.search("my fuel hose is leaking", { limit: 5, language: "en" });
    expect(passages.some((passage) => passage.safety && passage.sourceId === "fuel-leak-safety")).toBe(true);
  });
});

describe("a user's own LlamaIndex retriever", () => {
  const retrieverModule = new URL("own-retriever.ts", import.meta.url).pathname;

  test("is asked instead of ours; its nodes may be bare and its scores of any size", async () => {
    await write("a.md", "The warranty is 24 months.");
    const knowledge = createKnowledge({ directory, table, retrieverModule, log });
    await knowledge.sync();
    const { passages } = await knowledge.search("How long is the warranty?", { limit: 5 });
    expect(passages).toMatchObject([
      { sourceId: "a", passageId: "a#a", relevance: 1, coverage: 1, why: "warranty" },
      { sourceId: "bare", passageId: "bare", title: "bare", relevance: 0, url: null, updatedAt: null, safety: false },
    ]);
  });

  test.each([
    ["/nowhere/retriever.ts", "cannot be loaded"],
    [new URL("../../support/eventually.ts", import.meta.url).pathname, "must default-export a LlamaIndex BaseRetriever"],
  ])("a module that is none says what it must be: %s", async (retriever, said) => {
    const knowledge = createKnowledge({ directory: null, table, retrieverModule: retriever, log });
    await expect(knowledge.search("x", { limit: 1 })).rejects.toThrow(said);
  });
});
