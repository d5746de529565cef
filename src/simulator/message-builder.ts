import { emailAttributes } from "./after-message.ts";
import { createMessage, type Upload } from "./messages.ts";
import { unprocessable } from "./refusal.ts";
import { must } from "./state.ts";
import type { Actor, Conversation, Json, Message, MessageType, SenderRef } from "./types.ts";
import type { World } from "./world.ts";

const TYPES: MessageType[] = ["incoming", "outgoing", "activity", "template"];
const CONTENT_TYPES = [
  "text",
  "input_text",
  "input_textarea",
  "input_email",
  "input_select",
  "cards",
  "form",
  "article",
  "incoming_email",
  "input_csat",
  "integrations",
  "sticker",
  "voice_call",
];

/** Makes a message from what a caller posted, with every trap of Chatwoot's own builder (contract §3.4). */
export function buildMessage(world: World, conversation: Conversation, params: Json, actor: Actor, uploads: Upload[] = []): Message {
  const inbox = must(world.state.inboxes, conversation.inbox_id);
  const asked = params.message_type ?? "outgoing";
  if (asked === "incoming" && inbox.channel_type !== "Channel::Api")
    throw unprocessable("Incoming messages are only allowed in Api inboxes");
  const type = messageType(asked);
  const isPrivate = truthy(params.private);
  const content = scalar(params.content);
  const given = contentAttributes(params);
  const emailed = inbox.channel_type === "Channel::Email" && type !== "incoming";
  return createMessage(
    world,
    conversation,
    {
      content,
      message_type: type,
      // Only the very word "outgoing" makes the token's owner the sender; the number 1 is sent in the customer's name.
      sender: asked === "outgoing" ? writer(world, params, actor) : { type: "Contact", id: conversation.contact_id },
      private: isPrivate,
      content_type: contentType(params.content_type),
      content_attributes: emailed
        ? { ...given, ...emailAttributes(content, isPrivate, { cc: params.cc_emails, bcc: params.bcc_emails, to: params.to_emails }) }
        : given,
      additional_attributes: {
        ...(params.campaign_id ? { campaign_id: params.campaign_id } : {}),
        ...(params.template_params ? { template_params: params.template_params } : {}),
      },
      source_id: params.source_id === undefined || params.source_id === null ? null : String(params.source_id),
      uploads,
    },
    actor,
  );
}

function messageType(asked: unknown): MessageType {
  const type = typeof asked === "number" ? TYPES[asked] : TYPES.find((one) => one === asked);
  if (!type) throw unprocessable(`'${String(asked)}' is not a valid message_type`);
  return type;
}

function contentType(asked: unknown): string {
  if (asked === undefined || asked === null) return "text";
  const type = typeof asked === "number" ? CONTENT_TYPES[asked] : CONTENT_TYPES.find((one) => one === asked);
  if (!type) throw unprocessable(`'${String(asked)}' is not a valid content_type`);
  return type;
}

function writer({ state }: World, params: Json, actor: Actor): SenderRef | null {
  if (params.sender_type === "AgentBot" && state.bots.has(Number(params.sender_id)))
    return { type: "AgentBot", id: Number(params.sender_id) };
  if (actor.kind === "user") return { type: "User", id: actor.user.id };
  return actor.kind === "bot" ? { type: "AgentBot", id: actor.bot.id } : null;
}

/** An object, or in a form its JSON text; text that is not JSON counts as none. */
function contentAttributes(params: Json): Json {
  const given = params.content_attributes;
  if (typeof given !== "string") return given && typeof given === "object" && !Array.isArray(given) ? (given as Json) : {};
  try {
    return JSON.parse(given) as Json;
  } catch {
    return {};
  }
}

/** Rails permits only scalars where text is expected; an object or a list counts as nothing. */
function scalar(value: unknown): string | null {
  return value === undefined || value === null || typeof value === "object" ? null : String(value);
}

const truthy = (value: unknown): boolean =>
  !(value === undefined || value === null || ["", "0", "f", "false", "off", "no"].includes(String(value).toLowerCase()));
