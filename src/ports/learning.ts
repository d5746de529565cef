import type { Approval, Decision, Intent } from "../core/words.ts";

/** What one decision teaches. */
export interface LearningRow {
  approvalId: string;
  draftVersion: string;
  finalVersion: string | null;
  wasSent: boolean;
  decision: Decision | "answered_by_hand";
  operatorEdits: { op: "same" | "added" | "removed"; words: string }[];
  editRatio: number | null;
  rejectReason: string | null;
  customerReplied: boolean | null;
  customerReplySentiment: string | null;
  reopened: boolean | null;
  csatRating: number | null;
  features: Record<string, number>;
  /** Who wrote the draft, and what scored it; all null in rows of before this was kept. */
  drafter: string | null;
  model: string | null;
  promptVersion: string | null;
  calibrationVersion: number | null;
  createdAt: Date;
}

/** A learning row with what it was about. */
export interface ExportedLearning extends LearningRow {
  question: string;
  sources: Approval["sources"];
  citations: Approval["citations"];
  intent: Intent;
  comment: string | null;
  conversationId: number;
}

/** A decision as the confidence is judged by it. */
export type JudgedRow = Pick<LearningRow, "decision" | "editRatio" | "features" | "calibrationVersion" | "createdAt"> & {
  drafter: string;
  intent: Intent;
};

/** What people's decisions teach. */
export interface LearningTable {
  insert(row: LearningRow): Promise<void>;
  /** Takes the approval's newest row back (undo) or completes it; no row is no error. */
  remove(approvalId: string): Promise<void>;
  patch(approvalId: string, change: Partial<Omit<LearningRow, "approvalId" | "createdAt">>): Promise<void>;
  /** Oldest first, each with question, sources and outcome for the export; `since`: only those of then and later. */
  export(filter?: { since?: Date | null }): AsyncIterable<ExportedLearning>;
  decisions(): Promise<number>;
  /** The newest decisions of a time, oldest first. */
  judged(filter: { accountId: number; from?: Date; to?: Date; limit: number }): Promise<JudgedRow[]>;
  /** The newest decisions on drafts whose best source is this one. */
  onSource(filter: {
    accountId: number;
    sourceId: string;
    limit: number;
  }): Promise<(Pick<LearningRow, "decision" | "editRatio" | "features"> & { question: string; intent: Intent })[]>;
}
