import type { Mark } from "../../core/words.ts";

/** What a message's `content_attributes` say that we use, in webhooks and in REST alike. */
export interface MessageAttributes {
  /** An e-mail's newly written words without the quoted thread; null for everything else. */
  newWords: string | null;
  /** Carries our `countersign_id`, whole mark or not. */
  ours: boolean;
  mark: Mark | null;
  deleted: boolean;
  /** An automatic e-mail (out of office, delivery report). */
  autoReply: boolean;
  externalError: string | null;
  /** Written by a person in the channel's own app. */
  externalEcho: boolean;
  /** 1–5. */
  csatRating: number | null;
}

/** Reads a bag that any client of Chatwoot may fill with anything: what is malformed counts as absent. */
export function readAttributes(value: unknown): MessageAttributes {
  const attributes = bag(value);
  const email = bag(attributes.email);
  return {
    // Chatwoot's naming: `quoted` is the new text alone, `reply` still has the thread in it.
    newWords: words(bag(email.text_content).quoted) ?? words(bag(email.html_content).quoted),
    ours: typeof attributes.countersign_id === "string",
    mark: markOf(attributes),
    deleted: attributes.deleted === true,
    autoReply: email.auto_reply === true,
    externalError: words(attributes.external_error),
    externalEcho: Boolean(attributes.external_echo),
    csatRating: ratingOf(bag(bag(attributes.submitted_values).csat_survey_response).rating),
  };
}

/** A mark as the `content_attributes` that we write. */
export function markAttributes(mark: Mark): Record<string, string> {
  return { countersign_id: mark.approvalId, countersign_kind: mark.kind, countersign_ref: mark.ref };
}

/** Who wrote a message: a contact at a webhook's top level has no `type`, a bot has several, automatic texts have no sender. */
export function senderType(sender: { type?: string | null | undefined } | null | undefined): "contact" | "user" | "bot" | "none" {
  if (!sender) return "none";
  switch (sender.type ?? "contact") {
    case "contact":
      return "contact";
    case "user":
      return "user";
    case "agent_bot":
    case "captain_assistant":
      return "bot";
    default:
      return "none";
  }
}

function markOf({ countersign_id, countersign_kind, countersign_ref }: Record<string, unknown>): Mark | null {
  if (typeof countersign_id !== "string" || typeof countersign_ref !== "string") return null;
  if (countersign_kind !== "note" && countersign_kind !== "notice" && countersign_kind !== "reply") return null;
  return { approvalId: countersign_id, kind: countersign_kind, ref: countersign_ref };
}

const ratingOf = (value: unknown): number | null =>
  Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 5 ? Number(value) : null;

const words = (value: unknown): string | null => (typeof value === "string" && value.trim() !== "" ? value : null);

const bag = (value: unknown): Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
