import { whyNotApprovable } from "../../core/approvable.ts";
import type { Approval } from "../../core/words.ts";
import { shownRecommendation } from "../approval-json.ts";
import { actions, type Targets } from "./actions.ts";
import { evidence } from "./evidence.ts";
import { type Html, html } from "./html.ts";
import { confidenceWords, PRIORITY_WORDS, spoken, when } from "./words.ts";

/** Longer texts scroll inside their box, so that one long e-mail does not push the queue away. */
const LONG_CHARACTERS = 1_200;

export interface EntrySurroundings {
  now: Date;
  targets: Targets;
  /** The dashboard's address of a conversation. */
  conversationUrl: (approval: Approval) => string;
}

/** One draft with everything that deciding it needs. Customer's and drafter's words are text, never markup. */
export function entry(approval: Approval, { now, targets, conversationUrl }: EntrySurroundings): Html {
  const name = approval.customerName ?? "Unknown customer";
  const confidence = confidenceWords(approval);
  const recommended = shownRecommendation(approval);
  const headingId = `who-${approval.id}`;
  return html`<article class="entry" data-approval-id="${approval.id}" data-version="${approval.version}" tabindex="-1" aria-labelledby="${headingId}">
<header>
<h2 id="${headingId}" dir="auto">${name}</h2>
<a class="where" href="${conversationUrl(approval)}" target="_blank" rel="noopener noreferrer">Conversation ${approval.conversationId}<span class="visually-hidden"> of ${name}, in Chatwoot</span></a>
<ul class="facts" aria-label="About this draft">
<li class="pill priority-${approval.priority}">${PRIORITY_WORDS[approval.priority]}<span class="visually-hidden"> priority</span></li>
${approval.dueAt && html`<li class="due" data-due>due ${when(approval.dueAt, now)}</li>`}
<li class="pill confidence-${confidence.tone}">${confidence.text}</li>
<li>${spoken(approval.intent)}</li>
<li class="${recommended === "escalate" && "advice"}">recommended: ${recommended}</li>
${approval.flags.map((flag) => html`<li class="pill flag">${spoken(flag)}</li>`)}
</ul>
</header>
${troubles(approval)}
<div class="texts">
<section class="customer"><h3>Customer wrote</h3>${words(approval.customerMessage, `What ${name} wrote`)}</section>
<section class="draft"><h3>${approval.degraded ? "Placeholder" : "Draft"}</h3>${words(approval.draftResponse, `The draft for ${name}`, approval.language)}
${evidence(approval, now)}</section>
</div>
${returnedWords(approval)}
${actions(approval, { targets, name, approvable: approval.status === "send_failed" || whyNotApprovable(approval) === null })}
</article>`;
}

/** Text of a stranger: shown as written, in its own direction; a long one scrolls and can be reached with the keyboard. */
function words(text: string, label: string, language?: string): Html {
  const lang = language && /^[a-z]{2,3}$/.test(language) && html` lang="${language}"`;
  const long = text.length > LONG_CHARACTERS && html` tabindex="0" role="group" aria-label="${label}"`;
  return html`<div class="words" dir="auto"${lang}${long}>${text}</div>`;
}

function troubles(approval: Approval): Html | false {
  const sentences = [
    approval.status === "send_failed" &&
      `The reply was not delivered. ${sentence(approval.replyError ?? "no reason given")} Sending it again is up to you.`,
    approval.replyStatus === "returned" &&
      approval.replyError !== null &&
      `Given back before it was sent: ${sentence(approval.replyError)}`,
    whyNotApprovable(approval),
    ...approval.findings.map(({ text, evidence: shown }) => (shown === undefined ? text : `${text} (${shown})`)),
  ].filter((sentence) => typeof sentence === "string");
  return (
    sentences.length > 0 &&
    html`<ul class="findings" aria-label="Mind this">${[...new Set(sentences)].map((sentence) => html`<li>${sentence}</li>`)}</ul>`
  );
}

const sentence = (words: string): string => (/[.!?…]$/.test(words) ? words : `${words}.`);

/** Words that an operator approved before the conversation moved on. */
function returnedWords(approval: Approval): Html | false {
  const kept = approval.finalResponse;
  return (
    kept !== null &&
    kept !== approval.draftResponse &&
    html`<section class="kept"><h3>Approved before</h3><div class="words" dir="auto">${kept}</div></section>`
  );
}
