import { messagesOf, must, type State } from "./state.ts";
import type { Bot, Contact, Conversation, Inbox, Message, User } from "./types.ts";
import type { World } from "./world.ts";

const HOUR = 3_600_000;
const UNREAD_COUNT_LIMIT = 10;
/** A WhatsApp customer can be answered freely for 24 hours (contract §6). */
const WHATSAPP_WINDOW_HOURS = 24;

/** The person who wrote a message as a row; null for automation, templates and activities. */
export function senderOf(state: State, message: Message): Contact | User | Bot | null {
  if (!message.sender) return null;
  const table = { Contact: state.contacts, User: state.users, AgentBot: state.bots }[message.sender.type];
  return (table as Map<number, Contact | User | Bot>).get(message.sender.id) ?? null;
}

/** Incoming messages, private ones too, that came after an agent last looked; Chatwoot stops counting at ten. */
export function unreadCount(state: State, conversation: Conversation): number {
  const seen = conversation.agent_last_seen_at ?? 0;
  const unread = messagesOf(state, conversation).filter((message) => message.message_type === "incoming" && message.created_at > seen);
  return Math.min(unread.length, UNREAD_COUNT_LIMIT);
}

/** The reply window of an inbox in hours; null where a late reply is as good as an early one. */
function windowHours(inbox: Inbox): number | null {
  if (inbox.channel_type === "Channel::Whatsapp") return WHATSAPP_WINDOW_HOURS;
  if (inbox.channel_type !== "Channel::Api") return null;
  const attributes = (inbox.channel.additional_attributes ?? {}) as { agent_reply_time_window?: string | number };
  const hours = Number(attributes.agent_reply_time_window);
  return hours > 0 ? hours : null;
}

/** Whether Chatwoot's dashboard would let an agent answer: the last incoming message, even a private one, is inside the window. */
export function canReply(world: World, conversation: Conversation): boolean {
  if (conversation.can_reply_as_seeded !== null) return conversation.can_reply_as_seeded;
  const hours = windowHours(must(world.state.inboxes, conversation.inbox_id));
  if (hours === null) return true;
  const last = messagesOf(world.state, conversation).findLast((message) => message.message_type === "incoming");
  return last !== undefined && world.now() < last.created_at + hours * HOUR;
}

/** Live presence: with `auto_offline` somebody who has no dashboard open is offline whatever they chose. */
export function availabilityOf(user: User): User["availability"] {
  return user.auto_offline && !user.present ? "offline" : user.availability;
}

/** The bot that answers first in an inbox. */
export function activeBot(state: State, inbox: Inbox): Bot | null {
  return inbox.agent_bot_id === null ? null : (state.bots.get(inbox.agent_bot_id) ?? null);
}

/** The people of an account who may be assigned in an inbox: its members and all administrators. */
export function assignableUsers(state: State, inbox: Inbox): User[] {
  return [...state.users.values()].filter(
    (user) => user.account_ids.includes(inbox.account_id) && (user.role === "administrator" || inbox.member_ids.includes(user.id)),
  );
}

/** Whether a user may see a conversation: administrators all, agents those of their inboxes and teams. */
export function mayShow(state: State, user: User, conversation: Conversation): boolean {
  if (user.role === "administrator") return true;
  if (must(state.inboxes, conversation.inbox_id).member_ids.includes(user.id)) return true;
  const team = conversation.team_id === null ? null : state.teams.get(conversation.team_id);
  return team?.member_ids.includes(user.id) ?? false;
}
