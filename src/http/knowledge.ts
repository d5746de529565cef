import { z } from "zod";
import { Problem } from "../core/problem.ts";
import type { FoundPassage } from "../core/words.ts";
import type { Ports } from "../ports.ts";
import { type Operation, type Route, route } from "./route.ts";
import { digits, text } from "./schemas.ts";

const EXCERPT_CHARACTERS = 600;
const MOST_HITS = 50;
const DEFAULT_HITS = 10;

const question = text({ min: 1, max: 20_000 });
const ratio = z.number().min(0).max(1);

const hitSchema = z.object({
  source_id: z.string(),
  passage_id: z.string(),
  title: z.string(),
  url: z.string().nullable(),
  relevance: ratio,
  excerpt: z.string(),
  updated_at: z.string().nullable().meta({ description: "The document's own date." }),
  verified_at: z.string().nullable().meta({ description: "When a sync last found the document to be as it is here." }),
  why: z.string().meta({ description: "The words that matched." }),
});

const operation = (id: string): Operation => ({
  id,
  summary: "Searches the knowledge base and shows what the drafter would see, best passage first",
  tag: "Knowledge",
  answers: [
    {
      status: 200,
      description: "Passages with scores",
      schema: z.object({
        data: z.array(hitSchema),
        answerable: ratio.meta({ description: "How likely it is that these passages answer the question." }),
        contradictions: z.array(z.object({ passage_ids: z.array(z.string()), text: z.string() })),
        took_ms: z.number(),
      }),
    },
  ],
  problems: ["unavailable"],
});

/** Asking the knowledge base by hand, as the drafter does. */
export function knowledgeRoutes({ knowledge }: Pick<Ports, "knowledge">): Route[] {
  const path = "/api/v1/knowledge/search";
  return [
    route({
      method: "get",
      path,
      access: "operator",
      operation: operation("searchKnowledge"),
      query: z.object({ q: question, limit: digits({ min: 1, max: MOST_HITS }).prefault(String(DEFAULT_HITS)) }),
      handle: async ({ query }) => ({ body: await search(knowledge, query.q, query.limit) }),
    }),
    route({
      method: "post",
      path,
      access: "operator",
      operation: operation("searchKnowledgeByBody"),
      body: z.object({ query: question, limit: z.int().min(1).max(MOST_HITS).default(DEFAULT_HITS) }),
      handle: async ({ body }) => ({ body: await search(knowledge, body.query, body.limit) }),
    }),
  ];
}

async function search(knowledge: Ports["knowledge"], words: string, limit: number) {
  const startedAt = performance.now();
  const { passages, contradictions, answerable } = await knowledge.search(words, { limit }).catch((cause: unknown) => {
    throw new Problem("unavailable", "The knowledge base cannot be asked right now.", { cause, retryAfterSeconds: 5 });
  });
  return {
    data: passages.map(hitJson),
    answerable,
    contradictions: contradictions.map(({ passageIds, text: words }) => ({ passage_ids: passageIds, text: words })),
    took_ms: Math.round((performance.now() - startedAt) * 10) / 10,
  };
}

function hitJson(passage: FoundPassage): z.infer<typeof hitSchema> {
  return {
    source_id: passage.sourceId,
    passage_id: passage.passageId,
    title: passage.title,
    url: passage.url,
    relevance: passage.relevance,
    excerpt: passage.text.slice(0, EXCERPT_CHARACTERS),
    updated_at: passage.updatedAt?.toISOString() ?? null,
    verified_at: passage.verifiedAt?.toISOString() ?? null,
    why: passage.why,
  };
}
