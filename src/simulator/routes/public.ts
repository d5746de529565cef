import { type Request, Router } from "express";
import { bodyOf, emptyJson, isObject } from "../answers.ts";
import { connectContact, createContact, knownContact, updateContact } from "../contacts.ts";
import { createConversation } from "../conversations.ts";
import { customerReads, customerToggles, customerWrites } from "../customer.ts";
import { tellTyping } from "../events.ts";
import { apiInbox } from "../inboxes.ts";
import { updateMessage } from "../messages.ts";
import { notFound } from "../refusal.ts";
import { contactRowJson, publicConversationJson, publicMessageJson } from "../rest-json.ts";
import { messagesOf, must, ofAccount } from "../state.ts";
import type { ContactInbox, Conversation, Inbox } from "../types.ts";
import { contactEventJson } from "../webhook-json.ts";
import type { World } from "../world.ts";
import { contactFields } from "./contacts.ts";
import { uploads, uploadsOf } from "./messages.ts";

const BASE = "/public/api/v1/inboxes/:identifier";

/** What the customers of an API inbox do, without a token: the inbox's identifier and their own source id suffice. */
export function publicRoutes(world: World): Router {
  const router = Router();
  const { state } = world;
  const contact = `${BASE}/contacts/:source_id`;
  const one = `${contact}/conversations/:conversation_id`;

  router.get(BASE, (request, response) => {
    const inbox = inboxFor(world, request);
    response.json({
      identifier: inbox.channel.inbox_identifier,
      identity_validation_enabled: false,
      name: inbox.name,
      timezone: inbox.timezone,
      working_hours: inbox.working_hours,
      working_hours_enabled: inbox.working_hours_enabled,
      csat_survey_enabled: inbox.csat_survey_enabled,
      greeting_enabled: inbox.greeting_enabled,
    });
  });

  router.post(`${BASE}/contacts`, (request, response) => {
    const inbox = inboxFor(world, request);
    const body = bodyOf(request);
    const fields = contactFields(body);
    const person = knownContact(world, inbox.account_id, fields) ?? createContact(world, inbox.account_id, fields);
    const connection = connectContact(world, person, inbox, body.source_id === undefined ? undefined : String(body.source_id));
    response.json({
      source_id: connection.source_id,
      pubsub_token: connection.pubsub_token,
      id: person.id,
      name: person.name,
      email: person.email,
      phone_number: person.phone_number,
    });
  });

  router.get(contact, (request, response) => {
    const connection = connectionFor(world, request);
    const person = must(state.contacts, connection.contact_id);
    response.json({
      source_id: connection.source_id,
      pubsub_token: connection.pubsub_token,
      id: person.id,
      name: person.name,
      email: person.email,
      phone_number: person.phone_number,
    });
  });

  router.patch(contact, (request, response) => {
    const person = must(state.contacts, connectionFor(world, request).contact_id);
    updateContact(world, person, contactFields(bodyOf(request)));
    response.json(contactRowJson(person));
  });

  router.get(`${contact}/conversations`, (request, response) => {
    const connection = connectionFor(world, request);
    const rows = ofAccount(state.conversations, inboxFor(world, request).account_id).filter(
      (row) => row.contact_inbox_id === connection.id,
    );
    response.json(rows.map((row) => publicConversationJson(world, row)));
  });

  router.post(`${contact}/conversations`, (request, response) => {
    const { custom_attributes: attributes } = bodyOf(request);
    const conversation = createConversation(world, connectionFor(world, request), {
      custom_attributes: isObject(attributes) ? attributes : {},
    });
    response.json(publicConversationJson(world, conversation));
  });

  router.get(one, (request, response) => void response.json(publicConversationJson(world, conversationFor(world, request))));

  router.post(`${one}/toggle_status`, (request, response) => {
    const conversation = conversationFor(world, request);
    customerToggles(world, conversation);
    response.json(publicConversationJson(world, conversation));
  });

  router.post(`${one}/toggle_typing`, (request, response) => {
    const conversation = conversationFor(world, request);
    const state = bodyOf(request).typing_status;
    const typist = contactEventJson(world, must(world.state.contacts, conversation.contact_id));
    if (state === "on" || state === "off") tellTyping(world, state, conversation, typist, false);
    emptyJson(response);
  });

  router.post(`${one}/update_last_seen`, (request, response) => {
    customerReads(world, conversationFor(world, request));
    emptyJson(response);
  });

  router.get(`${one}/messages`, (request, response) => {
    const said = messagesOf(state, conversationFor(world, request)).filter(
      (message) => !message.private && message.message_type !== "activity",
    );
    response.json(said.slice(-20).map((message) => publicMessageJson(world, message)));
  });

  router.post(`${one}/messages`, uploads, (request, response) => {
    const conversation = conversationFor(world, request);
    response.json(
      publicMessageJson(world, customerWrites(world, conversation, bodyOf(request, "message").content, { uploads: uploadsOf(request) })),
    );
  });

  router.patch(`${one}/messages/:message_id`, (request, response) => {
    const conversation = conversationFor(world, request);
    const message = state.messages.get(Number(request.params.message_id));
    if (message?.conversation_id !== conversation.id) throw notFound();
    const { submitted_values: values } = bodyOf(request, "message");
    updateMessage(world, message, { content_attributes: { ...message.content_attributes, submitted_values: values } });
    response.json(publicMessageJson(world, message));
  });

  return router;
}

function inboxFor(world: World, request: Request): Inbox {
  const inbox = apiInbox(world, String(request.params.identifier));
  if (!inbox) throw notFound();
  return inbox;
}

function connectionFor(world: World, request: Request): ContactInbox {
  const inbox = inboxFor(world, request);
  const found = [...world.state.contactInboxes.values()].find(
    (row) => row.inbox_id === inbox.id && row.source_id === request.params.source_id,
  );
  if (!found) throw notFound();
  return found;
}

function conversationFor(world: World, request: Request): Conversation {
  const connection = connectionFor(world, request);
  const id = Number(request.params.conversation_id);
  const found = [...world.state.conversations.values()].find(
    (row) => row.contact_id === connection.contact_id && row.inbox_id === connection.inbox_id && row.display_id === id,
  );
  if (!found) throw notFound();
  return found;
}
