import { setImmediate } from "node:timers/promises";
import type { AnsweredTable, KnowledgeTable } from "../../ports/knowledge-tables.ts";
import type { Log } from "../../ports.ts";
import { createLexicalIndex, type LexicalIndex } from "./lexical-index.ts";
import { createMemory, type Memory } from "./memory.ts";

/** How often another process's changes to the passages are looked for. */
const REVISION_CHECK_MS = 1000;
/** Work is put aside when it has kept others from their turn on the event loop for so long. */
const TURN_MS = 5;
/** Changed sources read at a time. */
const SOURCES_AT_ONCE = 20;

/** The index of the store's passages. It goes on serving while what changed in the store is brought in. */
export interface CurrentIndex {
  get(): Promise<LexicalIndex>;
  /** Resolves when everything in the store now is searchable here. */
  expire(): Promise<void>;
}

/** Builds the index at the first question; when the store's revision has moved, the sources that changed since are read again, and no others. */
export function keepIndex(table: KnowledgeTable, log: Log): CurrentIndex {
  let built: { index: LexicalIndex; revision: number } | null = null;
  let checkedAt = Number.NEGATIVE_INFINITY;
  let running: Promise<LexicalIndex> | null = null;

  async function refresh(): Promise<LexicalIndex> {
    const startedAt = performance.now();
    const revision = await table.revision();
    if (!built || revision < built.revision) {
      const index = await buildIndex(table);
      await bringIn(await table.changedAfter(revision), index, table); // what changed while it was read
      built = { index, revision };
      log.debug({ passages: index.size(), revision, ms: Math.round(performance.now() - startedAt) }, "knowledge indexed");
    } else if (revision > built.revision) {
      const changed = await table.changedAfter(built.revision);
      await bringIn(changed, built.index, table);
      built.revision = revision;
      const ms = Math.round(performance.now() - startedAt);
      log.debug({ sources: changed.length, passages: built.index.size(), revision, ms }, "knowledge index in step");
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
  const turn = turns();
  for await (const passage of table.passages()) {
    index.add(passage, languages.get(passage.sourceId) ?? null);
    await turn();
  }
  return index;
}

/** Each source at one moment; broken off, the rest is brought in the next time. */
async function bringIn(sourceIds: string[], index: LexicalIndex, table: KnowledgeTable): Promise<void> {
  const turn = turns();
  for (let at = 0; at < sourceIds.length; at += SOURCES_AT_ONCE) {
    const some = sourceIds.slice(at, at + SOURCES_AT_ONCE);
    const serving = new Map((await table.passagesOf(some)).map((source) => [source.sourceId, source]));
    for (const sourceId of some) {
      const { passages = [], language = null } = serving.get(sourceId) ?? {};
      await index.replace(sourceId, passages, language, turn);
    }
  }
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
    const turn = turns();
    let taken = 0;
    for await (const row of table.changedAfter(seen)) {
      memory.put(row);
      taken += 1;
      await turn();
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

/** To be awaited after each small piece of work: gives others their turn when they have waited long enough. */
function turns(): () => Promise<void> | undefined {
  let since = performance.now();
  return () => {
    if (performance.now() - since < TURN_MS) return undefined;
    return setImmediate().then(() => {
      since = performance.now();
    });
  };
}
