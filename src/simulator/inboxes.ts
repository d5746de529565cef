import { isObject } from "./answers.ts";
import { invalid, unprocessable } from "./refusal.ts";
import { nextId, ofAccount, randomToken } from "./state.ts";
import type { ChannelType, Inbox, Json, WorkingHour } from "./types.ts";
import type { World } from "./world.ts";

const KINDS: Record<string, ChannelType> = {
  api: "Channel::Api",
  web_widget: "Channel::WebWidget",
  email: "Channel::Email",
  whatsapp: "Channel::Whatsapp",
};
/** What a call may set on an inbox beside its channel. */
const SETTABLE = [
  "name",
  "greeting_enabled",
  "greeting_message",
  "working_hours_enabled",
  "out_of_office_message",
  "timezone",
  "enable_email_collect",
  "csat_survey_enabled",
  "enable_auto_assignment",
  "auto_assignment_config",
  "allow_messages_after_resolved",
  "lock_to_single_conversation",
  "sender_name_type",
  "business_name",
] as const;
const SURVEY_DEFAULTS = { survey_rules: { operator: "contains", values: [] }, button_text: "Please rate us", language: "en" };

/** Makes an inbox of one of the four kinds from what a caller posted. */
export function createInbox({ state }: Pick<World, "state">, accountId: number, body: Json): Inbox {
  const channel = isObject(body.channel) ? body.channel : {};
  const type = KINDS[String(channel.type)];
  if (!type) throw unprocessable("param is missing or the value is empty: channel");
  if (!body.name && type !== "Channel::Email") throw invalid("Name can't be blank", ["name"]);
  const inbox: Inbox = {
    id: nextId(state, "inbox"),
    account_id: accountId,
    channel_id: nextId(state, type),
    channel_type: type,
    name: String(body.name ?? channel.email),
    channel: channelColumns(type, channel),
    greeting_enabled: false,
    greeting_message: null,
    working_hours_enabled: false,
    out_of_office_message: null,
    working_hours: Array.from({ length: 7 }, (_, day) => defaultHours(day)),
    timezone: "UTC",
    enable_email_collect: true,
    csat_survey_enabled: false,
    csat_config: {},
    enable_auto_assignment: true,
    auto_assignment_config: {},
    allow_messages_after_resolved: true,
    lock_to_single_conversation: false,
    sender_name_type: "friendly",
    business_name: null,
    member_ids: [],
    agent_bot_id: null,
  };
  const { channel: _, ...own } = body;
  updateInbox(inbox, own);
  state.inboxes.set(inbox.id, inbox);
  return inbox;
}

/** Changes what a call names, in the inbox and in its channel. */
export function updateInbox(inbox: Inbox, body: Json): void {
  for (const key of SETTABLE) if (key in body) Object.assign(inbox, { [key]: body[key] });
  if (isObject(body.csat_config)) inbox.csat_config = { ...SURVEY_DEFAULTS, ...body.csat_config };
  if (Array.isArray(body.working_hours)) {
    for (const row of body.working_hours as Partial<WorkingHour>[]) {
      inbox.working_hours = inbox.working_hours.map((known) => (known.day_of_week === row.day_of_week ? { ...known, ...row } : known));
    }
  }
  if (isObject(body.channel)) {
    const { type: _, ...columns } = body.channel;
    Object.assign(inbox.channel, columns);
  }
}

/** An inbox as REST answers it; secrets only for administrators. */
export function inboxJson(inbox: Inbox, baseUrl: string, { forAdministrator }: { forAdministrator: boolean }): Json {
  const { channel, channel_type: type } = inbox;
  const own = (key: string, otherwise: unknown = null) => channel[key] ?? otherwise;
  const widget = type === "Channel::WebWidget";
  return {
    id: inbox.id,
    avatar_url: "",
    channel_id: inbox.channel_id,
    name: inbox.name,
    channel_type: type,
    greeting_enabled: inbox.greeting_enabled,
    greeting_message: inbox.greeting_message,
    working_hours_enabled: inbox.working_hours_enabled,
    enable_email_collect: inbox.enable_email_collect,
    csat_survey_enabled: inbox.csat_survey_enabled,
    csat_config: inbox.csat_config,
    enable_auto_assignment: inbox.enable_auto_assignment,
    auto_assignment_config: inbox.auto_assignment_config,
    out_of_office_message: inbox.out_of_office_message,
    working_hours: inbox.working_hours,
    timezone: inbox.timezone,
    callback_webhook_url: null,
    allow_messages_after_resolved: inbox.allow_messages_after_resolved,
    lock_to_single_conversation: inbox.lock_to_single_conversation,
    sender_name_type: inbox.sender_name_type,
    business_name: inbox.business_name,
    allowed_domains: own("allowed_domains"),
    widget_color: own("widget_color"),
    website_url: own("website_url"),
    hmac_mandatory: own("hmac_mandatory"),
    welcome_title: own("welcome_title"),
    welcome_tagline: own("welcome_tagline"),
    web_widget_script: widget ? widgetScript(String(channel.website_token), baseUrl) : null,
    website_token: own("website_token"),
    selected_feature_flags: own("selected_feature_flags"),
    reply_time: own("reply_time"),
    ...(widget && forAdministrator && { hmac_token: channel.hmac_token }),
    ...(widget && {
      pre_chat_form_enabled: false,
      pre_chat_form_options: PRE_CHAT_FORM,
      continuity_via_email: own("continuity_via_email", true),
    }),
    messaging_service_sid: null,
    phone_number: own("phone_number"),
    ...(type === "Channel::Email" && emailColumns(channel, forAdministrator)),
    ...(type === "Channel::Api" && {
      ...(forAdministrator && { hmac_token: channel.hmac_token, secret: channel.secret }),
      webhook_url: own("webhook_url"),
      inbox_identifier: channel.inbox_identifier,
      additional_attributes: channel.additional_attributes,
    }),
    ...(type === "Channel::Whatsapp" && { message_templates: [], ...(forAdministrator && { provider_config: channel.provider_config }) }),
    provider: own("provider"),
  };
}

