import type { BreakerState } from "../../core/breaker.ts";
import type { FoundPassage, Passage } from "../../core/words.ts";
import type { SyncProgress } from "../../ports/knowledge.ts";
import type { EmbeddingsTable, KnowledgeTable } from "../../ports/knowledge-tables.ts";
import type { Log } from "../../ports.ts";
import { createEmbedder } from "./embeddings.ts";
import { fuse } from "./fusion.ts";
import { createMeaning, type Meaning } from "./meaning.ts";
import { createReranker, type Reranker } from "./rerank.ts";
import { matchOf } from "./retriever.ts";

/** How models beyond the words are reached; without either nothing is refined. */
export interface ModelOptions {
  embeddings?: { url: string; model: string; apiKey?: string | undefined } | null;
  reranker?: { url: string; model: string; apiKey?: string | undefined } | null;
  /** How long a question waits for a model, and how long one that failed is left alone. Milliseconds. */
  questionTimeoutMs?: number;
  pauseMs?: number;
  /** How long a sync waits for one batch of passages. */
  batchTimeoutMs?: number;
}

/** What models make of a lexical ranking. */
export interface Refinement {
  /** How many passages the words should bring for so many wanted. */
  depth(wanted: number): number;
  /** The better ranking; the given one where no model can be asked. */
  refine(question: string, byWords: Promise<FoundPassage[]>): Promise<FoundPassage[]>;
  /** Brings the models' own memory in step after a sync. Answers what could not be done, for people. */
  fill(tell: (progress: SyncProgress) => void): Promise<string | null>;
  /** How each endpoint is, for `readyz`. */
  parts(): Record<string, string>;
  /** The same as breakers, for those who count. */
  circuits(): Record<string, BreakerState>;
}

/** Passages that each ranking brings to a fusion or a reranker. */
const DEPTH = 30;

/** Fuses the ranking by words with one by meaning, and has the result reranked, as far as endpoints are configured. */
export function createRefinement(
  options: ModelOptions & { table: KnowledgeTable; embeddingsTable: EmbeddingsTable; log: Log },
): Refinement {
  const { table, log } = options;
  const times = {
    ...(options.questionTimeoutMs !== undefined && { questionTimeoutMs: options.questionTimeoutMs, timeoutMs: options.questionTimeoutMs }),
    ...(options.pauseMs !== undefined && { pauseMs: options.pauseMs }),
    ...(options.batchTimeoutMs !== undefined && { batchTimeoutMs: options.batchTimeoutMs }),
  };
  const meaning: Meaning | null = options.embeddings
    ? createMeaning({ embedder: createEmbedder(options.embeddings), passages: table, embeddings: options.embeddingsTable, log, ...times })
    : null;
  const reranker: Reranker | null = options.reranker ? createReranker({ ...options.reranker, log, ...times }) : null;

  async function close(question: string): Promise<{ passage: FoundPassage; similarity: number }[]> {
    const nearest = (await meaning?.nearest(question, DEPTH)) ?? [];
    const passages = new Map((await table.byIds(nearest.map(({ passageId }) => passageId))).map((each) => [each.passageId, each]));
    return nearest.flatMap(({ passageId, similarity }) => {
      const passage = passages.get(passageId);
      return passage ? [{ passage: foundByMeaning(passage, question), similarity }] : [];
    });
  }

  return {
    depth: (wanted) => (meaning || reranker ? Math.max(wanted, DEPTH) : wanted),
    async refine(question, byWords) {
      const [words, meant] = await Promise.all([byWords, meaning && question.trim() !== "" ? close(question) : []]);
      const fused = fuse(words, meant);
      return reranker ? reranker.rerank(question, fused) : fused;
    },
    async fill(tell) {
      return (await meaning?.fill(tell))?.stopped ?? null;
    },
    parts: () => ({ ...(meaning && { embeddings: meaning.state() }), ...(reranker && { reranker: reranker.state() }) }),
    circuits: () => ({ ...(meaning && { embeddings: meaning.circuit() }), ...(reranker && { reranker: reranker.circuit() }) }),
  };
}

function foundByMeaning(passage: Passage, question: string): FoundPassage {
  const { coverage, why } = matchOf(question, passage.text);
  return { ...passage, relevance: 0, coverage, why };
}
