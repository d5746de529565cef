import { updateConversation } from "./conversations.ts";
import { createMessage, type Upload, updateMessage } from "./messages.ts";
import { messagesOf, must } from "./state.ts";
import type { Conversation, Json, Message } from "./types.ts";
import type { World } from "./world.ts";

/** A customer writes into their conversation; nothing of it is rendered or interpreted. */
export function customerWrites(
  world: World,
  conversation: Conversation,
  content: unknown,
  { uploads = [], attributes = {} }: { uploads?: Upload[]; attributes?: Json } = {},
): Message {
  const text = content === undefined || content === null || typeof content === "object" ? null : String(content);
  const sender = { type: "Contact" as const, id: conversation.contact_id };
  return createMessage(
    world,
    conversation,
    { content: text, message_type: "incoming", sender, content_attributes: attributes, uploads },
    { kind: "system" },
  );
}

/** A customer has read everything: each outgoing message since, notes included, is told as read. */
export function customerReads(world: World, conversation: Conversation): void {
  conversation.contact_last_seen_at = world.now();
  conversation.updated_at = conversation.contact_last_seen_at;
  setImmediate(() => {
    for (const message of messagesOf(world.state, conversation)) {
      if (message.message_type === "outgoing" && (message.status === "sent" || message.status === "delivered"))
        updateMessage(world, message, { status: "read" });
    }
  });
}

/** A customer ends the conversation, or opens it again. */
export function customerToggles(world: World, conversation: Conversation): void {
  const contact = must(world.state.contacts, conversation.contact_id);
  updateConversation(
    world,
    conversation,
    { status: conversation.status === "resolved" ? "open" : "resolved" },
    { kind: "contact", contact },
  );
}
