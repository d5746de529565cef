import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CamelCasePlugin } from "kysely";
import { createKnowledge } from "../../../src/adapters/knowledge/knowledge.ts";
import { syncOrigins } from "../../../src/adapters/knowledge/sync.ts";
import { approvalsTable } from "../../../src/adapters/postgres/approvals.ts";
import { type Database, openDatabase } from "../../../src/adapters/postgres/database.ts";
import { knowledgeTable } from "../../../src/adapters/postgres/knowledge.ts";
import type { Schema } from "../../../src/adapters/postgres/tables.ts";
import type { Approval } from "../../../src/core/words.ts";
import type { KnowledgeOrigin, LoadedDocument, SyncProgress } from "../../../src/ports/knowledge.ts";
import type { KnowledgeTable } from "../../../src/ports/knowledge-tables.ts";
import { anApproval } from "../../support/approval.ts";
import { createTestDatabase } from "../../support/database.ts";
import { eventually } from "../../support/eventually.ts";

const log = { debug() {}, info() {}, warn() {}, error() {} };

let testDatabase: Awaited<ReturnType<typeof createTestDatabase>>;
let database: Database<Schema>;
let table: KnowledgeTable;
let approvals: ReturnType<typeof approvalsTable>;
let directory: string;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = openDatabase<Schema>({ url: testDatabase.url, poolSize: 6 });
  const db = database.db.withPlugin(new CamelCasePlugin({ maintainNestedObjectKeys: true }));
  table = knowledgeTable(db);
  approvals = approvalsTable(db);
});
afterAll(async () => {
  await database?.close();
  await testDatabase?.drop();
});
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "countersign-sync-"));
  for (const source of await table.sources()) await table.remove(source.id);
});
afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

const write = (file: string, text: string) => writeFile(join(directory, file), text);
const serving = async () => (await table.sources()).filter(({ withdrawn }) => !withdrawn).map(({ id }) => id);
const document = (id: string, text = `Words of ${id}.`): LoadedDocument => {
  return { id, title: id, url: null, updatedAt: null, safety: false, language: "en", text, file: `article ${id}` };
};
const helpdesk = (...documents: (LoadedDocument | Error)[]): KnowledgeOrigin => ({
  name: "helpdesk",
  async *documents() {
    for (const each of documents) {
      if (each instanceof Error) throw each;
      yield each;
    }
  },
});

test("each origin removes only what it no longer holds itself", async () => {
  await write("a.md", "Folder words.");
  const both = createKnowledge({ directory, origins: [helpdesk(document("article:1"), document("article:2"))], table, log });
  expect(await both.sync()).toMatchObject({ added: 3, failed: [] });
  expect(await createKnowledge({ directory, table, log }).sync()).toMatchObject({ unchanged: 1, removed: 0 });
  expect(await createKnowledge({ directory: null, origins: [helpdesk(document("article:2"))], table, log }).sync()).toMatchObject({
    unchanged: 1,
    removed: 1,
  });
  expect(await serving()).toEqual(["a", "article:2"]);
});

test("an origin that breaks off halfway removes nothing, says so, and stops no other", async () => {
  await write("a.md", "Folder words.");
  await createKnowledge({ directory, origins: [helpdesk(document("article:1"), document("article:2"))], table, log }).sync();
  await write("b.md", "More words.");
  const broken = helpdesk(document("article:1", "New words."), new Error("Chatwoot did not answer in time"));
  expect(await createKnowledge({ directory, origins: [broken], table, log }).sync()).toMatchObject({
    added: 1,
    changed: 1,
    removed: 0,
    failed: [{ file: "the helpdesk", reason: "Chatwoot did not answer in time" }],
  });
  expect(await serving()).toEqual(["a", "article:1", "article:2", "b"]);
});

