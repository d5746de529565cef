import { existsSync } from "node:fs";
import { join } from "node:path";
import { openDatabase } from "../../src/adapters/postgres/database.ts";
import { migrate } from "../../src/adapters/postgres/migrate.ts";

/** Fills the database that every test's database is a copy of: our tables, and whatever else belongs to a migrated house. */
export async function prepareTemplate(url: string): Promise<void> {
  const directory = join(import.meta.dirname, "..", "..", "migrations");
  if (!existsSync(directory)) return;
  const { pool, close } = openDatabase({ url });
  try {
    await migrate({ pool, directory });
  } finally {
    await close();
  }
}
