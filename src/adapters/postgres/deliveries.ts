import { type Kysely, sql } from "kysely";
import type { DeliveriesTable, DeliveryRow } from "../../ports/store.ts";
import { cursorOf, readCursor } from "./sql.ts";
import type { Schema } from "./tables.ts";

const KEPT_REFUSALS = 1000;
const COLUMNS = [
  "deliveryId",
  "accountId",
  "event",
  "conversationId",
  "messageId",
  "messageAt",
  "fromCustomer",
  "receivedAt",
  "source",
  "outcome",
  "reason",
  "fate",
] as const;

/** What came through the door, and what became of each customer message. */
export function deliveriesTable(db: Kysely<Schema>): DeliveriesTable {
  const customers = (accountId: number, conversationId: number) =>
    db
      .selectFrom("webhookDeliveries")
      .where("fromCustomer", "=", true)
      .where("outcome", "=", "accepted")
      .where("accountId", "=", accountId)
      .where("conversationId", "=", conversationId);

  return {
    async get(deliveryId) {
      const row = await db
        .selectFrom("webhookDeliveries")
        .select([...COLUMNS, "body"])
        .where("deliveryId", "=", deliveryId)
        .executeTakeFirst();
      return row ?? null;
    },

    async list({ outcome, event, conversationId, limit, cursor }) {
      let query = db.selectFrom("webhookDeliveries").select(COLUMNS);
      if (outcome) query = query.where("outcome", "=", outcome);
      if (event) query = query.where("event", "=", event);
      if (conversationId) query = query.where("conversationId", "=", conversationId);
      if (cursor) {
        const { at, id } = readCursor(cursor);
        query = query.where(sql<boolean>`(received_at, delivery_id) < (${at}, ${id}::uuid)`);
      }
      const rows: DeliveryRow[] = await query
        .orderBy("receivedAt", "desc")
        .orderBy("deliveryId", "desc")
        .limit(limit + 1)
        .execute();
      const last = rows.length > limit ? rows[limit - 1] : undefined;
      return { data: rows.slice(0, limit), nextCursor: last ? cursorOf(last.receivedAt, last.deliveryId) : null };
    },

    async newestCustomerMessage(accountId, conversationId) {
      const row = await customers(accountId, conversationId)
        .select(["deliveryId", "messageId", "messageAt", "fate"])
        .orderBy("messageAt", "desc")
        .orderBy("messageId", "desc")
        .limit(1)
        .executeTakeFirst();
      if (!row?.messageId || !row.messageAt) return null;
      return { deliveryId: row.deliveryId, messageId: row.messageId, messageAt: row.messageAt, fate: row.fate };
    },

    async lastTold(accountId) {
      const row = await db
        .selectFrom("webhookDeliveries")
        .select("receivedAt")
        .where("accountId", "=", accountId)
        .where("source", "=", "webhook")
        .where("event", "=", "message_created")
        .orderBy("receivedAt", "desc")
        .limit(1)
        .executeTakeFirst();
      return row?.receivedAt ?? null;
    },

    async known(accountId, messageIds) {
      if (messageIds.length === 0) return new Set();
      const rows = await db
        .selectFrom("webhookDeliveries")
        .select("messageId")
        .where("event", "=", "message_created")
        .where("outcome", "=", "accepted")
        .where("source", "<>", "replay")
        .where("accountId", "=", accountId)
        .where("messageId", "in", messageIds)
        .execute();
      return new Set(rows.flatMap(({ messageId }) => messageId ?? []));
    },

    async setFate(accountId, conversationId, upToMessageId, fate) {
      await db
        .updateTable("webhookDeliveries")
        .set({ fate })
        .where("fromCustomer", "=", true)
        .where("outcome", "=", "accepted")
        .where("accountId", "=", accountId)
        .where("conversationId", "=", conversationId)
        .where("messageId", "<=", upToMessageId)
        .where("fate", "in", ["waiting", "conversation_pending", "conversation_closed", "dead_letter", "drafting_paused"])
        .execute();
    },

    async recordRefusal({ code, bytes, receivedAt }) {
      await db.insertInto("refusedRequests").values({ code, bytes, receivedAt }).execute();
      await db
        .deleteFrom("refusedRequests")
        .where("id", "<=", sql<number>`(select max(id) from refused_requests) - ${KEPT_REFUSALS}`)
        .execute();
    },
  };
}
