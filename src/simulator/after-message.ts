import MarkdownIt from "markdown-it";
import { canReply } from "./lookups.ts";
import { createMessage, updateMessage } from "./messages.ts";
import { messagesOf, must, nextId, randomToken } from "./state.ts";
import type { Conversation, Inbox, Json, Message, WorkingHour } from "./types.ts";
import type { World } from "./world.ts";

const RECENT_ANSWER_MS = 5 * 60_000;
const WINDOW_CLOSED =
  "131047: Re-engagement message. More than 24 hours have passed since the customer last replied: a message template is needed.";
const markdown = new MarkdownIt({ html: false, linkify: true });

/** What an e-mail inbox adds to a message before it is stored: addresses always, the two forms of the text for the customer's eyes. */
export function emailAttributes(content: string | null, isPrivate: boolean, addresses: { cc: unknown; bcc: unknown; to: unknown }): Json {
  const html = markdown.render(content ?? "");
  return {
    cc_emails: list(addresses.cc),
    bcc_emails: list(addresses.bcc),
    to_emails: list(addresses.to),
    ...(!isPrivate && { email: { html_content: { full: html, reply: html }, text_content: { full: content, reply: content } } }),
  };
}

/** Hands a public answer to its channel, in the background as Chatwoot does; a message that came with a `source_id` is taken for one that was sent. */
export function sendThroughChannel(world: World, message: Message): void {
  if (world.quiet || message.private || message.message_type !== "outgoing" || message.source_id !== null) return;
  const conversation = must(world.state.conversations, message.conversation_id);
  const inbox = must(world.state.inboxes, message.inbox_id);
  setImmediate(() => {
    if (world.state.messages.get(message.id) !== message) return;
    if (inbox.channel_type === "Channel::Email") {
      const domain = String(inbox.channel.email).split("@")[1];
      updateMessage(world, message, { source_id: `conversation/${conversation.uuid}/messages/${message.id}@${domain}` });
    } else if (inbox.channel_type === "Channel::Whatsapp") sendThroughWhatsapp(world, conversation, message);
  });
}

/** Outside the window only a template may be sent; everything else fails, after the API has answered 200. */
function sendThroughWhatsapp(world: World, conversation: Conversation, message: Message): void {
  if (!canReply(world, conversation) && !message.additional_attributes.template_params) {
    updateMessage(world, message, {
      status: "failed",
      content_attributes: { ...message.content_attributes, external_error: WINDOW_CLOSED },
    });
    return;
  }
  updateMessage(world, message, { source_id: `wamid.${randomToken()}` });
  setImmediate(() => updateMessage(world, message, { status: "delivered" }));
}

/** Greets, says that nobody is there, or asks for an address, after a customer's message; outside hours only the second. */
export function answerAutomatically(world: World, conversation: Conversation, message: Message): void {
  const inbox = must(world.state.inboxes, conversation.inbox_id);
  const email = message.content_attributes.email as { auto_reply?: boolean } | undefined;
  if (world.quiet || message.message_type !== "incoming" || email?.auto_reply) return;
  const thread = messagesOf(world.state, conversation);
  const template = (content: string, contentType = "text") =>
    createMessage(world, conversation, { content, message_type: "template", sender: null, content_type: contentType }, { kind: "system" });
  const answeredLately = thread.some(
    (row) => row.message_type === "outgoing" && !row.private && row.created_at > message.created_at - RECENT_ANSWER_MS,
  );
  const today = new Date(world.now()).toISOString().slice(0, 10);
  const templateToday = thread.some((row) => row.message_type === "template" && new Date(row.created_at).toISOString().startsWith(today));
  if (!answeredLately && !templateToday && inbox.out_of_office_message && outOfOffice(inbox, world.now()))
    template(inbox.out_of_office_message);
  const firstContact = !messagesOf(world.state, conversation).some(
    (row) => row.message_type === "outgoing" || row.message_type === "template",
  );
  if (firstContact && inbox.greeting_enabled && inbox.greeting_message) template(inbox.greeting_message);
  const asked = thread.some((row) => row.content_type === "input_email");
  const unknown = !must(world.state.contacts, conversation.contact_id).email;
  if (inbox.channel_type === "Channel::WebWidget" && inbox.enable_email_collect && unknown && !asked)
    template("Get notified by email", "input_email");
}

/** Asks for a rating once in a conversation's life, when it is resolved. */
export function askForRating(world: World, conversation: Conversation): void {
  const inbox = must(world.state.inboxes, conversation.inbox_id);
  if (!inbox.csat_survey_enabled || !canReply(world, conversation)) return;
  if (messagesOf(world.state, conversation).some((row) => row.content_type === "input_csat")) return;
  const content = String(inbox.csat_config.message || "Please rate the conversation");
  const display = String(inbox.csat_config.display_type ?? "emoji");
  createMessage(
    world,
    conversation,
    { content, message_type: "template", sender: null, content_type: "input_csat", content_attributes: { display_type: display } },
    { kind: "system" },
  );
}

/** Stores a rating on the survey's message and in the list of ratings; the customer may change it. */
export function rate(world: World, conversation: Conversation, survey: Message, rating: number, feedback: string | null): void {
  const { state } = world;
  const answer = { feedback_message: feedback, rating };
  updateMessage(world, survey, {
    content_attributes: { ...survey.content_attributes, submitted_values: { csat_survey_response: answer } },
  });
  const known = [...state.csatResponses.values()].find((row) => row.message_id === survey.id);
  const id = known?.id ?? nextId(state, "csat");
  state.csatResponses.set(id, {
    id,
    account_id: conversation.account_id,
    conversation_id: conversation.display_id,
    message_id: survey.id,
    contact_id: conversation.contact_id,
    assigned_agent_id: known ? known.assigned_agent_id : conversation.assignee_id,
    rating,
    feedback_message: feedback,
    created_at: known?.created_at ?? world.now(),
  });
}

const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

function outOfOffice(inbox: Inbox, time: number): boolean {
  if (!inbox.working_hours_enabled) return false;
  const parts = new Intl.DateTimeFormat("en-US", {
    timeZone: inbox.timezone,
    weekday: "short",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  }).formatToParts(time);
  const part = (type: string) => parts.find((one) => one.type === type)?.value ?? "";
  const hours: WorkingHour | undefined = inbox.working_hours.find((row) => row.day_of_week === DAYS.indexOf(part("weekday")));
  if (!hours || hours.closed_all_day) return true;
  if (hours.open_all_day) return false;
  const now = Number(part("hour")) * 60 + Number(part("minute"));
  return now < (hours.open_hour ?? 0) * 60 + (hours.open_minutes ?? 0) || now >= (hours.close_hour ?? 0) * 60 + (hours.close_minutes ?? 0);
}

const list = (addresses: unknown): string[] =>
  typeof addresses === "string" ? addresses.replace(/\s+/g, "").split(",").filter(Boolean) : [];
