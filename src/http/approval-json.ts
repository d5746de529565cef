import { z } from "zod";
import type { Approval } from "../core/words.ts";
import type { ApprovalEvent } from "../ports/store.ts";
import { time } from "./schemas.ts";

export const APPROVAL_STATUSES = ["pending", "approved", "sent", "send_failed", "rejected", "escalated", "superseded", "expired"] as const;
export const PRIORITIES = ["low", "normal", "high", "urgent"] as const;
export const REJECT_REASONS = ["wrong_fact", "wrong_tone", "policy", "outdated", "not_needed", "other"] as const;

const nullableTime = time.nullable();
const nullableId = z.int().nullable();

/** An approval as programs see it. */
export const approvalSchema = z
  .object({
    id: z.guid(),
    version: z.int(),
    status: z.enum(APPROVAL_STATUSES),
    account_id: z.int(),
    conversation_id: z.int(),
    message_id: z.int().meta({ description: "The newest customer message that the draft answers." }),
    inbox_id: z.int(),
    customer: z.object({ id: nullableId, name: z.string().nullable() }),
    customer_message: z.string(),
    draft_response: z.string(),
    final_response: z.string().nullable(),
    edited: z.boolean(),
    confidence_score: z.int().min(0).max(100).nullable().meta({ description: "null while it is hidden." }),
    confidence: z.object({
      calibrated: z.boolean(),
      decisions: z.int(),
      version: z.int().nullable().meta({ description: "The calibration that scored it; null: the documented prior." }),
      hidden: z.boolean().meta({ description: "A random tenth shows its score only after the decision, because people anchor on it." }),
      signals: z.array(z.object({ name: z.string(), value: z.number(), weight: z.number() })),
      caps: z.array(z.object({ name: z.string(), limit: z.number() })),
    }),
    sources: z.array(
      z.object({
        source_id: z.string(),
        passage_id: z.string(),
        title: z.string(),
        url: z.string().nullable(),
        relevance: z.number(),
        excerpt: z.string(),
        updated_at: z.string().nullable(),
        verified_at: z.string().nullish(),
      }),
    ),
    citations: z.array(z.object({ sentence: z.string(), passage_id: z.string(), quote: z.string(), verified: z.boolean() })),
    intent: z.string(),
    sentiment: z.string(),
    language: z.string(),
    flags: z.array(z.string()),
    findings: z.array(z.object({ code: z.string(), text: z.string(), evidence: z.string().optional() })),
    recommended_action: z.enum(["send", "review", "escalate"]),
    priority: z.enum(PRIORITIES),
    due_at: nullableTime,
    degraded: z
      .string()
      .nullable()
      .meta({ description: "Set when the draft is only a placeholder: it can be edited, rejected or escalated." }),
    superseded_by: z.string().nullable(),
    note: z.object({ status: z.enum(["none", "queued", "posted", "failed", "removed"]), message_id: nullableId }),
    reply: z.object({ status: z.enum(["none", "queued", "sent", "failed", "returned"]), message_id: nullableId }),
    decision: z.enum(["approve", "edit", "reject", "escalate", "redraft"]).nullable(),
    decided_by: z.object({ type: z.literal("operator"), id: z.int(), name: z.string() }).nullable(),
    decided_at: nullableTime,
    reject_reason: z.enum(REJECT_REASONS).nullable(),
    comment: z.string().nullable(),
    drafter: z.string(),
    model: z.string().nullable(),
    prompt_version: z.string(),
    created_at: time,
    updated_at: time,
  })
  .meta({ id: "Approval" });

export type ApprovalJson = z.infer<typeof approvalSchema>;

/** One line of an approval's audit trail. */
export const approvalEventSchema = z
  .object({
    at: time,
    what: z.string().meta({ description: "created · decided · undone · superseded · note_posted · sent · …" }),
    surface: z.enum(["http", "console", "note", "system"]),
    actor: z.union([z.object({ type: z.literal("operator"), id: z.int(), name: z.string() }), z.object({ type: z.literal("system") })]),
    old_version: z.int().nullable(),
    new_version: z.int(),
    detail: z.record(z.string(), z.unknown()),
  })
  .meta({ id: "ApprovalEvent" });

/** True while people must not see the score: until they have decided. */
export function scoreIsHidden(approval: Approval): boolean {
  return approval.confidence.hidden && approval.decision === null;
}

/** What is recommended, as far as people may know it: the recommendation would give a hidden score away. */
export function shownRecommendation(approval: Approval): Approval["recommendedAction"] {
  return scoreIsHidden(approval) ? "review" : approval.recommendedAction;
}

/** An approval as operators may see it: a hidden score stays hidden until they decide. */
export function approvalJson(approval: Approval): ApprovalJson {
  const hidden = scoreIsHidden(approval);
  const { calibrated, decisions, version = null, signals, caps } = approval.confidence;
  return {
    id: approval.id,
    version: approval.version,
    status: approval.status,
    account_id: approval.accountId,
    conversation_id: approval.conversationId,
    message_id: approval.messageId,
    inbox_id: approval.inboxId,
    customer: { id: approval.customerId, name: approval.customerName },
    customer_message: approval.customerMessage,
    draft_response: approval.draftResponse,
    final_response: approval.finalResponse,
    edited: approval.edited,
    confidence_score: hidden ? null : approval.confidenceScore,
    confidence: { calibrated, decisions, version, hidden, signals: hidden ? [] : signals, caps: hidden ? [] : caps },
    sources: approval.sources,
    citations: approval.citations.map((citation) => ({
      sentence: citation.sentence,
      passage_id: citation.passageId,
      quote: citation.quote,
      verified: citation.verified,
    })),
    intent: approval.intent,
    sentiment: approval.sentiment,
    language: approval.language,
    flags: approval.flags,
    findings: approval.findings.map(({ code, text, evidence }) => ({ code, text, ...(evidence !== undefined && { evidence }) })),
    recommended_action: shownRecommendation(approval),
    priority: approval.priority,
    due_at: approval.dueAt?.toISOString() ?? null,
    degraded: approval.degraded,
    superseded_by: approval.supersededBy,
    note: { status: approval.noteStatus, message_id: approval.noteMessageId },
    reply: { status: approval.replyStatus === "sending" ? "queued" : approval.replyStatus, message_id: approval.replyMessageId },
    decision: approval.decision,
    decided_by: approval.decidedBy,
    decided_at: approval.decidedAt?.toISOString() ?? null,
    reject_reason: approval.rejectReason,
    comment: approval.comment,
    drafter: approval.drafter,
    model: approval.model,
    prompt_version: approval.promptVersion,
    created_at: approval.createdAt.toISOString(),
    updated_at: approval.updatedAt.toISOString(),
  };
}

export function approvalEventJson(event: ApprovalEvent): z.infer<typeof approvalEventSchema> {
  return {
    at: event.at.toISOString(),
    what: event.what,
    surface: event.surface,
    actor: event.actor,
    old_version: event.oldVersion,
    new_version: event.newVersion,
    detail: event.detail,
  };
}
