import { type Kysely, sql } from "kysely";
import { answeredTable } from "./answered.ts";
import { dropExamplesOfNothing } from "./lessons.ts";
import type { Schema } from "./tables.ts";

const HELD = ["agentApprovals", "approvalNotes", "knowledgeSuggestions", "cxConversations"] as const;

/** Deletes all that is held of a conversation, in one transaction; its approvals take their events, notes and learning rows along. */
export async function forget(db: Kysely<Schema>, accountId: number, conversationId: number): Promise<void> {
  await db.transaction().execute(async (trx) => {
    // The approvals first, as everywhere: two that lock them and what hangs on them never wait for one another.
    const approvals = await trx
      .selectFrom("agentApprovals")
      .select("id")
      .where("accountId", "=", accountId)
      .where("conversationId", "=", conversationId)
      .orderBy("id")
      .forUpdate()
      .execute();
    const ids = approvals.map(({ id }) => id);
    await forgetAnswered(trx, accountId, conversationId, ids);
    for (const table of HELD)
      await trx.deleteFrom(table).where("accountId", "=", accountId).where("conversationId", "=", conversationId).execute();
    // each by an index of its own
    for (const which of [sql`from_customer and outcome = 'accepted'`, sql`not (from_customer and outcome = 'accepted')`])
      await sql`
        delete from webhook_deliveries
        where account_id = ${accountId} and conversation_id = ${conversationId} and ${which}`.execute(trx);
    await trx.deleteFrom("deadLetters").where("conversationId", "=", conversationId).execute();
    await dropExamplesOfNothing(trx);
  });
}

/**
 * What was remembered of replies to its approvals, and of suggestions that were accepted: these name no approval, but have its words. The
 * suggestions are locked before the memory, as whoever accepts one does.
 */
async function forgetAnswered(trx: Kysely<Schema>, accountId: number, conversationId: number, approvalIds: string[]): Promise<void> {
  const suggestions = await trx
    .selectFrom("knowledgeSuggestions")
    .select("question")
    .where("accountId", "=", accountId)
    .where("conversationId", "=", conversationId)
    .orderBy("id")
    .forUpdate()
    .execute();
  const questions = suggestions.map(({ question }) => question);
  const learned = await trx
    .selectFrom("answeredQuestions")
    .select("id")
    .where("removed", "=", false)
    .where((of) =>
      of.or([
        of("approvalId", "=", sql<string>`any(${approvalIds}::uuid[])`),
        of.and([
          of("approvalId", "is", null),
          of("outcome", "=", "answered_by_hand"),
          of("question", "=", sql<string>`any(${questions}::text[])`),
        ]),
      ]),
    )
    .execute();
  await answeredTable(trx).remove(learned.map(({ id }) => id));
}
