import type { Job } from "./outbox.ts";
import { must, ofAccount } from "./state.ts";
import type { Contact, ContactInbox, Conversation, Inbox, Json, Message } from "./types.ts";
import { accountJson, botsOf, contactEventJson, conversationEventJson, messageEventJson } from "./webhook-json.ts";
import type { World } from "./world.ts";

/** One changed column, as `changed_attributes` lists it. */
export type Change = Record<string, { previous_value: unknown; current_value: unknown }>;

/** The events an account webhook may subscribe to (contract §2.1). */
export const SUBSCRIBABLE = [
  "conversation_status_changed",
  "conversation_updated",
  "conversation_created",
  "contact_created",
  "contact_updated",
  "message_created",
  "message_updated",
  "webwidget_triggered",
  "inbox_created",
  "inbox_updated",
  "conversation_typing_on",
  "conversation_typing_off",
];
/** What a webhook hears that was made without `subscriptions`. */
export const SUBSCRIBED_BY_DEFAULT = SUBSCRIBABLE.slice(0, 8);

/** Tells the account's webhooks, the API inbox and the bots of a message; activities are never told. */
export function tellMessage(world: World, event: "message_created" | "message_updated", message: Message): void {
  if (world.quiet || message.message_type === "activity") return;
  const inbox = must(world.state.inboxes, message.inbox_id);
  const conversation = must(world.state.conversations, message.conversation_id);
  const build = () => (world.state.messages.get(message.id) === message ? { ...messageEventJson(world, message), event } : null);
  tellAccount(world, message.account_id, event, build);
  tellApiInbox(world, inbox, event, build, (reason) => failMessage(world, message, reason));
  for (const bot of botsOf(world, conversation)) {
    if (bot.outgoing_url)
      world.outbox.send({
        kind: "bot",
        url: bot.outgoing_url,
        secret: bot.secret,
        event,
        build,
        failed: () => world.listeners.botFailed(conversation),
      });
  }
  if (event === "message_created") world.listeners.happened(event, conversation, message);
}

/** Tells of a conversation. `changes` undefined: the event has no `changed_attributes`; null: it has it and it is null. */
export function tellConversation(
  world: World,
  event: "conversation_created" | "conversation_status_changed" | "conversation_updated" | "conversation_opened" | "conversation_resolved",
  conversation: Conversation,
  changes?: Change[] | null,
): void {
  if (world.quiet) return;
  const inbox = must(world.state.inboxes, conversation.inbox_id);
  const build = () =>
    world.state.conversations.get(conversation.id) === conversation
      ? { ...conversationEventJson(world, conversation), event, ...(changes !== undefined && { changed_attributes: changes }) }
      : null;
  const onlyBots = event === "conversation_opened" || event === "conversation_resolved";
  if (!onlyBots) {
    tellAccount(world, conversation.account_id, event, build);
    tellApiInbox(world, inbox, event, build);
  }
  if (event !== "conversation_status_changed" && event !== "conversation_resolved") world.listeners.happened(event, conversation);
  if (event === "conversation_created") return;
  for (const bot of botsOf(world, conversation)) {
    if (bot.outgoing_url) world.outbox.send({ kind: "bot", url: bot.outgoing_url, secret: bot.secret, event, build });
  }
}

/** Tells the account's webhooks of a contact. */
export function tellContact(world: World, event: "contact_created" | "contact_updated", contact: Contact, changes?: Change[]): void {
  if (world.quiet) return;
  const build = () =>
    world.state.contacts.get(contact.id) === contact
      ? { ...contactEventJson(world, contact), event, ...(changes && { changed_attributes: changes }) }
      : null;
  tellAccount(world, contact.account_id, event, build);
}

/** Tells that somebody types; `user` is the typist in the event's own form. */
export function tellTyping(world: World, state: "on" | "off", conversation: Conversation, user: Json, isPrivate: boolean): void {
  const event = `conversation_typing_${state}`;
  const build = () => ({ event, user, conversation: conversationEventJson(world, conversation), is_private: isPrivate });
  tellAccount(world, conversation.account_id, event, build);
  tellApiInbox(world, must(world.state.inboxes, conversation.inbox_id), event, build);
}

/** Tells that a visitor opened the website's chat. */
export function tellWidget(world: World, contactInbox: ContactInbox, eventInfo: Json): void {
  const { state } = world;
  const contact = must(state.contacts, contactInbox.contact_id);
  const inbox = must(state.inboxes, contactInbox.inbox_id);
  const event = "webwidget_triggered";
  const build = () => {
    const current = [...state.conversations.values()].findLast((row) => row.contact_inbox_id === contactInbox.id);
    return {
      id: contactInbox.id,
      contact: contactEventJson(world, contact),
      inbox: { id: inbox.id, name: inbox.name },
      account: accountJson(must(state.accounts, inbox.account_id)),
      current_conversation: current ? conversationEventJson(world, current) : null,
      source_id: contactInbox.source_id,
      event,
      event_info: eventInfo,
    };
  };
  tellAccount(world, inbox.account_id, event, build);
}

/** Sends the unsigned webhook of a macro or an automation rule. */
export function tellUrl(world: World, kind: "macro" | "automation", url: string, event: string, conversation: Conversation): void {
  if (world.quiet) return;
  world.outbox.send({ kind, url, event, build: () => ({ ...conversationEventJson(world, conversation), event }) });
}

function tellAccount(world: World, accountId: number, event: string, build: Job["build"]): void {
  for (const webhook of ofAccount(world.state.webhooks, accountId)) {
    if (webhook.subscriptions.includes(event))
      world.outbox.send({ kind: "account", url: webhook.url, secret: webhook.secret, event, build });
  }
}

function tellApiInbox(world: World, inbox: Inbox, event: string, build: Job["build"], failed?: Job["failed"]): void {
  const url = inbox.channel.webhook_url;
  if (inbox.channel_type !== "Channel::Api" || typeof url !== "string" || url === "") return;
  world.outbox.send({ kind: "api_inbox", url, secret: String(inbox.channel.secret), event, build, failed });
}

/** A failing API-inbox webhook marks the message, whatever its direction, and tells of that unless it already says so. */
function failMessage(world: World, message: Message, reason: string): void {
  if (world.state.messages.get(message.id) !== message) return;
  if (message.status === "failed" && message.content_attributes.external_error === reason) return;
  message.status = "failed";
  message.content_attributes = { ...message.content_attributes, external_error: reason };
  message.updated_at = world.now();
  tellMessage(world, "message_updated", message);
}
