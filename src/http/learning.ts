import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { z } from "zod";
import type { Ports } from "../ports.ts";
import { type Route, route } from "./route.ts";
import { time } from "./schemas.ts";

type Exported = ReturnType<Ports["store"]["learning"]["export"]> extends AsyncIterable<infer Row> ? Row : never;

const rowSchema = z
  .object({
    approval_id: z.guid(),
    conversation_id: z.int(),
    decision: z.enum(["approve", "edit", "reject", "escalate", "redraft", "answered_by_hand"]),
    question: z.string(),
    draft_version: z.string(),
    final_version: z.string().nullable(),
    was_sent: z.boolean(),
    operator_edits: z.array(z.object({ op: z.enum(["same", "added", "removed"]), words: z.string() })),
    edit_ratio: z.number().nullable(),
    reject_reason: z.string().nullable(),
    intent: z.string(),
    sources: z.array(z.object({ source_id: z.string(), passage_id: z.string(), relevance: z.number() }).loose()),
    customer_replied: z.boolean().nullable(),
    customer_reply_sentiment: z.string().nullable(),
    reopened: z.boolean().nullable(),
    csat_rating: z.number().nullable(),
    features: z.record(z.string(), z.number()),
    created_at: time,
  })
  .meta({ id: "LearningRow" });

/** Every decision as one JSON object a line, oldest first, streamed so that years of them fit through. */
export function learningRoutes({ store }: Pick<Ports, "store">): Route[] {
  return [
    route({
      method: "get",
      path: "/api/v1/learning/export",
      access: "administrator",
      operation: {
        id: "exportLearning",
        summary: "Streams what every decision taught, one JSON object a line",
        tag: "Learning",
        answers: [
          { status: 200, description: "JSON lines, oldest decision first", schema: rowSchema, contentType: "application/x-ndjson" },
        ],
      },
      handle: async ({ res }) => {
        const rows = store.learning.export()[Symbol.asyncIterator]();
        const first = await rows.next(); // a database that is away is a problem document, not half a stream
        res.type("application/x-ndjson");
        await pipeline(Readable.from(linesOf(first, rows)), res);
        return undefined;
      },
    }),
  ];
}

async function* linesOf(first: IteratorResult<Exported>, rows: AsyncIterator<Exported>): AsyncGenerator<string> {
  for (let next = first; !next.done; next = await rows.next()) yield `${JSON.stringify(rowJson(next.value))}\n`;
}

function rowJson(row: Exported): z.infer<typeof rowSchema> {
  return {
    approval_id: row.approvalId,
    conversation_id: row.conversationId,
    decision: row.decision,
    question: row.question,
    draft_version: row.draftVersion,
    final_version: row.finalVersion,
    was_sent: row.wasSent,
    operator_edits: row.operatorEdits,
    edit_ratio: row.editRatio,
    reject_reason: row.rejectReason,
    intent: row.intent,
    sources: row.sources.map((source) => ({ ...source })),
    customer_replied: row.customerReplied,
    customer_reply_sentiment: row.customerReplySentiment,
    reopened: row.reopened,
    csat_rating: row.csatRating,
    features: row.features,
    created_at: row.createdAt.toISOString(),
  };
}
