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
        goneAt: null,
      };
      await db
        .insertInto("cxConversations")
        .values({ accountId: conversation.accountId, conversationId: conversation.id, ...row })
        .onConflict((conflict) =>
          conflict.columns(["accountId", "conversationId"]).doUpdateSet(row).where("cxConversations.seenAt", "<=", seenAt),
        )
        .execute();
    },
    async markGone(accountId, conversationId, at) {
      await db
        .insertInto("cxConversations")
        .values({ accountId, conversationId, status: "gone", inboxId: 0, labels: [], seenAt: at, goneAt: at })
        .onConflict((conflict) =>
          conflict
            .columns(["accountId", "conversationId"])
            .doUpdateSet({ status: "gone", seenAt: at, goneAt: at })
            .where("cxConversations.goneAt", "is", null),
        )
        .execute();
    },
    async goneBefore(accountId, goneBefore, limit) {
      const rows = await db
        .selectFrom("cxConversations")
        .select("conversationId")
        .where("accountId", "=", accountId)
        .where("goneAt", "<", goneBefore)
        .orderBy("goneAt")
        .limit(limit)
        .execute();
      return rows.map((row) => row.conversationId);
    },
    async siblings(accountId, conversationId) {
      const rows = await db
        .selectFrom("cxConversations as gone")
        .innerJoin("cxConversations as other", (join) =>
          join.onRef("other.accountId", "=", "gone.accountId").onRef("other.contactId", "=", "gone.contactId"),
        )
        .select("other.conversationId")
        .where("gone.accountId", "=", accountId)
        .where("gone.conversationId", "=", conversationId)
        .where("other.goneAt", "is", null)
        .execute();
      return rows.map((row) => row.conversationId);
    },
    async someOf(accountId, { modulo, rest, limit }) {
      const rows = await db
        .selectFrom("cxConversations")
        .select("conversationId")
        .where("accountId", "=", accountId)
        .where("goneAt", "is", null)
        .where(sql<boolean>`conversation_id % ${modulo}::bigint = ${rest}`)
        .orderBy(sql`random()`)
        .limit(limit)
        .execute();
      const { held, gone } = await db
        .selectFrom("cxConversations")
        .select([sql<number>`count(*)::int`.as("held"), sql<number>`count(gone_at)::int`.as("gone")])
        .where("accountId", "=", accountId)
        .executeTakeFirstOrThrow();
      return { ids: rows.map((row) => row.conversationId), held, gone };
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
