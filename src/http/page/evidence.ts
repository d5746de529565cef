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

function reasons({ confidence }: Approval): Html {
  return html`<h4>Why this score</h4>
<table><thead><tr><th scope="col">Signal</th><th scope="col">Value</th><th scope="col">Weight</th></tr></thead>
<tbody>${confidence.signals.map(
    ({ name, value, weight }) =>
      html`<tr><th scope="row">${SIGNAL_WORDS[name] ?? spoken(name)}</th><td>${value.toFixed(2)}</td><td>${weight.toFixed(1)}</td></tr>`,
  )}</tbody></table>
${confidence.caps.length > 0 && html`<p>Never above ${confidence.caps.map(({ name, limit }, index) => `${index > 0 ? ", " : ""}${limit} (${spoken(name)})`)}.</p>`}
<p class="hint">${
    confidence.calibrated
      ? `Calibrated on ${confidence.decisions} decisions.`
      : `Uncalibrated: ${confidence.decisions} decisions so far, 50 are needed.`
  }</p>`;
}
