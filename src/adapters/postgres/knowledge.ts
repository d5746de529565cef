import { type Kysely, sql } from "kysely";
import { changedMaterially } from "../../core/answered.ts";
import type { KnowledgeTable, SourcePassages } from "../../ports/knowledge-tables.ts";
import { withdrawEvidence } from "./answered.ts";
import { exclusively } from "./exclusively.ts";
import type { Schema } from "./tables.ts";

/** Passages read at a time: all of a large knowledge base at once would be held twice, and many at once keep others waiting. */
const PAGE = 250;

/** Knowledge sources and their passages. A source is replaced whole or not at all; triggers note its change and move the revision on. */
export function knowledgeTable(db: Kysely<Schema>): KnowledgeTable {
  const passages = () =>
    db
      .selectFrom("knowledgePassages as p")
      .innerJoin("knowledgeSources as s", "s.id", "p.sourceId")
      .select(["p.id as passageId", "p.sourceId", "p.titlePath", "p.text", "s.title", "s.url", "s.updatedAt", "s.safety"])
      .where("s.withdrawnAt", "is", null);
  const inTransaction = <T>(work: (trx: Kysely<Schema>) => Promise<T>) => (db.isTransaction ? work(db) : db.transaction().execute(work));

  return {
    async sources() {
      const rows = await db
        .selectFrom("knowledgeSources")
        .select(["id", "title", "url", "contentHash", "updatedAt", "safety", "language", "origin", "file", "withdrawnAt"])
        .orderBy("id")
        .execute();
      return rows.map(({ withdrawnAt, ...source }) => ({ ...source, withdrawn: withdrawnAt !== null }));
    },
    async *passages() {
      for (let after: { sourceId: string; position: number } = { sourceId: "", position: -1 }; ; ) {
        const rows = await passages()
          .select("p.position")
          .where(sql<boolean>`(p.source_id, p.position) > (${after.sourceId}, ${after.position}::integer)`)
          .orderBy("p.sourceId")
          .orderBy("p.position")
          .limit(PAGE)
          .execute();
        for (const { position, ...passage } of rows) {
          after = { sourceId: passage.sourceId, position };
          yield passage;
        }
        if (rows.length < PAGE) return;
      }
    },
    async verifiedAt(sourceIds) {
      if (sourceIds.length === 0) return new Map();
      const rows = await db.selectFrom("knowledgeSources").select(["id", "verifiedAt"]).where("id", "in", sourceIds).execute();
      return new Map(rows.map(({ id, verifiedAt }) => [id, verifiedAt]));
    },
    async byIds(passageIds) {
      return passageIds.length === 0 ? [] : passages().where("p.id", "in", passageIds).execute();
    },
    async passagesOf(sourceIds) {
      if (sourceIds.length === 0) return [];
      const rows = await passages()
        .select(["p.position", "s.language"])
        .where("p.sourceId", "in", sourceIds)
        .orderBy("p.sourceId")
        .orderBy("p.position")
        .execute();
      const bySource = new Map<string, SourcePassages>();
      for (const { position, language, ...passage } of rows) {
        const source = bySource.get(passage.sourceId) ?? { sourceId: passage.sourceId, language, passages: [] };
        source.passages.push(passage);
        bySource.set(passage.sourceId, source);
      }
      return [...bySource.values()];
    },
    async changedAfter(revision) {
      const rows = await db
        .selectFrom("knowledgeChanges")
        .select("sourceId")
        .where("revision", ">", revision)
        .orderBy("revision")
        .execute();
      return rows.map(({ sourceId }) => sourceId);
    },
    async grown() {
      await db.updateTable("knowledgeRevision").set({ revision: sql<number>`revision + 1` }).execute();
    },
    async replace(source, passages) {
      await inTransaction(async (trx) => {
        const row = { ...source, syncedAt: sql<Date>`now()`, verifiedAt: sql<Date>`now()`, withdrawnAt: null };
        await trx
          .insertInto("knowledgeSources")
          .values(row)
          .onConflict((conflict) => conflict.column("id").doUpdateSet(row))
          .execute();
        const before = await trx
          .deleteFrom("knowledgePassages")
          .where("sourceId", "=", source.id)
          .returning(["text", "position"])
          .execute();
        const said = before.sort((a, b) => a.position - b.position).map(({ text }) => text);
        if (said.length > 0 && changedMaterially(said.join("\n"), passages.map(({ text }) => text).join("\n")))
          await withdrawEvidence(trx, source.id);
        if (passages.length > 0) {
          await trx
            .insertInto("knowledgePassages")
            .values(
              passages.map((passage, position) => ({
                id: passage.passageId,
                sourceId: source.id,
                position,
                titlePath: passage.titlePath,
                text: passage.text,
              })),
            )
            .execute();
        }
      });
    },
    async remove(sourceId) {
      await inTransaction(async (trx) => {
        await trx
          .updateTable("knowledgeSources")
          .set({ withdrawnAt: sql<Date>`now()` })
          .where("id", "=", sourceId)
          .where("withdrawnAt", "is", null)
          .execute();
        await trx
          .deleteFrom("knowledgeSources")
          .where("id", "=", sourceId)
          .where(sql<boolean>`not ${quotedByOpenApproval(sourceId)}`)
          .execute();
      });
    },
    async verified(sourceIds) {
      if (sourceIds.length === 0) return;
      await sql`update knowledge_sources set verified_at = now() where id = any(${sourceIds})`.execute(db);
    },
    exclusively: (work) => exclusively(db, work),
    async revision() {
      return (await db.selectFrom("knowledgeRevision").select("revision").executeTakeFirstOrThrow()).revision;
    },
  };
}

const quotedByOpenApproval = (sourceId: string) => sql`exists (
  select 1 from agent_approvals
  where status in ('pending', 'approved', 'send_failed') and sources @> jsonb_build_array(jsonb_build_object('source_id', ${sourceId}::text))
)`;
