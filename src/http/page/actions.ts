import type { Approval, RejectReason } from "../../core/words.ts";
import { type Content, type Html, html } from "./html.ts";

/** Whom a conversation can be handed to; empty while Chatwoot cannot be asked. */
export interface Targets {
  teams: { id: number; name: string }[];
  operators: { id: number; name: string; online: boolean }[];
}

const REASONS: Record<RejectReason, string> = {
  wrong_fact: "A fact is wrong",
  wrong_tone: "The tone is wrong",
  policy: "Against our policy",
  outdated: "Outdated",
  not_needed: "No reply needed",
  other: "Something else",
};

/** The five decisions as forms, which work with and without the page's script; each carries the version it was made on. */
export function actions(approval: Approval, { targets, name, approvable }: { targets: Targets; name: string; approvable: boolean }): Html {
  const { id } = approval;
  const field = (what: string) => `${what}-${id}`;
  const form = (kind: string, body: Content) =>
    html`<form method="post" action="/approvals/${id}/${kind}" data-kind="${kind}"><input type="hidden" name="version" value="${approval.version}">${body}</form>`;
  const fold = (kind: string, label: string, body: Content) =>
    html`<details name="act-${id}" class="act" data-act="${kind}"><summary>${label}<span class="visually-hidden"> the draft for ${name}</span></summary>${form(kind, body)}</details>`;
  const sending = approval.status === "send_failed" ? "Send again" : "Approve";

  return html`<div class="actions">
${approvable && form("approve", html`<button class="primary" data-act="approve">${sending}<span class="visually-hidden"> the draft for ${name}</span></button>`)}
${fold(
  "edit",
  "Edit",
  html`<label for="${field("response")}">Your reply</label>
<textarea id="${field("response")}" name="response" rows="8" required dir="auto">
${startingWords(approval)}</textarea>
<button class="primary">Approve these words</button>`,
)}
${fold(
  "reject",
  "Reject",
  html`<label for="${field("reason")}">Reason</label>
<select id="${field("reason")}" name="reason" required>${Object.entries(REASONS).map(([value, label]) => html`<option value="${value}">${label}</option>`)}</select>
<label for="${field("comment")}">Comment <span class="hint">(optional)</span></label>
<input id="${field("comment")}" name="comment" maxlength="2000">
<button class="primary">Reject</button>`,
)}
${fold(
  "escalate",
  "Escalate",
  html`<label for="${field("to")}">To</label>
<select id="${field("to")}" name="to">
<option value="">${approval.route ? `As proposed: ${approval.route.reason}` : "Leave the assignment as it is"}</option>
${targets.teams.length > 0 && html`<optgroup label="Teams">${targets.teams.map((team) => html`<option value="team:${team.id}">${team.name}</option>`)}</optgroup>`}
${targets.operators.length > 0 && html`<optgroup label="People">${targets.operators.map((person) => html`<option value="person:${person.id}">${person.name}${person.online ? " (online)" : ""}</option>`)}</optgroup>`}
</select>
<label for="${field("note")}">Note <span class="hint">(optional)</span></label>
<textarea id="${field("note")}" name="note" rows="2" maxlength="10000"></textarea>
<button class="primary">Escalate</button>`,
)}
${
  approval.status === "pending" &&
  fold(
    "redraft",
    "Redraft",
    html`<label for="${field("instruction")}">What should be different? <span class="hint">(optional)</span></label>
<input id="${field("instruction")}" name="instruction" maxlength="2000">
<button class="primary">Ask for a new draft</button>`,
  )
}
</div>`;
}

/** Editing begins with the words that were approved before, else with the draft; a placeholder that says nothing is no beginning. */
function startingWords({ finalResponse, degraded, draftResponse }: Approval): string {
  return finalResponse ?? (degraded === null || degraded === "knowledge_unavailable" ? draftResponse : "");
}
