/** The rows a simulated Chatwoot keeps. Times are Unix milliseconds with a fraction, null when unset; names are Chatwoot's own. */
export type Json = Record<string, unknown>;

export interface Account {
  id: number;
  name: string;
}

export interface User {
  id: number;
  account_ids: number[];
  name: string;
  email: string;
  role: "agent" | "administrator";
  token: string;
  pubsub_token: string;
  /** What the operator chose; without presence and with `auto_offline` others see "offline". */
  availability: "online" | "busy" | "offline";
  auto_offline: boolean;
  present: boolean;
}

export interface Bot {
  id: number;
  account_id: number;
  name: string;
  description: string | null;
  outgoing_url: string | null;
  bot_config: Json;
  token: string;
  secret: string;
}

export type ChannelType = "Channel::Api" | "Channel::WebWidget" | "Channel::Email" | "Channel::Whatsapp";

export interface WorkingHour {
  day_of_week: number;
  closed_all_day: boolean;
  open_hour: number | null;
  open_minutes: number | null;
  close_hour: number | null;
  close_minutes: number | null;
  open_all_day: boolean;
}

export interface Inbox {
  id: number;
  account_id: number;
  channel_id: number;
  channel_type: ChannelType;
  name: string;
  /** The channel's own columns: webhook_url, inbox_identifier, secret, website_token, email, … */
  channel: Json;
  greeting_enabled: boolean;
  greeting_message: string | null;
  working_hours_enabled: boolean;
  out_of_office_message: string | null;
  working_hours: WorkingHour[];
  timezone: string;
  enable_email_collect: boolean;
  csat_survey_enabled: boolean;
  csat_config: Json;
  enable_auto_assignment: boolean;
  auto_assignment_config: Json;
  allow_messages_after_resolved: boolean;
  lock_to_single_conversation: boolean;
  sender_name_type: string;
  business_name: string | null;
  member_ids: number[];
  agent_bot_id: number | null;
}

export interface Contact {
  id: number;
  account_id: number;
  name: string;
  email: string | null;
  phone_number: string | null;
  identifier: string | null;
  additional_attributes: Json;
  custom_attributes: Json;
  contact_type: "visitor" | "lead";
  blocked: boolean;
  label_list: string[];
  last_activity_at: number | null;
  created_at: number;
  updated_at: number;
}

export interface ContactInbox {
  id: number;
  contact_id: number;
  inbox_id: number;
  source_id: string;
  hmac_verified: boolean;
  pubsub_token: string;
  created_at: number;
  updated_at: number;
}

export type Status = "open" | "resolved" | "pending" | "snoozed";
export type Priority = "low" | "medium" | "high" | "urgent";

export interface Conversation {
  id: number;
  display_id: number;
  uuid: string;
  account_id: number;
  inbox_id: number;
  contact_id: number;
  contact_inbox_id: number;
  status: Status;
  assignee_id: number | null;
  assignee_agent_bot_id: number | null;
  team_id: number | null;
  priority: Priority | null;
  label_list: string[];
  cached_label_list: string | null;
  additional_attributes: Json;
  custom_attributes: Json;
  snoozed_until: number | null;
  waiting_since: number | null;
  first_reply_created_at: number | null;
  agent_last_seen_at: number | null;
  assignee_last_seen_at: number | null;
  contact_last_seen_at: number | null;
  last_activity_at: number;
  created_at: number;
  updated_at: number;
  participant_ids: number[];
  /** Set by a seed that wants a closed messaging window without waiting for it. */
  can_reply_as_seeded: boolean | null;
}

export type MessageType = "incoming" | "outgoing" | "activity" | "template";
export type DeliveryStatus = "sent" | "delivered" | "read" | "failed";
export interface SenderRef {
  type: "Contact" | "User" | "AgentBot";
  id: number;
}

export interface Message {
  id: number;
  account_id: number;
  inbox_id: number;
  conversation_id: number;
  content: string | null;
  processed_content: string | null;
  message_type: MessageType;
  private: boolean;
  status: DeliveryStatus;
  source_id: string | null;
  content_type: string;
  content_attributes: Json;
  additional_attributes: Json;
  sender: SenderRef | null;
  attachments: Attachment[];
  created_at: number;
  updated_at: number;
}

export interface Attachment {
  id: number;
  message_id: number;
  account_id: number;
  file_type: string;
  name: string;
  content_type: string;
  data: Buffer;
  key: string;
  created_at: number;
}

export interface Team {
  id: number;
  account_id: number;
  name: string;
  description: string | null;
  allow_auto_assign: boolean;
  member_ids: number[];
  created_at: number;
  updated_at: number;
}

export interface Webhook {
  id: number;
  account_id: number;
  inbox_id: number | null;
  name: string | null;
  url: string;
  subscriptions: string[];
  secret: string;
}

/** A macro or an automation rule does a list of these. */
export interface Action {
  action_name: string;
  action_params: unknown[];
}

export interface Macro {
  id: number;
  account_id: number;
  name: string;
  visibility: "global" | "personal";
  created_by_id: number;
  updated_by_id: number;
  actions: Action[];
}

export interface Condition {
  attribute_key: string;
  filter_operator: string;
  values?: unknown[];
  query_operator?: string | null;
}

export interface AutomationRule {
  id: number;
  account_id: number;
  name: string;
  description: string | null;
  event_name: string;
  conditions: Condition[];
  actions: Action[];
  active: boolean;
  created_at: number;
}

export interface CsatResponse {
  id: number;
  account_id: number;
  conversation_id: number;
  message_id: number;
  contact_id: number;
  assigned_agent_id: number | null;
  rating: number;
  feedback_message: string | null;
  created_at: number;
}

export interface ReportingEvent {
  id: number;
  account_id: number;
  name: "first_response" | "reply_time" | "conversation_resolved";
  value: number;
  inbox_id: number;
  user_id: number | null;
  conversation_id: number;
  event_start_time: number;
  event_end_time: number;
  created_at: number;
}

/** Who does something: decides names in activity messages and whose token rules apply. */
export type Actor =
  | { kind: "user"; user: User }
  | { kind: "bot"; bot: Bot }
  | { kind: "contact"; contact: Contact }
  | { kind: "automation"; rule: AutomationRule }
  | { kind: "system" };
