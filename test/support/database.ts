import { randomBytes } from "node:crypto";
import pg from "pg";

/** A database of its own for one test file: migrated, empty, and gone after `drop`, whoever is still connected. */
export async function createTestDatabase(): Promise<{ url: string; drop(): Promise<void> }> {
  const { COUNTERSIGN_TEST_SERVER: server, COUNTERSIGN_TEST_TEMPLATE: template } = process.env;
  if (!server || !template) throw new Error("No test server: run the tests with `npm test`, whose globalSetup starts one.");
  const name = `countersign_test_${randomBytes(6).toString("hex")}`;
  await onServer(server, `CREATE DATABASE ${name} TEMPLATE ${template}`);
  return { url: withDatabase(server, name), drop: () => onServer(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) };
}

/** The same server's URL with another database in it. */
export function withDatabase(url: string, database: string): string {
  const address = new URL(url);
  address.pathname = `/${database}`;
  return address.href;
}

/** Runs one statement on a server, on a connection of its own. */
export async function onServer(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => {});
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
