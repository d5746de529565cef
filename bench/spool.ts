import { randomBytes, randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createBoss } from "../src/adapters/postgres/boss.ts";
import { createCipher } from "../src/adapters/postgres/cipher.ts";
import { openDatabase } from "../src/adapters/postgres/database.ts";
import { removeEmbedded, startEmbedded } from "../src/adapters/postgres/embedded.ts";
import { migrate } from "../src/adapters/postgres/migrate.ts";
import { createQueues } from "../src/adapters/postgres/queue.ts";
import { silent } from "../src/adapters/postgres/silent.ts";
import { createStore } from "../src/adapters/postgres/store.ts";
import type { Schema } from "../src/adapters/postgres/tables.ts";
import type { SpoolRecord } from "../src/adapters/spool/record.ts";
import { openSpool } from "../src/adapters/spool/spool.ts";
import { createSpooledIngest } from "../src/adapters/spool/spooled-ingest.ts";
import { quantile } from "./house.ts";
import { deliveryBody } from "./load.ts";

const ROUNDS = 5;
const DELIVERIES = 5_000;
const AT_ONCE = 64;

/** Deliveries a second onto the disk (each fsynced before it counts, 64 at once), and from there into our own PostgreSQL with their jobs. */
export async function benchSpool(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "countersign-bench-spool-"));
  const dataDir = join(folder, "data");
  const server = await startEmbedded({ dataDir });
  const { db, pool, lane, close } = openDatabase<Schema>({ url: server.url });
  const boss = createBoss({ db, supervise: false, log: silent });
  const appends: number[] = [];
  const replays: number[] = [];
  try {
    await migrate({ pool, directory: join(import.meta.dirname, "../migrations") });
    await boss.start();
    await createQueues(boss);
    const { ingest } = createStore({ db, lane, boss, cipher: createCipher(randomBytes(32).toString("hex")) });
    for (let round = 0; round < ROUNDS; round++) {
      const spool = await openSpool({ directory: join(folder, "spool"), log: silent });
      const records = Array.from({ length: DELIVERIES }, (_, index) => recordOf(round * DELIVERIES + index + 1));
      appends.push(await rate(() => appendAll(records, spool.append)));
      const spooled = createSpooledIngest({ ingest, setAside: () => Promise.reject(new Error("refused")), spool, log: silent });
      replays.push(
        await rate(async () => {
          spooled.start();
          while (spool.state().waiting > 0) await new Promise((resolve) => setTimeout(resolve, 5));
        }),
      );
      await spooled.stop();
      await spool.close();
    }
    const { rows } = await pool.query(
      "select (select count(*) from webhook_deliveries)::int as rows, count(*)::int as jobs from pgboss.job",
    );
    console.table({ "onto the disk": figures(appends), "into the database": figures(replays) });
    console.log(`${ROUNDS * DELIVERIES} spooled, ${rows[0].rows} recorded, ${rows[0].jobs} jobs`);
  } finally {
    await boss.stop({ graceful: false });
    await close();
    await server.release();
    await removeEmbedded(dataDir);
    await rm(folder, { recursive: true, force: true });
  }
}

const figures = (rates: number[]) => ({ "per second (median)": Math.round(quantile(rates, 0.5)), slowest: Math.round(Math.min(...rates)) });

async function rate(work: () => Promise<void>): Promise<number> {
  const began = performance.now();
  await work();
  return (DELIVERIES * 1000) / (performance.now() - began);
}

async function appendAll(records: SpoolRecord[], append: (record: SpoolRecord) => Promise<void>): Promise<void> {
  const rest = records.values();
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (const record of rest) await append(record);
    }),
  );
}

function recordOf(messageId: number): SpoolRecord {
  const deliveryId = randomUUID();
  const conversationId = (messageId % 1000) + 1;
  return {
    row: {
      deliveryId,
      accountId: 1,
      event: "message_created",
      conversationId,
      messageId,
      messageAt: new Date(),
      body: deliveryBody(messageId),
      receivedAt: new Date(),
      source: "webhook",
      outcome: "accepted",
      reason: null,
      fromCustomer: true,
    },
    job: { kind: "draft-reply", id: deliveryId, key: `1:${conversationId}`, data: { deliveryId, conversationId, messageId } },
  };
}
