import { JOB_KINDS } from "./jobs.ts";
import type { Page } from "./store.ts";

/** What can end as a dead letter: a job, or a delivery that the database refused. */
export const DEAD_LETTER_KINDS = [...JOB_KINDS, "receive-delivery"] as const;

export type DeadLetterKind = (typeof DEAD_LETTER_KINDS)[number];

export interface DeadLetter {
  id: string; // uuid
  /** `receive-delivery`: no job yet, but a delivery that the database refused; its data are the row and the job it was to cause. */
  kind: DeadLetterKind;
  data: Record<string, unknown>;
  key: string | null;
  conversationId: number | null;
  approvalId: string | null;
  deliveryId: string | null;
  /** Why, in a sentence without customer text. */
  reason: string;
  /** What the outside service answered last, when it was an outside service that failed. */
  lastResponse: LastResponse | null;
  attempts: number;
  createdAt: Date;
  redrivenAt: Date | null;
  redrivenBy: string | null;
  discardedAt: Date | null;
  discardedBy: string | null;
  /** Why a person let it go. */
  discardReason: string | null;
}

/** JSON as it stands in the table. `kind`: what the answer meant to us; `status` null when none came. */
export interface LastResponse {
  kind: string;
  status: number | null;
  retry_after_seconds: number | null;
}

export interface DeadLettersTable {
  /** The same id again changes nothing, but for one that was put back: it is open again. */
  insert(letter: DeadLetter): Promise<void>;
  get(id: string): Promise<DeadLetter | null>;
  lock(id: string): Promise<DeadLetter | null>;
  /** `open`: those that nobody put back or let go. */
  list(filter: { open: boolean; kind?: string; limit: number; cursor?: string }): Promise<Page<DeadLetter>>;
  markRedriven(id: string, at: Date, by: string): Promise<void>;
  markDiscarded(id: string, at: Date, by: string, reason: string): Promise<void>;
  countOpen(): Promise<number>;
}
