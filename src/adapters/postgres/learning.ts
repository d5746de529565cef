import type { Kysely } from "kysely";
import type { LearningTable } from "../../ports/store.ts";
import { jsonb } from "./sql.ts";
import type { Schema } from "./tables.ts";

const EXPORT_PAGE = 500;

/** What people's decisions teach. */
export function learningTable(db: Kysely<Schema>): LearningTable {
  const newestOf = (approvalId: string) =>
    db
      .selectFrom("agentSdkLearningData")
      .select((of) => of.fn.max("id").as("id"))
      .where("approvalId", "=", approvalId);
  return {
    async insert(row) {
      await db
        .insertInto("agentSdkLearningData")
        .values({ ...row, operatorEdits: jsonb(row.operatorEdits), features: jsonb(row.features) })
        .execute();
    },
    async remove(approvalId) {
      await db.deleteFrom("agentSdkLearningData").where("id", "=", newestOf(approvalId)).execute();
    },
    async patch(approvalId, { operatorEdits, features, ...change }) {
      await db
        .updateTable("agentSdkLearningData")
        .set({ ...change, ...(operatorEdits && { operatorEdits: jsonb(operatorEdits) }), ...(features && { features: jsonb(features) }) })
        .where("id", "=", newestOf(approvalId))
        .execute();
    },
    async *export() {
      for (let after = 0; ; ) {
        const rows = await db
          .selectFrom("agentSdkLearningData as l")
          .innerJoin("agentApprovals as a", "a.id", "l.approvalId")
          .selectAll("l")
          .select(["a.customerMessage as question", "a.sources as sources", "a.intent as intent", "a.conversationId as conversationId"])
          .where("l.id", ">", after)
          .orderBy("l.id")
          .limit(EXPORT_PAGE)
          .execute();
        for (const { id, grades: _, ...row } of rows) {
          after = id;
          yield row;
        }
        if (rows.length < EXPORT_PAGE) return;
      }
    },
    async decisions() {
      const { count } = await db
        .selectFrom("agentSdkLearningData")
        .select((of) => of.fn.countAll<number>().as("count"))
        .executeTakeFirstOrThrow();
      return Number(count);
    },
  };
}