test("an id that another origin uses is refused, and the first document stays", async () => {
  await write("article-1.md", "---\nid: article:1\n---\nFolder words.");
  const knowledge = createKnowledge({ directory, origins: [helpdesk(document("article:1"))], table, log });
  expect(await knowledge.sync()).toMatchObject({
    added: 1,
    failed: [{ file: "article article:1", reason: expect.stringContaining("already used by a document from the folder") }],
  });
  expect((await knowledge.search("folder words", { limit: 1 })).passages[0]?.text).toBe("Folder words.");
});

test.each([
  ["table.csv", "id,text\none,First words.\ntwo,Second words.\n", "id,text\none,First words.\ntwo,x,y,z\n"],
  ["rows.json", '[{"id": "one", "text": "First words."}, {"id": "two", "text": "Second words."}]', '[{"id": "one", "text": "First'],
  [
    "rows.jsonl",
    '{"id": "one", "text": "First words."}\n{"id": "two", "text": "Second words."}\n',
    '{"id": "one", "text": "First words."}\n{"i',
  ],
])("a file with something broken in it loses none of the documents it had: %s", async (file, whole, broken) => {
  const knowledge = createKnowledge({ directory, table, log });
  await write(file, whole);
  expect(await knowledge.sync()).toMatchObject({ added: 2, failed: [] });
  await write(file, broken);
  const report = await knowledge.sync();
  expect(report.removed).toBe(0);
  expect(report.failed).toHaveLength(1);
  expect(await serving()).toEqual(["one", "two"]);
  await write(file, whole.replace(/First words/, "Other words"));
  expect(await knowledge.sync()).toMatchObject({ changed: 1, unchanged: 1, failed: [] });
});

test("a document that is gone leaves the search at once, and the store when no open approval quotes it any more", async () => {
  const approval: Approval = anApproval({ sources: [{ ...sourceShown, source_id: "quoted", passage_id: "quoted#quoted" }] });
  const knowledge = createKnowledge({ directory, table, log });
  await write("quoted.md", "The torque is 25 Nm.");
  await write("other.md", "The warranty is two years.");
  await knowledge.sync();
  await approvals.insert(approval);
  await rm(join(directory, "quoted.md"));

  expect(await knowledge.sync()).toMatchObject({ removed: 1 });
  expect((await knowledge.search("torque", { limit: 5 })).passages).toEqual([]);
  expect(await table.sources()).toMatchObject([{ id: "other" }, { id: "quoted", withdrawn: true }]);
  const revision = await table.revision();
  expect(await knowledge.sync()).toMatchObject({ removed: 0, unchanged: 1 });
  expect(await table.revision()).toBe(revision);

  await approvals.update({ ...approval, status: "sent" });
  await knowledge.sync();
  expect(await table.sources()).toMatchObject([{ id: "other" }]);
});

test("a withdrawn document that comes back serves again, also with the same words", async () => {
  const knowledge = createKnowledge({ directory, table, log });
  await write("quoted.md", "The torque is 25 Nm.");
  await knowledge.sync();
  await approvals.insert(anApproval({ conversationId: 2, sources: [{ ...sourceShown, source_id: "quoted" }] }));
  await rm(join(directory, "quoted.md"));
  await write("other.md", "Other words.");
  await knowledge.sync();
  await write("quoted.md", "The torque is 25 Nm.");
  expect(await knowledge.sync()).toMatchObject({ added: 1 });
  expect((await knowledge.search("torque", { limit: 1 })).passages).toHaveLength(1);
});

test("what is looked at and found unchanged carries the date of that look", async () => {
  const knowledge = createKnowledge({ directory, table, log });
  await write("a.md", "Words.");
  await knowledge.sync();
  const at = async () => (await database.pool.query("select verified_at::text, synced_at from knowledge_sources where id = 'a'")).rows[0];
  const first = await at();
  await knowledge.sync();
  const second = await at();
  expect(second.verified_at > first.verified_at).toBe(true);
  expect(second.synced_at).toEqual(first.synced_at);
});

