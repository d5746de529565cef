import { sql } from "kysely";
import { type Database, openDatabase } from "../../../src/adapters/postgres/database.ts";
import { createTestDatabase } from "../../support/database.ts";

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let opened: Database<Record<string, never>>;

beforeAll(async () => {
  database = await createTestDatabase();
  opened = openDatabase({ url: database.url, poolSize: 3 });
});
afterAll(async () => {
  await opened?.close();
  await database?.drop();
});

test("bigint arrives as a number while that is exact, as text beyond; times are Dates, numeric stays exact text", async () => {
  const { rows } = await sql`SELECT 90417::bigint AS id, 9007199254740993::bigint AS huge, '2026-05-02T00:00:00Z'::timestamptz AS at,
    0.10::numeric AS cost, '{"a": [1]}'::jsonb AS json, ARRAY[1, 2]::bigint[] AS ids`.execute(opened.db);
  expect(rows[0]).toEqual({
    id: 90417,
    huge: "9007199254740993",
    at: new Date("2026-05-02T00:00:00Z"),
    cost: "0.10",
    json: { a: [1] },
    ids: [1, 2],
  });
});

test("a connection names itself and bounds its statements", async () => {
  const { rows } = await opened.pool.query(
    "SELECT current_setting('application_name') AS name, current_setting('statement_timeout') AS bound",
  );
  expect(rows[0]).toEqual({ name: "countersign", bound: "30s" });
});
