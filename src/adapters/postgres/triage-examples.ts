import { type Kysely, sql } from "kysely";
import type { TriageExample, TriageExamplesTable } from "../../ports/triage.ts";
import type { Schema } from "./tables.ts";

const BATCH = 500;

/** Examples for triage. The row that holds the revision makes writers wait for one another, so that no two sets are mixed. */
export function triageExamplesTable(db: Kysely<Schema>): TriageExamplesTable {
  const change = (work: (trx: Kysely<Schema>) => Promise<unknown>) => {
    const changed = async (trx: Kysely<Schema>) => {
      await trx.updateTable("triageRevision").set({ revision: sql<number>`revision + 1` }).execute();
      await work(trx);
    };
    return db.isTransaction ? changed(db) : db.transaction().execute(changed);
  };
  return {
    replace: (examples) =>
      change(async (trx) => {
        await trx.deleteFrom("triageExamples").execute();
        await insert(trx, examples);
      }),
    add: (examples) => change((trx) => insert(trx, examples)),
    all: () => db.selectFrom("triageExamples").select(["id", "text", "label"]).orderBy("position").execute(),
    async revision() {
      return (await db.selectFrom("triageRevision").select("revision").executeTakeFirstOrThrow()).revision;
    },
  };
}

async function insert(trx: Kysely<Schema>, examples: TriageExample[]): Promise<void> {
  const byId = [...new Map(examples.map(({ id, text, label }) => [id, { id, text, label }])).values()];
  for (let from = 0; from < byId.length; from += BATCH)
    await trx
      .insertInto("triageExamples")
      .values(byId.slice(from, from + BATCH))
      .onConflict((conflict) => conflict.column("id").doUpdateSet({ text: sql`excluded.text`, label: sql`excluded.label` }))
      .execute();
}
