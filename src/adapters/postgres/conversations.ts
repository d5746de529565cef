import { type Kysely, sql } from "kysely";
import type { ConversationsTable } from "../../ports/store.ts";
import type { Schema } from "./tables.ts";

/** What we hold of conversations; older news never overwrites newer. */
export function conversationsTable(db: Kysely<Schema>): ConversationsTable {
  return {
    async openPerAssignee(accountId) {
      const rows = await db
        .selectFrom("cxConversations")
        .select(["assigneeId", sql<number>`count(*)::int`.as("open")])
        .where("accountId", "=", accountId)
        .where("status", "=", "open")
        .where("assigneeId", "is not", null)
        .groupBy("assigneeId")
        .execute();
      return new Map(rows.flatMap(({ assigneeId, open }) => (assigneeId === null ? [] : [[assigneeId, open]])));
    },
    async see(conversation, seenAt) {
      const row = {
        status: conversation.status,
        inboxId: conversation.inboxId,
        assigneeId: conversation.assigneeId,
        teamId: conversation.teamId,
        priority: conversation.priority,
        labels: conversation.labels,
        contactId: conversation.contact.id,
        contactName: conversation.contact.name,
        waitingSince: conversation.waitingSince,
        seenAt,
      };
      await db
        .insertInto("cxConversations")
        .values({ accountId: conversation.accountId, conversationId: conversation.id, ...row })
        .onConflict((conflict) =>
          conflict.columns(["accountId", "conversationId"]).doUpdateSet(row).where("cxConversations.seenAt", "<=", seenAt),
        )
        .execute();
    },
    async statusOf(accountId, conversationId) {
      const row = await db
        .selectFrom("cxConversations")
        .select("status")
        .where("accountId", "=", accountId)
        .where("conversationId", "=", conversationId)
        .executeTakeFirst();
      return row?.status ?? null;
    },
  };
}
