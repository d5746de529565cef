import { type Kysely, sql } from "kysely";
import type { ModelCallsTable } from "../../ports/model-calls.ts";
import type { Schema } from "./tables.ts";

/** Whoever holds it counts the day's calls and adds one; all others wait that long. */
const BUDGET_LOCK = sql`select pg_advisory_xact_lock(1129270094, 7)`;

/** A call that has not ended after this long never will. */
const LONGEST_CALL_MS = 15 * 60_000;

/** What models were asked and what it cost. */
export function modelCallsTable(db: Kysely<Schema>): ModelCallsTable {
  /** With `underWaySince` without the calls that began later and have not ended. */
  const charged = async (on: Kysely<Schema>, since: Date, underWaySince: Date | null = null) => {
    let query = on
      .selectFrom("modelCalls")
      .select([sql<string>`coalesce(sum(counted_tokens), 0)`.as("tokens"), sql<number>`coalesce(sum(counted_usd), 0)`.as("usd")])
      .where("at", ">=", since);
    if (underWaySince) query = query.where((of) => of.or([of("outcome", "<>", "under_way"), of("at", "<", underWaySince)]));
    const { tokens, usd } = await query.executeTakeFirstOrThrow();
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
        return "reserved";
      }
      return db.transaction().execute(async (trx) => {
        await BUDGET_LOCK.execute(trx);
        const fits = (before: { tokens: number; usd: number }) =>
          (day.tokens === null || before.tokens + tokens <= day.tokens) && (day.usd === null || before.usd + usd <= day.usd);
        if (fits(await charged(trx, day.since))) {
          await write(trx);
          return "reserved";
        }
        const ended = await charged(trx, day.since, new Date(call.at.getTime() - LONGEST_CALL_MS));
        return fits(ended) ? "set_aside" : "used_up";
      });
    },
    async settle(id, end) {
      await db.updateTable("modelCalls").set(end).where("id", "=", id).execute();
    },
    chargedSince: (since) => charged(db, since),
  };
}
