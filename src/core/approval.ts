import { editedWords, whyNotApprovable } from "./approvable.ts";
import { sha256Hex } from "./hash.ts";
import { asWritten } from "./liquid.ts";
import { Problem } from "./problem.ts";
import type { Approval, ApprovalStatus, RejectReason } from "./words.ts";

/**
 * The state machine of an approval (design: "State"). Every function returns a changed copy whose version is one higher and the
 * name of the event for the audit trail, or throws a Problem; the approval handed in is never touched.
 */
export interface Change {
  approval: Approval;
  /** null when nothing changed: the same decision came again. */
  event: string | null;
}

/** What a person decides. `escalate` names team and operator by id; with neither the approval's own route stays. */
export type DecisionCommand =
  | { decision: "approve" }
  | { decision: "edit"; response: string }
  | { decision: "reject"; reason: RejectReason; comment: string | null }
  | { decision: "escalate"; teamId: number | null; assigneeId: number | null; note: string | null }
  | { decision: "redraft"; instruction: string | null };

/** Who decides when, and what the world looks like meanwhile. */
export interface DecisionContext {
  by: { id: number; name: string };
  at: Date;
  /** The version the person saw (If-Match), null when not said. */
  ifVersion: number | null;
  /** A customer message newer than the one the draft answers, null when there is none. */
  newerMessage: { id: number; text: string; createdAt: Date } | null;
}

/**
 * Applies a person's decision. Throws `already_decided`, `stale`, `version_mismatch`, `not_approvable` or `invalid_payload`.
 * The same decision with the same words again returns the approval unchanged, whatever version was seen.
 */
export function decide(approval: Approval, command: DecisionCommand, context: DecisionContext): Change {
  if (isRepeated(approval, command)) return { approval, event: null };
  requireUndecided(approval, command, context);
  if (context.newerMessage) throw stale(approval, context.newerMessage);
  if (context.ifVersion !== null && context.ifVersion !== approval.version) {
    throw new Problem("version_mismatch", `The approval is at version ${approval.version}, you saw ${context.ifVersion}. Load it again.`, {
      extra: { version: approval.version },
    });
  }
  const decided = {
    decision: command.decision,
    decidedBy: { type: "operator" as const, id: context.by.id, name: context.by.name },
    decidedAt: context.at,
  };
  switch (command.decision) {
    case "approve":
      return step(approval, context.at, "decided", {
        ...decided,
        ...sending(approval, wordsToApprove(approval)),
        decision: resent(approval) ?? "approve",
      });
    case "edit":
      return step(approval, context.at, "decided", { ...decided, ...sending(approval, editedWords(command.response)) });
    case "reject":
      return step(approval, context.at, "decided", {
        ...decided,
        status: "rejected",
        rejectReason: command.reason,
        comment: command.comment,
      });
    case "escalate":
      return step(approval, context.at, "decided", {
        ...decided,
        status: "escalated",
        comment: command.note,
        route:
          command.teamId === null && command.assigneeId === null
            ? approval.route
            : { teamId: command.teamId, assigneeId: command.assigneeId, reason: `${context.by.name} chose it` },
      });
    case "redraft":
      return step(approval, context.at, "redraft_requested", { instruction: command.instruction });
  }
}

/** Takes an approval of words back while the send is held. Throws `already_decided` once sending began. */
export function undo(approval: Approval, at: Date): Change {
  if (approval.status !== "approved" || approval.replyStatus !== "queued") {
    throw new Problem(
      "already_decided",
      `It is too late to undo: the approval is ${spoken(approval.status)}, its reply ${approval.replyStatus}.`,
    );
  }
  return step(approval, at, "undone", { ...UNDECIDED, status: "pending", replyStatus: "none" });
}

/**
 * A newer approval, or an operator's own reply (`by` null), takes this one's place. Words that were approved but not sent stay in
 * `finalResponse`, to be offered again.
 */
export function supersede(approval: Approval, { by, at }: { by: string | null; at: Date }): Change {
  requireStatus(approval, ["pending", "approved", "send_failed"], "superseded");
  const returned = approval.status === "approved" ? ({ replyStatus: "returned" } as const) : {};
  return step(approval, at, "superseded", { status: "superseded", supersededBy: by, ...returned });
}

/**
 * The conversation moved on before the send: back into the queue, undecided. Approved words that differ from the draft stay in
 * `finalResponse` (without a hash: nothing is approved), so that the operator's work is not lost.
 */
export function giveBack(approval: Approval, { reason, at }: { reason: string; at: Date }): Change {
  requireStatus(approval, ["approved"], "given back");
  const finalResponse = approval.edited ? approval.finalResponse : null;
  return step(approval, at, "given_back", { ...UNDECIDED, finalResponse, status: "pending", replyStatus: "returned", replyError: reason });
}

/** Nobody decided in time, the conversation was resolved, or (`eraseMessage`) the customer deleted their message. */
export function expire(approval: Approval, { at, eraseMessage = false }: { at: Date; eraseMessage?: boolean }): Change {
  requireStatus(approval, ["pending", "send_failed"], "expired");
  return step(approval, at, "expired", { status: "expired", ...(eraseMessage ? { customerMessage: "" } : {}) });
}

/** The send begins now, or begins again; from here on nothing can be undone. */
export function markSending(approval: Approval, at: Date): Change {
  requireStatus(approval, ["approved"], "sent");
  return step(approval, at, "sending", { replyStatus: "sending", sendAttemptedAt: at });
}

/** The reply stands in the conversation; also a send given up as failed may turn out to have arrived. */
export function markSent(approval: Approval, { messageId, at }: { messageId: number; at: Date }): Change {
  requireStatus(approval, ["approved", "send_failed"], "sent");
  return step(approval, at, "sent", { status: "sent", replyStatus: "sent", replyMessageId: messageId, replyError: null });
}