/** The API inbox with this identifier, as the public API is addressed. */
export function apiInbox(world: World, identifier: string): Inbox | undefined {
  return [...world.state.inboxes.values()].find(
    (row) => row.channel_type === "Channel::Api" && row.channel.inbox_identifier === identifier,
  );
}

/** The website inbox with this token. */
export function websiteInbox(world: World, token: unknown): Inbox | undefined {
  return [...world.state.inboxes.values()].find((row) => row.channel_type === "Channel::WebWidget" && row.channel.website_token === token);
}

/** The inboxes a person works in: administrators see all. */
export function inboxesOf(world: World, accountId: number, user: { id: number; role: string }): Inbox[] {
  const all = ofAccount(world.state.inboxes, accountId);
  return user.role === "administrator" ? all : all.filter((row) => row.member_ids.includes(user.id));
}

function channelColumns(type: ChannelType, given: Json): Json {
  const { type: _, ...columns } = given;
  if (type === "Channel::Api") {
    return {
      webhook_url: null,
      hmac_mandatory: false,
      additional_attributes: {},
      ...columns,
      inbox_identifier: randomToken(),
      hmac_token: randomToken(),
      secret: randomToken(),
    };
  }
  if (type === "Channel::WebWidget") {
    return {
      allowed_domains: "",
      widget_color: "#1f93ff",
      hmac_mandatory: false,
      selected_feature_flags: ["attachments", "emoji_picker", "end_conversation"],
      reply_time: "in_a_few_minutes",
      ...columns,
      website_token: randomToken(),
      hmac_token: randomToken(),
    };
  }
  if (type === "Channel::Whatsapp") return { provider: "whatsapp_cloud", provider_config: {}, ...columns };
  return columns;
}

function emailColumns(channel: Json, forAdministrator: boolean): Json {
  const defaults = {
    email: null,
    forwarding_enabled: false,
    imap_login: "",
    imap_password: "",
    imap_address: "",
    imap_port: 0,
    imap_enabled: false,
    imap_enable_ssl: true,
    imap_authentication: "plain",
    smtp_login: "",
    smtp_password: "",
    smtp_address: "",
    smtp_port: 0,
    smtp_enabled: false,
    smtp_domain: "",
    smtp_enable_ssl_tls: false,
    smtp_enable_starttls_auto: true,
    smtp_openssl_verify_mode: "none",
    smtp_authentication: "login",
  };
  const all: Json = Object.fromEntries(Object.entries(defaults).map(([key, value]) => [key, channel[key] ?? value]));
  return forAdministrator ? all : Object.fromEntries(Object.entries(all).filter(([key]) => !/^(imap|smtp)_/.test(key)));
}

function defaultHours(day: number): WorkingHour {
  const closed = day === 0 || day === 6;
  return {
    day_of_week: day,
    closed_all_day: closed,
    open_hour: closed ? null : 9,
    open_minutes: closed ? null : 0,
    close_hour: closed ? null : 17,
    close_minutes: closed ? null : 0,
    open_all_day: false,
  };
}

const PRE_CHAT_FORM = {
  pre_chat_fields: [
    { name: "emailAddress", type: "email", label: "Email Id", enabled: false, required: true, field_type: "standard" },
    { name: "fullName", type: "text", label: "Full name", enabled: false, required: false, field_type: "standard" },
    { name: "phoneNumber", type: "text", label: "Phone number", enabled: false, required: false, field_type: "standard" },
  ],
  pre_chat_message: "Share your queries or comments here.",
};

const widgetScript = (token: string, baseUrl: string): string =>
  `<script>window.chatwootSettings = { websiteToken: '${token}', baseUrl: '${baseUrl}' }</script>`;
