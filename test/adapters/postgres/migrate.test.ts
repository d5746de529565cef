import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Database, openDatabase } from "../../../src/adapters/postgres/database.ts";
import { migrate } from "../../../src/adapters/postgres/migrate.ts";
import { createTestDatabase, onServer, withDatabase } from "../../support/database.ts";

let directory: string;
let database: Awaited<ReturnType<typeof createTestDatabase>>;
let opened: Database<Record<string, never>>;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "countersign-migrations-"));
  database = await createTestDatabase();
  await onServer(database.url, "DROP SCHEMA public CASCADE; CREATE SCHEMA public");
  opened = openDatabase({ url: database.url });
});
afterEach(async () => {
  await opened.close();
  await database.drop();
  await rm(directory, { recursive: true });
});

async function write(files: Record<string, string>): Promise<void> {
  for (const [name, text] of Object.entries(files)) await writeFile(join(directory, name), text);
}

test("files are applied in the order of their numbers, once, and others are left alone", async () => {
  await write({
    "010_later.sql": "INSERT INTO steps VALUES (10)",
    "002_next.sql": "INSERT INTO steps VALUES (2)",
    "001_first.sql": "CREATE TABLE steps (n int, at serial);\nINSERT INTO steps VALUES (1);",
    "README.md": "not SQL",
    "draft.sql": "not a migration",
  });
  expect(await migrate({ pool: opened.pool, directory })).toEqual(["001_first.sql", "002_next.sql", "010_later.sql"]);
  expect(await migrate({ pool: opened.pool, directory })).toEqual([]);
  const { rows } = await opened.pool.query("SELECT n FROM steps ORDER BY at");
  expect(rows.map(({ n }) => n)).toEqual([1, 2, 10]);
});

test("several processes that migrate at once apply each file once between them", async () => {
  await write({ "001_first.sql": "CREATE TABLE steps (n int); SELECT pg_sleep(0.1)", "002_next.sql": "INSERT INTO steps VALUES (2)" });
  const others = [1, 2, 3, 4].map(() => openDatabase({ url: database.url }));
  try {
    const applied = await Promise.all(others.map(({ pool }) => migrate({ pool, directory })));
    expect(applied.flat().sort()).toEqual(["001_first.sql", "002_next.sql"]);
    expect((await opened.pool.query("SELECT n FROM steps")).rows).toEqual([{ n: 2 }]);
  } finally {
    for (const { close } of others) await close();
  }
});

test("a file that changed after it was applied is an error that names it, and nothing after it is applied", async () => {
  await write({ "001_first.sql": "CREATE TABLE steps (n int)" });
  await migrate({ pool: opened.pool, directory });
  await write({ "001_first.sql": "CREATE TABLE steps (n bigint)", "002_next.sql": "CREATE TABLE more (n int)" });
  await expect(migrate({ pool: opened.pool, directory })).rejects.toThrow(/001_first\.sql was changed after it was applied/);
  expect((await opened.pool.query("SELECT to_regclass('more') AS more")).rows).toEqual([{ more: null }]);
});

test("other line ends are no change", async () => {
  await write({ "001_first.sql": "CREATE TABLE steps (\n  n int\n);\n" });
  await migrate({ pool: opened.pool, directory });
  await write({ "001_first.sql": "CREATE TABLE steps (\r\n  n int\r\n);\r\n" });
  expect(await migrate({ pool: opened.pool, directory })).toEqual([]);
});

test("a file that fails leaves nothing of itself, keeps those before it, and works once it is put right", async () => {
  await write({
    "001_first.sql": "CREATE TABLE steps (n int)",
    "002_broken.sql": "INSERT INTO steps VALUES (2); INSERT INTO nowhere VALUES (3)",
  });
  await expect(migrate({ pool: opened.pool, directory })).rejects.toThrow(/002_broken\.sql failed: relation "nowhere" does not exist/);
  expect((await opened.pool.query("SELECT n FROM steps")).rows).toEqual([]);
  await write({ "002_broken.sql": "INSERT INTO steps VALUES (2)" });
  expect(await migrate({ pool: opened.pool, directory })).toEqual(["002_broken.sql"]);
});

test("a migration that a newer version applied does not keep the older one from starting", async () => {
  await write({ "001_first.sql": "CREATE TABLE steps (n int)", "002_newer.sql": "ALTER TABLE steps ADD m int" });
  await migrate({ pool: opened.pool, directory });
  await rm(join(directory, "002_newer.sql"));
  expect(await migrate({ pool: opened.pool, directory })).toEqual([]);
});

test("what a migration sets for its session reaches neither the next one nor the pool", async () => {
  await write({ "001_first.sql": "SET search_path TO nowhere; SET statement_timeout = 1", "002_next.sql": "CREATE TABLE steps (n int)" });
  await migrate({ pool: opened.pool, directory });
  const { rows } = await opened.pool.query("SELECT current_setting('search_path') AS path, current_setting('statement_timeout') AS bound");
  expect(rows).toEqual([{ path: '"$user", public', bound: "30s" }]);
  expect((await opened.pool.query("SELECT n FROM public.steps")).rows).toEqual([]);
});

test("each test database is a copy of its own", async () => {
  await onServer(database.url, "CREATE TABLE mine (n int)");
  const other = await createTestDatabase();
  try {
    expect(other.url).not.toBe(database.url);
    await expect(onServer(other.url, "SELECT * FROM mine")).rejects.toThrow(/"mine" does not exist/);
  } finally {
    await other.drop();
  }
  const name = new URL(other.url).pathname.slice(1);
  await expect(onServer(withDatabase(database.url, name), "SELECT 1")).rejects.toThrow(/does not exist/);
});
