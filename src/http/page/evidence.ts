import { CALIBRATED_FROM_DECISIONS, capWords, MIDDLE } from "../../core/confidence.ts";
import type { Approval } from "../../core/words.ts";
import { scoreIsHidden } from "../approval-json.ts";
import { type Html, html } from "./html.ts";
import { SIGNAL_WORDS, spoken, when } from "./words.ts";

/** What the draft rests on: sources with their age, quotes with their verification, and the reasons for the score. */
export function evidence(approval: Approval, now: Date): Html {
  const { sources, citations } = approval;
  const verified = citations.filter((citation) => citation.verified).length;
  const quotes = citations.length > 0 ? ` · ${verified} of ${citations.length} quotes verified` : "";
  return html`<details class="evidence">
<summary>${sources.length === 0 ? "No source" : sources.length === 1 ? "1 source" : `${sources.length} sources`}${quotes}</summary>
${citations.length > 0 && html`<h4>Quotes</h4><ul class="quotes">${citations.map(quote)}</ul>`}
${sources.length > 0 && html`<h4>Sources</h4><ol class="sources">${sources.map((source) => sourceLine(source, now))}</ol>`}
${!scoreIsHidden(approval) && reasons(approval)}
<p class="hint">Priority ${approval.priority}: ${approval.priorityReason}</p>
</details>`;
}

function quote({ sentence, quote: words, verified }: Approval["citations"][number]): Html {
  return html`<li><span class="${verified ? "verified" : "unverified"}">${verified ? "Verified" : "Not found in the source"}</span>
<span dir="auto">${sentence}</span> <q dir="auto">${words}</q></li>`;
}

function sourceLine(source: Approval["sources"][number], now: Date): Html {
  const { title, url, relevance, excerpt, updated_at: updatedAt, verified_at: verifiedAt } = source;
  const isLink = url !== null && /^https?:\/\//i.test(url);
  return html`<li><strong dir="auto">${isLink ? html`<a href="${url}" target="_blank" rel="noopener noreferrer">${title}</a>` : title}</strong>
<span class="hint">${Math.round(relevance * 100)}% relevant${updatedAt !== null && html`, changed ${when(new Date(updatedAt), now)}`}${verifiedAt && html`, last checked ${when(new Date(verifiedAt), now)}`}</span>
<div class="excerpt" dir="auto">${excerpt}</div></li>`;
}

/** What the score is made of: each signal with its weight and which way it moves the score, and the caps above all of them. */
function reasons({ confidence }: Approval): Html {
  const { signals, caps } = confidence;
  return html`<h4>Why this score</h4>
${
  signals.length > 0 &&
  html`<table class="signals"><thead><tr><th scope="col">Signal</th><th scope="col">Value</th><th scope="col">Weight</th><th scope="col">Moves the score</th></tr></thead>
<tbody>${signals.map(signalRow)}</tbody></table>`
}
${caps.length > 0 && html`<ul class="caps" aria-label="Limits of the score">${caps.map(({ name, limit }) => html`<li>Never above ${limit}%: ${capWords(name)}.</li>`)}</ul>`}
<p class="hint">${standing(confidence)}</p>`;
}

function signalRow({ name, value, weight }: Approval["confidence"]["signals"][number]): Html {
  const percent = Math.round(value * 100);
  return html`<tr><th scope="row">${SIGNAL_WORDS[name] ?? spoken(name)}</th>
<td class="number"><meter min="0" max="100" value="${percent}" aria-hidden="true"></meter>${percent}%</td>
<td class="number">${weight.toFixed(1)}</td><td>${moves(weight * (value - MIDDLE))}</td></tr>`;
}

/** Log-odds in words: a tenth is two or three points of a hundred in the middle of the scale, half a log-odd a dozen. */
function moves(logOdds: number): string {
  if (Math.abs(logOdds) < 0.1) return "hardly";
  const way = logOdds > 0 ? "up" : "down";
  return Math.abs(logOdds) < 0.5 ? `a little ${way}` : way;
}

function standing({ calibrated, decisions, version }: Approval["confidence"]): string {
  if (calibrated) return `Calibrated on ${decisions} decisions${version ? `, version ${version}` : "; the prior met them best"}.`;
  const next =
    decisions < CALIBRATED_FROM_DECISIONS ? `${CALIBRATED_FROM_DECISIONS} are needed` : "the next fit compares them with the score";
  return `Uncalibrated: ${decisions} decisions so far, ${next}.`;
}