/** The reply could not be sent, or the channel did not deliver it: back in the queue, a person decides about another try. */
export function markSendFailed(approval: Approval, { error, at }: { error: string; at: Date }): Change {
  requireStatus(approval, ["approved", "sent"], "send_failed");
  return step(approval, at, "send_failed", { status: "send_failed", replyStatus: "failed", replyError: error });
}

/** A person puts a dead send back: the same approved words go out once more. */
export function requeueSend(approval: Approval, at: Date): Change {
  requireStatus(approval, ["send_failed"], "sent again");
  return step(approval, at, "send_requeued", {
    status: "approved",
    replyStatus: "queued",
    replyError: null,
    replyMessageId: null,
    sendAttemptedAt: null,
  });
}

/** What a new draft brings; messages and clock may have moved on with it. */
export type NewDraft = Pick<
  Approval,
  | "draftResponse"
  | "confidenceScore"
  | "confidence"
  | "sources"
  | "citations"
  | "findings"
  | "intent"
  | "sentiment"
  | "language"
  | "flags"
  | "recommendedAction"
  | "priority"
  | "priorityReason"
  | "route"
  | "degraded"
  | "drafter"
  | "model"
  | "promptVersion"
  | "inputTokens"
  | "outputTokens"
  | "costUsd"
  | "latencyMs"
>;

/** Puts a new draft into a pending approval (redraft, redrive, upgrade of a degraded one). Throws `already_decided` when it is not pending. */
export function replaceDraft(approval: Approval, draft: NewDraft, at: Date): Change {
  requireStatus(approval, ["pending"], "redrafted");
  return step(approval, at, "redrafted", { ...draft, draftResponse: asWritten(draft.draftResponse), finalResponse: null });
}

/** What a pending approval knows of a decision: nothing. */
const UNDECIDED = {
  decision: null,
  decidedBy: null,
  decidedAt: null,
  finalResponse: null,
  edited: false,
  approvedHash: null,
  rejectReason: null,
  comment: null,
  sendAttemptedAt: null,
} as const satisfies Partial<Approval>;

function step(approval: Approval, at: Date, event: string, change: Partial<Approval>): Change {
  return { approval: { ...approval, ...change, version: approval.version + 1, updatedAt: at }, event };
}

/** A decision that stands already. A failed send is none: deciding again there means sending again. */
function isRepeated(approval: Approval, command: DecisionCommand): boolean {
  if (approval.status === "pending" || approval.status === "send_failed" || approval.decision !== command.decision) return false;
  if (approval.status === "superseded" || approval.status === "expired") return false;
  switch (command.decision) {
    case "approve":
      return true;
    case "edit":
      return approval.finalResponse === asWritten(command.response);
    case "reject":
      return approval.rejectReason === command.reason;
    case "escalate": {
      const { teamId, assigneeId } = command;
      return (
        (teamId === null && assigneeId === null) ||
        (teamId === (approval.route?.teamId ?? null) && assigneeId === (approval.route?.assigneeId ?? null))
      );
    }
    case "redraft":
      return false;
  }
}

function requireUndecided(approval: Approval, command: DecisionCommand, { newerMessage }: DecisionContext): void {
  if (approval.status === "pending") return;
  if (approval.status === "send_failed" && command.decision !== "redraft") return;
  if (approval.status === "superseded" && (newerMessage || approval.supersededBy)) throw stale(approval, newerMessage);
  const who = approval.decidedBy ? ` by ${approval.decidedBy.name}` : "";
  throw new Problem("already_decided", `This approval is already ${spoken(approval.status)}${who}.`, {
    extra: { status: approval.status, decision: approval.decision, superseded_by: approval.supersededBy },
  });
}

function stale(approval: Approval, newer: DecisionContext["newerMessage"]): Problem {
  return new Problem("stale", "The customer wrote again since this draft was made. Decide the new draft.", {
    extra: {
      new_message: newer && { id: newer.id, text: newer.text, created_at: newer.createdAt.toISOString() },
      superseded_by: approval.supersededBy,
    },
  });
}

function requireStatus(approval: Approval, allowed: ApprovalStatus[], wish: string): void {
  if (allowed.includes(approval.status)) return;
  throw new Problem("already_decided", `This approval cannot be ${spoken(wish)}: it is ${spoken(approval.status)}.`, {
    extra: { status: approval.status, decision: approval.decision },
  });
}

const spoken = (status: string) => status.replaceAll("_", " ");

/** Approving a failed send means the words that failed to arrive, not the draft they were made from. */
function resent(approval: Approval): "approve" | "edit" | null {
  const again = approval.status === "send_failed" && approval.finalResponse !== null;
  return again && (approval.decision === "approve" || approval.decision === "edit") ? approval.decision : null;
}

function wordsToApprove(approval: Approval): string {
  if (resent(approval) && approval.finalResponse !== null) return approval.finalResponse;
  const refusal = whyNotApprovable(approval);
  if (refusal) {
    throw new Problem("not_approvable", refusal, {
      extra: { degraded: approval.degraded, findings: approval.findings.filter(({ blocks }) => blocks) },
    });
  }
  return approval.draftResponse;
}

function sending(approval: Approval, words: string): Partial<Approval> {
  return {
    status: "approved",
    finalResponse: words,
    edited: words !== approval.draftResponse,
    approvedHash: sha256Hex(words),
    replyStatus: "queued",
    replyMessageId: null,
    replyError: null,
    sendAttemptedAt: null,
    rejectReason: null,
    comment: null,
  };
}
