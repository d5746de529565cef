import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { z } from "zod";
import { labelOf } from "../core/learning.ts";
import type { ExportedLearning } from "../ports/learning.ts";
import type { Ports } from "../ports.ts";
import { type Route, route } from "./route.ts";
import { time } from "./schemas.ts";

const rowSchema = z
  .object({
    approval_id: z.guid(),
    conversation_id: z.int(),
    decision: z.enum(["approve", "edit", "reject", "escalate", "redraft", "answered_by_hand"]),
    question: z.string(),
    label: z
      .union([z.literal(0), z.literal(1)])
      .nullable()
      .meta({
        description: "1 when at most a tenth of the draft's words was changed, 0 otherwise, null when there was only a placeholder.",
      }),
    draft_version: z.string(),
    final_version: z.string().nullable(),
    was_sent: z.boolean(),
    operator_edits: z.array(z.object({ op: z.enum(["same", "added", "removed"]), words: z.string() })),
    edit_ratio: z.number().nullable(),
    reject_reason: z.string().nullable(),
    comment: z.string().nullable(),
    intent: z.string(),
    sources: z
      .array(z.object({ source_id: z.string(), passage_id: z.string(), relevance: z.number(), excerpt: z.string() }).loose())
      .meta({ description: "The passages that the draft was made from." }),
    citations: z.array(z.object({ sentence: z.string(), passage_id: z.string(), quote: z.string(), verified: z.boolean() })),
    customer_replied: z.boolean().nullable(),
    customer_reply_sentiment: z.string().nullable(),
    reopened: z.boolean().nullable(),
    csat_rating: z.number().nullable(),
    features: z.record(z.string(), z.number()).meta({
      description:
        "The confidence's signals (0 to 1), the score that was shown (0 to 100), and 1 for each cap that held and for a hidden score.",
    }),
    drafter: z.string(),
    model: z.string().nullable(),
    prompt_version: z.string(),
    calibration_version: z.int().nullable().meta({ description: "null: scored with the prior." }),
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
      query: z.object({ since: z.iso.datetime({ offset: true }).optional() }),
      handle: async ({ res, query }) => {
        const since = query.since === undefined ? null : new Date(query.since);
        const rows = store.learning.export({ since })[Symbol.asyncIterator]();
        const first = await rows.next(); // a database that is away is a problem document, not half a stream
        res.type("application/x-ndjson");
        await pipeline(Readable.from(linesOf(first, rows)), res);
        return undefined;
      },
    }),
  ];
}

async function* linesOf(first: IteratorResult<ExportedLearning>, rows: AsyncIterator<ExportedLearning>): AsyncGenerator<string> {
  for (let next = first; !next.done; next = await rows.next()) yield `${JSON.stringify(rowJson(next.value))}\n`;
}

/** A row as the export shows it. */
export function rowJson(row: ExportedLearning): z.infer<typeof rowSchema> {
  return {
    approval_id: row.approvalId,
    conversation_id: row.conversationId,
    decision: row.decision,
    question: row.question,
    label: labelOf(row),
    draft_version: row.draftVersion,
    final_version: row.finalVersion,
    was_sent: row.wasSent,
    operator_edits: row.operatorEdits,
    edit_ratio: row.editRatio,
    reject_reason: row.rejectReason,
    comment: row.comment,
    intent: row.intent,
    sources: row.sources.map((source) => ({ ...source })),
    citations: row.citations.map(({ sentence, passageId, quote, verified }) => ({ sentence, passage_id: passageId, quote, verified })),
    customer_replied: row.customerReplied,
    customer_reply_sentiment: row.customerReplySentiment,
    reopened: row.reopened,
    csat_rating: row.csatRating,
    features: row.features,
    drafter: row.drafter ?? "unknown",
    model: row.model,
    prompt_version: row.promptVersion ?? "unknown",
    calibration_version: row.calibrationVersion,
    created_at: row.createdAt.toISOString(),
  };
}
