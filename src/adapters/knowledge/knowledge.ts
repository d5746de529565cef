import { createHash } from "node:crypto";
import { contradictionsOf } from "../../core/contradictions.ts";
import type { Findings, FoundPassage } from "../../core/words.ts";
import type { Knowledge, KnowledgeTable, Log, StoredSource, SyncReport } from "../../ports.ts";
import { type LoadedDocument, readDocuments } from "./documents.ts";
import { createLexicalIndex, type LexicalIndex } from "./lexical-index.ts";
import { cutIntoPassages } from "./passages.ts";
import { loadLexicalRetriever, loadRetriever, passageOfNode, type Retriever } from "./retriever.ts";

/** Part of every content hash: documents are cut anew when the cutting changes. */
const CUTTING = "1";
/** No article has more; a file that does is a log or a dump. */
const MOST_PASSAGES = 10_000;
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
  table: KnowledgeTable;
  retrieverModule?: string;
  log: Log;
}): Knowledge {
  const { directory, table, retrieverModule, log } = options;
  const currentIndex = keepIndex(table, log);
  const lexicalRetriever = once(loadLexicalRetriever);
  const ownRetriever = once(() => loadRetriever(retrieverModule ?? "", () => table.passages()));

  async function retrieverFor(search: { limit: number; language?: string | undefined }): Promise<Retriever> {
    if (retrieverModule) return ownRetriever();
    const [retriever, index] = await Promise.all([lexicalRetriever(), currentIndex.get()]);
    return retriever(index, search);
  }

  return {
    async search(text, { limit, language }): Promise<Findings> {
      const retriever = await retrieverFor({ limit: Math.max(limit, CONTRADICTION_DEPTH), language });
      const nodes = await retriever.retrieve(text);
      return withContradictions(
        nodes.slice(0, Math.max(limit, CONTRADICTION_DEPTH)).map((node) => passageOfNode(node, text)),
        text,
        limit,
      );
    },
    async sync() {
      const report = directory === null ? emptyReport() : await syncFolder(directory, table, log);
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

const emptyReport = (): SyncReport => ({ added: 0, changed: 0, removed: 0, unchanged: 0, failed: [] });

/** Document by document, each replaced whole in a transaction of its own: killed midway, the rest is as it was and the next sync goes on. */
async function syncFolder(directory: string, table: KnowledgeTable, log: Log): Promise<SyncReport> {
  const report = emptyReport();
  const stored = new Map((await table.sources()).map((source) => [source.id, source.contentHash]));
  const kept = new Set<string>();
  let storeError: unknown = null;

  for await (const document of readDocuments(directory)) {
    if (!("text" in document)) {
      report.failed.push({ file: document.file, reason: document.reason });
      for (const id of document.mayBe) kept.add(id);
      continue;
    }
    kept.add(document.id);
    const source = sourceOf(document);
    const known = stored.get(source.id);
    if (known === source.contentHash) {
      report.unchanged += 1;
      continue;
    }
    const passages = passagesOf(document);
    if (passages.length > MOST_PASSAGES) {
      report.failed.push({ file: document.file, reason: `it would be ${passages.length} passages, more than ${MOST_PASSAGES}: split it` });
      continue;
    }
    try {
      await table.replace(source, passages);
      report[known === undefined ? "added" : "changed"] += 1;
    } catch (error) {
      storeError = error;
      report.failed.push({ file: document.file, reason: `it could not be stored: ${error instanceof Error ? error.message : error}` });
    }
  }
  if (storeError !== null && report.added + report.changed === 0) throw storeError; // the store is at fault, not a document

  for (const id of stored.keys()) {
    if (kept.has(id)) continue;
    await table.remove(id);
    report.removed += 1;
  }
  log.info({ ...report, failed: report.failed.length }, "knowledge synced");
  return report;
}

function sourceOf(document: LoadedDocument): StoredSource {
  const { id, title, url, updatedAt, safety, language, text } = document;
  const content = JSON.stringify([CUTTING, title, url, updatedAt, safety, language, text]);
  return { id, title, url, contentHash: createHash("sha256").update(content).digest("hex"), updatedAt, safety, language };
}

function passagesOf({ id, title, url, updatedAt, safety, text }: LoadedDocument) {
  return cutIntoPassages(text, title).map((piece) => ({
    sourceId: id,
    passageId: `${id}#${piece.slug}`,
    title,
    titlePath: piece.titlePath,
    text: piece.text,
    url,
    updatedAt,
    safety,
  }));
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
