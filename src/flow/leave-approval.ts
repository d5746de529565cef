import { type NewDraft, supersede } from "../core/approval.ts";
import { asWritten } from "../core/liquid.ts";
import { draftNote } from "../core/note.ts";
import type { Approval, Finding } from "../core/words.ts";
import type { Note, Tables } from "../ports/store.ts";
import { NOTE_QUEUED, replaceDraftNote, withdrawNotes } from "./notes.ts";
import { tellChange } from "./tell-change.ts";

/**
 * Leaves one pending approval in its conversation, in the caller's transaction: its note is queued, what was live gives way, and the
 * customer's messages have their end. `before` is the same approval with the draft that is replaced, null for a new one.
 */
export async function leaveApproval(
  tables: Tables,
  approval: Approval,
  { before, live, at }: { before: Approval | null; live: Approval[]; at: Date },
): Promise<void> {
  const { offered, inPlaceOf } = before ? NOTHING_SUPERSEDED : await supersedeAll(tables, live, approval, at);
  const left = { ...approval, findings: [...approval.findings, ...offered] };
  await (before ? tables.approvals.update(left) : tables.approvals.insert(left));
  await replaceDraftNote(tables, left, { text: draftNote(left, { now: at, operatorLinked: null }), at, inPlaceOf });
  await tellChange(tables, {
    before,
    approval: left,
    at,
    what: before ? "redrafted" : "created",
    detail: { degraded: left.degraded, confidence_score: left.confidenceScore, message_id: left.messageId },
  });
  await tables.deliveries.setFate(left.accountId, left.conversationId, left.messageId, "drafted");
}

/** What an approval is about. */
export type ApprovalSubject = Pick<
  Approval,
  | "id"
  | "accountId"
  | "conversationId"
  | "messageId"
  | "inboxId"
  | "customerId"
  | "customerName"
  | "customerMessage"
  | "instruction"
  | "dueAt"
> & { at: Date };

/** An approval at its beginning. */
export function newApproval(draft: NewDraft, { at, ...subject }: ApprovalSubject): Approval {
  return {
    ...draft,
    ...subject,
    ...NOTE_QUEUED,
    version: 1,
    status: "pending",
    draftResponse: asWritten(draft.draftResponse),
    finalResponse: null,
    edited: false,
    supersededBy: null,
    replyStatus: "none",
    replyMessageId: null,
    replyError: null,
    approvedHash: null,
    sendAttemptedAt: null,
    decision: null,
    decidedBy: null,
    decidedAt: null,
    rejectReason: null,
    comment: null,
    createdAt: at,
    updatedAt: at,
  };
}

interface Superseded {
  /** Words that were approved but not sent. */
  offered: Finding[];
  /** The draft notes that stood for them. */
  inPlaceOf: Note[];
}

const NOTHING_SUPERSEDED: Superseded = { offered: [], inPlaceOf: [] };

/** Approvals of the conversation that are not at an end give way; words that were approved but not sent are offered again. */
async function supersedeAll(tables: Tables, live: Approval[], successor: Approval, at: Date): Promise<Superseded> {
  const offered: Finding[] = [];
  const inPlaceOf: Note[] = [];
  for (const before of live) {
    if (before.replyStatus === "sending") continue;
    const { approval } = supersede(before, { by: successor.id, at });
    await tables.approvals.update(approval);
    inPlaceOf.push(...(await withdrawNotes(tables, approval.id)));
    if (before.status === "approved") await tables.learning.remove(approval.id);
    if (before.status !== "pending" && before.finalResponse) {
      offered.push({
        code: "approved_before",
        text: "Approved before the customer wrote again, not sent:",
        evidence: before.finalResponse,
      });
    }
    await tellChange(tables, { before, approval, at, what: "superseded", detail: { superseded_by: successor.id } });
  }
  return { offered, inPlaceOf };
}
