import { createHash } from "node:crypto";
import { z } from "zod";
import { addressOf, ask, type Endpoint, EndpointError } from "./endpoint.ts";

/** Turns texts into vectors of length 1, all of one dimension. */
export interface Embedder {
  /** In the order of the texts. Throws EndpointError when anything about the answer is wrong. */
  embed(texts: string[], timeoutMs: number): Promise<Float32Array[]>;
  /** What a text's vector is stored under: sha256 of who made it and the text, in hex. */
  key(text: string): string;
}

/** Models read no more than a few hundred to a few thousand words; the beginning says what a text is about. */
const MOST_CHARS = 6000;

const answerSchema = z.object({
  data: z.array(z.object({ index: z.int().nonnegative().optional(), embedding: z.array(z.number()).min(1) })),
});

/** An embedder over an OpenAI-compatible endpoint (OpenAI, Voyage, Ollama, llama.cpp). */
export function createEmbedder(options: { url: string; model: string; apiKey?: string | undefined }): Embedder {
  const endpoint: Endpoint = { ...options, path: "/embeddings" };
  const maker = `${addressOf(endpoint)}\n${options.model}\n`;
  const cut = (text: string) => (text.length > MOST_CHARS ? text.slice(0, MOST_CHARS).toWellFormed() : text);
  return {
    key: (text) => createHash("sha256").update(maker).update(cut(text)).digest("hex"),
    async embed(texts, timeoutMs) {
      const { data } = answerSchema.safeParse(await ask(endpoint, { input: texts.map(cut) }, timeoutMs));
      if (!data) throw new EndpointError("answered something that is no list of vectors");
      if (data.data.length !== texts.length) throw new EndpointError(`answered ${data.data.length} vectors for ${texts.length} texts`);
      const vectors: Float32Array[] = [];
      for (const [place, { index, embedding }] of data.data.entries()) vectors[index ?? place] = unit(embedding);
      const dimension = vectors[0]?.length;
      for (let place = 0; place < texts.length; place++) {
        if (!vectors[place]) throw new EndpointError("left a text without a vector");
        if (vectors[place]?.length !== dimension) throw new EndpointError("answered vectors of different dimensions");
      }
      return vectors;
    },
  };
}

/** The same direction with length 1, so that a dot product is the cosine. */
function unit(numbers: number[]): Float32Array {
  const length = Math.sqrt(numbers.reduce((sum, number) => sum + number * number, 0));
  if (!Number.isFinite(length) || length === 0) throw new EndpointError("answered a vector that points nowhere");
  return Float32Array.from(numbers, (number) => number / length);
}
