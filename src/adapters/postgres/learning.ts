import { type Kysely, sql } from "kysely";
import type { LearningTable } from "../../ports/learning.ts";
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
  const withSubject = () => db.selectFrom("agentSdkLearningData as l").innerJoin("agentApprovals as a", "a.id", "l.approvalId");
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
    async *export({ since = null } = {}) {
      for (let after = 0; ; ) {
        let query = withSubject()
          .selectAll("l")
          .select(["a.customerMessage as question", "a.sources", "a.citations", "a.intent", "a.comment", "a.conversationId"])
          .select([written.drafter, written.model, written.promptVersion])
          .where("l.id", ">", after)
          .orderBy("l.id")
          .limit(EXPORT_PAGE);
        if (since) query = query.where("l.createdAt", ">=", since);
        const rows = await query.execute();
        for (const { id, grades: _, ...row } of rows) {
          after = id;
          yield row;
        }
        if (rows.length < EXPORT_PAGE) return;
      }
    },
    async judged({ accountId, from, to, limit }) {
      let query = withSubject()
        .select(["l.decision", "l.editRatio", "l.features", "l.calibrationVersion", "l.createdAt", "a.intent", written.drafter])
        .where("a.accountId", "=", accountId)
        .orderBy("l.id", "desc")
        .limit(limit);
      if (from) query = query.where("l.createdAt", ">=", from);
      if (to) query = query.where("l.createdAt", "<", to);
      return (await query.execute()).reverse();
    },
    async onSource({ accountId, sourceId, limit }) {
      return withSubject()
        .select(["l.decision", "l.editRatio", "l.features", "a.customerMessage as question", "a.intent"])
        .where("a.accountId", "=", accountId)
        .where(sql<boolean>`a.sources -> 0 ->> 'source_id' = ${sourceId}`)
        .orderBy("a.createdAt", "desc")
        .limit(limit)
        .execute();
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

/** Rows of before this was kept know it only from their approval. */
const written = {
  drafter: sql<string>`coalesce(l.drafter, a.drafter)`.as("drafter"),
  model: sql<string | null>`case when l.drafter is null then a.model else l.model end`.as("model"),
  promptVersion: sql<string>`coalesce(l.prompt_version, a.prompt_version)`.as("promptVersion"),
};
