import type { Approval } from "../../core/words.ts";
import { type Html, html } from "./html.ts";
import { when } from "./words.ts";

/** Replies of which Chatwoot stored other words than those approved: a person has to look at the conversation. */
export function incidentLines(incidents: Approval[], conversationUrl: (approval: Approval) => string, now: Date): Html[] {
  return incidents.map((approval) => {
    const stored = approval.findings.findLast(({ code }) => code === "stored_differs")?.evidence ?? "";
    return html`<article class="incident" data-incident-id="${approval.id}">
<p>Chatwoot stored other words than ${approval.decidedBy?.name ?? "somebody"} approved in the reply to <strong dir="auto">${approval.customerName ?? "the customer"}</strong>, ${when(approval.updatedAt, now)}.
<a href="${conversationUrl(approval)}" target="_blank" rel="noopener noreferrer">Look at conversation ${approval.conversationId}</a></p>
<details><summary>Both texts</summary><h2>Approved</h2><div class="words" dir="auto">${approval.finalResponse}</div>
<h2>Stored</h2><div class="words" dir="auto">${stored}</div></details></article>`;
  });
}
