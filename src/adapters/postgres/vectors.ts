import { type Kysely, sql } from "kysely";
import type { Schema } from "./tables.ts";

/** pgvector's index takes no more numbers than this; longer vectors are compared one by one, still in the database. */
const MOST_INDEXED = 2000;
const BACKFILL = 500;

/** The stored vectors once more in a column of pgvector's type, where the server has that extension; they are searched there then. */
export interface VectorColumn {
  /** Whether every vector can be searched in the database. */
  isWhole(): Promise<boolean>;
  /** Creates what can be created and fills it; answers whether all of it is there. Never throws for want of extension or permission. */
  prepare(numbersIn: (bytes: Buffer) => Float32Array): Promise<boolean>;
  /** Nearest by cosine first. Throws when the column is not there. */
  nearest(vector: Float32Array, limit: number): Promise<{ key: string; similarity: number }[]>;
}

/** The column beside `knowledge_embeddings.vector`. It is no migration, since an extension may come and go with the server. */
export function vectorColumn(db: Kysely<Schema>): VectorColumn {
  const exists = async () => {
    const { rows } = await sql`
      select 1 from pg_attribute where attrelid = to_regclass('knowledge_embeddings') and attname = 'embedding' and not attisdropped`.execute(
      db,
    );
    return rows.length > 0;
  };
  const create = async () => {
    const { rows } = await sql`select 1 from pg_available_extensions where name = 'vector'`.execute(db);
    if (rows.length === 0) return false;
    await sql`create extension if not exists vector`.execute(db);
    await sql`alter table knowledge_embeddings add column if not exists embedding vector`.execute(db);
    return true;
  };

  async function fill(numbersIn: (bytes: Buffer) => Float32Array): Promise<void> {
    for (;;) {
      const { rows } = await sql<{ key: Buffer; vector: Buffer }>`
        select key, vector from knowledge_embeddings where embedding is null limit ${BACKFILL}`.execute(db);
      if (rows.length === 0) return;
      await sql`
        update knowledge_embeddings e set embedding = made.words::vector
        from unnest(${rows.map(({ key }) => key)}::bytea[], ${rows.map(({ vector }) => wordsOf(numbersIn(vector)))}::text[]) as made (key, words)
        where e.key = made.key`.execute(db);
    }
  }

  async function index(): Promise<void> {
    const { rows } = await sql<{ numbers: number }>`select distinct length(vector) / 4 as numbers from knowledge_embeddings`.execute(db);
    for (const { numbers } of rows.filter((row) => row.numbers <= MOST_INDEXED))
      await sql`
        create index if not exists ${sql.ref(`knowledge_embeddings_near_${numbers}`)} on knowledge_embeddings
        using hnsw (${typed(numbers)} vector_cosine_ops) where vector_dims(embedding) = ${sql.lit(numbers)}`.execute(db);
  }

  return {
    async isWhole() {
      if (!(await exists())) return false;
      const { rows } = await sql`select 1 from knowledge_embeddings where embedding is null limit 1`.execute(db);
      return rows.length === 0;
    },
    async prepare(numbersIn) {
      if (!((await exists()) || (await create().catch(() => false)))) return false;
      await index(); // first, and empty: building it over many vectors would be one long statement
      await fill(numbersIn);
      return true;
    },
    async nearest(vector, limit) {
      const asked = sql`${wordsOf(vector)}::vector(${sql.lit(vector.length)})`;
      const { rows } = await sql<{ key: Buffer; similarity: number }>`
        select key, 1 - (${typed(vector.length)} <=> ${asked}) as similarity from knowledge_embeddings
        where vector_dims(embedding) = ${sql.lit(vector.length)}
        order by ${typed(vector.length)} <=> ${asked} limit ${limit}`.execute(db);
      return rows.map(({ key, similarity }) => ({ key: key.toString("hex"), similarity }));
    },
  };
}

/** The column as the index has it: all vectors of one length. */
const typed = (numbers: number) => sql`(embedding::vector(${sql.lit(numbers)}))`;

const wordsOf = (vector: Float32Array) => `[${vector.join(",")}]`;
