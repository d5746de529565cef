import type { AnsweredTable, KnowledgeTable } from "../../ports/knowledge-tables.ts";
import type { Log } from "../../ports.ts";
import { createLexicalIndex, type LexicalIndex } from "./lexical-index.ts";
import { createMemory, type Memory } from "./memory.ts";

/** How often another process's changes to the passages are looked for. */
const REVISION_CHECK_MS = 1000;
/** Passages or questions taken in before others get their turn on the event loop. */
const BATCH = 50;

/** The index of the store's passages. Once built it goes on serving while a newer one is built beside it. */
export interface CurrentIndex {
  get(): Promise<LexicalIndex>;
  /** Resolves when everything in the store now is searchable here. */
  expire(): Promise<void>;
}

/** Builds the index at the first question and again when the store's revision has moved. */
export function keepIndex(table: KnowledgeTable, log: Log): CurrentIndex {
  let built: { index: LexicalIndex; revision: number } | null = null;
  let checkedAt = Number.NEGATIVE_INFINITY;
  let running: Promise<LexicalIndex> | null = null;

  async function refresh(): Promise<LexicalIndex> {
    const revision = await table.revision();
    if (built?.revision !== revision) {
      const startedAt = performance.now();
      const index = await buildIndex(table);
      built = { index, revision };
      log.debug({ passages: index.size(), revision, ms: Math.round(performance.now() - startedAt) }, "knowledge indexed");
    }
    checkedAt = performance.now();
    return built.index;
  }

  const inStep = () => {
    running ??= refresh().finally(() => {
      running = null;
    });
    return running;
  };

  return {
    async get() {
      if (!built) return inStep();
      if (performance.now() - checkedAt >= REVISION_CHECK_MS)
        inStep().catch((error: unknown) => log.warn({ err: error }, "the knowledge index could not be brought in step"));
      return built.index;
    },
    async expire() {
      await running?.catch(() => {}); // it may have begun before the change
      await inStep();
    },
  };
}

async function buildIndex(table: KnowledgeTable): Promise<LexicalIndex> {
  const languages = new Map((await table.sources()).map((source) => [source.id, source.language]));
  const index = createLexicalIndex();
  for await (const passage of table.passages()) {
    index.add(passage, languages.get(passage.sourceId) ?? null);
    if (index.size() % BATCH === 0) await turn();
  }
  return index;
}

/** The memory of answered questions, with every change up to the moment it is asked for. */
export function keepMemory(table: AnsweredTable, log: Log): { get(): Promise<Memory> } {
  const memory = createMemory(() => new Date());
  let seen = 0;
  let running: Promise<void> | null = null;

  async function catchUp(): Promise<void> {
    const revision = await table.revision();
    if (revision === seen) return;
    const startedAt = performance.now();
    let taken = 0;
    for await (const row of table.changedAfter(seen)) {
      memory.put(row);
      taken += 1;
      if (taken % BATCH === 0) await turn();
    }
    seen = revision;
    log.debug({ answered: memory.size(), taken, revision, ms: Math.round(performance.now() - startedAt) }, "answered questions in step");
  }

  return {
    async get() {
      await running?.catch(() => {}); // it may have begun before a change that is to count
      running ??= catchUp().finally(() => {
        running = null;
      });
      await running;
      return memory;
    },
  };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));
