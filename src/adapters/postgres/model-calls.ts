import { type Kysely, sql } from "kysely";
import type { ModelCallsTable } from "../../ports/model-calls.ts";
import type { Schema } from "./tables.ts";

/** Whoever holds it counts the day's calls and adds one; all others wait that long. */
const BUDGET_LOCK = sql`select pg_advisory_xact_lock(1129270094, 7)`;

/** What models were asked and what it cost. */
export function modelCallsTable(db: Kysely<Schema>): ModelCallsTable {
  const charged = async (on: Kysely<Schema>, since: Date) => {
    const { tokens, usd } = await on
      .selectFrom("modelCalls")
      .select([sql<string>`coalesce(sum(counted_tokens), 0)`.as("tokens"), sql<number>`coalesce(sum(counted_usd), 0)`.as("usd")])
      .where("at", ">=", since)
      .executeTakeFirstOrThrow();
    return { tokens: Number(tokens), usd: Number(usd) };
  };
  return {
    async reserve({ tokens, usd, ...call }, day) {
      const write = (on: Kysely<Schema>) =>
        on
          .insertInto("modelCalls")
          .values({ ...call, countedTokens: tokens, countedUsd: usd })
          .execute();
      if (day.tokens === null && day.usd === null) {
        await write(db);
        return true;
      }
      return db.transaction().execute(async (trx) => {
        await BUDGET_LOCK.execute(trx);
        const before = await charged(trx, day.since);
        if (day.tokens !== null && before.tokens + tokens > day.tokens) return false;
        if (day.usd !== null && before.usd + usd > day.usd) return false;
        await write(trx);
        return true;
      });
    },
    async settle(id, end) {
      await db.updateTable("modelCalls").set(end).where("id", "=", id).execute();
    },
    chargedSince: (since) => charged(db, since),
  };
}
