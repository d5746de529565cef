import type { DecidedDraft } from "./calibration.ts";
import { CAPS, PRIOR_WEIGHTS, type SignalName } from "./confidence.ts";
import { editRatio, type WordChange, wordDiff } from "./edit.ts";
import type { Approval, Decision, RejectReason } from "./words.ts";

/** What one decision teaches; later events complete it (was it sent, did the customer come back). */
export interface Lesson {
  approvalId: string;
  draftVersion: string;
  finalVersion: string | null;
  wasSent: boolean;
  decision: Decision | "answered_by_hand";
  operatorEdits: WordChange[];
  editRatio: number | null;
  rejectReason: RejectReason | null;
  customerReplied: null;
  customerReplySentiment: null;
  reopened: null;
  csatRating: null;
  features: Record<string, number>;
  drafter: string;
  model: string | null;
  promptVersion: string;
  calibrationVersion: number | null;
  createdAt: Date;
}

/** A draft was as good as sent unchanged up to this share of changed words. */
export const GOOD_EDIT_RATIO = 0.1;

/** The lesson of a decided approval. Throws TypeError when nobody decided it. */
export function learningOf(approval: Approval, at: Date): Lesson {
  if (approval.decision === null) throw new TypeError(`approval ${approval.id} is not decided`);
  const sends = approval.decision === "approve" || approval.decision === "edit";
  return lesson(approval, approval.decision, sends ? approval.finalResponse : null, at);
}

/** The lesson of an operator who wrote the reply themselves: judged by the same tenth. */
export function answeredByHand(approval: Approval, reply: string, at: Date): Lesson {
  return { ...lesson(approval, "answered_by_hand", reply, at), wasSent: true };
}

/**
 * 1 when the draft's words (nearly) went out, 0 when they did not: what the confidence score predicts. A placeholder was no draft: null. A draft
 * that somebody had written anew was seen and not sent: 0; to leave it out would leave out the bad ones only.
 */
export function labelOf({ decision, editRatio: ratio, features }: Taught): 0 | 1 | null {
  if (features.degraded === 1) return null;
  return decision !== "redraft" && ratio !== null && ratio <= GOOD_EDIT_RATIO ? 1 : 0;
}

/** A learning row as the confidence is fitted on it; null when it says nothing about a draft. */
export function decidedDraftOf(row: Taught & { createdAt: Date }): DecidedDraft | null {
  const { features } = row;
  const label = labelOf(row);
  if (label === null || features.score === undefined) return null;
  return {
    signals: SIGNALS.flatMap((name) => (features[name] === undefined ? [] : [{ name, value: features[name] }])),
    caps: Object.entries(CAPS).flatMap(([name, limit]) => (features[`cap_${name}`] === 1 ? [{ name, limit }] : [])),
    score: features.score,
    hidden: features.hidden === 1,
    label,
    decidedAt: row.createdAt,
  };
}

type Taught = Pick<Lesson, "decision" | "editRatio" | "features">;

const SIGNALS = (Object.keys(PRIOR_WEIGHTS) as (keyof typeof PRIOR_WEIGHTS)[]).filter((name): name is SignalName => name !== "bias");

function lesson(approval: Approval, decision: Lesson["decision"], final: string | null, at: Date): Lesson {
  return {
    approvalId: approval.id,
    draftVersion: approval.draftResponse,
    finalVersion: final,
    wasSent: false,
    decision,
    operatorEdits: final === null ? [] : wordDiff(approval.draftResponse, final),
    editRatio: final === null ? null : editRatio(approval.draftResponse, final),
    rejectReason: approval.rejectReason,
    customerReplied: null,
    customerReplySentiment: null,
    reopened: null,
    csatRating: null,
    features: featuresOf(approval),
    drafter: approval.drafter,
    model: approval.model,
    promptVersion: approval.promptVersion,
    calibrationVersion: approval.confidence.version ?? null,
    createdAt: at,
  };
}

/** The signals as they were when the draft was made, its score (0–100), and 1 for each cap that held and for a score that was hidden. */
function featuresOf({ confidence, degraded }: Approval): Record<string, number> {
  return {
    ...Object.fromEntries(confidence.signals.map(({ name, value }) => [name, value])),
    ...Object.fromEntries(confidence.caps.map(({ name }) => [`cap_${name}`, 1])),
    score: confidence.score,
    ...(confidence.hidden ? { hidden: 1 } : {}),
    ...(degraded ? { degraded: 1 } : {}),
  };
}
