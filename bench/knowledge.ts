import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { CamelCasePlugin } from "kysely";
import MiniSearch from "minisearch";
import { keepIndex } from "../src/adapters/knowledge/in-step.ts";
import { createLexicalIndex } from "../src/adapters/knowledge/lexical-index.ts";
import { type Database, openDatabase } from "../src/adapters/postgres/database.ts";
import { removeEmbedded, startEmbedded } from "../src/adapters/postgres/embedded.ts";
import { knowledgeTable } from "../src/adapters/postgres/knowledge.ts";
import { migrate } from "../src/adapters/postgres/migrate.ts";
import type { Schema } from "../src/adapters/postgres/tables.ts";
import type { Passage } from "../src/core/words.ts";
import { quantile } from "./house.ts";
import { madeUpPassages, madeUpQuestions } from "./made-up-articles.ts";

const SIZES = [1000, 50_000];
const QUESTIONS = 60;
const WARM_UP = 5;
const HITS = 10;
const MIGRATIONS = join(import.meta.dirname, "..", "migrations");

interface Engine {
  add(passage: Passage): void;
  search(question: string): unknown;
}

/** Our index beside MiniSearch over the same made-up articles, then our index as a server keeps it: read from PostgreSQL and brought in step. */
export async function benchKnowledge(): Promise<void> {
  const rows: Record<string, object> = {};
  for (const size of SIZES)
    for (const [name, create] of Object.entries({ countersign: ourIndex, MiniSearch: miniSearch })) {
      rows[`${name}, ${size.toLocaleString("en")} passages`] = measure(create, size);
    }
  console.table(rows);
  console.table(await inStepWithDatabase(SIZES.at(-1) ?? 0));
}

function ourIndex(): Engine {
  const index = createLexicalIndex();
  return { add: (passage) => index.add(passage, "en"), search: (question) => index.search(question, { limit: HITS, language: "en" }) };
}

/** As its documentation sets it up, with the texts that an answer is to show. */
function miniSearch(): Engine {
  const engine = new MiniSearch<Passage>({
    idField: "passageId",
    fields: ["title", "text"],
    storeFields: ["sourceId", "title", "text"],
    searchOptions: { boost: { title: 2 } },
  });
  return { add: (passage) => engine.add(passage), search: (question) => engine.search(question).slice(0, HITS) };
}

/** Processor time of this thread, so that what else runs on the machine does not count; memory is what stays held. */
function measure(create: () => Engine, size: number): object {
  const before = heldMiB();
  const engine = create();
  const asked: Passage[] = [];
  let build = 0;
  for (const passage of madeUpPassages(size)) {
    if (asked.length < 1000) asked.push(passage);
    const startedAt = cpuMs();
    engine.add(passage);
    build += cpuMs() - startedAt;
  }
  const memory = heldMiB() - before;
  const questions = madeUpQuestions(QUESTIONS + WARM_UP, asked);
  for (const question of questions.slice(0, WARM_UP)) engine.search(question);
  const times = questions.slice(WARM_UP).map((question) => {
    const startedAt = cpuMs();
    engine.search(question);
    return cpuMs() - startedAt;
  });
  return {
    "build s": rounded(build / 1000),
    "memory MiB": Math.round(memory),
    "ms mean": rounded(times.reduce((sum, ms) => sum + ms, 0) / times.length),
    "ms p95": rounded(quantile(times, 0.95)),
  };
}

/** What a server does: at the first question it reads everything, later only what changed; meanwhile its event loop must not stand still. */
async function inStepWithDatabase(size: number): Promise<Record<string, object>> {
  const folder = await mkdtemp(join(tmpdir(), "countersign-bench-"));
  const server = await startEmbedded({ dataDir: folder });
  const database = openDatabase<Schema>({ url: server.url, poolSize: 2 });
  try {
    await migrate({ pool: database.pool, directory: MIGRATIONS });
    const table = knowledgeTable(database.db.withPlugin(new CamelCasePlugin({ maintainNestedObjectKeys: true })));
    await fill(database, size);
    const last = [...madeUpPassages(size)].slice(-5);
    const quiet = { debug() {}, info() {}, warn() {}, error() {} };
    const current = keepIndex(table, quiet);
    const built = await watched(() => current.get());
    const [{ sourceId: id = "", title = "" } = {}] = last;
    const source = { id, title, url: null, contentHash: "2", updatedAt: null, safety: false, language: "en", file: null };
    await table.replace({ ...source, origin: "folder" }, last.slice(1));
    const changed = await watched(() => current.expire());
    return { [`built from PostgreSQL, ${size.toLocaleString("en")} passages`]: built, "one changed article brought in": changed };
  } finally {
    await database.close();
    await server.release();
    await removeEmbedded(folder);
    await rm(folder, { recursive: true, force: true });
  }
}

/** As a sync would leave it, in a few statements. */
async function fill({ pool }: Database<Schema>, size: number): Promise<void> {
  let batch: Passage[] = [];
  const store = async () => {
    const sources = [...new Map(batch.map(({ sourceId, title }) => [sourceId, title]))];
    await pool.query(
      `insert into knowledge_sources (id, title, content_hash, language, synced_at)
       select id, title, '1', 'en', now() from unnest($1::text[], $2::text[]) as made (id, title)`,
      [sources.map(([id]) => id), sources.map(([, title]) => title)],
    );
    await pool.query(
      `insert into knowledge_passages (id, source_id, position, title_path, text)
       select id, source_id, position, array[heading], text
       from unnest($1::text[], $2::text[], $3::text[], $4::text[]) with ordinality as made (id, source_id, heading, text, position)`,
      [
        batch.map(({ passageId }) => passageId),
        batch.map(({ sourceId }) => sourceId),
        batch.map(({ titlePath }) => titlePath.join(" ")),
        batch.map(({ text }) => text),
      ],
    );
    batch = [];
  };
  for (const passage of madeUpPassages(size)) {
    if (batch.length >= 5000 && batch.at(-1)?.sourceId !== passage.sourceId) await store();
    batch.push(passage);
  }
  await store();
}

/** The stretches between two turns of the event loop, in this thread's processor time. */
async function watched(work: () => Promise<unknown>): Promise<object> {
  collectGarbage();
  const stretches: number[] = [];
  let done = false;
  let since = cpuMs();
  const look = () => {
    const now = cpuMs();
    stretches.push(now - since);
    since = now;
    if (!done) setImmediate(look);
  };
  setImmediate(look);
  const startedAt = cpuMs();
  await work();
  done = true;
  return {
    "processor s": rounded((cpuMs() - startedAt) / 1000),
    "longest stretch ms": Math.round(stretches.reduce((most, each) => Math.max(most, each), 0)),
  };
}

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

function heldMiB(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 1024 / 1024;
}

const cpuMs = () => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
};
const rounded = (number: number) => Math.round(number * 100) / 100;
