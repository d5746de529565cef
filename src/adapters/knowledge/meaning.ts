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

interface Vectors {
  revision: number;
  passageIds: string[];
  vectors: Float32Array[];
}

/** Search by meaning over what an embeddings endpoint made of the passages, kept in the store and compared in this process. */
export function createMeaning(options: {
  embedder: Embedder;
  passages: Pick<KnowledgeTable, "passages" | "revision" | "grown">;
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
    return held ?? { revision: -1, passageIds: [], vectors: [] };
  }

  async function refresh(): Promise<void> {
    const revision = await passages.revision();
    if (held?.revision !== revision) held = await load(revision);
    checkedAt = performance.now();
  }

  async function load(revision: number): Promise<Vectors> {
    const loaded: Vectors = { revision, passageIds: [], vectors: [] };
    let batch: { id: string; key: string }[] = [];
    const take = async () => {
      const stored = await embeddings.get(batch.map(({ key }) => key));
      for (const { id, key } of batch) {
        const vector = stored.get(key);
        if (!vector) continue;
        loaded.passageIds.push(id);
        loaded.vectors.push(vector);
      }
      batch = [];
    };
    for await (const passage of passages.passages()) {
      batch.push({ id: passage.passageId, key: embedder.key(embeddedText(passage)) });
      if (batch.length >= READ_AT_ONCE) await take();
    }
    await take();
    return loaded;
  }

  return {
    state: breaker.state,
    circuit: breaker.circuit,

    async nearest(question, limit) {
      const { passageIds, vectors } = await current();
      if (vectors.length === 0) return [];
      return breaker.run(async () => {
        const [asked] = await embedder.embed([question], options.questionTimeoutMs ?? QUESTION_TIMEOUT_MS);
        const comparable = vectors.some((vector) => vector.length === asked?.length);
        if (!asked || !comparable) throw new EndpointError(wrongDimension(asked?.length ?? 0, vectors[0]?.length ?? 0));
        return closest(asked, passageIds, vectors, limit);
      });
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
      if (embedded > 0) await passages.grown();
      await embeddings.keepOnly(all);
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

async function closest(
  asked: Float32Array,
  passageIds: string[],
  vectors: Float32Array[],
  limit: number,
): Promise<{ passageId: string; similarity: number }[]> {
  const best: { passageId: string; similarity: number }[] = [];
  for (const [number, vector] of vectors.entries()) {
    if (number % COMPARED_AT_ONCE === COMPARED_AT_ONCE - 1) await setImmediate();
    if (vector.length !== asked.length) continue;
    const similarity = dot(asked, vector);
    if (best.length >= limit && similarity <= (best.at(-1)?.similarity ?? -1)) continue;
    let place = best.length;
    while (place > 0 && (best[place - 1]?.similarity ?? 1) < similarity) place -= 1;
    best.splice(place, 0, { passageId: passageIds[number] ?? "", similarity });
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
