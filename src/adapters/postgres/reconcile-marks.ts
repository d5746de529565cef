import type { Kysely } from "kysely";
import type { ReconcileMarksTable } from "../../ports/store.ts";
import type { Schema } from "./tables.ts";

/** Up to when conversations were compared with deliveries, and since when these are missing. */
export function reconcileMarksTable(db: Kysely<Schema>): ReconcileMarksTable {
  return {
    async get(accountId) {
      const row = await db
        .selectFrom("reconcileMarks")
        .select(["until", "silentSince"])
        .where("accountId", "=", accountId)
        .executeTakeFirst();
      return row ?? null;
    },
    async set(accountId, mark) {
      await db
        .insertInto("reconcileMarks")
        .values({ accountId, ...mark })
        .onConflict((conflict) => conflict.column("accountId").doUpdateSet(mark).where("reconcileMarks.until", "<", mark.until))
        .execute();
    },
  };
}
