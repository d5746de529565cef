import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { type Request, Router } from "express";
import { bodyOf, emptyJson, isObject } from "../answers.ts";
import { connectContact, createContact, updateContact } from "../contacts.ts";
import { createConversation } from "../conversations.ts";
import { customerReads, customerToggles, customerWrites } from "../customer.ts";
import { tellTyping, tellWidget } from "../events.ts";
import { inboxJson, websiteInbox } from "../inboxes.ts";
import { notFound } from "../refusal.ts";
import { publicConversationJson, publicMessageJson } from "../rest-json.ts";
import { messagesOf, must, ofAccount } from "../state.ts";
import type { Contact, ContactInbox, Conversation, Inbox, Json } from "../types.ts";
import { contactEventJson, contactShortJson } from "../webhook-json.ts";
import { seconds, type World } from "../world.ts";
import { contactFields } from "./contacts.ts";
import { uploads, uploadsOf } from "./messages.ts";

const ADJECTIVES = ["morning", "quiet", "silver", "amber", "winter", "gentle", "bright", "autumn"];
const NOUNS = ["breeze", "river", "meadow", "cloud", "forest", "harbor", "stone", "field"];
const BROWSER = {
  device_name: "Unknown",
  browser_name: "Unknown Browser",
  platform_name: "Unknown",
  browser_version: "0.0",
  platform_version: "0",
};
const key = randomBytes(32);

/** What a website's chat does for its visitor, who is known by the `X-Auth-Token` that the first call hands out. */
export function widgetRoutes(world: World): Router {
  const router = Router();

  router.post("/api/v1/widget/config", (request, response) => {
    const inbox = inboxFor(world, request);
    const connection = visitorOf(world, request, inbox) ?? newVisitor(world, inbox);
    const contact = must(world.state.contacts, connection.contact_id);
    response.json({
      website_channel_config: configJson(world, inbox, connection),
      contact: {
        email: contact.email,
        id: contact.id,
        identifier: contact.identifier,
        name: contact.name,
        phone_number: contact.phone_number,
        pubsub_token: connection.pubsub_token,
      },
      global_config: {
        LOGO_THUMBNAIL: "",
        BRAND_NAME: "Chatwoot",
        WIDGET_BRAND_URL: "",
        MAXIMUM_FILE_UPLOAD_SIZE: 40,
        INSTALLATION_NAME: "Chatwoot",
      },
    });
  });

  router.post("/api/v1/widget/events", (request, response) => {
    const body = bodyOf(request);
    const connection = visitor(world, request);
    const info = isObject(body.event_info) ? body.event_info : {};
    if (body.name === "webwidget.triggered")
      tellWidget(world, connection, { ...info, widget_language: null, browser_language: "*", browser: BROWSER });
    response.status(204).end();
  });

  router.patch("/api/v1/widget/contact", (request, response) => {
    const contact = must(world.state.contacts, visitor(world, request).contact_id);
    updateContact(world, contact, contactFields(bodyOf(request, "contact")));
    response.json({
      id: contact.id,
      name: contact.name,
      email: contact.email,
      phone_number: contact.phone_number,
      has_email: contact.email !== null,
    });
  });

  router.get("/api/v1/widget/conversations", (request, response) => {
    const conversation = current(world, visitor(world, request));
    if (!conversation) return void response.json({});
    response.json({
      id: conversation.display_id,
      inbox_id: conversation.inbox_id,
      contact_last_seen_at: seconds(conversation.contact_last_seen_at),
      status: conversation.status,
    });
  });

  router.post("/api/v1/widget/conversations", (request, response) => {
    const connection = visitor(world, request);
    const body = bodyOf(request);
    const contact = must(world.state.contacts, connection.contact_id);
    if (isObject(body.contact)) updateContact(world, contact, contactFields(body.contact));
    const message = isObject(body.message) ? body.message : {};
    const conversation = start(world, connection, message, isObject(body.custom_attributes) ? body.custom_attributes : {});
    customerWrites(world, conversation, message.content, { attributes: { in_reply_to: message.reply_to ?? null } });
    const { uuid: _, agent_last_seen_at: __, contact: row, ...shown } = publicConversationJson(world, conversation);
    response.json({ ...shown, custom_attributes: conversation.custom_attributes, contact: row });
  });

  router.get("/api/v1/widget/messages", (request, response) => {
    const conversation = current(world, visitor(world, request));
    const said = conversation
      ? messagesOf(world.state, conversation).filter((message) => !message.private && message.message_type !== "activity")
      : [];
    response.json({
      payload: said.slice(-20).map((message) => publicMessageJson(world, message)),
      meta: { contact_last_seen_at: seconds(conversation?.contact_last_seen_at ?? null) },
    });
  });

  router.post("/api/v1/widget/messages", uploads, (request, response) => {
    const connection = visitor(world, request);
    const message = bodyOf(request, "message");
    const conversation = current(world, connection) ?? start(world, connection, message, {});
    const written = customerWrites(world, conversation, message.content, {
      uploads: uploadsOf(request),
      attributes: { in_reply_to: message.reply_to ?? null },
    });
    response.json({
      id: written.id,
      content: written.content,
      inbox_id: written.inbox_id,
      conversation_id: conversation.display_id,
      message_type: 0,
      created_at: seconds(written.created_at),
      private: false,
      source_id: null,
      content_attributes: written.content_attributes,
      sender: contactShortJson(must(world.state.contacts, connection.contact_id)),
    });
  });

  router.post("/api/v1/widget/conversations/update_last_seen", (request, response) => {
    const conversation = current(world, visitor(world, request));
    if (conversation) customerReads(world, conversation);
    emptyJson(response);
  });

  router.post("/api/v1/widget/conversations/toggle_typing", (request, response) => {
    const conversation = current(world, visitor(world, request));
    const state = bodyOf(request).typing_status;
    if (conversation && (state === "on" || state === "off"))
      tellTyping(world, state, conversation, contactEventJson(world, must(world.state.contacts, conversation.contact_id)), false);
    emptyJson(response);
  });

  router.get("/api/v1/widget/conversations/toggle_status", (request, response) => {
    const conversation = current(world, visitor(world, request));
    if (!conversation) throw notFound();
    if (conversation.status !== "resolved") customerToggles(world, conversation);
    emptyJson(response);
  });

  return router;
}

