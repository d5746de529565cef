import { availabilityOf, canReply, unreadCount } from "./lookups.ts";
import { messagesOf, must } from "./state.ts";
import type { Bot, Contact, Conversation, Inbox, Json, Message, Team, User } from "./types.ts";
import { attachmentJson, contactShortJson, messageTypeNumber, nestedMessageJson, senderShortJson, userShortJson } from "./webhook-json.ts";
import { iso, seconds, type World } from "./world.ts";

/** An operator as lists and assignments show them. */
export function agentJson(user: User, accountId: number): Json {
  return {
    id: user.id,
    account_id: accountId,
    availability_status: availabilityOf(user),
    auto_offline: user.auto_offline,
    confirmed: true,
    email: user.email,
    provider: "email",
    available_name: user.name,
    name: user.name,
    role: user.role,
    thumbnail: "",
    custom_role_id: null,
  };
}

/** The owner of a token as `GET /profile` shows them, with the token itself. */
export function profileJson(world: World, user: User): Json {
  const accounts = user.account_ids.map((id) => must(world.state.accounts, id));
  return {
    access_token: user.token,
    account_id: accounts[0]?.id ?? null,
    available_name: user.name,
    avatar_url: "",
    confirmed: true,
    display_name: null,
    message_signature: null,
    email: user.email,
    id: user.id,
    inviter_id: null,
    name: user.name,
    provider: "email",
    pubsub_token: user.pubsub_token,
    role: user.role,
    ui_settings: {},
    uid: user.email,
    type: null,
    accounts: accounts.map((account) => ({
      id: account.id,
      name: account.name,
      status: "active",
      onboarding_step: null,
      active_at: null,
      role: user.role,
      permissions: [user.role],
      availability: user.availability,
      availability_status: availabilityOf(user),
      auto_offline: user.auto_offline,
      custom_role_id: null,
      custom_role: null,
    })),
  };
}

/** A bot; its token is for everybody in the account to read, its secret for administrators. */
export function botJson(bot: Bot, { withSecret }: { withSecret: boolean }): Json {
  return {
    id: bot.id,
    name: bot.name,
    description: bot.description,
    thumbnail: "",
    outgoing_url: bot.outgoing_url,
    bot_type: "webhook",
    bot_config: bot.bot_config,
    account_id: bot.account_id,
    access_token: bot.token,
    ...(withSecret && { secret: bot.secret }),
    system_bot: false,
  };
}

/** A team; bots belong to no team, so only a person's view says whether they are a member. */
export function teamJson(team: Team, viewer: User): Json {
  return {
    id: team.id,
    name: team.name,
    description: team.description,
    allow_auto_assign: team.allow_auto_assign,
    account_id: team.account_id,
    is_member: team.member_ids.includes(viewer.id),
  };
}

/** A message as REST answers it: integers and Unix times, text as stored. */
export function messageJson(world: World, message: Message, echoId?: unknown): Json {
  const conversation = must(world.state.conversations, message.conversation_id);
  const sender = senderShortJson(world, message, true);
  return {
    id: message.id,
    content: message.content,
    inbox_id: message.inbox_id,
    ...(echoId !== undefined && { echo_id: echoId }),
    conversation_id: conversation.display_id,
    message_type: messageTypeNumber(message),
    content_type: message.content_type,
    status: message.status,
    content_attributes: message.content_attributes,
    created_at: seconds(message.created_at),
    private: message.private,
    source_id: message.source_id,
    ...(sender && { sender }),
    ...(message.attachments.length > 0 && { attachments: message.attachments.map((attachment) => attachmentJson(world, attachment)) }),
  };
}

/** A message as the customer's side sees it, over the public API and the widget's. */
export function publicMessageJson(world: World, message: Message): Json {
  const conversation = must(world.state.conversations, message.conversation_id);
  const sender = senderShortJson(world, message, false);
  return {
    id: message.id,
    content: message.content,
    message_type: messageTypeNumber(message),
    content_type: message.content_type,
    content_attributes: message.content_attributes,
    created_at: seconds(message.created_at),
    conversation_id: conversation.display_id,
    ...(message.attachments.length > 0 && { attachments: message.attachments.map((attachment) => attachmentJson(world, attachment)) }),
    ...(sender && { sender }),
  };
}

/** The inbox of a contact, in short. */
export function inboxSlimJson(inbox: Inbox): Json {
  return {
    id: inbox.id,
    avatar_url: "",
    channel_id: inbox.channel_id,
    name: inbox.name,
    channel_type: inbox.channel_type,
    provider: inbox.channel.provider ?? null,
  };
}

/** A contact as REST answers it; `withInboxes` adds where they can be reached. */
export function contactJson(world: World, contact: Contact, { withInboxes }: { withInboxes: boolean }): Json {
  const inboxes = [...world.state.contactInboxes.values()].filter((row) => row.contact_id === contact.id);
  return {
    additional_attributes: contact.additional_attributes,
    availability_status: "offline",
    email: contact.email,
    id: contact.id,
    name: contact.name,
    phone_number: contact.phone_number,
    blocked: contact.blocked,
    identifier: contact.identifier,
    thumbnail: "",
    custom_attributes: contact.custom_attributes,
    ...(contact.last_activity_at !== null && { last_activity_at: seconds(contact.last_activity_at) }),
    created_at: seconds(contact.created_at),
    ...(withInboxes && {
      contact_inboxes: inboxes.map((row) => ({ source_id: row.source_id, inbox: inboxSlimJson(must(world.state.inboxes, row.inbox_id)) })),
    }),
  };
}

