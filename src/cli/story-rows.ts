import { createInbox } from "../simulator/inboxes.ts";
import { addMessage, nextId, randomToken, type State, uuid } from "../simulator/state.ts";
import type { Attachment, ChannelType, Contact, Conversation, Message, SenderRef, User } from "../simulator/types.ts";
import type { Told, ToldContact, ToldConversation, ToldMessage, ToldPerson } from "./story-told.ts";

const CHANNELS: Record<string, string> = {
  "Channel::Api": "api",
  "Channel::WebWidget": "web_widget",
  "Channel::Email": "email",
  "Channel::Whatsapp": "whatsapp",
};

/**
 * Brings a simulator's rows to what a body tells, without telling anybody: what a story is about has happened in Chatwoot before its
 * webhook is sent. Ids in `told` are the simulator's own.
 */
export function putIn(state: State, told: Told, accountId: number): void {
  state.accounts.set(accountId, { id: accountId, name: told.account });
  if (!told.conversation) return;
  putConversation(state, told.conversation, { accountId, inboxName: told.inbox });
  for (const message of told.conversation.messages) {
    if (message.id !== told.message?.id && !state.messages.has(message.id)) putMessage(state, told.conversation, message, accountId);
  }
  if (told.message) putMessage(state, told.conversation, told.message, accountId);
}

/** The row of a conversation by the id that webhooks name. */
export function conversationRow(state: State, displayId: number): Conversation | undefined {
  return [...state.conversations.values()].find((row) => row.display_id === displayId);
}

/** Stores a message, or changes the one that is there already. */
export function putMessage(state: State, { id: displayId }: Pick<ToldConversation, "id">, told: ToldMessage, accountId: number): void {
  const conversation = conversationRow(state, displayId);
  if (!conversation) throw new Error(`Conversation ${displayId} is not there yet.`);
  const known = state.messages.get(told.id);
  const at = told.created_at ?? conversation.last_activity_at;
  const shown = {
    content: told.content,
    processed_content: told.content,
    private: told.private,
    content_type: told.content_type ?? "text",
    content_attributes: told.content_attributes,
    additional_attributes: told.additional_attributes,
    attachments: told.attachments.map((file) => attachment(state, file, { messageId: told.id, accountId, at })),
  };
  if (known) return void Object.assign(known, shown);
  const message: Message = {
    ...shown,
    id: told.id,
    account_id: accountId,
    inbox_id: conversation.inbox_id,
    conversation_id: conversation.id,
    message_type: told.message_type,
    status: "sent",
    source_id: told.source_id,
    sender: told.sender ? senderOf(state, told.sender, accountId) : null,
    created_at: at,
    updated_at: at,
  };
  addMessage(state, message);
  conversation.last_activity_at = Math.max(conversation.last_activity_at, at);
}

function putConversation(
  state: State,
  told: ToldConversation,
  { accountId, inboxName }: { accountId: number; inboxName: string | null },
): void {
  putInbox(state, told, { accountId, name: inboxName });
  putContact(state, told.meta.sender, accountId);
  const created = told.created_at ?? Date.now();
  state.contactInboxes.set(told.contact_inbox.id, {
    id: told.contact_inbox.id,
    contact_id: told.meta.sender.id,
    inbox_id: told.inbox_id,
    source_id: told.contact_inbox.source_id ?? uuid(),
    hmac_verified: told.contact_inbox.hmac_verified,
    pubsub_token: randomToken(),
    created_at: created,
    updated_at: created,
  });
  const { assignee } = told.meta;
  const byBot = assignee?.type === "agent_bot";
  const shown = {
    status: told.status,
    assignee_id: assignee && !byBot ? putUser(state, assignee, accountId) : null,
    assignee_agent_bot_id: assignee && byBot ? putBot(state, assignee, accountId) : null,
    team_id: told.meta.team ? putTeam(state, told.meta.team, accountId) : null,
    priority: told.priority ?? null,
    label_list: told.labels,
    cached_label_list: told.labels.join(", ") || null,
    additional_attributes: told.additional_attributes,
    custom_attributes: told.custom_attributes,
    snoozed_until: told.snoozed_until,
    waiting_since: told.waiting_since,
    first_reply_created_at: told.first_reply_created_at,
    agent_last_seen_at: told.agent_last_seen_at,
    contact_last_seen_at: told.contact_last_seen_at,
    updated_at: told.updated_at ?? created,
    can_reply_as_seeded: told.can_reply ?? null,
  };
  const known = conversationRow(state, told.id);
  if (known) return void Object.assign(known, shown);
  const row: Conversation = {
    ...shown,
    id: nextId(state, "conversation"),
    display_id: told.id,
    uuid: uuid(),
    account_id: accountId,
    inbox_id: told.inbox_id,
    contact_id: told.meta.sender.id,
    contact_inbox_id: told.contact_inbox.id,
    assignee_last_seen_at: null,
    last_activity_at: created,
    created_at: created,
    participant_ids: [],
  };
  state.conversations.set(row.id, row);
}

