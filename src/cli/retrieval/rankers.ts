import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import MiniSearch from "minisearch";
import { createLexicalIndex, type LexicalIndex } from "../../adapters/knowledge/lexical-index.ts";
import { createMemory, type Memory } from "../../adapters/knowledge/memory.ts";
import { openDatabase } from "../../adapters/postgres/database.ts";
import { removeEmbedded, startEmbedded } from "../../adapters/postgres/embedded.ts";
import type { RetrievalSignals } from "../../core/answerable.ts";
import type { AnsweredQuestion } from "../../core/answered.ts";
import { askedIn } from "../../core/question.ts";
import type { EvaluationSet } from "./set.ts";

/** Something that finds sources for a question. `signals` only where it can say whether there is an answer. */
export interface Ranker {
  name: string;
  rank(text: string): Found | Promise<Found>;
}

export interface Found {
  ranked: string[];
  signals: RetrievalSignals | null;
}

const WANTED_SOURCES = 10;
/** Enough passages for ten distinct sources. */
const WANTED_PASSAGES = 40;

/** The lexical index over a set's passages. */
export function indexOf(set: EvaluationSet): LexicalIndex {
  const index = createLexicalIndex();
  for (const { language, ...passage } of set.passages) index.add(passage, language);
  return index;
}

/** A memory of these answered questions; ages count from `now`. */
export function memoryOf(rows: AnsweredQuestion[], now: Date): Memory {
  const memory = createMemory(() => now);
  for (const [number, row] of rows.entries()) memory.put({ ...row, id: String(number), removed: false });
  memory.recall("warm up"); // rarities are counted at the first question
  return memory;
}

/** What the server asks by default: our index, with a memory of answered questions or without. */
export function ours(index: LexicalIndex, memory: Memory | null): Ranker {
  return {
    name: memory ? "countersign + memory" : "countersign",
    rank(message) {
      const text = askedIn(message);
      const recalled = memory?.recall(text);
      const { passages, signals } = index.ask(text, { limit: WANTED_PASSAGES, votes: recalled?.votes, trust: recalled?.reliability });
      return {
        ranked: distinct(passages.map(({ sourceId }) => sourceId)),
        signals: { ...signals, nearness: recalled?.nearness ?? 0, memory: recalled?.reliability ?? 0 },
      };
    },
  };
}

/** MiniSearch as its documentation sets it up, title boosted. */
export function miniSearch(set: EvaluationSet): Ranker {
  const engine = new MiniSearch<EvaluationSet["articles"][number]>({ fields: ["title", "text"], searchOptions: { boost: { title: 2 } } });
  engine.addAll(set.articles);
  return {
    name: "MiniSearch",
    rank: (text) => ({
      ranked: engine
        .search(text)
        .slice(0, WANTED_SOURCES)
        .map(({ id }) => String(id)),
      signals: null,
    }),
  };
}

/** PostgreSQL full-text search in a server of its own: `ts_rank_cd` over any of the words, and `websearch_to_tsquery`, which wants all. */
export async function postgres(set: EvaluationSet): Promise<{ rankers: Ranker[]; close(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), "countersign-eval-"));
  const server = await startEmbedded({ dataDir: folder });
  const { pool, close } = openDatabase({ url: server.url });
  await pool.query("create table article (id text primary key, words tsvector)");
  for (const { id, title, text } of set.articles)
    await pool.query(
      "insert into article values ($1, setweight(to_tsvector('english', $2), 'A') || to_tsvector('english', $3)) on conflict do nothing",
      [id, title, text],
    );
  const ranker = (name: string, query: string): Ranker => ({
    name,
    async rank(text) {
      const { rows } = await pool.query<{ id: string }>(
        `with asked as (select ${query} as query) select id from article, asked where words @@ query order by ts_rank_cd(words, query) desc, id limit ${WANTED_SOURCES}`,
        [text.replaceAll("\0", " ")],
      );
      return { ranked: rows.map(({ id }) => id), signals: null };
    },
  });
  return {
    rankers: [
      ranker("PostgreSQL ts_rank_cd, any word", "replace(plainto_tsquery('english', $1)::text, '&', '|')::tsquery"),
      ranker("PostgreSQL websearch", "websearch_to_tsquery('english', $1)"),
    ],
    async close() {
      await close();
      await server.release();
      await removeEmbedded(folder); // as root it lies elsewhere
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const distinct = (ids: string[]) => [...new Set(ids)].slice(0, WANTED_SOURCES);
