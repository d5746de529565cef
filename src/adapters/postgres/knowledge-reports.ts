import { type Kysely, sql } from "kysely";
import type { UnansweredQuestion } from "../../core/gaps.ts";
import type { KnowledgeReportsTable, SourceReport } from "../../ports/knowledge-tables.ts";
import type { Schema } from "./tables.ts";

/** What drafts and decisions say about the knowledge. */
export function knowledgeReportsTable(db: Kysely<Schema>): KnowledgeReportsTable {
  return {
    async unanswered({ accountId, from, to, limit }) {
      // A draft that failed for another reason than missing knowledge, or that a hard flag forbade, says nothing about the knowledge.
      const { rows } = await sql<UnansweredQuestion>`
        select "approvalId", "conversationId", question, language, reason, at
        from (
          select id as "approvalId", conversation_id as "conversationId", customer_message as question, language, created_at as at,
            case
              when reject_reason in ('wrong_fact', 'outdated') then 'wrong_fact'
              when degraded is not null then null
              when jsonb_array_length(sources) = 0 then 'no_source'
              when status = 'escalated' and not flags && array['safety', 'legal', 'privacy', 'fraud', 'human_requested', 'complaint'] then 'escalated'
              when confidence->'caps' @> '[{"name": "no_verified_quote"}]' then 'no_quote'
            end as reason
          from agent_approvals
          where account_id = ${accountId} and created_at >= ${from} and created_at < ${to} and status <> 'superseded'
        ) judged
        where reason is not null
        order by at desc, "approvalId"
        limit ${limit}`.execute(db);
      return rows;
    },

    async sources({ accountId, order, limit, offset }) {
      const by = {
        troubled: sql`coalesce(q.edited, 0) + coalesce(q.rejected, 0) desc, s.id`,
        oldest: sql`coalesce(s.updated_at, s.synced_at), s.id`,
        title: sql`lower(s.title), s.id`,
      }[order];
      const { rows } = await sql<SourceReport>`
        with quoted as (
          select shown->>'source_id' as source_id,
            count(distinct a.id)::int as drafts,
            (count(distinct a.id) filter (where a.decision = 'approve' and not a.edited))::int as approved,
            (count(distinct a.id) filter (where a.edited))::int as edited,
            (count(distinct a.id) filter (where a.decision = 'reject'))::int as rejected
          from agent_approvals a, jsonb_array_elements(a.sources) shown
          where a.account_id = ${accountId}
            and a.citations @> jsonb_build_array(jsonb_build_object('passageId', shown->>'passage_id', 'verified', true))
          group by 1
        )
        select s.id, s.title, s.url, s.origin, s.safety, s.language,
          s.updated_at as "updatedAt", s.synced_at as "syncedAt", s.verified_at as "verifiedAt", s.withdrawn_at is not null as withdrawn,
          (select count(*)::int from knowledge_passages p where p.source_id = s.id) as passages,
          coalesce(q.drafts, 0) as drafts, coalesce(q.approved, 0) as approved, coalesce(q.edited, 0) as edited, coalesce(q.rejected, 0) as rejected
        from knowledge_sources s left join quoted q on q.source_id = s.id
        order by ${by}
        limit ${limit} offset ${offset}`.execute(db);
      return rows;
    },
  };
}
