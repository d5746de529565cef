import { z } from "zod";
import { gapsOf } from "../core/gaps.ts";
import { askedIn } from "../core/question.ts";
import type { SourceReport } from "../ports/knowledge-tables.ts";
import type { Ports } from "../ports.ts";
import { type Route, route } from "./route.ts";
import { digits, limit, listOf, time } from "./schemas.ts";
import type { Sight } from "./sight.ts";

const DAY_MS = 86_400_000;
const DEFAULT_DAYS = 30;
/** The newest questions of the time; older ones add to counts, not to insight. */
const MOST_QUESTIONS = 5000;
const EXAMPLES = 3;
const EXAMPLE_CHARACTERS = 300;

const count = z.int().nonnegative();

const gapSchema = z
  .object({
    words: z.array(z.string()).meta({ description: "What the questions share, most telling first." }),
    count,
    reasons: z
      .record(z.string(), count)
      .meta({ description: "How many were `no_source`, `no_quote`, `escalated` or rejected for a `wrong_fact`." }),
    first_at: time,
    last_at: time,
    examples: z
      .array(z.object({ approval_id: z.guid(), conversation_id: z.int(), question: z.string(), reason: z.string(), at: time }))
      .meta({ description: "Typical questions from conversations that the caller may see." }),
  })
  .meta({ id: "KnowledgeGap" });

const sourceSchema = z
  .object({
    source_id: z.string(),
    title: z.string(),
    url: z.string().nullable(),
    origin: z.enum(["folder", "helpdesk"]),
    safety: z.boolean(),
    language: z.string().nullable(),
    passages: count,
    updated_at: time.nullable().meta({ description: "The document's own date." }),
    synced_at: time.meta({ description: "When its words last changed here." }),
    verified_at: time.meta({ description: "When it was last found to be as we have it." }),
    age_days: z.number().nonnegative().meta({ description: "Since its own date, or since its words changed here." }),
    withdrawn: z.boolean().meta({ description: "Gone at its origin, kept only while an open approval quotes it." }),
    quoted: z
      .object({ drafts: count, approved: count, edited: count, rejected: count })
      .meta({ description: "Drafts that quoted it, and how many of them went out as drafted, were edited, were rejected." }),
  })
  .meta({ id: "KnowledgeSource" });

/** Where the knowledge is missing, and how its sources fare. */
export function knowledgeReportRoutes(
  { store, settings, clock }: Pick<Ports, "store" | "settings" | "clock">,
  { sight }: { sight: Sight },
): Route[] {
  return [
    route({
      method: "get",
      path: "/api/v1/analytics/knowledge-gaps",
      access: "operator",
      operation: {
        id: "listKnowledgeGaps",
        summary: "Groups the questions that the knowledge did not answer, largest group first",
        tag: "Analytics",
        answers: [
          {
            status: 200,
            description: "Gaps of the time",
            schema: z.object({ data: z.array(gapSchema), questions: count, from: time, to: time }),
          },
        ],
      },
      query: z
        .object({ from: z.iso.datetime({ offset: true }).optional(), to: z.iso.datetime({ offset: true }).optional(), limit })
        .refine(({ from, to }) => !from || !to || new Date(from) < new Date(to), { path: ["to"], error: "must be after `from`" }),
      handle: async ({ query, caller }) => {
        const to = query.to ? new Date(query.to) : clock.now();
        const from = query.from ? new Date(query.from) : new Date(to.getTime() - DEFAULT_DAYS * DAY_MS);
        const questions = await store.knowledgeReports.unanswered({ accountId: settings.accountId, from, to, limit: MOST_QUESTIONS });
        const gaps = gapsOf(questions).slice(0, query.limit);
        const data = [];
        for (const gap of gaps) {
          const typical = await sight.visible(caller, gap.questions.slice(0, EXAMPLES));
          data.push({
            words: gap.words,
            count: gap.count,
            reasons: gap.reasons,
            first_at: gap.firstAt.toISOString(),
            last_at: gap.lastAt.toISOString(),
            examples: typical.map((example) => ({
              approval_id: example.approvalId,
              conversation_id: example.conversationId,
              question: askedIn(example.question).slice(0, EXAMPLE_CHARACTERS).toWellFormed(),
              reason: example.reason,
              at: example.at.toISOString(),
            })),
          });
        }
        return { body: { data, questions: questions.length, from: from.toISOString(), to: to.toISOString() } };
      },
    }),
    route({
      method: "get",
      path: "/api/v1/knowledge/sources",
      access: "operator",
      operation: {
        id: "listKnowledgeSources",
        summary: "Lists the knowledge sources with their age and how drafts that quoted them fared",
        tag: "Knowledge",
        answers: [{ status: 200, description: "One page", schema: listOf(sourceSchema) }],
      },
      query: z.object({
        sort: z
          .enum(["troubled", "oldest", "title"])
          .default("troubled")
          .meta({ description: "`troubled`: most edited and rejected drafts first." }),
        limit,
        cursor: digits({ min: 0, max: 10_000_000 }).optional(),
      }),
      handle: async ({ query }) => {
        const offset = query.cursor ?? 0;
        const rows = await store.knowledgeReports.sources({
          accountId: settings.accountId,
          order: query.sort,
          limit: query.limit + 1,
          offset,
        });
        const data = rows.slice(0, query.limit).map((row) => sourceJson(row, clock.now()));
        return { body: { data, next_cursor: rows.length > query.limit ? String(offset + query.limit) : null } };
      },
    }),
  ];
}

function sourceJson(row: SourceReport, now: Date): z.infer<typeof sourceSchema> {
  const ageMs = now.getTime() - (row.updatedAt ?? row.syncedAt).getTime();
  return {
    source_id: row.id,
    title: row.title,
    url: row.url,
    origin: row.origin,
    safety: row.safety,
    language: row.language,
    passages: row.passages,
    updated_at: row.updatedAt?.toISOString() ?? null,
    synced_at: row.syncedAt.toISOString(),
    verified_at: row.verifiedAt.toISOString(),
    age_days: Math.max(0, Math.floor(ageMs / DAY_MS)),
    withdrawn: row.withdrawn,
    quoted: { drafts: row.drafts, approved: row.approved, edited: row.edited, rejected: row.rejected },
  };
}
