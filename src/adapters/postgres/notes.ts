import type { Kysely } from "kysely";
import type { NotesTable } from "../../ports/store.ts";
import type { Schema } from "./tables.ts";

/** Our private notes in Chatwoot. */
export function notesTable(db: Kysely<Schema>): NotesTable {
  const all = () => db.selectFrom("approvalNotes").selectAll();
  return {
    async insert(note) {
      await db.insertInto("approvalNotes").values(note).execute();
    },
    async get(id) {
      return (await all().where("id", "=", id).executeTakeFirst()) ?? null;
    },
    async lock(id) {
      return (await all().where("id", "=", id).forUpdate().executeTakeFirst()) ?? null;
    },
    async update({ id, ...note }) {
      await db.updateTable("approvalNotes").set(note).where("id", "=", id).execute();
    },
    async lockLive(approvalId) {
      return all()
        .where("approvalId", "=", approvalId)
        .where("kind", "=", "draft")
        .where("status", "in", ["queued", "posted", "failed"])
        .orderBy("id")
        .forUpdate()
        .execute();
    },
    async newestBefore(accountId, conversationId, beforeMessageId) {
      const note = await all()
        .where("accountId", "=", accountId)
        .where("conversationId", "=", conversationId)
        .where("kind", "=", "draft")
        .where("messageId", "<", beforeMessageId)
        .orderBy("messageId", "desc")
        .limit(1)
        .executeTakeFirst();
      return note ?? null;
    },
  };
}
