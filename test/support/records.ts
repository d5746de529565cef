import { createBoss } from "../../src/adapters/postgres/boss.ts";
import { createCipher } from "../../src/adapters/postgres/cipher.ts";
import { openDatabase } from "../../src/adapters/postgres/database.ts";
import { createListener, type Listener } from "../../src/adapters/postgres/listen.ts";
import { createQueue } from "../../src/adapters/postgres/queue.ts";
import { silent } from "../../src/adapters/postgres/silent.ts";
import { createStore } from "../../src/adapters/postgres/store.ts";
import type { Schema } from "../../src/adapters/postgres/tables.ts";
import type { Queue } from "../../src/ports/jobs.ts";
import type { Store } from "../../src/ports/store.ts";

/** Records as one process has them: a store, a queue and connections of its own. */
export interface TestRecords {
  store: Store;
  queue: Queue;
  /** Calls with each job that any process sends. */
  hear(listener: Parameters<Listener["onJob"]>[0]): void;
  query(sql: string, values?: unknown[]): Promise<Record<string, unknown>[]>;
  close(): Promise<void>;
}

/** Opens a database of `createTestDatabase` as a process would; `supervise` as a worker, which looks for jobs whose process is gone. */
export async function openTestRecords(url: string, { supervise = false }: { supervise?: boolean } = {}): Promise<TestRecords> {
  const { db, pool, lane, close } = openDatabase<Schema>({ url });
  const boss = createBoss({ db, supervise, log: silent });
  await boss.start();
  const listener = createListener({ url, log: silent });
  await listener.start();
  const queue = createQueue({ boss, db, listener, log: silent });
  return {
    store: createStore({ db, lane, boss, cipher: createCipher("5a".repeat(32)) }),
    queue,
    hear: listener.onJob,
    query: async (sql, values) => (await pool.query(sql, values)).rows,
    async close() {
      await queue.stop(2000);
      await listener.close();
      await boss.stop({ graceful: false });
      await close();
    },
  };
}
