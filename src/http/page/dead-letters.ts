import type { ProblemCode } from "../../core/problem.ts";
import type { Operator } from "../../core/words.ts";
import type { DeadLetter } from "../../ports/dead-letters.ts";
import { type Content, type Html, html } from "./html.ts";
import { layout } from "./layout.ts";
import { spoken, when } from "./words.ts";

interface View {
  operator: Operator;
  letters: DeadLetter[] | null;
  nextCursor: string | null;
  now: Date;
  /** The code of what was refused last. */
  problem: string | null;
  conversationUrl: (conversationId: number) => string;
}

/** Jobs out of attempts, which a person puts back or lets go; only administrators see them (`letters` is null for others). */
export function deadLettersPage(view: View): string {
  const { operator, letters, nextCursor, problem } = view;
  const body: Content =
    letters === null
      ? html`<p class="none">Dead letters are for administrators of the Chatwoot account.</p>`
      : [
          html`<p class="hint">What failed so often that it waits for a person. Put it back once its cause is gone.</p>`,
          letters.length > 1 &&
            html`<form class="all" method="post" action="/dead-letters/redrive"><input type="hidden" name="ids" value="${letters.map(({ id }) => id).join(",")}"><button>Put back all ${letters.length} shown</button></form>`,
          letters.length === 0 ? html`<p class="none">Nothing has failed for good.</p>` : letterTable(letters, view),
          nextCursor !== null && html`<p><a href="/dead-letters?cursor=${encodeURIComponent(nextCursor)}">Older ones</a></p>`,
        ];
  return layout({
    title: "Dead letters",
    current: "Dead letters",
    operator,
    body: html`<div class="title"><h1>Dead letters</h1></div>
<div id="notice" role="status">${problem !== null && html`<p class="refusal">${REFUSALS.get(problem) ?? "That did not work. Nothing was changed."}</p>`}</div>
<div id="letters">${body}</div>`,
  });
}

const REFUSALS = new Map<string, string>([
  ["already_decided", "Somebody else has already put it back or let it go."],
  ["not_found", "It is no longer here."],
  ["invalid_payload", "Say why it is let go. Nothing was changed."],
  ["forbidden", "This is for administrators."],
  ["unavailable", "The database or Chatwoot does not take it yet. It stays here; try again later."],
] satisfies [ProblemCode, string][]);

function letterTable(letters: DeadLetter[], { now, conversationUrl }: Pick<View, "now" | "conversationUrl">): Html {
  return html`<div class="scroll" tabindex="0" role="group" aria-label="Dead letters"><table class="letters">
<thead><tr><th scope="col">What</th><th scope="col">Why</th><th scope="col">Attempts</th><th scope="col">Failed</th><th scope="col">Conversation</th><th scope="col"><span class="visually-hidden">Action</span></th></tr></thead>
<tbody>${letters.map(
    (
      letter,
    ) => html`<tr data-dead-letter-id="${letter.id}"><th scope="row">${spoken(letter.kind.replaceAll("-", " "))}</th><td>${letter.reason}${inspected(letter)}</td><td>${letter.attempts}</td>
<td>${when(letter.createdAt, now)}</td><td>${letter.conversationId === null ? "–" : html`<a href="${conversationUrl(letter.conversationId)}" target="_blank" rel="noopener noreferrer"><span class="visually-hidden">Conversation </span>${letter.conversationId}</a>`}</td>
<td><form method="post" action="/dead-letters/${letter.id}/redrive"><button>Put back${about(letter)}</button></form>
<details><summary>Let go${about(letter)}</summary><form method="post" action="/dead-letters/${letter.id}/discard">
<label>Why<input name="reason" required maxlength="500" autocomplete="off"></label><button>Let go</button></form></details></td></tr>`,
  )}</tbody></table></div>`;
}

/** What an administrator quotes when they ask an engineer; the API and the command line show the rest. */
function inspected({ id, deliveryId, approvalId, lastResponse }: DeadLetter): Html {
  const lines = [
    `Dead letter ${id}`,
    deliveryId !== null && `Delivery ${deliveryId}`,
    approvalId !== null && `Approval ${approvalId}`,
    lastResponse !== null && `Chatwoot’s last answer: ${lastResponse.status ?? "none"} (${lastResponse.kind})`,
  ].filter((line) => typeof line === "string");
  return html`<details><summary>Details<span class="visually-hidden"> of ${id}</span></summary><ul>${lines.map((line) => html`<li>${line}</li>`)}</ul></details>`;
}

/** Which of the many buttons of the same name it is, for those who hear them. */
const about = ({ kind, conversationId }: DeadLetter) => html`<span class="visually-hidden"> ${kind} ${conversationId ?? ""}</span>`;
