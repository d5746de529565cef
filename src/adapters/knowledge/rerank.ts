import { z } from "zod";
import type { BreakerState } from "../../core/breaker.ts";
import type { FoundPassage } from "../../core/words.ts";
import type { Log } from "../../ports.ts";
import { createBreaker } from "./breaker.ts";
import { ask, type Endpoint, EndpointError } from "./endpoint.ts";

/** Puts found passages into the order that a model sees in them. */
export interface Reranker {
  /** The same passages, best first; as they came when the endpoint cannot be asked. Never throws. */
  rerank(question: string, passages: FoundPassage[]): Promise<FoundPassage[]>;
  state(): string;
  circuit(): BreakerState;
}

const TIMEOUT_MS = 2500;
/** Rerankers are paid by the passage, and what stands further down is rarely right. */
const MOST_PASSAGES = 30;
const MOST_CHARS = 4000;

const score = z.object({ index: z.int().nonnegative(), relevance_score: z.number() });
/** Cohere and Jina say `results`, Voyage says `data`. */
const answerSchema = z.union([z.object({ results: z.array(score) }), z.object({ data: z.array(score) })]);

/** A reranker over a Cohere-, Jina- or Voyage-compatible endpoint. */
export function createReranker(options: {
  url: string;
  model: string;
  apiKey?: string | undefined;
  log: Log;
  timeoutMs?: number;
  pauseMs?: number;
}): Reranker {
  const endpoint: Endpoint = { url: options.url, model: options.model, apiKey: options.apiKey, path: "/rerank" };
  const breaker = createBreaker({ name: "reranker", log: options.log, ...(options.pauseMs !== undefined && { pauseMs: options.pauseMs }) });
  return {
    state: breaker.state,
    circuit: breaker.circuit,
    async rerank(question, passages) {
      if (passages.length < 2) return passages;
      const candidates = passages.slice(0, MOST_PASSAGES);
      const scores = await breaker.run(async () => {
        const documents = candidates.map(({ title, titlePath, text }) =>
          `${[title, ...titlePath].join(" › ")}\n${text}`.slice(0, MOST_CHARS).toWellFormed(),
        );
        const query = question.slice(0, MOST_CHARS).toWellFormed();
        return scoresOf(await ask(endpoint, { query, documents }, options.timeoutMs ?? TIMEOUT_MS), candidates.length);
      });
      if (!scores) return passages;
      const order = candidates.map((_, place) => place).sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0));
      // The best keeps the best relevance: what was found is as strong as before, only its order is better known.
      const strengths = candidates.map(({ relevance }) => relevance).sort((a, b) => b - a);
      const reranked = order.flatMap((place, rank) => {
        const passage = candidates[place];
        return passage ? [{ ...passage, relevance: strengths[rank] ?? 0 }] : [];
      });
      return [...reranked, ...passages.slice(MOST_PASSAGES)];
    },
  };
}

function scoresOf(answer: unknown, count: number): number[] {
  const { data } = answerSchema.safeParse(answer);
  if (!data) throw new EndpointError("answered something that is no list of scores");
  const given = "results" in data ? data.results : data.data;
  const scores: number[] = [];
  for (const { index, relevance_score } of given) {
    if (index >= count || scores[index] !== undefined) throw new EndpointError("answered scores for passages that were not asked about");
    scores[index] = relevance_score;
  }
  if (given.length !== count) throw new EndpointError(`answered ${given.length} scores for ${count} passages`);
  return scores;
}