/** The raw row of a contact, as the public API shows it to its owner. */
export function contactRowJson(contact: Contact): Json {
  return {
    id: contact.id,
    name: contact.name,
    email: contact.email,
    phone_number: contact.phone_number,
    account_id: contact.account_id,
    created_at: iso(contact.created_at),
    updated_at: iso(contact.updated_at),
    additional_attributes: contact.additional_attributes,
    identifier: contact.identifier,
    custom_attributes: contact.custom_attributes,
    last_activity_at: iso(contact.last_activity_at),
    contact_type: contact.contact_type,
    middle_name: "",
    last_name: "",
    location: null,
    country_code: null,
    blocked: contact.blocked,
    company_id: null,
    label_list: contact.label_list,
  };
}

/** A conversation as REST answers it; `messages` holds the newest of any kind, keys of an absent assignee and team are absent. */
export function conversationJson(world: World, conversation: Conversation, viewer: User | null): Json {
  const { state } = world;
  const thread = messagesOf(state, conversation);
  const newest = thread.at(-1);
  const newestSaid = thread.findLast((message) => message.message_type !== "activity");
  const nested = (message: Message) => nestedMessageJson(world, conversation, message, { forWebhook: false });
  const contact = must(state.contacts, conversation.contact_id);
  return {
    meta: {
      sender: contactJson(world, contact, { withInboxes: false }),
      channel: must(state.inboxes, conversation.inbox_id).channel_type,
      ...assigneeAndTeam(world, conversation, viewer),
      hmac_verified: must(state.contactInboxes, conversation.contact_inbox_id).hmac_verified,
    },
    id: conversation.display_id,
    messages: newest ? [nested(newest)] : [],
    account_id: conversation.account_id,
    uuid: conversation.uuid,
    additional_attributes: conversation.additional_attributes,
    agent_last_seen_at: seconds(conversation.agent_last_seen_at),
    assignee_last_seen_at: seconds(conversation.assignee_last_seen_at),
    can_reply: canReply(world, conversation),
    contact_last_seen_at: seconds(conversation.contact_last_seen_at),
    custom_attributes: conversation.custom_attributes,
    inbox_id: conversation.inbox_id,
    labels: conversation.label_list,
    muted: contact.blocked,
    snoozed_until: iso(conversation.snoozed_until),
    status: conversation.status,
    created_at: seconds(conversation.created_at),
    updated_at: conversation.updated_at / 1000,
    timestamp: seconds(conversation.last_activity_at),
    first_reply_created_at: seconds(conversation.first_reply_created_at),
    unread_count: unreadCount(state, conversation),
    last_non_activity_message: newestSaid ? nested(newestSaid) : null,
    last_activity_at: seconds(conversation.last_activity_at),
    priority: conversation.priority,
    waiting_since: seconds(conversation.waiting_since),
    sla_policy_id: null,
  };
}

/** What stands beside a list of messages: the conversation in short. */
export function messagesMetaJson(world: World, conversation: Conversation): Json {
  const { state } = world;
  const assignee = conversation.assignee_id === null ? undefined : state.users.get(conversation.assignee_id);
  return {
    labels: conversation.label_list,
    additional_attributes: conversation.additional_attributes,
    contact: contactShortJson(must(state.contacts, conversation.contact_id)),
    ...(assignee && { assignee: userShortJson(assignee, true) }),
    agent_last_seen_at: iso(conversation.agent_last_seen_at),
    assignee_last_seen_at: iso(conversation.assignee_last_seen_at),
  };
}

/** A conversation as the customer's side sees it. */
export function publicConversationJson(world: World, conversation: Conversation): Json {
  const { state } = world;
  const said = messagesOf(state, conversation).filter((message) => !message.private && message.message_type !== "activity");
  return {
    id: conversation.display_id,
    uuid: conversation.uuid,
    inbox_id: conversation.inbox_id,
    contact_last_seen_at: seconds(conversation.contact_last_seen_at),
    status: conversation.status,
    agent_last_seen_at: seconds(conversation.agent_last_seen_at),
    messages: said.map((message) => publicMessageJson(world, message)),
    contact: contactRowJson(must(state.contacts, conversation.contact_id)),
  };
}

/** Chatwoot's own view asks a bot for its teams and fails; here that is an error, too. */
function assigneeAndTeam({ state }: World, conversation: Conversation, viewer: User | null): Json {
  const bot = conversation.assignee_agent_bot_id === null ? undefined : state.bots.get(conversation.assignee_agent_bot_id);
  const user = conversation.assignee_id === null ? undefined : state.users.get(conversation.assignee_id);
  const team = conversation.team_id === null ? undefined : state.teams.get(conversation.team_id);
  if (team && !viewer) throw new Error("A bot has no teams to compare with the conversation's.");
  return {
    ...(user && { assignee: agentJson(user, conversation.account_id), assignee_type: "User" }),
    ...(bot && {
      assignee: {
        id: bot.id,
        name: bot.name,
        description: bot.description,
        thumbnail: "",
        outgoing_url: bot.outgoing_url,
        bot_type: "webhook",
      },
      assignee_type: "AgentBot",
    }),
    ...(team && viewer && { team: teamJson(team, viewer) }),
  };
}
