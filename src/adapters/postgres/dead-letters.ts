import { type Kysely, sql } from "kysely";
import type { DeadLetter, DeadLettersTable } from "../../ports/dead-letters.ts";
import { cursorOf, jsonb, readCursor } from "./sql.ts";
import type { Schema } from "./tables.ts";

/** Jobs out of attempts, kept for people. */
export function deadLettersTable(db: Kysely<Schema>): DeadLettersTable {
  const all = () => db.selectFrom("deadLetters").selectAll();
  return {
    async insert(letter) {
      await db
        .insertInto("deadLetters")
        .values({ ...letter, data: jsonb(letter.data), lastResponse: letter.lastResponse && jsonb(letter.lastResponse) })
        .onConflict((conflict) =>
          conflict
            .column("id")
            .doUpdateSet({ reason: letter.reason, createdAt: letter.createdAt, redrivenAt: null, redrivenBy: null })
            .where("deadLetters.redrivenAt", "is not", null),
        )
        .execute();
    },
    async get(id) {
      return (await all().where("id", "=", id).executeTakeFirst()) ?? null;
    },
    async lock(id) {
      return (await all().where("id", "=", id).forUpdate().executeTakeFirst()) ?? null;
    },
    async list({ open, kind, limit, cursor }) {
      let query = all();
      if (open) query = query.where("redrivenAt", "is", null).where("discardedAt", "is", null);
      if (kind) query = query.where("kind", "=", kind as DeadLetter["kind"]);
      if (cursor) {
        const { at, id } = readCursor(cursor);
        query = query.where(sql<boolean>`(created_at, id) < (${at}, ${id}::uuid)`);
      }
      const rows = await query
        .orderBy("createdAt", "desc")
        .orderBy("id", "desc")
        .limit(limit + 1)
        .execute();
      const last = rows.length > limit ? rows[limit - 1] : undefined;
      return { data: rows.slice(0, limit), nextCursor: last ? cursorOf(last.createdAt, last.id) : null };
    },
    async markRedriven(id, at, by) {
      await db.updateTable("deadLetters").set({ redrivenAt: at, redrivenBy: by }).where("id", "=", id).execute();
    },
    async markDiscarded(id, at, by, reason) {
      await db.updateTable("deadLetters").set({ discardedAt: at, discardedBy: by, discardReason: reason }).where("id", "=", id).execute();
    },
    async countOpen() {
      const { count } = await db
        .selectFrom("deadLetters")
        .select((of) => of.fn.countAll<number>().as("count"))
        .where("redrivenAt", "is", null)
        .where("discardedAt", "is", null)
        .executeTakeFirstOrThrow();
      return Number(count);
    },
  };
}