/** The simulator knows four kinds of channel; another one behaves as an API inbox under its own name. */
function putInbox(state: State, told: ToldConversation, { accountId, name }: { accountId: number; name: string | null }): void {
  const known = state.inboxes.get(told.inbox_id);
  if (known) {
    if (name !== null) known.name = name;
    return;
  }
  const type = CHANNELS[told.channel] ?? "api";
  const email = name?.includes("@") ? name : "help@shop.example";
  const inbox = createInbox({ state }, accountId, {
    name: name ?? `Inbox ${told.inbox_id}`,
    enable_auto_assignment: false,
    channel: { type, ...(type === "email" && { email }) },
  });
  state.inboxes.delete(inbox.id);
  state.inboxes.set(told.inbox_id, Object.assign(inbox, { id: told.inbox_id, channel_type: told.channel as ChannelType }));
}

function putContact(state: State, told: ToldContact, accountId: number): void {
  const now = Date.now();
  const shown = { ...told, name: told.name ?? "" };
  const known = state.contacts.get(told.id);
  if (known) return void Object.assign(known, shown);
  const row: Contact = {
    ...shown,
    account_id: accountId,
    contact_type: told.email || told.phone_number ? "lead" : "visitor",
    label_list: [],
    last_activity_at: now,
    created_at: now,
    updated_at: now,
  };
  state.contacts.set(row.id, row);
}

/** Somebody whom a story shows at work is online, and a member of every inbox there is. */
function putUser(state: State, told: ToldPerson, accountId: number): number {
  const name = told.name ?? `Operator ${told.id}`;
  const known = state.users.get(told.id);
  const row: User = known ?? {
    id: told.id,
    account_ids: [accountId],
    name,
    email: `operator${told.id}@shop.example`,
    role: "agent",
    token: randomToken(),
    pubsub_token: randomToken(),
    availability: "online",
    auto_offline: true,
    present: true,
  };
  if (told.email !== null) row.email = told.email;
  state.users.set(row.id, row);
  for (const inbox of state.inboxes.values()) if (!inbox.member_ids.includes(row.id)) inbox.member_ids.push(row.id);
  return row.id;
}

function putBot(state: State, told: ToldPerson, accountId: number): number {
  const known = state.bots.has(told.id);
  if (!known)
    state.bots.set(told.id, {
      id: told.id,
      account_id: accountId,
      name: told.name ?? `Bot ${told.id}`,
      description: null,
      outgoing_url: null,
      bot_config: {},
      token: randomToken(),
      secret: randomToken(),
    });
  return told.id;
}

function putTeam(state: State, told: { id: number; name: string | null }, accountId: number): number {
  const now = Date.now();
  const row = { description: null, allow_auto_assign: false, member_ids: [], created_at: now, updated_at: now };
  if (!state.teams.has(told.id))
    state.teams.set(told.id, { ...row, id: told.id, account_id: accountId, name: told.name ?? `team ${told.id}` });
  return told.id;
}

/** A contact at a body's top level has no type; what is neither contact, person nor bot (an assistant) is nobody to the API. */
function senderOf(state: State, told: ToldPerson, accountId: number): SenderRef | null {
  if (told.type === null || told.type === "contact") return { type: "Contact", id: told.id };
  if (told.type === "user") return { type: "User", id: putUser(state, told, accountId) };
  return told.type === "agent_bot" ? { type: "AgentBot", id: putBot(state, told, accountId) } : null;
}

function attachment(
  state: State,
  file: ToldMessage["attachments"][number],
  { messageId, accountId, at }: { messageId: number; accountId: number; at: number },
): Attachment {
  return {
    id: nextId(state, "attachment"),
    message_id: messageId,
    account_id: accountId,
    file_type: file.file_type ?? "file",
    name: decodeURIComponent(file.data_url?.split("/").at(-1) ?? "file"),
    content_type: file.content_type ?? "application/octet-stream",
    data: Buffer.alloc(0),
    key: uuid(),
    created_at: at,
  };
}
