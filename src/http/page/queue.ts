import type { Approval, Operator } from "../../core/words.ts";
import { type EntrySurroundings, entry } from "./entry.ts";
import { type Html, html } from "./html.ts";
import { incidentLines } from "./incidents.ts";
import { layout } from "./layout.ts";
import { type Notice, noticeOf } from "./notices.ts";
import { troubleLines } from "./troubles.ts";
import { when } from "./words.ts";

export interface QueueView extends EntrySurroundings {
  operator: Operator;
  waiting: Approval[];
  /** Where the next page begins, null on the last. */
  nextCursor: string | null;
  /** Approved, and still to be sent. */
  held: Approval[];
  notice: Notice | null;
  /** What of the house is not well. */
  troubles: string[];
  /** Jobs that failed for good, for administrators; null for others. */
  deadLetters: number | null;
  /** Replies that do not stand in Chatwoot as they were approved. */
  incidents: Approval[];
}

/** The page operators live on: drafts in the order of their clocks, and what can still be undone. */
export function queuePage(view: QueueView): string {
  const { operator, waiting, nextCursor, held, notice, now } = view;
  return layout({
    title: "Queue",
    current: "Queue",
    operator,
    body: html`<div class="title"><h1>Queue</h1>
<p id="count">${waitingWords(waiting.length, nextCursor !== null)}</p>
<p id="live" class="hint" hidden></p>
<button type="button" id="keys-button" class="quiet" hidden>Keys <kbd>?</kbd></button></div>
${troubleLines(view.troubles)}
<p id="dead">${deadLetterLine(view.deadLetters)}</p>
<section id="incidents" aria-label="Not as approved">${incidentLines(view.incidents, view.conversationUrl, now)}</section>
<div id="queue">${waiting.map((approval) => entry(approval, view))}</div>
<p id="none" class="none"${waiting.length > 0 && html` hidden`}>Nothing waits for you. New drafts appear here by themselves.</p>
<p id="more">${nextCursor !== null && html`<a href="/?cursor=${encodeURIComponent(nextCursor)}">More drafts</a>`}</p>
<div class="latest"><div id="notice" role="status">${notice && noticeOf(notice, operator)}</div>
<section id="held" class="held" aria-label="On its way">${held.length > 0 && heldList(held, now)}</section></div>
${keysDialog()}`,
  });
}

function deadLetterLine(count: number | null): Html | false {
  if (!count) return false;
  return html`${count === 1 ? "One job has failed for good and waits" : `${count} jobs have failed for good and wait`} for you. <a href="/dead-letters">Look at ${count === 1 ? "it" : "them"}</a>`;
}

function waitingWords(count: number, more: boolean): string {
  if (more) return `The ${count} most pressing drafts`;
  return count === 0 ? "No draft waits" : count === 1 ? "1 draft waits" : `${count} drafts wait`;
}

function heldList(held: Approval[], now: Date): Html {
  return html`<h2 class="visually-hidden">On its way</h2><ul>${held.map(
    ({ id, version, customerName, decidedBy, decidedAt, replyStatus }) => html`<li data-held-id="${id}">
<span>Reply to <strong dir="auto">${customerName ?? "the customer"}</strong>, approved${decidedBy && ` by ${decidedBy.name}`} ${decidedAt && when(decidedAt, now)}</span>
${
  replyStatus === "queued" &&
  html`<form method="post" action="/approvals/${id}/undo" data-kind="undo"><input type="hidden" name="version" value="${version}"><button>Undo<span class="visually-hidden"> the reply to ${customerName ?? "the customer"}</span></button></form>`
}</li>`,
  )}</ul>`;
}

function keysDialog(): Html {
  const keys: [string, string][] = [
    ["j / k", "Next / previous draft"],
    ["a", "Approve the draft"],
    ["e", "Edit it, then approve your words (Ctrl + Enter)"],
    ["r", "Reject it"],
    ["x", "Escalate it"],
    ["d", "Ask for a redraft"],
    ["u", "Undo the last approval while it is held"],
    ["?", "Show these keys"],
    ["Esc", "Close what is open"],
  ];
  return html`<dialog id="keys" aria-labelledby="keys-title"><h2 id="keys-title">Keys</h2>
<dl>${keys.map(([key, meaning]) => html`<div><dt><kbd>${key}</kbd></dt><dd>${meaning}</dd></div>`)}</dl>
<form method="dialog"><button class="primary">Close</button></form></dialog>`;
}
