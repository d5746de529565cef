import type { Approval } from "../core/words.ts";
import type { NewJob } from "../ports/jobs.ts";

/** The key under which the drafts of one conversation keep their order. */
export const conversationKey = (accountId: number, conversationId: number): string => `${accountId}:${conversationId}`;

/** The job that carries an approval's decision out: it names the decision, so that one taken back sends nothing. */
export const sendJob = (approval: Approval): NewJob => ({
  kind: "send-reply",
  data: { approvalId: approval.id, decidedAt: approval.decidedAt?.toISOString() },
});
