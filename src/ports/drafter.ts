import type { Policy } from "../core/policy.ts";
import type { Conversation, Draft, Findings, HouseStyle, Message, ModelUse, Triage } from "../core/words.ts";
import type { Hold } from "./jobs.ts";

export interface DraftRequest {
  /** The approval that the draft is for; null outside the trip. */
  approvalId: string | null;
  conversation: Conversation;
  /** Ascending; the public ones and our operators' notes are left to the drafter's judgement, `burst` is what wants an answer. */
  history: Message[];
  burst: Message[];
  customerMessage: string;
  triage: Triage;
  findings: Findings;
  style: Policy["style"];
  houseStyle: HouseStyle;
  /** What the operator asked for, when a person asked for a new draft. */
  instruction: string | null;
  /** Words that were approved before the conversation moved on; the new draft may start from them. */
  approvedBefore: string | null;
}

export interface Drafter {
  name: string;
  /** Throws DrafterError when no draft can be had now. With a hold it asks nobody without it, hangs up when it is lost, and throws HoldLost. */
  draft(request: DraftRequest, hold?: Hold): Promise<Draft>;
}

/**
 * The drafter failed; `retryAfterSeconds` when waiting that long may help. The message is for operators and holds no customer text;
 * `calls` were made in vain, paid or not.
 */
export class DrafterError extends Error {
  readonly code: "model_failed" | "model_budget";
  readonly retryAfterSeconds: number | null;
  readonly calls: ModelUse[];

  constructor(
    message: string,
    options: { code?: DrafterError["code"]; retryAfterSeconds?: number | null; calls?: ModelUse[]; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = "DrafterError";
    this.code = options.code ?? "model_failed";
    this.retryAfterSeconds = options.retryAfterSeconds ?? null;
    this.calls = options.calls ?? [];
  }
}
