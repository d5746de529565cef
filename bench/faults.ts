import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { type BenchHouse, clear, startBenchHouse } from "./house.ts";
import { load, type Round } from "./load.ts";

const PER_SECOND = 100;
const SECONDS = 20;
const CONNECTIONS = 16;
const KILL_EVERY_MS = 5_000;

/**
 * The door's latency while everything behind it fails: Chatwoot, the model, embeddings and reranker take connections and never answer, and
 * then PostgreSQL is killed again and again besides. The worker runs and tries all of it.
 */
export async function benchFaults(): Promise<void> {
  const silent = createServer(() => {}).listen(0, "127.0.0.1");
  await once(silent, "listening");
  const nowhere = `http://127.0.0.1:${(silent.address() as { port: number }).port}`;
  const house = await startBenchHouse({
    env: {
      CHATWOOT_BASE_URL: nowhere,
      ANTHROPIC_API_KEY: "none",
      ANTHROPIC_BASE_URL: nowhere,
      EMBEDDINGS_URL: nowhere,
      EMBEDDINGS_MODEL: "none",
      RERANK_URL: nowhere,
      RERANK_MODEL: "none",
    },
  });
  try {
    await send(house, 200); // warm-up
    console.table({ [`door, ${PER_SECOND}/s, all services hang`]: await send(house, PER_SECOND * SECONDS) });
    const killing = setInterval(() => killPostgres(house), KILL_EVERY_MS);
    const restarts = await send(house, PER_SECOND * SECONDS).finally(() => clearInterval(killing));
    console.table({ [`and PostgreSQL is killed every ${KILL_EVERY_MS / 1000} s`]: restarts });
  } finally {
    await house.stop();
    await clear(house);
    silent.close();
  }
}

const send = (house: BenchHouse, deliveries: number): Promise<Round> =>
  load({ url: `${house.url}/webhooks/chatwoot`, secret: house.secret, connections: CONNECTIONS, deliveries, perSecond: PER_SECOND });

function killPostgres({ dataDir }: BenchHouse): void {
  const pid = Number(readFileSync(join(dataDir, "postgres/postmaster.pid"), "utf8").split("\n")[0]);
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // it is dead already; the server starts it again
  }
}
