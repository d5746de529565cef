import type { Kysely } from "kysely";
import type { ReconcileMarksTable } from "../../ports/store.ts";
import type { Schema } from "./tables.ts";

/** Up to when conversations were compared with deliveries; a mark never goes back. */
export function reconcileMarksTable(db: Kysely<Schema>): ReconcileMarksTable {
  return {
    async get(accountId) {
      const row = await db.selectFrom("reconcileMarks").select("until").where("accountId", "=", accountId).executeTakeFirst();
      return row?.until ?? null;
    },
    async set(accountId, until) {
      await db
        .insertInto("reconcileMarks")
        .values({ accountId, until })
        .onConflict((conflict) => conflict.column("accountId").doUpdateSet({ until }).where("reconcileMarks.until", "<", until))
        .execute();
    },
  };
}
