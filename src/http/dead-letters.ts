import { z } from "zod";
import { redriveDeadLetter } from "../flow/redrive-dead-letter.ts";
import type { DeadLetter } from "../ports/store.ts";
import type { Ports } from "../ports.ts";
import { type Route, route } from "./route.ts";
import { cursor, limit, listOf, time, uuid } from "./schemas.ts";

const deadLetterSchema = z
  .object({
    id: z.guid(),
    kind: z.string().meta({ description: "The kind of job that ran out of attempts." }),
    reason: z.string(),
    attempts: z.int(),
    conversation_id: z.int().nullable(),
    approval_id: z.string().nullable(),
    delivery_id: z.string().nullable(),
    created_at: time,
    redriven_at: time.nullable(),
    redriven_by: z.string().nullable(),
  })
  .meta({ id: "DeadLetter" });

/** Jobs out of attempts, kept for people: seen and put back by administrators. */
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
          .meta({ description: "`true`: those that nobody has redriven; `false`: all." }),
        limit,
        cursor: cursor.optional(),
      }),
      handle: async ({ query }) => {
        const page = await ports.store.deadLetters.list(query);
        return { body: { data: page.data.map(deadLetterJson), next_cursor: page.nextCursor } };
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
        problems: ["already_decided", "stale"],
      },
      params: z.object({ id: uuid }),
      body: z.object({}),
      handle: async ({ params, caller }) => ({
        body: deadLetterJson(await redriveDeadLetter(ports, { id: params.id, by: caller.operator })),
      }),
    }),
  ];
}

/** A dead letter without the job's own data, which is the queue's business. */
export function deadLetterJson(letter: DeadLetter): z.infer<typeof deadLetterSchema> {
  return {
    id: letter.id,
    kind: letter.kind,
    reason: letter.reason,
    attempts: letter.attempts,
    conversation_id: letter.conversationId,
    approval_id: letter.approvalId,
    delivery_id: letter.deliveryId,
    created_at: letter.createdAt.toISOString(),
    redriven_at: letter.redrivenAt?.toISOString() ?? null,
    redriven_by: letter.redrivenBy,
  };
}
