import { type Kysely, type RawBuilder, sql } from "kysely";
import { dropExamplesOfNothing } from "./lessons.ts";
import type { Schema } from "./tables.ts";

/** Rows that one statement deletes: a first purge after years must not run into the limit of a statement's time, nor lock for long. */
const BATCH = 2_000;

/** Deletes what was kept long enough. What still waits for a person stays, however old. */
export async function purge(db: Kysely<Schema>, endedBefore: Date, now: Date): Promise<Record<string, number>> {
  const counts = {
    approvals: await deleteFrom(
      db,
      "agent_approvals",
      sql`updated_at < ${endedBefore} and status not in ('pending', 'approved', 'send_failed')`,
    ),
    deliveries: await deleteFrom(db, "webhook_deliveries", sql`received_at < ${endedBefore}`),
    notices: await deleteFrom(db, "approval_notes", sql`created_at < ${endedBefore} and approval_id is null and status <> 'queued'`),
    conversations: await deleteFrom(
      db,
      "cx_conversations",
      sql`seen_at < ${endedBefore} and gone_at is null and not exists (
        select from agent_approvals as approval
        where approval.account_id = cx_conversations.account_id and approval.conversation_id = cx_conversations.conversation_id)`,
    ),
    letters: await deleteFrom(db, "dead_letters", sql`redriven_at < ${endedBefore} or discarded_at < ${endedBefore}`),
    keys: await deleteFrom(db, "idempotency_keys", sql`created_at < ${endedBefore}`),
    modelCalls: await deleteFrom(db, "model_calls", sql`at < ${endedBefore}`),
    sessions: await deleteFrom(db, "sessions", sql`expires_at < ${now}`),
    suggestions: await emptyRejected(db, endedBefore),
  };
  await dropExamplesOfNothing(db);
  return counts;
}

async function deleteFrom(db: Kysely<Schema>, table: string, which: RawBuilder<unknown>): Promise<number> {
  for (let deleted = 0; ; ) {
    const { numAffectedRows } = await sql`
      delete from ${sql.table(table)} where ctid = any(array(select ctid from ${sql.table(table)} where ${which} limit ${BATCH}))`.execute(
      db,
    );
    deleted += Number(numAffectedRows ?? 0n);
    if (Number(numAffectedRows ?? 0n) < BATCH) return deleted;
  }
}

/** A suggestion that was rejected stays without its words, so that it is not suggested again. */
async function emptyRejected(db: Kysely<Schema>, endedBefore: Date): Promise<number> {
  const { numUpdatedRows } = await db
    .updateTable("knowledgeSuggestions")
    .set({ question: "", answer: "" })
    .where("status", "=", "rejected")
    .where("decidedAt", "<", endedBefore)
    .where("question", "<>", "")
    .executeTakeFirst();
  return Number(numUpdatedRows);
}
