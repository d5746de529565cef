import { randomUUID } from "node:crypto";
import { type Kysely, sql } from "kysely";
import type { LessonStatus, LessonsTable, StoredLesson } from "../../ports/lessons.ts";
import { cursorOf, jsonb, readCursor } from "./sql.ts";
import type { Schema } from "./tables.ts";

const REPLIES_PAGE = 500;

/** What operators keep changing, what people made of it, and the house style that comes of it. */
export function lessonsTable(db: Kysely<Schema>): LessonsTable {
  const all = () => db.selectFrom("lessons").selectAll();
  const tell = (lesson: Pick<StoredLesson, "id" | "text" | "decidedBy">, what: LessonStatus, at: Date, styleVersion: number | null) =>
    db
      .insertInto("lessonEvents")
      .values({
        lessonId: lesson.id,
        at,
        what,
        actor: jsonb(lesson.decidedBy ?? { type: "system" as const }),
        text: lesson.text,
        styleVersion,
      })
      .execute();
  return {
    async suggest(lesson, at) {
      const row = { ...lesson, examples: jsonb(lesson.examples), source: jsonb(lesson.source) };
      const { times, chances, examples, source } = row;
      const { id, isNew } = await db
        .insertInto("lessons")
        .values({ ...row, id: randomUUID(), status: "suggested", suggestedAt: at, updatedAt: at, decidedBy: null, decidedAt: null })
        // a decided one stays as it is: the touch only makes the row come back
        .onConflict((conflict) => conflict.column("key").doUpdateSet((of) => ({ key: of.ref("excluded.key") })))
        .returning(["id", sql<boolean>`xmax = 0`.as("isNew")])
        .executeTakeFirstOrThrow();
      if (isNew) await tell({ id, text: lesson.text, decidedBy: null }, "suggested", at, null);
      else
        await db
          .updateTable("lessons")
          .set({ times, chances, examples, source, updatedAt: at })
          .where("id", "=", id)
          .where("status", "=", "suggested")
          .execute();
      return isNew;
    },
    async list({ status, limit, cursor }) {
      let query = all().where("status", "=", status);
      if (cursor) {
        const { at, id } = readCursor(cursor);
        query = query.where(sql<boolean>`(suggested_at, id) < (${at}, ${id}::uuid)`);
      }
      const rows = await query
        .orderBy("suggestedAt", "desc")
        .orderBy("id", "desc")
        .limit(limit + 1)
        .execute();
      const last = rows.length > limit ? rows[limit - 1] : undefined;
      return { data: rows.slice(0, limit), nextCursor: last ? cursorOf(last.suggestedAt, last.id) : null };
    },
    async get(id) {
      return (await all().where("id", "=", id).executeTakeFirst()) ?? null;
    },
    async lock(id) {
      return (await all().where("id", "=", id).forUpdate().executeTakeFirst()) ?? null;
    },
    async decide(lesson, { changesStyle }) {
      const { id, status, text, decidedBy, decidedAt } = lesson;
      const at = decidedAt ?? new Date(0); // a decision has its time
      await db
        .updateTable("lessons")
        .set({ status, text, decidedBy: jsonb(decidedBy), decidedAt, updatedAt: at })
        .where("id", "=", id)
        .execute();
      const next = changesStyle
        ? await db.updateTable("styleVersion").set({ version: sql`version + 1` }).returning("version").executeTakeFirstOrThrow()
        : null;
      await tell(lesson, status, at, next?.version ?? null);
    },
    async events(id) {
      const rows = await db.selectFrom("lessonEvents").selectAll().where("lessonId", "=", id).orderBy("id").execute();
      return rows.map(({ id: _, ...event }) => event);
    },
    async style() {
      const rows = await db
        .selectFrom("styleVersion as v")
        .leftJoin("lessons as l", (on) => on.on("l.status", "=", "accepted"))
        .select(["v.version as version", "l.text as text"])
        .orderBy("l.decidedAt")
        .orderBy("l.id")
        .execute();
      return { version: rows[0]?.version ?? 0, rules: rows.flatMap(({ text }) => (text === null ? [] : [text])) };
    },
    async *repliesSince(since) {
      for (let after = 0; ; ) {
        const rows = await db
          .selectFrom("agentSdkLearningData as l")
          .innerJoin("agentApprovals as a", "a.id", "l.approvalId")
          .select(["l.id as id", "l.approvalId as approvalId", "l.draftVersion as draft", "l.finalVersion as final"])
          .select([
            "a.conversationId as conversationId",
            "a.customerId as customerId",
            "a.customerName as customerName",
            "a.language as language",
          ])
          .select(["a.sources as sources", "a.citations as citations"])
          .where("l.id", ">", after)
          .where("l.createdAt", ">=", since)
          .where("l.decision", "in", ["approve", "edit"])
          .where("l.finalVersion", "is not", null)
          .where("a.degraded", "is", null)
          .orderBy("l.id")
          .limit(REPLIES_PAGE)
          .execute();
        for (const { id, final, ...row } of rows) {
          after = id;
          yield { ...row, final: final ?? "" };
        }
        if (rows.length < REPLIES_PAGE) return;
      }
    },
  };
}

/** Takes examples out of lessons whose approvals are no longer there: what was forgotten or purged is not to be read here either. */
export async function dropExamplesOfNothing(db: Kysely<Schema>): Promise<void> {
  const isThere = sql`exists (select from agent_approvals where id = (example ->> 'approval_id')::uuid)`;
  await sql`
    update lessons set examples = coalesce(
      (select jsonb_agg(example order by place) from jsonb_array_elements(examples) with ordinality as each (example, place) where ${isThere}),
      '[]')
    where exists (select from jsonb_array_elements(examples) as example where not ${isThere})`.execute(db);
}