test("one process syncs at a time, the other waits for its turn and finds nothing to do", async () => {
  const order: string[] = [];
  let release: () => void = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const slow: KnowledgeOrigin = {
    name: "helpdesk",
    async *documents() {
      order.push("first begins");
      await held;
      yield document("article:1");
      order.push("first ends");
    },
  };
  const first = syncOrigins([slow], { table, log });
  await eventually("the first sync reads", async () => order.length === 1);
  const second = syncOrigins([helpdesk(document("article:1"))], { table, log }).then((report) => {
    order.push("second");
    return report;
  });
  release();
  expect(await first).toMatchObject({ added: 1 });
  expect(await second).toMatchObject({ added: 0, unchanged: 1 });
  expect(order).toEqual(["first begins", "first ends", "second"]);
});

test("progress tells how many of how many files are read", async () => {
  for (let i = 0; i < 5; i++) await write(`${i}.md`, `Words ${i}.`);
  const told: SyncProgress[] = [];
  await createKnowledge({ directory, table, log }).sync((progress) => void told.push(progress));
  expect(told.map(({ what, done, total }) => `${what} ${done}/${total}`)).toEqual([0, 1, 2, 3, 4, 5].map((done) => `files ${done}/5`));
});

test("a sync that is killed midway leaves every document whole, old or new, and holds up nobody after it", async () => {
  const count = 400;
  const words = (version: string, i: number) => `# Article ${i}\n\n${version} words of article ${i}.\n\n## More\n\n${version} words, too.`;
  for (let i = 0; i < count; i++) await write(`article-${i}.md`, words("Old", i));
  const knowledge = createKnowledge({ directory, table, log });
  expect(await knowledge.sync()).toMatchObject({ added: count });
  for (let i = 0; i < count; i++) await write(`article-${i}.md`, words("New", i));

  const root = join(import.meta.dirname, "..", "..", "..");
  const child = spawn(process.execPath, [join(root, "src", "main.ts"), "knowledge", "sync"], {
    env: {
      PATH: process.env.PATH,
      DATABASE_URL: testDatabase.url,
      KNOWLEDGE_DIR: directory,
      ENCRYPTION_KEY: "00".repeat(32),
      DATA_DIR: directory,
    },
    stdio: "ignore",
  });
  const before = await table.revision();
  await eventually("the sync is under way", async () => (await table.revision()) > before + 5);
  child.kill("SIGKILL");
  await once(child, "exit");
  // the process that had the old knowledge serves on, and takes in what was stored
  expect((await knowledge.search("words of article 399", { limit: 1 })).passages).toHaveLength(1);
  const articles = async () => (await knowledge.search("New words article", { limit: 50, language: "en" })).passages;
  await eventually("the stored changes are found", async () => (await articles())[0]?.text.startsWith("New") === true);
  expect((await articles()).length).toBe(50);

  const versions = new Map<string, Set<string>>();
  for await (const passage of table.passages())
    versions.set(passage.sourceId, (versions.get(passage.sourceId) ?? new Set()).add(passage.text.slice(0, 3)));
  expect(versions.size).toBe(count);
  expect([...versions.values()].every((found) => found.size === 1)).toBe(true);
  expect(new Set([...versions.values()].flatMap((found) => [...found]))).toEqual(new Set(["Old", "New"]));
  expect((await createKnowledge({ directory: null, table, log }).search("words of article 399", { limit: 1 })).passages).toHaveLength(1);

  const report = await knowledge.sync();
  expect(report).toMatchObject({ added: 0, removed: 0, failed: [] });
  expect(report.changed).toBeGreaterThan(0);
  expect(report.changed + report.unchanged).toBe(count);
});

const sourceShown = {
  source_id: "x",
  passage_id: "x#x",
  title: "X",
  url: null,
  relevance: 0.9,
  excerpt: "…",
  updated_at: null,
};
