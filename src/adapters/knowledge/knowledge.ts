import { contradictionsOf } from "../../core/contradictions.ts";
import { askedIn } from "../../core/question.ts";
import type { Findings, FoundPassage } from "../../core/words.ts";
import type { Knowledge, KnowledgeOrigin, KnowledgeTable, Log } from "../../ports.ts";
import { readDocuments } from "./documents.ts";
import { createLexicalIndex, type LexicalIndex } from "./lexical-index.ts";
import type { Refinement } from "./refine.ts";
import { loadLexicalRetriever, loadRetriever, passageOfNode, type Retriever } from "./retriever.ts";
import { syncOrigins } from "./sync.ts";

/** How often another process's changes are looked for. */
const REVISION_CHECK_MS = 1000;
/** How many of the best passages are compared for contradictions, however few are asked for. */
const CONTRADICTION_DEPTH = 12;
/** Passages indexed before others get their turn on the event loop. */
const INDEX_BATCH = 200;

/**
 * The knowledge base: a folder kept in step with the store, and a lexical index in this process kept in step with the store,
 * asked through LlamaIndex's retriever interface. `retrieverModule` names a user's own retriever, asked instead of ours.
 */
export function createKnowledge(options: {
  directory: string | null;
  /** Where else knowledge comes from. */
  origins?: KnowledgeOrigin[];
  table: KnowledgeTable;
  retrieverModule?: string;
  /** Makes the ranking by words better; left out for a user's own retriever. */
  refinement?: Refinement | null;
  log: Log;
}): Knowledge {
  const { directory, table, retrieverModule, log } = options;
  const folder: KnowledgeOrigin[] = directory === null ? [] : [{ name: "folder", documents: (tell) => readDocuments(directory, tell) }];
  const refinement = retrieverModule ? null : (options.refinement ?? null);
  const origins = [...folder, ...(options.origins ?? [])];
  const currentIndex = keepIndex(table, log);
  const lexicalRetriever = once(loadLexicalRetriever);
  const ownRetriever = once(() => loadRetriever(retrieverModule ?? "", () => table.passages()));

  async function retrieverFor(search: { limit: number; language?: string | undefined }): Promise<Retriever> {
    if (retrieverModule) return ownRetriever();
    const [retriever, index] = await Promise.all([lexicalRetriever(), currentIndex.get()]);
    return retriever(index, search);
  }

  return {
    async search(message, { limit, language }): Promise<Findings> {
      const text = askedIn(message);
      const depth = Math.max(limit, CONTRADICTION_DEPTH);
      const byWords = retrieverFor({ limit: refinement?.depth(depth) ?? depth, language })
        .then((retriever) => retriever.retrieve(text))
        .then((nodes) => nodes.map((node) => passageOfNode(node, text)));
      const ranked = await (refinement ? refinement.refine(text, byWords) : byWords);
      return withContradictions(ranked.slice(0, depth), text, limit);
    },
    async sync(tell = () => {}) {
      const report = await syncOrigins(origins, { table, log, tell, refinement });
      if (report.added + report.changed + report.removed > 0) currentIndex.expire();
      return report;
    },
  };
}

/** The best passages; one that contradicts them takes the place of the weakest, so that the operator sees both. */
function withContradictions(passages: FoundPassage[], question: string, limit: number): Findings {
  const best = new Set(passages.slice(0, limit).map((passage) => passage.passageId));
  const contradictions = contradictionsOf(passages, question).filter(({ passageIds }) => passageIds.some((id) => best.has(id)));
  const against = passages
    .slice(limit)
    .filter(({ passageId }) => contradictions.some(({ passageIds }) => passageIds.includes(passageId)))
    .slice(0, Math.floor(limit / 2));
  const shown = [...passages.slice(0, limit - against.length), ...against];
  const ids = new Set(shown.map((passage) => passage.passageId));
  return { passages: shown, contradictions: contradictions.filter(({ passageIds }) => passageIds.every((id) => ids.has(id))) };
}

/** The index of the store's passages, built at the first question and again when the store's revision has moved. */
function keepIndex(table: KnowledgeTable, log: Log): { get(): Promise<LexicalIndex>; expire(): void } {
  let built: { index: LexicalIndex; revision: number } | null = null;
  let checkedAt = Number.NEGATIVE_INFINITY;
  let changes = 0;
  let running: Promise<void> | null = null;

  async function refresh(): Promise<void> {
    const before = changes;
    const revision = await table.revision();
    if (built?.revision !== revision) {
      const startedAt = performance.now();
      const index = await buildIndex(table);
      built = { index, revision };
      log.debug({ passages: index.size(), revision, ms: Math.round(performance.now() - startedAt) }, "knowledge indexed");
    }
    if (changes === before) checkedAt = performance.now();
  }

  return {
    async get() {
      for (;;) {
        if (built && performance.now() - checkedAt < REVISION_CHECK_MS) return built.index;
        running ??= refresh().finally(() => {
          running = null;
        });
        await running;
      }
    },
    /** What was changed here is searchable at once, also when an index is just being built. */
    expire() {
      changes += 1;
      checkedAt = Number.NEGATIVE_INFINITY;
    },
  };
}

async function buildIndex(table: KnowledgeTable): Promise<LexicalIndex> {
  const languages = new Map((await table.sources()).map((source) => [source.id, source.language]));
  const index = createLexicalIndex();
  for await (const passage of table.passages()) {
    index.add(passage, languages.get(passage.sourceId) ?? null);
    if (index.size() % INDEX_BATCH === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  return index;
}

/** Asks once and remembers the answer, but not a failure. */
function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | null = null;
  return () => {
    answer ??= ask().catch((error: unknown) => {
      answer = null;
      throw error;
    });
    return answer;
  };
}
