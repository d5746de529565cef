import { type Kysely, sql } from "kysely";
import type { Suggestion, SuggestionsTable } from "../../ports/knowledge-tables.ts";
import { cursorOf, jsonb, readCursor } from "./sql.ts";
import type { Schema } from "./tables.ts";

/** Questions and answers out of old conversations, waiting for people. */
export function suggestionsTable(db: Kysely<Schema>): SuggestionsTable {
  const all = () => db.selectFrom("knowledgeSuggestions").selectAll();
  return {
    async add(suggestion) {
      const { numInsertedOrUpdatedRows } = await db
        .insertInto("knowledgeSuggestions")
        .values({ ...suggestion, status: "pending", decidedBy: null, decidedAt: null })
        .onConflict((conflict) => conflict.columns(["accountId", "messageId"]).doNothing())
        .executeTakeFirstOrThrow();
      return Number(numInsertedOrUpdatedRows ?? 0n);
    },
    async list({ status, limit, cursor }) {
      let query = all().where("status", "=", status).where("question", "<>", ""); // a rejected one loses its words after a time
      if (cursor) {
        const { at, id } = readCursor(cursor);
        query = query.where(sql<boolean>`(answered_at, id) < (${at}, ${id}::uuid)`);
      }
      const rows = await query
        .orderBy("answeredAt", "desc")
        .orderBy("id", "desc")
        .limit(limit + 1)
        .execute();
      const last = rows.length > limit ? rows[limit - 1] : undefined;
      return { data: rows.slice(0, limit), nextCursor: last ? cursorOf(last.answeredAt, last.id) : null };
    },
    async lock(id) {
      return (await all().where("id", "=", id).forUpdate().executeTakeFirst()) ?? null;
    },
    async decide({ id, question, answer, sourceIds, status, decidedBy, decidedAt }: Suggestion) {
      await db
        .updateTable("knowledgeSuggestions")
        .set({ question, answer, sourceIds, status, decidedBy: jsonb(decidedBy), decidedAt })
        .where("id", "=", id)
        .execute();
    },
  };
}
