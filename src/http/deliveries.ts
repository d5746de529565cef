import { z } from "zod";
import { replayDelivery } from "../flow/replay-delivery.ts";
import type { DeliveryRow } from "../ports/store.ts";
import type { DeliveryReader, Ports } from "../ports.ts";
import { type Route, route } from "./route.ts";
import { cursor, idInUrl, limit, listOf, text, time, uuid } from "./schemas.ts";

const OUTCOMES = ["accepted", "ignored", "duplicate"] as const;

/** What a delivery is, for people. */
export const deliverySchema = z
  .object({
    delivery_id: z.guid(),
    account_id: z.int(),
    event: z.string(),
    conversation_id: z.int().nullable(),
    message_id: z.int().nullable(),
    outcome: z.enum(OUTCOMES),
    reason: z.string().nullable(),
    fate: z.string().nullable().meta({ description: "What became of an accepted customer message; null for everything else." }),
    source: z.enum(["webhook", "reconcile", "replay"]),
    received_at: time,
  })
  .meta({ id: "Delivery" });

/** What Chatwoot sent and what became of it; an engineer's page, so for administrators. */
export function deliveryRoutes(ports: Ports, { reader }: { reader: DeliveryReader }): Route[] {
  return [
    route({
      method: "get",
      path: "/api/v1/deliveries",
      access: "administrator",
      operation: {
        id: "listDeliveries",
        summary: "Lists the deliveries that came through the door, newest first",
        tag: "Deliveries",
        answers: [{ status: 200, description: "One page", schema: listOf(deliverySchema) }],
      },
      query: z.object({
        outcome: z.enum(OUTCOMES).optional(),
        event: text({ min: 1, max: 100 }).optional(),
        conversation_id: idInUrl.optional(),
        limit,
        cursor: cursor.optional(),
      }),
      handle: async ({ query }) => {
        const { conversation_id: conversationId, ...rest } = query;
        const page = await ports.store.deliveries.list({ ...rest, ...(conversationId !== undefined && { conversationId }) });
        return { body: { data: page.data.map(deliveryJson), next_cursor: page.nextCursor } };
      },
    }),
    route({
      method: "post",
      path: "/api/v1/deliveries/{id}/replay",
      access: "administrator",
      operation: {
        id: "replayDelivery",
        summary: "Runs a recorded delivery through the house again, without a second draft unless you ask for one",
        tag: "Deliveries",
        answers: [{ status: 202, description: "Recorded as a new delivery", schema: z.object({ delivery_id: z.guid() }) }],
      },
      params: z.object({ id: uuid }),
      body: z.object({ redraft: z.boolean().default(false) }),
      handle: async ({ params, body }) => {
        const { deliveryId } = await replayDelivery({ ...ports, reader }, { deliveryId: params.id, redraft: body.redraft });
        return { status: 202, body: { delivery_id: deliveryId } };
      },
    }),
  ];
}

/** A delivery without its body, which is what the customer wrote. */
export function deliveryJson(row: DeliveryRow): z.infer<typeof deliverySchema> {
  return {
    delivery_id: row.deliveryId,
    account_id: row.accountId,
    event: row.event,
    conversation_id: row.conversationId,
    message_id: row.messageId,
    outcome: row.outcome,
    reason: row.reason,
    fate: row.fate,
    source: row.source,
    received_at: row.receivedAt.toISOString(),
  };
}
