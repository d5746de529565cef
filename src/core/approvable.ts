import { blanksOf } from "./blanks.ts";
import { asWritten } from "./liquid.ts";
import { Problem } from "./problem.ts";
import type { Approval } from "./words.ts";

/** Characters that Chatwoot takes in one message. */
export const LONGEST_REPLY = 150_000;

/** Why the draft cannot be approved as it is, in a sentence for the operator; null when it can. */
export function whyNotApprovable(approval: Pick<Approval, "degraded" | "findings" | "draftResponse">): string | null {
  if (approval.degraded) return "This draft is only a placeholder. Edit it, reject it or escalate it.";
  const blanks = blanksOf(approval.draftResponse);
  if (blanks.length > 0) return `The draft has blanks to fill: ${blanks.slice(0, 3).join(", ")}. Edit it.`;
  const blocking = approval.findings.find((finding) => finding.blocks);
  if (blocking) return `The draft cannot be approved as it is: ${blocking.text} Edit it, reject it or escalate it.`;
  return approval.draftResponse.trim() === "" ? "The draft is empty. Edit it, reject it or escalate it." : null;
}

/**
 * The operator's own words as they will be sent. Throws `invalid_payload` when they are empty or too long, `not_approvable` when a
 * blank is left in them.
 */
export function editedWords(response: string): string {
  const words = asWritten(response);
  if (words.replaceAll("\u2060", "").trim() === "")
    throw new Problem("invalid_payload", "response: the text is empty. Write what the customer should read.");
  if (words.length > LONGEST_REPLY && [...words].length > LONGEST_REPLY) {
    throw new Problem("invalid_payload", `response: the text is longer than the ${LONGEST_REPLY} characters that Chatwoot takes.`);
  }
  const blanks = blanksOf(words);
  if (blanks.length > 0) throw new Problem("not_approvable", `The text still has blanks to fill: ${blanks.slice(0, 3).join(", ")}.`);
  return words;
}
