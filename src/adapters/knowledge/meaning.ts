import { setImmediate, setTimeout } from "node:timers/promises";
import type { BreakerState } from "../../core/breaker.ts";
import type { Passage } from "../../core/words.ts";
import type { SyncProgress } from "../../ports/knowledge.ts";
import type { EmbeddingsTable, KnowledgeTable } from "../../ports/knowledge-tables.ts";
import type { Log } from "../../ports.ts";
import { type Breaker, createBreaker } from "./breaker.ts";
import type { Embedder } from "./embeddings.ts";
import { EndpointError } from "./endpoint.ts";

/** Passages by how close their meaning is to a question's. */
export interface Meaning {
  /** The closest passages, closest first, `similarity` −1..1; null when the endpoint cannot be asked. Never throws for the endpoint's sake. */
  nearest(question: string, limit: number): Promise<{ passageId: string; similarity: number }[] | null>;
  /** Has every passage embedded that has no vector yet. What fails is tried again at the next sync. Answers why it stopped, if it did. */
  fill(tell: (progress: SyncProgress) => void): Promise<{ embedded: number; skipped: number; stopped: string | null }>;
  state(): string;
  circuit(): BreakerState;
}

const QUESTION_TIMEOUT_MS = 2500;
const BATCH = 64;
const BATCH_TIMEOUT_MS = 60_000;
/** Tries of one batch, and the longest wait that a 429 may ask for. */
const TRIES = 4;
const LONGEST_WAIT_SECONDS = 20;
const REVISION_CHECK_MS = 1000;
/** Vectors compared before others get their turn on the event loop. */
const COMPARED_AT_ONCE = 8000;
const READ_AT_ONCE = 2000;
const SOURCES_AT_ONCE = 20;

/** A passage and the vector of its text; null where there is none yet, or where the database compares them. */
interface Held {
  passageId: string;
  key: string;
  vector: Float32Array | null;
}

interface Vectors {
  revision: number;
  /** The database compares; the passages are held to know whose vectors they are. */
  inDatabase: boolean;
  /** How many a vector has; null while there is none. */
  numbers: number | null;
  bySource: Map<string, Held[]>;
  all: Held[];
}

