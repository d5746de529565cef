import { type Kysely, sql } from "kysely";
import type { EmbeddingsTable } from "../../ports/knowledge-tables.ts";
import type { Schema } from "./tables.ts";
import { vectorColumn } from "./vectors.ts";

/** Vectors by the key of the text they were made of. */
export function embeddingsTable(db: Kysely<Schema>): EmbeddingsTable {
  const column = vectorColumn(db);
  return {
    prepareSearch: () => column.prepare(numbersIn),
    searches: column.isWhole,
    nearest: column.nearest,
    async get(keys) {
      if (keys.length === 0) return new Map();
      const { rows } = await sql<{ key: Buffer; vector: Buffer }>`
        select key, vector from knowledge_embeddings where key = any(${keys.map(bytesOf)}::bytea[])`.execute(db);
      return new Map(rows.map(({ key, vector }) => [key.toString("hex"), numbersIn(vector)]));
    },
    async put(rows) {
      if (rows.length === 0) return;
      await db
        .insertInto("knowledgeEmbeddings")
        .values(rows.map(({ key, vector }) => ({ key: bytesOf(key), vector: bytesIn(vector) })))
        .onConflict((conflict) => conflict.column("key").doUpdateSet({ vector: (row) => row.ref("excluded.vector") }))
        .execute();
    },
    async keepOnly(keys) {
      await sql`
        delete from knowledge_embeddings e
        where not exists (select 1 from unnest(${keys.map(bytesOf)}::bytea[]) as kept(key) where kept.key = e.key)`.execute(db);
    },
  };
}

const bytesOf = (key: string) => Buffer.from(key, "hex");

/** float32, little endian, whatever this machine's order is. */
function bytesIn(vector: Float32Array): Buffer {
  const bytes = Buffer.alloc(vector.length * 4);
  for (const [place, number] of vector.entries()) bytes.writeFloatLE(number, place * 4);
  return bytes;
}

function numbersIn(bytes: Buffer): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float32Array.from({ length: Math.floor(bytes.byteLength / 4) }, (_, place) => view.getFloat32(place * 4, true));
}
