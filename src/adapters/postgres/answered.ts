import { randomUUID } from "node:crypto";
import { type Kysely, sql } from "kysely";
import { answeredKey } from "../../core/answered.ts";
import type { AnsweredTable } from "../../ports/knowledge-tables.ts";
import type { Schema } from "./tables.ts";

const BATCH = 500;

/** Questions that were answered before. Each change takes the next revision; the row that holds it makes writers wait for one another. */
export function answeredTable(db: Kysely<Schema>): AnsweredTable {
  const inTransaction = <T>(work: (trx: Kysely<Schema>) => Promise<T>) => (db.isTransaction ? work(db) : db.transaction().execute(work));
  return {
    async learn(rows) {
      if (rows.length === 0) return 0;
      return inTransaction(async (trx) => {
        const revision = await nextAnsweredRevision(trx);
        const byKey = new Map(rows.map((row) => [answeredKey(row), row]));
        let added = 0;
        const values = [...byKey].map(([key, row]) => ({ ...row, key, id: randomUUID(), removed: false, revision }));
        for (let from = 0; from < values.length; from += BATCH) {
          const kept = await trx
            .insertInto("answeredQuestions")
            .values(values.slice(from, from + BATCH))
            .onConflict((conflict) =>
              conflict
                .column("key")
                .doUpdateSet({
                  question: sql`excluded.question`,
                  answer: sql`coalesce(excluded.answer, answered_questions.answer)`,
                  outcome: sql`excluded.outcome`,
                  answeredAt: sql`excluded.answered_at`,
                  approvalId: sql`excluded.approval_id`,
                  revision,
                })
                .where(sql<boolean>`excluded.answered_at >= answered_questions.answered_at`),
            )
            .returning(sql<boolean>`xmax = 0`.as("isNew"))
            .execute();
          added += kept.filter(({ isNew }) => isNew).length;
        }
        return added;
      });
    },
    async remove(ids) {
      if (ids.length === 0) return 0;
      return inTransaction(async (trx) => {
        const revision = await nextAnsweredRevision(trx);
        const { numUpdatedRows } = await trx
          .updateTable("answeredQuestions")
          .set({ key: null, question: "", sourceIds: [], answer: null, removed: true, revision })
          .where("id", "in", ids)
          .where("removed", "=", false)
          .executeTakeFirst();
        return Number(numUpdatedRows);
      });
    },
    async *changedAfter(after) {
      for (let from = { revision: after, id: "ffffffff-ffff-ffff-ffff-ffffffffffff" }; ; ) {
        const rows = await db
          .selectFrom("answeredQuestions")
          .select(["id", "question", "sourceIds", "answer", "outcome", "answeredAt", "approvalId", "removed", "revision"])
          .where(sql<boolean>`(revision, id) > (${from.revision}::bigint, ${from.id}::uuid)`)
          .orderBy("revision")
          .orderBy("id")
          .limit(BATCH)
          .execute();
        yield* rows;
        const last = rows.at(-1);
        if (!last || rows.length < BATCH) return;
        from = { revision: last.revision, id: last.id };
      }
    },
    async revision() {
      return (await db.selectFrom("answeredRevision").select("revision").executeTakeFirstOrThrow()).revision;
    },
  };
}

/** Takes evidence and answers that rested on this source away: it says something else now. */
export async function withdrawEvidence(trx: Kysely<Schema>, sourceId: string): Promise<void> {
  const held = await trx
    .selectFrom("answeredQuestions")
    .select("id")
    .where(sql<boolean>`source_ids @> array[${sourceId}::text]`)
    .limit(1)
    .execute();
  if (held.length === 0) return;
  const revision = await nextAnsweredRevision(trx);
  await trx
    .updateTable("answeredQuestions")
    .set({ sourceIds: sql<string[]>`array_remove(source_ids, ${sourceId}::text)`, answer: null, key: null, revision })
    .where(sql<boolean>`source_ids @> array[${sourceId}::text]`)
    .execute();
}

async function nextAnsweredRevision(trx: Kysely<Schema>): Promise<number> {
  const { revision } = await trx
    .updateTable("answeredRevision")
    .set({ revision: sql<number>`revision + 1` })
    .returning("revision")
    .executeTakeFirstOrThrow();
  return revision;
}