/** Search by meaning over what an embeddings endpoint made of the passages, kept in the store and compared in this process. */
export function createMeaning(options: {
  embedder: Embedder;
  passages: Pick<KnowledgeTable, "passages" | "passagesOf" | "changedAfter" | "revision" | "grown">;
  embeddings: EmbeddingsTable;
  log: Log;
  questionTimeoutMs?: number;
  batchTimeoutMs?: number;
  pauseMs?: number;
}): Meaning {
  const { embedder, passages, embeddings, log } = options;
  const breaker: Breaker = createBreaker({ name: "embeddings", log, ...(options.pauseMs !== undefined && { pauseMs: options.pauseMs }) });
  let held: Vectors | null = null;
  let checkedAt = Number.NEGATIVE_INFINITY;
  let loading: Promise<void> | null = null;
  /** The revision at which nothing was left to embed. */
  let filledAt: number | null = null;

  async function current(): Promise<Vectors> {
    if (!held || performance.now() - checkedAt >= REVISION_CHECK_MS) {
      loading ??= refresh().finally(() => {
        loading = null;
      });
      await loading;
    }
    return held ?? { revision: -1, inDatabase: false, numbers: null, bySource: new Map(), all: [] };
  }

  async function refresh(): Promise<void> {
    const revision = await passages.revision();
    if (held?.revision !== revision) {
      const inDatabase = await embeddings.searches();
      // what is known stays, but for the sources that changed
      const before = held && revision > held.revision && inDatabase === held.inDatabase ? held : null;
      const bySource = new Map(before?.bySource);
      if (before) await readAgain(await passages.changedAfter(before.revision), bySource);
      else for await (const passage of passages.passages()) hold(passage, bySource);
      const all = [...bySource.values()].flat();
      if (!inDatabase) await fetchVectors(all.filter(({ vector }) => vector === null));
      held = { revision, inDatabase, numbers: await numbersOf(all, inDatabase), bySource, all };
    }
    checkedAt = performance.now();
  }

  function hold(passage: Passage, bySource: Map<string, Held[]>): void {
    const one = { passageId: passage.passageId, key: embedder.key(embeddedText(passage)), vector: null };
    const siblings = bySource.get(passage.sourceId);
    if (siblings) siblings.push(one);
    else bySource.set(passage.sourceId, [one]);
  }

  async function readAgain(sourceIds: string[], bySource: Map<string, Held[]>): Promise<void> {
    for (const sourceId of sourceIds) bySource.delete(sourceId);
    for (let at = 0; at < sourceIds.length; at += SOURCES_AT_ONCE)
      for (const source of await passages.passagesOf(sourceIds.slice(at, at + SOURCES_AT_ONCE)))
        for (const passage of source.passages) hold(passage, bySource);
  }

  async function numbersOf(all: Held[], inDatabase: boolean): Promise<number | null> {
    if (!inDatabase) return all.find(({ vector }) => vector !== null)?.vector?.length ?? null;
    const some = await embeddings.get(all.slice(0, READ_AT_ONCE / 100).map(({ key }) => key)); // one that lacks its vector may stand among the first
    for (const { length } of some.values()) return length;
    return null;
  }

  async function fetchVectors(missing: Held[]): Promise<void> {
    for (let at = 0; at < missing.length; at += READ_AT_ONCE) {
      const some = missing.slice(at, at + READ_AT_ONCE);
      const stored = await embeddings.get(some.map(({ key }) => key));
      for (const one of some) one.vector = stored.get(one.key) ?? null;
    }
  }

  async function askDatabase(asked: Float32Array, all: Held[], limit: number): Promise<{ passageId: string; similarity: number }[] | null> {
    try {
      const nearest = await embeddings.nearest(asked, limit);
      const byKey = Map.groupBy(all, ({ key }) => key);
      return nearest
        .flatMap(({ key, similarity }) => (byKey.get(key) ?? []).map(({ passageId }) => ({ passageId, similarity })))
        .slice(0, limit);
    } catch (error) {
      log.warn({ err: error }, "the database could not search by meaning");
      return null;
    }
  }

  return {
    state: breaker.state,
    circuit: breaker.circuit,

    async nearest(question, limit) {
      const { inDatabase, numbers, all } = await current();
      if (numbers === null) return [];
      const asked = await breaker.run(async () => {
        const [vector] = await embedder.embed([question], options.questionTimeoutMs ?? QUESTION_TIMEOUT_MS);
        if (vector?.length !== numbers) throw new EndpointError(wrongDimension(vector?.length ?? 0, numbers));
        return vector;
      });
      if (!asked) return null;
      return inDatabase ? askDatabase(asked, all, limit) : closest(asked, all, limit);
    },

    async fill(tell) {
      if ((await passages.revision()) === filledAt) return { embedded: 0, skipped: 0, stopped: null };
      const missing = new Map<string, string>();
      const keys = new Set<string>();
      for await (const passage of passages.passages()) {
        const text = embeddedText(passage);
        const key = embedder.key(text);
        if (!keys.has(key)) missing.set(key, text);
        keys.add(key);
      }
      let dimension: number | null = null;
      const all = [...keys];
      for (let at = 0; at < all.length; at += READ_AT_ONCE)
        for (const [key, vector] of await embeddings.get(all.slice(at, at + READ_AT_ONCE))) {
          dimension ??= vector.length;
          missing.delete(key);
        }
      const total = missing.size;
      const texts = [...missing];
      let embedded = 0;
      let skipped = 0;
      let stopped: string | null = null;
      try {
        for (let at = 0; at < texts.length; at += BATCH) {
          tell({ what: "passages embedded", done: at, total });
          const made = await embedAll(embedder, texts.slice(at, at + BATCH), options.batchTimeoutMs ?? BATCH_TIMEOUT_MS);
          const other = made.find(({ vector }) => vector.length !== (dimension ?? vector.length));
          if (other) throw new EndpointError(wrongDimension(other.vector.length, dimension ?? 0));
          dimension ??= made[0]?.vector.length ?? null;
          await embeddings.put(made);
          embedded += made.length;
          skipped += Math.min(BATCH, texts.length - at) - made.length;
        }
        tell({ what: "passages embedded", done: total, total });
      } catch (error) {
        if (!(error instanceof EndpointError)) throw error;
        stopped = `the embeddings endpoint ${error.message}`;
        log.warn(
          { embedded, missing: total - embedded, why: error.message },
          "not every passage was embedded; those are found by their words",
        );
      }
      await embeddings.keepOnly(all);
      const searched = await embeddings.searches();
      const searches = await embeddings.prepareSearch();
      if (embedded > 0 || searches !== searched) await passages.grown();
      filledAt = stopped === null ? await passages.revision() : null;
      return { embedded, skipped, stopped };
    },
  };
}

