import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { removeEmbedded } from "../../src/adapters/postgres/embedded.ts";
import { DATABASE_USER, openCluster } from "../../src/adapters/postgres/embedded-cluster.ts";
import { run } from "../../src/adapters/postgres/embedded-process.ts";
import { choosePort, start } from "../../src/adapters/postgres/embedded-server.ts";
import { silent } from "../../src/adapters/postgres/silent.ts";

/** How a server ends: told to and waiting for nobody, without a checkpoint, or by SIGKILL. */
export type HowItEnds = "fast" | "immediate" | "kill";

/** A real PostgreSQL, fsync on, that the run stops and starts at one address. */
export interface FaultyPostgres {
  url: string;
  stop(how: HowItEnds): Promise<void>;
  start(): Promise<void>;
  /** What the server itself logged. */
  log(): Promise<string>;
  remove(): Promise<void>;
}

const START_AGAIN_MS = 30_000;

/** Makes a cluster in a folder and starts it. */
export async function startPostgres(dataDir: string): Promise<FaultyPostgres> {
  const cluster = await openCluster(dataDir, silent);
  const port = await choosePort(cluster);
  const startIt = async () => {
    const end = Date.now() + START_AGAIN_MS;
    for (;;) {
      // A killed server's orphans keep the next one away for a moment.
      const refusal = await start(cluster, port, { max_connections: "200", fsync: "on", synchronous_commit: "on" });
      if (refusal === undefined) return;
      if (Date.now() > end) throw new Error(`PostgreSQL does not start again: ${refusal}`);
      await pause(100);
    }
  };
  await startIt();
  return {
    url: `postgres://${DATABASE_USER}:${cluster.password}@127.0.0.1:${port}/postgres`,
    start: startIt,
    async stop(how) {
      if (how !== "kill") {
        await run(join(cluster.programs, "pg_ctl"), ["-D", cluster.directory, "-m", how, "-w", "-t", "30", "stop"], cluster.runAs);
        return;
      }
      const pid = Number((await readFile(join(cluster.directory, "postmaster.pid"), "utf8")).split("\n")[0]);
      process.kill(pid, "SIGKILL");
    },
    log: () => readFile(join(cluster.directory, "server.log"), "utf8").catch(() => ""),
    remove: () => removeEmbedded(dataDir),
  };
}
