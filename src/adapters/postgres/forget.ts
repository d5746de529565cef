import type { Kysely } from "kysely";
import { answeredTable } from "./answered.ts";
import type { Schema } from "./tables.ts";

/** Deletes all that is held of a conversation, in one transaction; its approvals take their events, notes and learning rows along. */
export async function forget(db: Kysely<Schema>, accountId: number, conversationId: number): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const approvals = trx
      .selectFrom("agentApprovals")
      .select("id")
      .where("accountId", "=", accountId)
      .where("conversationId", "=", conversationId);
    const learned = await trx.selectFrom("answeredQuestions").select("id").where("approvalId", "in", approvals).execute();
    await answeredTable(trx).remove(learned.map(({ id }) => id));
    for (const table of ["agentApprovals", "approvalNotes", "webhookDeliveries", "knowledgeSuggestions", "cxConversations"] as const)
      await trx.deleteFrom(table).where("accountId", "=", accountId).where("conversationId", "=", conversationId).execute();
    await trx.deleteFrom("deadLetters").where("conversationId", "=", conversationId).execute();
  });
}
