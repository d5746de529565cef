import { updateContact } from "./contacts.ts";
import { updateConversation } from "./conversations.ts";
import { tellMessage } from "./events.ts";
import { renderLiquid } from "./liquid.ts";
import { activeBot, senderOf } from "./lookups.ts";
import { unprocessable } from "./refusal.ts";
import { report } from "./reporting.ts";
import { addMessage, messagesOf, must, nextId, uuid } from "./state.ts";
import type { Actor, Attachment, Conversation, Json, Message, MessageType, SenderRef } from "./types.ts";
import type { World } from "./world.ts";

const CONTENT_LIMIT = 150_000;
/** CONVERSATION_MESSAGE_PER_MINUTE_LIMIT, notes included. */
const MESSAGES_PER_MINUTE = 200;

/** A file as it was uploaded. */
export interface Upload {
  name: string;
  content_type: string;
  data: Buffer;
}

export interface NewMessage {
  content: string | null;
  message_type: MessageType;
  sender: SenderRef | null;
  private?: boolean;
  content_type?: string;
  content_attributes?: Json;
  additional_attributes?: Json;
  source_id?: string | null;
  processed_content?: string | null;
  uploads?: Upload[];
  /** A seed's own id and time. */
  id?: number;
  created_at?: number;
}

/** Stores a message with everything Chatwoot does because of it: Liquid, reopening, waiting, first reply, activity of the contact, events. */
export function createMessage(world: World, conversation: Conversation, input: NewMessage, actor: Actor): Message {
  refuseWhatChatwootRefuses(world, conversation, input);
  const message = stored(world, conversation, input);
  addMessage(world.state, message);
  conversation.last_activity_at = message.created_at;
  conversation.updated_at = world.quiet ? message.created_at : world.now();
  if (message.message_type === "incoming") reopen(world, conversation, message, actor);
  keepWaitingTimes(world, conversation, message, actor);
  tellMessage(world, "message_created", message);
  const sender = senderOf(world.state, message);
  if (message.sender?.type === "Contact" && sender)
    updateContact(world, must(world.state.contacts, sender.id), { last_activity_at: world.quiet ? message.created_at : world.now() });
  if (!world.quiet) world.listeners.created(conversation, message);
  return message;
}

/** Changes a message and tells of it; a change that changes nothing is silent. */
export function updateMessage(world: World, message: Message, patch: Partial<Message>): void {
  const changed = Object.entries(patch).some(([key, value]) => JSON.stringify(message[key as keyof Message]) !== JSON.stringify(value));
  if (!changed) return;
  Object.assign(message, patch, { updated_at: world.now() });
  tellMessage(world, "message_updated", message);
}

/** Takes a message's text, files and marks away; the row stays. */
export function deleteMessage(world: World, message: Message): void {
  const content = "This message was deleted";
  updateMessage(world, message, {
    content,
    processed_content: content,
    content_type: "text",
    content_attributes: { deleted: true },
    attachments: [],
  });
}

function refuseWhatChatwootRefuses(world: World, conversation: Conversation, input: NewMessage): void {
  if (world.quiet) return;
  if (input.content?.includes("\0")) throw unprocessable("string contains null byte");
  if ([...(input.content ?? "")].length > CONTENT_LIMIT)
    throw unprocessable(`Validation failed: Content is too long (maximum is ${CONTENT_LIMIT} characters)`);
  if (messagesInLastMinute(world, conversation) >= MESSAGES_PER_MINUTE) throw unprocessable("Validation failed: Too many messages");
}

function messagesInLastMinute(world: World, conversation: Conversation): number {
  const since = world.now() - 60_000;
  const thread = messagesOf(world.state, conversation);
  return thread.length - (thread.findLastIndex((message) => message.created_at <= since) + 1);
}

