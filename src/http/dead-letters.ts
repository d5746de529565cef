import { z } from "zod";
import { Problem } from "../core/problem.ts";
import { deliveryIn, discardDeadLetter, redriveDeadLetter, redriveOpenLetters } from "../flow/settle-dead-letter.ts";
import { DEAD_LETTER_KINDS, type DeadLetter } from "../ports/dead-letters.ts";
import type { Store } from "../ports/store.ts";
import type { Ports } from "../ports.ts";
import { deliveryJson, deliverySchema } from "./deliveries.ts";
import { type Route, route } from "./route.ts";
import { cursor, limit, listOf, text, time, uuid } from "./schemas.ts";

/** Letters that one request may put back. */
const MOST_AT_ONCE = 200;
const MOST_REASON_CHARACTERS = 500;

const deadLetterSchema = z
  .object({
    id: z.guid(),
    kind: z.string().meta({ description: "The kind of job that ran out of attempts." }),
    reason: z.string(),
    last_response: z
      .object({ kind: z.string(), status: z.int().nullable(), retry_after_seconds: z.number().nullable() })
      .nullable()
      .meta({ description: "What Chatwoot answered last; null when the failure was ours or no answer came." }),
    attempts: z.int(),
    conversation_id: z.int().nullable(),
    approval_id: z.string().nullable(),
    delivery_id: z.string().nullable(),
    created_at: time,
    redriven_at: time.nullable(),
    redriven_by: z.string().nullable(),
    discarded_at: time.nullable(),
    discarded_by: z.string().nullable(),
    discard_reason: z.string().nullable(),
  })
  .meta({ id: "DeadLetter" });

const inspectedSchema = deadLetterSchema.extend({
  delivery: deliverySchema.nullable().meta({ description: "The delivery that caused the job, while it is kept." }),
});

/** Why a letter is let go. */
export const discardReason = text({ min: 1, max: MOST_REASON_CHARACTERS }).transform((reason) => reason.trim());

const kind = z.enum(DEAD_LETTER_KINDS);

/** Jobs out of attempts, kept for people: inspected, put back or let go by administrators. */
export function deadLetterRoutes(ports: Ports): Route[] {
  return [
    route({
      method: "get",
      path: "/api/v1/dead-letters",
      access: "administrator",
      operation: {
        id: "listDeadLetters",
        summary: "Lists the jobs that ran out of attempts, newest first",
        tag: "Dead letters",
        answers: [{ status: 200, description: "One page", schema: listOf(deadLetterSchema) }],
      },
      query: z.object({
        open: z
          .enum(["true", "false"])
          .default("true")
          .transform((open) => open === "true")
          .meta({ description: "`true`: those that nobody has put back or let go; `false`: all." }),
        kind: kind.optional().meta({ description: "Only this kind of job." }),
        limit,
        cursor: cursor.optional(),
      }),
      handle: async ({ query }) => {
        const page = await ports.store.deadLetters.list(query);
        return { body: { data: page.data.map(deadLetterJson), next_cursor: page.nextCursor } };
      },
    }),
    // before the one with an id, which would take "redrive" for one
    route({
      method: "post",
      path: "/api/v1/dead-letters/redrive",
      access: "administrator",
      operation: {
        id: "redriveDeadLetters",
        summary: "Puts many dead jobs back into their queues",
        tag: "Dead letters",
        answers: [
          {
            status: 200,
            description: "The letters, now marked as redriven; `next_cursor` is always null, ask again while some are left",
            schema: listOf(deadLetterSchema),
          },
        ],
        problems: ["not_found", "already_decided"],
      },
      body: z.object({
        ids: z.array(uuid).min(1).max(MOST_AT_ONCE).optional().meta({ description: "These; without it the newest open ones." }),
        kind: kind.optional().meta({ description: "Without `ids`: only this kind of job." }),
      }),
      handle: async ({ body, caller }) => {
        const by = caller.operator;
        if (!body.ids) {
          const redriven = await redriveOpenLetters(ports, { kind: body.kind, limit: MOST_AT_ONCE, by });
          return { body: { data: redriven.map(deadLetterJson), next_cursor: null } };
        }
        const data = [];
        for (const id of body.ids) data.push(deadLetterJson(await redriveDeadLetter(ports, { id, by })));
        return { body: { data, next_cursor: null } };
      },
    }),
    route({
      method: "get",
      path: "/api/v1/dead-letters/{id}",
      access: "administrator",
      operation: {
        id: "getDeadLetter",
        summary: "Shows a dead letter with the delivery that caused it",
        tag: "Dead letters",
        answers: [{ status: 200, description: "The letter", schema: inspectedSchema }],
        problems: ["not_found"],
      },
      params: z.object({ id: uuid }),
      handle: async ({ params }) => {
        const letter = await ports.store.deadLetters.get(params.id);
        if (!letter) throw new Problem("not_found", "There is no dead letter with this id.");
        return { body: await inspectedLetter(ports.store, letter) };
      },
    }),
    route({
      method: "post",
      path: "/api/v1/dead-letters/{id}/redrive",
      access: "administrator",
      operation: {
        id: "redriveDeadLetter",
        summary: "Puts a dead job back into its queue",
        tag: "Dead letters",
        answers: [{ status: 200, description: "The letter, now marked as redriven", schema: deadLetterSchema }],
        problems: ["not_found", "already_decided", "stale"],
      },
      params: z.object({ id: uuid }),
      body: z.object({}),
      handle: async ({ params, caller }) => ({
        body: deadLetterJson(await redriveDeadLetter(ports, { id: params.id, by: caller.operator })),
      }),
    }),
    route({
      method: "post",
      path: "/api/v1/dead-letters/{id}/discard",
      access: "administrator",
      operation: {
        id: "discardDeadLetter",
        summary: "Lets a dead job go, for a reason that stays with it",
        tag: "Dead letters",
        answers: [{ status: 200, description: "The letter, now marked as discarded", schema: deadLetterSchema }],
        problems: ["not_found", "already_decided"],
      },
      params: z.object({ id: uuid }),
      body: z.object({ reason: discardReason }),
      handle: async ({ params, body, caller }) => ({
        body: deadLetterJson(await discardDeadLetter(ports, { id: params.id, by: caller.operator, reason: body.reason })),
      }),
    }),
  ];
}

/** A dead letter with the delivery that caused it; one that the database refused stands in the letter itself. */
export async function inspectedLetter(store: Pick<Store, "deliveries">, letter: DeadLetter): Promise<z.infer<typeof inspectedSchema>> {
  const recorded = letter.deliveryId === null ? null : await store.deliveries.get(letter.deliveryId);
  const refused = letter.kind === "receive-delivery" ? { ...deliveryIn(letter).row, fate: null } : null;
  const delivery = recorded ?? refused;
  return { ...deadLetterJson(letter), delivery: delivery && deliveryJson(delivery) };
}

/** A dead letter without the job's own data, which is the queue's business. */
export function deadLetterJson(letter: DeadLetter): z.infer<typeof deadLetterSchema> {
  return {
    id: letter.id,
    kind: letter.kind,
    reason: letter.reason,
    last_response: letter.lastResponse,
    attempts: letter.attempts,
    conversation_id: letter.conversationId,
    approval_id: letter.approvalId,
    delivery_id: letter.deliveryId,
    created_at: letter.createdAt.toISOString(),
    redriven_at: letter.redrivenAt?.toISOString() ?? null,
    redriven_by: letter.redrivenBy,
    discarded_at: letter.discardedAt?.toISOString() ?? null,
    discarded_by: letter.discardedBy,
    discard_reason: letter.discardReason,
  };
}
