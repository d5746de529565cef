import { type Kysely, type Selectable, sql } from "kysely";
import { PRIORITY_RANK } from "../../core/priority.ts";
import type { Approval } from "../../core/words.ts";
import type { ApprovalEventsTable, ApprovalFilter, ApprovalsTable, IdempotencyTable } from "../../ports/store.ts";
import { cursorOf, jsonb, likeLiteral, readCursor } from "./sql.ts";
import type { Schema } from "./tables.ts";

/** Drafts waiting for a person, and their fate. */
export function approvalsTable(db: Kysely<Schema>): ApprovalsTable {
  const all = () => db.selectFrom("agentApprovals").selectAll();
  const ofConversation = (accountId: number, conversationId: number) =>
    all().where("accountId", "=", accountId).where("conversationId", "=", conversationId);

  return {
    async insert(approval) {
      await db.insertInto("agentApprovals").values(toRow(approval)).execute();
    },
    async get(id) {
      return fromRow(await all().where("id", "=", id).executeTakeFirst());
    },
    async lock(id) {
      return fromRow(await all().where("id", "=", id).forUpdate().executeTakeFirst());
    },
    async update(approval) {
      const { id, createdAt: _, ...row } = toRow(approval);
      await db.updateTable("agentApprovals").set(row).where("id", "=", id).execute();
    },
    async pendingOf(accountId, conversationId) {
      return fromRow(await ofConversation(accountId, conversationId).where("status", "=", "pending").executeTakeFirst());
    },
    async lockLive(accountId, conversationId) {
      const rows = await ofConversation(accountId, conversationId)
        .where("status", "in", ["pending", "approved", "send_failed"])
        .orderBy("id")
        .forUpdate()
        .execute();
      return rows.map((row) => fromRow(row));
    },
    async latestOf(accountId, conversationId) {
      return fromRow(
        await ofConversation(accountId, conversationId).orderBy("createdAt", "desc").orderBy("id", "desc").limit(1).executeTakeFirst(),
      );
    },
    async byReplyMessage(accountId, messageId) {
      return fromRow(await all().where("accountId", "=", accountId).where("replyMessageId", "=", messageId).executeTakeFirst());
    },
    list: (filter) => list(db, filter),
    async counts() {
      return db
        .selectFrom("agentApprovals")
        .select(["status", "priority", sql<number>`count(*)::int`.as("count"), sql<Date | null>`min(created_at)`.as("oldest")])
        .where("status", "in", ["pending", "approved", "send_failed"])
        .groupBy(["status", "priority"])
        .execute();
    },
    async leastSeen(accountId, seenBefore) {
      const row = await db
        .selectFrom("agentApprovals as approval")
        .leftJoin("cxConversations as seen", (join) =>
          join.onRef("seen.accountId", "=", "approval.accountId").onRef("seen.conversationId", "=", "approval.conversationId"),
        )
        .select("approval.conversationId")
        .where("approval.accountId", "=", accountId)
        .where("approval.status", "in", ["pending", "send_failed"])
        .where((of) => of.or([of("seen.seenAt", "<", seenBefore), of("seen.seenAt", "is", null)]))
        .orderBy("seen.seenAt", (order) => order.asc().nullsFirst())
        .limit(1)
        .executeTakeFirst();
      return row?.conversationId ?? null;
    },
    async olderThan(createdBefore, status) {
      const rows = await db
        .selectFrom("agentApprovals")
        .select("id")
        .where("status", "=", status)
        .where("createdAt", "<", createdBefore)
        .limit(500)
        .execute();
      return rows.map((row) => row.id);
    },
  };
}

async function list(db: Kysely<Schema>, filter: ApprovalFilter): ReturnType<ApprovalsTable["list"]> {
  let query = db.selectFrom("agentApprovals").selectAll();
  if (filter.status?.length) query = query.where("status", "in", filter.status);
  if (filter.priority) query = query.where("priority", "=", filter.priority);
  if (filter.inboxId) query = query.where("inboxId", "=", filter.inboxId);
  if (filter.q) {
    const words = `%${likeLiteral(filter.q)}%`;
    query = query.where((where) => where.or([where("customerMessage", "ilike", words), where("customerName", "ilike", words)]));
  }
  // in the very words of its index
  if (filter.storedDiffers) query = query.where(sql<boolean>`status = 'sent' and findings @> '[{"code": "stored_differs"}]'`);
  const byDue = filter.sort === "due";
  if (filter.cursor) {
    const { at, id } = readCursor(filter.cursor);
    query = byDue
      ? query.where(sql<boolean>`(coalesce(due_at, 'infinity'), id) > (coalesce(${at}::timestamptz, 'infinity'), ${id}::uuid)`)
      : query.where(sql<boolean>`(created_at, id) < (${at}::timestamptz, ${id}::uuid)`);
  }
  query = byDue ? query.orderBy(sql`coalesce(due_at, 'infinity')`).orderBy("id") : query.orderBy("createdAt", "desc").orderBy("id", "desc");
  const rows = (await query.limit(filter.limit + 1).execute()).map((row) => fromRow(row));
  const last = rows.length > filter.limit ? rows[filter.limit - 1] : undefined;
  return {
    data: rows.slice(0, filter.limit),
    nextCursor: last ? cursorOf(byDue ? last.dueAt : last.createdAt, last.id) : null,
  };
}

function toRow(approval: Approval) {
  return {
    ...approval,
    priorityRank: PRIORITY_RANK[approval.priority],
    confidence: jsonb(approval.confidence),
    calibrationVersion: approval.confidence.version ?? null,
    sources: jsonb(approval.sources),
    citations: jsonb(approval.citations),
    findings: jsonb(approval.findings),
    route: approval.route && jsonb(approval.route),
    decidedBy: approval.decidedBy && jsonb(approval.decidedBy),
    latencyMs: jsonb(approval.latencyMs),
  };
}

function fromRow(row: Selectable<Schema["agentApprovals"]>): Approval;
function fromRow(row: Selectable<Schema["agentApprovals"]> | undefined): Approval | null;
function fromRow(row: Selectable<Schema["agentApprovals"]> | undefined): Approval | null {
  if (!row) return null;
  const { priorityRank: _, calibrationVersion: __, ...approval } = row;
  return approval;
}

/** Append-only audit of approvals. */
export function approvalEventsTable(db: Kysely<Schema>): ApprovalEventsTable {
  return {
    async append(event) {
      await db
        .insertInto("approvalEvents")
        .values({ ...event, actor: jsonb(event.actor), detail: jsonb(event.detail) })
        .execute();
    },
    async of(approvalId) {
      const rows = await db.selectFrom("approvalEvents").selectAll().where("approvalId", "=", approvalId).orderBy("id").execute();
      return rows.map(({ id: _, ...event }) => event);
    },
  };
}

/** Requests that name themselves. */
export function idempotencyTable(db: Kysely<Schema>): IdempotencyTable {
  return {
    async claim({ operatorId, key, approvalId, fingerprint, at }) {
      const claimed = await db
        .insertInto("idempotencyKeys")
        .values({ operatorId, key, approvalId, fingerprint, createdAt: at })
        .onConflict((conflict) => conflict.doNothing())
        .returning("key")
        .executeTakeFirst();
      if (claimed) return "new";
      const before = await db
        .selectFrom("idempotencyKeys")
        .select(["approvalId", "fingerprint"])
        .where("operatorId", "=", operatorId)
        .where("key", "=", key)
        .executeTakeFirstOrThrow();
      return before.approvalId === approvalId && before.fingerprint === fingerprint ? "same" : "other";
    },
  };
}