function start(world: World, connection: ContactInbox, message: Json, customAttributes: Json): Conversation {
  const additional = {
    browser: BROWSER,
    referer: message.referer_url ?? null,
    initiated_at: { timestamp: message.timestamp ?? null },
    browser_language: "*",
  };
  return createConversation(world, connection, { additional_attributes: additional, custom_attributes: customAttributes });
}

/** The visitor's newest conversation; a website's chat continues it, also a resolved one. */
function current(world: World, connection: ContactInbox): Conversation | undefined {
  return ofAccount(world.state.conversations, must(world.state.inboxes, connection.inbox_id).account_id).findLast(
    (row) => row.contact_inbox_id === connection.id,
  );
}

function newVisitor(world: World, inbox: Inbox): ContactInbox {
  const of = (words: string[]) => words[Math.floor(Math.random() * words.length)];
  const contact: Contact = createContact(world, inbox.account_id, {
    name: `${of(ADJECTIVES)}-${of(NOUNS)}-${Math.floor(Math.random() * 1000)}`,
  });
  return connectContact(world, contact, inbox);
}

function visitor(world: World, request: Request): ContactInbox {
  const found = visitorOf(world, request, inboxFor(world, request));
  if (!found) throw notFound();
  return found;
}

function visitorOf(world: World, request: Request, inbox: Inbox): ContactInbox | undefined {
  const [payload, mark] = (request.get("x-auth-token") ?? "").split(".").slice(1);
  if (!payload || !mark || !timingSafeEqual(Buffer.from(sign(payload)), Buffer.from(mark.padEnd(43).slice(0, 43)))) return undefined;
  const { source_id: sourceId } = JSON.parse(Buffer.from(payload, "base64url").toString()) as { source_id: string };
  return [...world.state.contactInboxes.values()].find((row) => row.inbox_id === inbox.id && row.source_id === sourceId);
}

function inboxFor(world: World, request: Request): Inbox {
  const inbox = websiteInbox(world, bodyOf(request).website_token ?? request.query.website_token);
  if (!inbox) throw notFound();
  return inbox;
}

/** The token that tells a website whose chat it is. */
export function authToken(connection: ContactInbox, now: number): string {
  const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const payload = encoded({ source_id: connection.source_id, inbox_id: connection.inbox_id, iat: seconds(now) });
  return `${encoded({ alg: "HS256" })}.${payload}.${sign(payload)}`;
}

const sign = (payload: string): string => createHmac("sha256", key).update(payload).digest("base64url");

function configJson(world: World, inbox: Inbox, connection: ContactInbox): Json {
  const full = inboxJson(inbox, world.url, { forAdministrator: false });
  return {
    allow_messages_after_resolved: inbox.allow_messages_after_resolved,
    api_host: world.url,
    auth_token: authToken(connection, world.now()),
    avatar_url: "",
    csat_survey_enabled: inbox.csat_survey_enabled,
    disable_branding: false,
    enabled_features: inbox.channel.selected_feature_flags,
    enabled_languages: [{ name: "English (en)", iso_639_1_code: "en" }],
    locale: "en",
    out_of_office_message: inbox.out_of_office_message,
    portal: null,
    pre_chat_form_enabled: full.pre_chat_form_enabled,
    pre_chat_form_options: full.pre_chat_form_options,
    reply_time: full.reply_time,
    timezone: inbox.timezone,
    utc_off_set: "+00:00",
    website_name: inbox.name,
    website_token: inbox.channel.website_token,
    welcome_tagline: full.welcome_tagline,
    welcome_title: full.welcome_title,
    widget_color: full.widget_color,
    working_hours: inbox.working_hours.map((row, at) => ({ id: at + 1, inbox_id: inbox.id, account_id: inbox.account_id, ...row })),
    working_hours_enabled: inbox.working_hours_enabled,
  };
}
