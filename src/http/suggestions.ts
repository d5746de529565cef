import { z } from "zod";
import { decideSuggestion } from "../flow/decide-suggestion.ts";
import type { Suggestion } from "../ports/knowledge-tables.ts";
import type { Ports } from "../ports.ts";
import { type Route, route } from "./route.ts";
import { cursor, limit, listOf, text, time, uuid } from "./schemas.ts";

const LONGEST = 8000;
const MOST_SOURCES = 20;

const suggestionSchema = z
  .object({
    id: z.guid(),
    status: z.enum(["pending", "accepted", "rejected"]),
    conversation_id: z.int(),
    message_id: z.int().meta({ description: "The reply that a person wrote." }),
    question: z.string(),
    answer: z.string(),
    source_ids: z.array(z.string()).meta({ description: "What the answer seems to rest on, best first." }),
    answered_at: time,
    decided_by: z.object({ type: z.literal("operator"), id: z.int(), name: z.string() }).nullable(),
    decided_at: time.nullable(),
  })
  .meta({ id: "KnowledgeSuggestion" });

const path = "/api/v1/knowledge/suggestions";
const one = { id: uuid };
const answers = [{ status: 200, description: "The suggestion, now decided", schema: suggestionSchema }];

/** What `countersign knowledge learn --from-chatwoot` found: administrators look through it before it counts. */
export function suggestionRoutes(ports: Pick<Ports, "store" | "clock">): Route[] {
  return [
    route({
      method: "get",
      path,
      access: "administrator",
      operation: {
        id: "listKnowledgeSuggestions",
        summary: "Lists questions and answers out of old conversations, newest answer first",
        tag: "Knowledge",
        answers: [{ status: 200, description: "One page", schema: listOf(suggestionSchema) }],
      },
      query: z.object({ status: z.enum(["pending", "accepted", "rejected"]).default("pending"), limit, cursor: cursor.optional() }),
      handle: async ({ query }) => {
        const page = await ports.store.suggestions.list(query);
        return { body: { data: page.data.map(suggestionJson), next_cursor: page.nextCursor } };
      },
    }),
    route({
      method: "post",
      path: `${path}/{id}/accept`,
      access: "administrator",
      operation: {
        id: "acceptKnowledgeSuggestion",
        summary: "Lets a suggestion count as an answered question, in better words if given",
        tag: "Knowledge",
        answers,
        problems: ["already_decided"],
      },
      params: z.object(one),
      body: z.object({
        question: text({ min: 1, max: LONGEST }).optional(),
        answer: text({ min: 1, max: LONGEST }).optional(),
        source_ids: z
          .array(text({ min: 1, max: 200 }))
          .max(MOST_SOURCES)
          .optional(),
      }),
      handle: async ({ params, body, caller }) => {
        const decision = { status: "accepted", question: body.question, answer: body.answer, sourceIds: body.source_ids } as const;
        return { body: suggestionJson(await decideSuggestion(ports, { id: params.id, decision, by: caller.operator })) };
      },
    }),
    route({
      method: "post",
      path: `${path}/{id}/reject`,
      access: "administrator",
      operation: {
        id: "rejectKnowledgeSuggestion",
        summary: "Puts a suggestion away; it is not made again",
        tag: "Knowledge",
        answers,
        problems: ["already_decided"],
      },
      params: z.object(one),
      body: z.object({}),
      handle: async ({ params, caller }) => ({
        body: suggestionJson(await decideSuggestion(ports, { id: params.id, decision: { status: "rejected" }, by: caller.operator })),
      }),
    }),
  ];
}

function suggestionJson(suggestion: Suggestion): z.infer<typeof suggestionSchema> {
  return {
    id: suggestion.id,
    status: suggestion.status,
    conversation_id: suggestion.conversationId,
    message_id: suggestion.messageId,
    question: suggestion.question,
    answer: suggestion.answer,
    source_ids: suggestion.sourceIds,
    answered_at: suggestion.answeredAt.toISOString(),
    decided_by: suggestion.decidedBy,
    decided_at: suggestion.decidedAt?.toISOString() ?? null,
  };
}
