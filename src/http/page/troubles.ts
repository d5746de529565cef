import type { Health } from "../../ports.ts";
import { type Html, html } from "./html.ts";

/** What operators should know of each part that is not well: what it means for them, not what broke. */
const WORDS: Record<string, string> = {
  spool: "New messages are kept on disk or found in Chatwoot later. They appear here by themselves, perhaps some minutes late.",
  chatwoot: "Chatwoot does not answer. What you decide is kept and carried out as soon as it is back.",
  webhooks: "Chatwoot’s notifications do not reach us. New messages are still found, within about a minute.",
  reconciling: "We cannot look at Chatwoot ourselves for now. Messages that its notifications miss are found later.",
  model: "The model does not answer. Until it is back, messages appear with their sources and without a draft.",
  embeddings: "The knowledge is searched by words only for now. Drafts may miss a source.",
  reranker: "The knowledge is searched without reordering for now. Drafts may miss a source.",
};

/** One calm line for each part of the house that is not well. */
export function troublesOf({ parts }: Awaited<ReturnType<Health["check"]>>): string[] {
  return Object.entries(parts).flatMap(([part, state]) => (state === "ok" ? [] : (WORDS[part] ?? [])));
}

export function troubleLines(troubles: string[]): Html {
  return html`<ul id="troubles" class="troubles" role="status" aria-label="State of the house"${troubles.length === 0 && html` hidden`}>${troubles.map(
    (words) => html`<li>${words}</li>`,
  )}</ul>`;
}