/** What of a passage is embedded: where it stands, and its words. */
function embeddedText({ title, titlePath, text }: Passage): string {
  return `${[title, ...titlePath].join(" › ")}\n\n${text}`;
}

/** A batch's vectors. One that the endpoint refuses for what stands in it is halved until the text at fault is alone, which is left out. */
async function embedAll(
  embedder: Embedder,
  batch: [string, string][],
  timeoutMs: number,
): Promise<{ key: string; vector: Float32Array }[]> {
  for (let attempt = 1; ; attempt++) {
    try {
      const vectors = await embedder.embed(
        batch.map(([, text]) => text),
        timeoutMs,
      );
      return batch.map(([key], place) => ({ key, vector: vectors[place] ?? new Float32Array() }));
    } catch (error) {
      if (!(error instanceof EndpointError)) throw error;
      if (error.status === 400 || error.status === 413 || error.status === 422) {
        if (batch.length === 1) return [];
        const half = Math.ceil(batch.length / 2);
        return [
          ...(await embedAll(embedder, batch.slice(0, half), timeoutMs)),
          ...(await embedAll(embedder, batch.slice(half), timeoutMs)),
        ];
      }
      const passing = error.status === 429 || (error.status !== null && error.status >= 500);
      const wait = error.retryAfterSeconds ?? 2 ** attempt / 4;
      if (!passing || attempt >= TRIES || wait > LONGEST_WAIT_SECONDS) throw error;
      await setTimeout(wait * 1000);
    }
  }
}

const wrongDimension = (got: number, stored: number) =>
  `answered vectors of ${got} numbers where those in the store have ${stored}: if the model was changed, name it anew in EMBEDDINGS_MODEL`;

async function closest(asked: Float32Array, all: Held[], limit: number): Promise<{ passageId: string; similarity: number }[]> {
  const best: { passageId: string; similarity: number }[] = [];
  for (const [number, { passageId, vector }] of all.entries()) {
    if (number % COMPARED_AT_ONCE === COMPARED_AT_ONCE - 1) await setImmediate();
    if (vector?.length !== asked.length) continue;
    const similarity = dot(asked, vector);
    if (best.length >= limit && similarity <= (best.at(-1)?.similarity ?? -1)) continue;
    let place = best.length;
    while (place > 0 && (best[place - 1]?.similarity ?? 1) < similarity) place -= 1;
    best.splice(place, 0, { passageId, similarity });
    if (best.length > limit) best.pop();
  }
  return best;
}

/** Four sums side by side: the processor adds them at once, in two thirds of the time of one. */
function dot(a: Float32Array, b: Float32Array): number {
  let one = 0;
  let two = 0;
  let three = 0;
  let four = 0;
  const whole = a.length - (a.length % 4);
  for (let at = 0; at < whole; at += 4) {
    one += (a[at] as number) * (b[at] as number);
    two += (a[at + 1] as number) * (b[at + 1] as number);
    three += (a[at + 2] as number) * (b[at + 2] as number);
    four += (a[at + 3] as number) * (b[at + 3] as number);
  }
  for (let at = whole; at < a.length; at++) one += (a[at] as number) * (b[at] as number);
  return one + two + three + four;
}
