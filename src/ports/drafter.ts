import type { Policy } from "../core/policy.ts";
import type { Conversation, Draft, Findings, Message, Triage } from "../core/words.ts";

export interface DraftRequest {
  conversation: Conversation;
  /** Ascending; the public ones and our operators' notes are left to the drafter's judgement, `burst` is what wants an answer. */
  history: Message[];
  burst: Message[];
  customerMessage: string;
  triage: Triage;
  findings: Findings;
  style: Policy["style"];
  /** What the operator asked for, when a person asked for a new draft. */
  instruction: string | null;
  /** Words that were approved before the conversation moved on; the new draft may start from them. */
  approvedBefore: string | null;
}

export interface Drafter {
  name: string;
  /** Throws DrafterError when no draft can be had now. */
  draft(request: DraftRequest): Promise<Draft>;
}

/** The drafter failed; `retryAfterSeconds` when it asked to wait. */
export class DrafterError extends Error {
  readonly retryAfterSeconds: number | null;

  constructor(message: string, options: { retryAfterSeconds?: number | null; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = "DrafterError";
    this.retryAfterSeconds = options.retryAfterSeconds ?? null;
  }
}
