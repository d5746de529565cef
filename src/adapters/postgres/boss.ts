import type { Kysely } from "kysely";
import { fromKysely, PgBoss } from "pg-boss";
import type { Log } from "../../ports.ts";

/** How often the engine looks for jobs whose process is gone. */
const SUPERVISE_SECONDS = 5;

/** The job engine on our own connections. `supervise` where work is done: it takes over orphans, keeps the clock and cleans up. */
export function createBoss<Tables>({ db, supervise, log }: { db: Kysely<Tables>; supervise: boolean; log: Log }): PgBoss {
  const boss = new PgBoss({
    db: fromKysely(db),
    supervise,
    schedule: supervise,
    superviseIntervalSeconds: SUPERVISE_SECONDS,
    monitorIntervalSeconds: SUPERVISE_SECONDS,
  });
  boss.on("error", (error) => log.warn({ err: error }, "the job queue met an error"));
  return boss;
}