function stored(world: World, conversation: Conversation, input: NewMessage): Message {
  const { state } = world;
  const id = nextId(state, "message", input.id);
  const time = input.created_at ?? world.now();
  const message: Message = {
    id,
    account_id: conversation.account_id,
    inbox_id: conversation.inbox_id,
    conversation_id: conversation.id,
    content: input.content,
    processed_content: null,
    message_type: input.message_type,
    private: input.private ?? false,
    status: "sent",
    source_id: input.source_id ?? null,
    content_type: input.content_type ?? "text",
    content_attributes: withRepliedTo(world, conversation, input.content_attributes ?? {}),
    additional_attributes: input.additional_attributes ?? {},
    sender: input.sender,
    attachments: (input.uploads ?? []).map((upload): Attachment => attachment(world, conversation, id, upload, time)),
    created_at: time,
    updated_at: time,
  };
  const rendered = message.message_type === "outgoing" || message.message_type === "template";
  if (rendered && message.content && !world.quiet)
    message.content = renderLiquid(world, conversation, senderOf(state, message), message.content);
  message.processed_content = input.processed_content !== undefined ? input.processed_content : message.content;
  return message;
}

/** An answer to a message of this conversation carries that message's channel id, too; one to anything else is none. */
function withRepliedTo({ state }: World, conversation: Conversation, attributes: Json): Json {
  if (attributes.in_reply_to === undefined || attributes.in_reply_to === null) return attributes;
  const original = state.messages.get(Number(attributes.in_reply_to));
  if (!original || original.conversation_id !== conversation.id) return { ...attributes, in_reply_to: null };
  return { ...attributes, in_reply_to_external_id: original.source_id };
}

function attachment(world: World, conversation: Conversation, messageId: number, upload: Upload, time: number): Attachment {
  const kind = upload.content_type.split("/")[0] ?? "";
  return {
    id: nextId(world.state, "attachment"),
    message_id: messageId,
    account_id: conversation.account_id,
    file_type: ["image", "audio", "video"].includes(kind) ? kind : "file",
    name: upload.name,
    content_type: upload.content_type,
    data: upload.data,
    key: uuid(),
    created_at: time,
  };
}

/** A customer's word wakes a resolved or snoozed conversation; with an active bot a resolved one goes back to it. */
function reopen(world: World, conversation: Conversation, message: Message, actor: Actor): void {
  if (must(world.state.contacts, conversation.contact_id).blocked) return;
  const by: Actor =
    actor.kind === "system" && message.sender?.type === "Contact"
      ? { kind: "contact", contact: must(world.state.contacts, message.sender.id) }
      : actor;
  if (conversation.status === "snoozed") updateConversation(world, conversation, { status: "open" }, by);
  if (conversation.status !== "resolved") return;
  const bot = activeBot(world.state, must(world.state.inboxes, conversation.inbox_id));
  updateConversation(world, conversation, { status: bot ? "pending" : "open" }, by);
}

/** Who waits for whom: an incoming message starts the clock, a public answer of a person or bot stops it, the first one by a person is remembered. */
function keepWaitingTimes(world: World, conversation: Conversation, message: Message, actor: Actor): void {
  const { created_at: time } = message;
  if (message.message_type === "incoming" && conversation.waiting_since === null)
    return void updateConversation(world, conversation, { waiting_since: time }, actor);
  if (message.message_type !== "outgoing" || message.private) return;
  const waitingSince = conversation.waiting_since;
  if (message.sender?.type === "User" && conversation.first_reply_created_at === null) {
    report(world, "first_response", conversation, waitingSince ?? conversation.created_at, message.sender.id);
    return void updateConversation(world, conversation, { first_reply_created_at: time, waiting_since: null }, actor);
  }
  if (waitingSince === null || (message.sender?.type !== "User" && message.sender?.type !== "AgentBot")) return;
  report(world, "reply_time", conversation, waitingSince, message.sender.type === "User" ? message.sender.id : null);
  updateConversation(world, conversation, { waiting_since: null }, actor);
}
