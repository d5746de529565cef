import { join } from "node:path";
import { createBoss } from "../../src/adapters/postgres/boss.ts";
import { openDatabase } from "../../src/adapters/postgres/database.ts";
import { migrate } from "../../src/adapters/postgres/migrate.ts";
import { createQueues } from "../../src/adapters/postgres/queue.ts";
import { silent } from "../../src/adapters/postgres/silent.ts";

/** Fills the database that every test's database is a copy of: our tables, and the queues. */
export async function prepareTemplate(url: string): Promise<void> {
  const { pool, db, close } = openDatabase({ url });
  const boss = createBoss({ db, supervise: false, log: silent });
  try {
    await migrate({ pool, directory: join(import.meta.dirname, "..", "..", "migrations") });
    await boss.start();
    await createQueues(boss);
  } finally {
    await boss.stop({ graceful: false });
    await close();
  }
}
