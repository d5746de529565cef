import { activeBot, availabilityOf, canReply, senderOf, unreadCount } from "./lookups.ts";
import { messagesOf, must } from "./state.ts";
import type { Account, Attachment, Bot, Contact, Conversation, Inbox, Json, Message, User } from "./types.ts";
import { iso, seconds, type World } from "./world.ts";

const MESSAGE_TYPE_NUMBERS = { incoming: 0, outgoing: 1, activity: 2, template: 3 } as const;

/** A message's type as REST and nested messages write it. */
export const messageTypeNumber = (message: Message): number => MESSAGE_TYPE_NUMBERS[message.message_type];

/** JSON as Rails writes it: the characters that could end a script are escaped, so re-serialised bytes never verify. */
export function railsJson(value: unknown): string {
  return JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** What webhooks make of a message's text: back-slash line breaks become line breaks, trailing line breaks go. */
export function normalised(content: string | null): string | null {
  return content === null ? null : content.replaceAll("\\\n", "\n").replace(/\n+$/, "");
}

export const accountJson = (account: Account): Json => ({ id: account.id, name: account.name });

/** The long form of a contact, as events carry it: with its account, without a `type`. */
export function contactEventJson(world: World, contact: Contact): Json {
  return {
    account: accountJson(must(world.state.accounts, contact.account_id)),
    additional_attributes: contact.additional_attributes,
    avatar: "",
    custom_attributes: contact.custom_attributes,
    email: contact.email,
    id: contact.id,
    identifier: contact.identifier,
    name: contact.name,
    phone_number: contact.phone_number,
    thumbnail: "",
    blocked: contact.blocked,
  };
}

/** The short form of a contact, which has a `type` and no account. */
export function contactShortJson(contact: Contact): Json {
  return {
    additional_attributes: contact.additional_attributes,
    custom_attributes: contact.custom_attributes,
    email: contact.email,
    id: contact.id,
    identifier: contact.identifier,
    name: contact.name,
    phone_number: contact.phone_number,
    thumbnail: "",
    blocked: contact.blocked,
    type: "contact",
  };
}

/** A user inside a conversation or a message; jobs know no account, so their `availability` is null. */
export function userShortJson(user: User, live: boolean): Json {
  return {
    id: user.id,
    name: user.name,
    available_name: user.name,
    avatar_url: "",
    type: "user",
    availability_status: live ? availabilityOf(user) : null,
    thumbnail: "",
  };
}

const botShortJson = (bot: Bot): Json => ({ id: bot.id, name: bot.name, avatar_url: "", type: "agent_bot" });

/** The short form of whoever wrote a message; undefined for nobody. */
export function senderShortJson(world: World, message: Message, live: boolean): Json | undefined {
  const sender = senderOf(world.state, message);
  if (!sender || !message.sender) return undefined;
  if (message.sender.type === "Contact") return contactShortJson(sender as Contact);
  return message.sender.type === "User" ? userShortJson(sender as User, live) : botShortJson(sender as Bot);
}

/** A file of a message; its address needs no authentication. */
export function attachmentJson(world: World, attachment: Attachment): Json {
  const address = `${world.url}/rails/active_storage/blobs/redirect/${attachment.key}/${encodeURIComponent(attachment.name)}`;
  const image = attachment.file_type === "image";
  return {
    id: attachment.id,
    message_id: attachment.message_id,
    file_type: attachment.file_type,
    account_id: attachment.account_id,
    extension: attachment.name.includes(".") ? attachment.name.split(".").at(-1) : null,
    content_type: attachment.content_type,
    data_url: address,
    thumb_url: image ? address.replace("/blobs/", "/representations/") : "",
    file_size: attachment.data.length,
    width: image ? 1 : null,
    height: image ? 1 : null,
  };
}

/** The raw row of a message as conversations nest it; `forWebhook` normalises the text, REST shows it as stored. */
export function nestedMessageJson(
  world: World,
  conversation: Conversation,
  message: Message,
  { forWebhook }: { forWebhook: boolean },
): Json {
  const text = forWebhook ? normalised : (content: string | null) => content;
  const contactInbox = must(world.state.contactInboxes, conversation.contact_inbox_id);
  const sender = senderShortJson(world, message, !forWebhook);
  return {
    id: message.id,
    content: text(message.content),
    account_id: message.account_id,
    inbox_id: message.inbox_id,
    conversation_id: conversation.display_id,
    message_type: messageTypeNumber(message),
    created_at: seconds(message.created_at),
    updated_at: iso(message.updated_at),
    private: message.private,
    status: message.status,
    source_id: message.source_id,
    content_type: message.content_type,
    content_attributes: message.content_attributes,
    sender_type: message.sender?.type ?? null,
    sender_id: message.sender?.id ?? null,
    external_source_ids: {},
    additional_attributes: message.additional_attributes,
    processed_message_content: text(message.processed_content),
    sentiment: {},
    conversation: {
      assignee_id: conversation.assignee_id,
      unread_count: unreadCount(world.state, conversation),
      last_activity_at: seconds(conversation.last_activity_at),
      contact_inbox: { source_id: contactInbox.source_id },
    },
    ...(message.attachments.length > 0 && { attachments: message.attachments.map((attachment) => attachmentJson(world, attachment)) }),
    ...(sender && { sender }),
  };
}

/** A conversation as every event carries it: id is the display id, `messages` the newest public one. */
export function conversationEventJson(world: World, conversation: Conversation): Json {
  const { state } = world;
  const inbox = must(state.inboxes, conversation.inbox_id);
  const contactInbox = must(state.contactInboxes, conversation.contact_inbox_id);
  const newest = messagesOf(state, conversation).findLast((message) => message.message_type !== "activity" && !message.private);
  const team = conversation.team_id === null ? undefined : state.teams.get(conversation.team_id);
  return {
    additional_attributes: conversation.additional_attributes,
    can_reply: canReply(world, conversation),
    channel: inbox.channel_type,
    contact_inbox: {
      id: contactInbox.id,
      contact_id: contactInbox.contact_id,
      inbox_id: contactInbox.inbox_id,
      source_id: contactInbox.source_id,
      created_at: iso(contactInbox.created_at),
      updated_at: iso(contactInbox.updated_at),
      hmac_verified: contactInbox.hmac_verified,
      pubsub_token: contactInbox.pubsub_token,
    },
    id: conversation.display_id,
    inbox_id: conversation.inbox_id,
    messages: newest ? [nestedMessageJson(world, conversation, newest, { forWebhook: true })] : [],
    labels: conversation.label_list,
    meta: {
      sender: contactShortJson(must(state.contacts, conversation.contact_id)),
      ...assigneeJson(world, conversation),
      team: team ? { id: team.id, name: team.name } : null,
      hmac_verified: contactInbox.hmac_verified,
    },
    status: conversation.status,
    custom_attributes: conversation.custom_attributes,
    snoozed_until: iso(conversation.snoozed_until),
    unread_count: unreadCount(state, conversation),
    first_reply_created_at: iso(conversation.first_reply_created_at),
    priority: conversation.priority,
    waiting_since: seconds(conversation.waiting_since),
    agent_last_seen_at: seconds(conversation.agent_last_seen_at),
    contact_last_seen_at: seconds(conversation.contact_last_seen_at),
    last_activity_at: seconds(conversation.last_activity_at),
    timestamp: seconds(conversation.last_activity_at),
    created_at: seconds(conversation.created_at),
    updated_at: conversation.updated_at / 1000,
    account: accountJson(must(state.accounts, conversation.account_id)),
  };
}

/** A message as `message_created` and `message_updated` carry it, without the event's name. */
export function messageEventJson(world: World, message: Message): Json {
  const { state } = world;
  const conversation = must(state.conversations, message.conversation_id);
  const inbox = must(state.inboxes, message.inbox_id);
  return {
    account: accountJson(must(state.accounts, message.account_id)),
    additional_attributes: message.additional_attributes,
    content_attributes: message.content_attributes,
    content_type: message.content_type,
    content: eventContent(world, message, conversation, inbox),
    conversation: conversationEventJson(world, conversation),
    created_at: iso(message.created_at),
    id: message.id,
    inbox: { id: inbox.id, name: inbox.name },
    message_type: message.message_type,
    private: message.private,
    sender: eventSender(world, message),
    source_id: message.source_id,
    ...(message.attachments.length > 0 && { attachments: message.attachments.map((attachment) => attachmentJson(world, attachment)) }),
  };
}

/** Whoever does something, as typing events and message events name them. */
export function personEventJson(world: World, type: "Contact" | "User" | "AgentBot", person: Contact | User | Bot): Json {
  if (type === "Contact") return contactEventJson(world, person as Contact);
  if (type === "AgentBot") return { id: person.id, name: person.name, type: "agent_bot" };
  return { id: person.id, name: person.name, email: (person as User).email, type: "user" };
}

function eventSender(world: World, message: Message): Json | null {
  const sender = senderOf(world.state, message);
  return sender && message.sender ? personEventJson(world, message.sender.type, sender) : null;
}

/** A survey's address stands only here, and only where there is no widget to show the stars. */
function eventContent(world: World, message: Message, conversation: Conversation, inbox: Inbox): string | null {
  const content = normalised(message.content);
  if (message.content_type !== "input_csat" || inbox.channel_type === "Channel::WebWidget") return content;
  return `${content} ${world.url}/survey/responses/${conversation.uuid}`;
}

function assigneeJson({ state }: World, conversation: Conversation): Json {
  const bot = conversation.assignee_agent_bot_id === null ? undefined : state.bots.get(conversation.assignee_agent_bot_id);
  if (bot) return { assignee: botShortJson(bot), assignee_type: "AgentBot" };
  const user = conversation.assignee_id === null ? undefined : state.users.get(conversation.assignee_id);
  return { assignee: user ? userShortJson(user, false) : null, assignee_type: user ? "User" : null };
}

/** The bots that hear of a conversation: the inbox's active one and the assigned one, each once. */
export function botsOf(world: World, conversation: Conversation): Bot[] {
  const inboxBot = activeBot(world.state, must(world.state.inboxes, conversation.inbox_id));
  const assigned = conversation.assignee_agent_bot_id === null ? null : world.state.bots.get(conversation.assignee_agent_bot_id);
  return [...new Set([inboxBot, assigned])].filter((bot): bot is Bot => bot !== null && bot !== undefined);
}
