import { type Change, type DecisionCommand, decide } from "../core/approval.ts";
import { sha256Hex } from "../core/hash.ts";
import { learningOf } from "../core/learning.ts";
import { Problem } from "../core/problem.ts";
import type { Approval, Operator } from "../core/words.ts";
import { HelpdeskError } from "../ports/helpdesk.ts";
import type { MessageFate, Surface, Tables } from "../ports/store.ts";
import type { Ports } from "../ports.ts";
import { conversationKey, sendJob } from "./keys.ts";
import { withdrawNotes } from "./notes.ts";
import { tellChange } from "./tell-change.ts";

export interface DecisionRequest {
  approvalId: string;
  command: DecisionCommand;
  operator: Operator;
  surface: Surface;
  /** The version the person saw (If-Match), null when not said. */
  expectedVersion: number | null;
  /** The request's own name (Idempotency-Key): carried out once. */
  idempotencyKey?: string | null;
}

/** A person's word on a draft. Decision, audit, learning row and the job that carries it out commit together. */
export async function decideApproval(
  ports: Pick<Ports, "store" | "helpdesk" | "clock" | "settings" | "metrics">,
  request: DecisionRequest,
): Promise<Approval> {
  await refuseUnknownTargets(ports.helpdesk, request.command);
  const change = await ports.store
    .transaction((tables) => decideOnce(ports, tables, request))
    .catch(async (error) => {
      throw await withWords(ports, request.approvalId, error);
    });
  if (change.event) ports.metrics.decision(request.command.decision, bandOf(change.approval));
  return change.approval;
}

/** The note's three signs, as a label. */
const bandOf = ({ confidenceScore }: Approval) => (confidenceScore >= 80 ? "high" : confidenceScore >= 60 ? "medium" : "low");

/** A refusal for a newer message brings that message's words along, when Chatwoot can be asked for them. */
async function withWords({ helpdesk, store }: Pick<Ports, "helpdesk" | "store">, approvalId: string, error: unknown): Promise<unknown> {
  if (!(error instanceof Problem) || error.code !== "stale") return error;
  const newer = error.extra.new_message as { id: number; text: string } | null;
  const approval = await store.approvals.get(approvalId);
  if (!newer || !approval) return error;
  const messages = await helpdesk.messages(approval.conversationId, { afterId: newer.id - 1 }).catch(() => []);
  newer.text = messages.find(({ id }) => id === newer.id)?.text ?? "";
  return error;
}

/** Chatwoot would silently unassign for a team or a person it does not know. */
async function refuseUnknownTargets(helpdesk: Ports["helpdesk"], command: DecisionCommand): Promise<void> {
  if (command.decision !== "escalate") return;
  try {
    if (command.teamId !== null && !(await helpdesk.teams()).some(({ id }) => id === command.teamId)) {
      throw new Problem("invalid_payload", `team_id: there is no team ${command.teamId} in this Chatwoot account.`);
    }
    if (command.assigneeId !== null && !(await helpdesk.operators()).some(({ id }) => id === command.assigneeId)) {
      throw new Problem("invalid_payload", `assignee_id: there is no operator ${command.assigneeId} in this Chatwoot account.`);
    }
  } catch (error) {
    if (error instanceof HelpdeskError)
      throw new Problem("unavailable", "Chatwoot cannot be asked for its teams now; try again in a moment.", { cause: error });
    throw error;
  }
}

async function decideOnce(
  { clock, settings }: Pick<Ports, "clock" | "settings">,
  tables: Tables,
  { approvalId, command, operator, surface, expectedVersion, idempotencyKey }: DecisionRequest,
): Promise<Change> {
  const approval = await tables.approvals.lock(approvalId);
  if (!approval || approval.accountId !== settings.accountId) throw new Problem("not_found", "There is no approval with this id.");
  const at = clock.now();
  if (idempotencyKey) {
    const fingerprint = sha256Hex(JSON.stringify(command));
    const claimed = await tables.idempotency.claim({ operatorId: operator.id, key: idempotencyKey, approvalId, fingerprint, at });
    if (claimed === "same") return { approval, event: null };
    if (claimed === "other")
      throw new Problem("invalid_payload", "Idempotency-Key: this key was used for a different request; choose a new one.");
  }
  const newest = await tables.deliveries.newestCustomerMessage(approval.accountId, approval.conversationId);
  const isNewer = newest !== null && newest.messageId > approval.messageId && isInTheWay(command, newest.fate);
  const change = decide(approval, command, {
    by: operator,
    at,
    ifVersion: expectedVersion,
    newerMessage: isNewer ? { id: newest.messageId, text: "", createdAt: newest.messageAt } : null,
  });
  if (change.event) await carryOut(tables, settings, approval, change, command, { operator, surface, at });
  return change;
}

/** A newer message that gets no draft of its own (drafting is paused, its job died …) must not lock the draft: a redraft answers both. */
function isInTheWay(command: DecisionCommand, fate: MessageFate | null): boolean {
  if (fate === "no_reply_needed" || fate === "message_deleted") return false;
  return command.decision !== "redraft" || fate === "waiting" || fate === "drafted";
}

async function carryOut(
  tables: Tables,
  settings: Ports["settings"],
  before: Approval,
  { approval, event }: Change,
  command: DecisionCommand,
  { operator, surface, at }: { operator: Operator; surface: Surface; at: Date },
): Promise<void> {
  await tables.approvals.update(approval);
  await tellChange(tables, {
    before,
    approval,
    at,
    what: event ?? "decided",
    detail: {
      decision: command.decision,
      // What "since the decision" is measured against when the reply is sent.
      conversation_status: await tables.conversations.statusOf(approval.accountId, approval.conversationId),
    },
    by: { operator, surface },
  });
  if (command.decision === "redraft") {
    await tables.learning.insert(learningOf({ ...before, decision: "redraft" }, at));
    const key = conversationKey(approval.accountId, approval.conversationId);
    const { id: approvalId, conversationId, version } = approval;
    const data = { conversationId, approvalId, version, instruction: command.instruction, redraft: true };
    await tables.jobs.send({ kind: "draft-reply", key, data });
    return;
  }
  if (before.status === "send_failed") await tables.learning.remove(approval.id);
  await tables.learning.insert(learningOf(approval, at));
  await withdrawNotes(tables, approval.id);
  const sends = command.decision === "approve" || command.decision === "edit";
  if (sends) await tables.jobs.send({ ...sendJob(approval), startAfterSeconds: settings.sendHoldSeconds });
  if (command.decision === "escalate") await tables.jobs.send({ kind: "assign-conversation", data: { approvalId: approval.id } });
}
