import type { ProblemCode } from "../../core/problem.ts";
import type { Approval, Operator } from "../../core/words.ts";
import { type Html, html } from "./html.ts";

/** What became of the last thing the operator did: the approval as it is now, and the refusal when there was one. */
export interface Notice {
  approval: Approval | null;
  problem: string | null;
}

const REFUSALS: Partial<Record<ProblemCode, string>> = {
  already_decided: "Somebody has already decided this draft.",
  stale: "The customer has written again. A new draft is on its way.",
  version_mismatch: "The draft changed while you were looking at it. Look again before you decide.",
  not_approvable: "This draft cannot be approved as it is. Edit it, reject it or escalate it.",
  invalid_payload: "Something is missing or too long. Nothing was changed.",
  not_found: "This draft is no longer here.",
  forbidden: "You may not do this.",
  unavailable: "Chatwoot or the database does not answer. Nothing was changed; try again in a moment.",
  rate_limited: "That was too much at once. Try again in a minute.",
};

/** One sentence about the last action, true at the moment it is shown. Addresses carry ids and codes only, so no link can put words here. */
export function noticeOf({ approval, problem }: Notice, viewer: Pick<Operator, "id">): Html | null {
  if (problem === "already_decided" && approval?.decidedBy && approval.status !== "pending")
    return html`<p class="refusal">${approval.decidedBy.name} has already decided this draft: it is ${approval.status.replaceAll("_", " ")}.</p>`;
  if (problem !== null)
    return html`<p class="refusal">${(Object.hasOwn(REFUSALS, problem) ? REFUSALS[problem as ProblemCode] : null) ?? "That did not work. Nothing was changed."}</p>`;
  return approval && html`<p class="done">${outcome(approval, viewer)}</p>`;
}

function outcome(approval: Approval, viewer: Pick<Operator, "id">): Html {
  // Who decided the same a moment later learns whose decision stands.
  const by = approval.decidedBy && approval.decidedBy.id !== viewer.id && html` by ${approval.decidedBy.name}`;
  const name = html`<strong dir="auto">${approval.customerName ?? "the customer"}</strong>`;
  switch (approval.status) {
    case "approved":
      return html`Approved${by}. The reply to ${name} goes out in a moment; until then it can be undone.`;
    case "sent":
      return html`Sent to ${name}${by && html`, approved${by}`}.`;
    case "send_failed":
      return html`The reply to ${name} could not be sent. It is back in the queue.`;
    case "rejected":
      return html`Rejected${by}. Nothing was sent to ${name}.`;
    case "escalated":
      return html`Escalated${by}. The conversation with ${name} is handed over.`;
    case "superseded":
      return html`${name} has written again, or got an answer by hand.`;
    case "expired":
      return html`The draft for ${name} has expired.`;
    case "pending":
      return approval.instruction === null ? html`The draft for ${name} waits for you.` : html`A new draft for ${name} is being written.`;
  }
}
