import type { ConversationStatus } from "./words.ts";

/** One POST from Chatwoot after its signature verified, reduced to what we use. */
export interface Delivery {
  event: string;
  accountId: number | null;
  conversationId: number | null; // display id
  conversationStatus: ConversationStatus | null;
  message: DeliveredMessage | null;
}

/** The message that a `message_created` or `message_updated` delivery is about. */
export interface DeliveredMessage {
  id: number;
  type: string; // "incoming", "outgoing", "template" — text at the top level of a webhook
  private: boolean;
  content: string;
  contentType: string;
  createdAt: Date;
  sender: { type: "contact" | "user" | "bot" | "none"; id: number | null; blocked: boolean };
  hasAttachments: boolean;
  autoReply: boolean;
  deleted: boolean;
  externalError: string | null;
  csatRating: number | null;
  /** True when it carries our own mark (`content_attributes.countersign_id`). */
  ours: boolean;
  /** Written by a person in the channel's own app (an "echo"): no operator of ours, yet an answer. */
  external: boolean;
}

/** What a delivery is to us. `kind` names the job it causes, or none. */
export type Meaning =
  | { kind: "customer_message" }
  | { kind: "command" }
  | { kind: "operator_reply" }
  | { kind: "status_changed" }
  | { kind: "message_changed" }
  | { kind: "ignored"; reason: IgnoreReason };

export type IgnoreReason =
  | "event_not_used"
  | "other_account"
  | "not_a_customer_message"
  | "private"
  | "own_message"
  | "not_a_command"
  | "auto_reply"
  | "blocked_contact"
  | "empty";

const COMMAND = /^\/(approve|edit|reject|escalate|redraft)(?=\s|$)/i;

/** Says what a delivery is to us. A customer's message is exactly `message_created` ∧ `incoming` ∧ not private. */
export function meaningOf(delivery: Delivery, ourAccountId: number): Meaning {
  if (delivery.accountId !== null && delivery.accountId !== ourAccountId) return ignored("other_account");
  const { event, message } = delivery;
  if (event === "conversation_status_changed") return { kind: "status_changed" };
  if (event === "message_created" && message) return meaningOfNew(message);
  if (event === "message_updated" && message) {
    return meansSomething(message) ? { kind: "message_changed" } : ignored("event_not_used");
  }
  return ignored("event_not_used");
}

/** A reply that was not delivered, a customer's message taken back, a rating. Our own notes are deleted all the time. */
function meansSomething({ type, private: isPrivate, externalError, deleted, csatRating }: DeliveredMessage): boolean {
  return (externalError !== null && !isPrivate) || (deleted && type === "incoming") || csatRating !== null;
}

function meaningOfNew(message: DeliveredMessage): Meaning {
  if (message.type === "incoming") {
    if (message.private) return ignored("private");
    if (message.autoReply) return ignored("auto_reply");
    if (message.sender.blocked) return ignored("blocked_contact");
    if (message.content.trim() === "" && !message.hasAttachments) return ignored("empty");
    return { kind: "customer_message" };
  }
  if (message.ours) return ignored("own_message");
  const byPerson = message.sender.type === "user" || message.external;
  if (message.type !== "outgoing" || !byPerson) return ignored("not_a_customer_message");
  if (!message.private) return { kind: "operator_reply" };
  return COMMAND.test(message.content.trimStart()) ? { kind: "command" } : ignored("not_a_command");
}

const ignored = (reason: IgnoreReason): Meaning => ({ kind: "ignored", reason });
