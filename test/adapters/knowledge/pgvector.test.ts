import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CamelCasePlugin } from "kysely";
import pg from "pg";
import { createKnowledge } from "../../../src/adapters/knowledge/knowledge.ts";
import { createRefinement } from "../../../src/adapters/knowledge/refine.ts";
import { type Database, openDatabase } from "../../../src/adapters/postgres/database.ts";
import { embeddingsTable } from "../../../src/adapters/postgres/embeddings.ts";
import { knowledgeTable } from "../../../src/adapters/postgres/knowledge.ts";
import { migrate } from "../../../src/adapters/postgres/migrate.ts";
import type { Schema } from "../../../src/adapters/postgres/tables.ts";
import type { EmbeddingsTable, KnowledgeTable } from "../../../src/ports/knowledge-tables.ts";
import { createTestDatabase } from "../../support/database.ts";
import { startVectorServer, type VectorServer } from "../../support/vector-server.ts";

/**
 * On the run's own server where it has the extension (TEST_DATABASE_URL), else on an empty database that TEST_VECTOR_DATABASE_URL names;
 * skipped where there is neither. Our embedded PostgreSQL has none.
 */
const named = process.env.TEST_VECTOR_DATABASE_URL;
const MIGRATIONS = new URL("../../../migrations", import.meta.url).pathname;
const hasExtension = async (url: string) => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query("select 1 from pg_available_extensions where name = 'vector'");
  await client.end();
  return rows.length > 0;
};
const available = named !== undefined || (await hasExtension(process.env.COUNTERSIGN_TEST_SERVER ?? ""));

(available ? describe : describe.skip)("with pgvector (skipped where the server lacks it)", () => {
  let database: Database<Schema>;
  let table: KnowledgeTable;
  let vectors: EmbeddingsTable;
  let server: VectorServer;
  let directory: string;
  let drop = async () => {};
  const warned: string[] = [];
  const warn = (_: object, message: string) => void warned.push(message);
  const log = { debug() {}, info() {}, warn, error: warn };

  beforeAll(async () => {
    let url = named;
    if (url === undefined) {
      const made = await createTestDatabase();
      ({ url, drop } = made);
    }
    database = openDatabase<Schema>({ url, poolSize: 2 });
    await migrate({ pool: database.pool, directory: MIGRATIONS });
    const db = database.db.withPlugin(new CamelCasePlugin({ maintainNestedObjectKeys: true }));
    table = knowledgeTable(db);
    vectors = embeddingsTable(db);
    server = await startVectorServer();
    directory = await mkdtemp(join(tmpdir(), "countersign-pgvector-"));
  });
  afterAll(async () => {
    await server?.close();
    await database?.close();
    await drop();
    await rm(directory, { recursive: true, force: true });
  });

  const write = (file: string, text: string) => writeFile(join(directory, file), text);
  const open = (embeddings: EmbeddingsTable = vectors) => {
    const endpoint = { url: server.url, model: "a-model" };
    const refinement = createRefinement({ embeddings: endpoint, table, embeddingsTable: embeddings, log, questionTimeoutMs: 3000 });
    return createKnowledge({ directory, table, refinement, log });
  };
  const found = async (knowledge: ReturnType<typeof open>, question: string) =>
    (await knowledge.search(question, { limit: 5, language: "en" })).passages.map(({ sourceId, why }) => `${sourceId}: ${why}`);

  test("the database finds what is close in meaning, the same that is found in process, and follows every change", async () => {
    await write("cars.md", "# Driving\n\nWhich automobile may use the yard.");
    await write("parcels.md", "# Post\n\nA parcel arrives after two days.");
    await write("warranty.md", "# Promise\n\nThe warranty is two years.");
    const inProcess: EmbeddingsTable = { ...vectors, prepareSearch: async () => false, searches: async () => false };
    const alone = open(inProcess);
    await alone.sync();
    const expected = await found(alone, "where do I park my car");
    expect(expected[0]).toContain("close in meaning");
    expect(await vectors.searches()).toBe(false);

    let asked = 0;
    const counting: EmbeddingsTable = {
      ...vectors,
      nearest: (vector, limit) => {
        asked += 1;
        return vectors.nearest(vector, limit);
      },
    };
    const knowledge = open(counting);
    expect((await knowledge.sync()).warnings).toBeUndefined();
    expect(await vectors.searches()).toBe(true);
    const now = await found(knowledge, "where do I park my car");
    expect(now[0]).toBe(expected[0]);
    expect(now.toSorted()).toEqual(expected.toSorted()); // equals may stand in another order
    expect(asked).toBe(1);

    await write("cars.md", "# Driving\n\nThe colour is blue.");
    await write("garage.md", "# Garage\n\nYour automobile stands here.");
    await knowledge.sync();
    const after = await found(open(), "where do I park my car");
    expect(after[0]).toContain("garage");
    expect(warned).toEqual([]);
  });

  test("vectors are searched by an index, and those of another length are left out", async () => {
    const put = Array.from({ length: 300 }, (_, number) => ({
      key: number.toString(16).padStart(64, "0"),
      vector: Float32Array.from([Math.cos(number / 100), Math.sin(number / 100), 0]),
    }));
    await vectors.put([...put, { key: "f".repeat(64), vector: Float32Array.from([1, 0]) }]);
    expect(await vectors.searches()).toBe(false);
    expect(await vectors.prepareSearch()).toBe(true);
    const nearest = await vectors.nearest(Float32Array.from([1, 0, 0]), 3);
    expect(nearest.map(({ key }) => Number.parseInt(key, 16))).toEqual([0, 1, 2]);
    expect(nearest[0]?.similarity).toBeCloseTo(1, 5);
    const { rows } = await database.pool.query("select indexdef from pg_indexes where indexname like 'knowledge_embeddings_near_3'");
    expect(rows[0]?.indexdef).toContain("hnsw");
  });

  test("a column that somebody dropped is missed without harm: words find what they find, and the next sync brings it back", async () => {
    const knowledge = open();
    await knowledge.sync();
    await found(knowledge, "warranty");
    await database.pool.query("drop extension vector cascade");
    expect((await found(knowledge, "warranty"))[0]).toContain("warranty");
    await write("more.md", "# More\n\nMore words.");
    await knowledge.sync();
    expect(await vectors.searches()).toBe(true);
  });
});

test("without the extension vectors are compared in process, and nobody is troubled by it (skipped where the server has it)", async () => {
  if (available && named === undefined) return;
  const { url, drop } = await createTestDatabase();
  const database = openDatabase<Schema>({ url, poolSize: 2 });
  const vectors = embeddingsTable(database.db.withPlugin(new CamelCasePlugin({ maintainNestedObjectKeys: true })));
  expect([await vectors.prepareSearch(), await vectors.searches()]).toEqual([false, false]);
  await database.close();
  await drop();
});
