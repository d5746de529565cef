import { type Request, Router } from "express";
import { administratorOf, conversationFor, sessionOf, userOf } from "../access.ts";
import { writeActivity } from "../activities.ts";
import { bodyOf, emptyJson, isObject } from "../answers.ts";
import { connectContact, deleteConversation, updateContact } from "../contacts.ts";
import { changeStatus, createConversation, handOff, updateConversation } from "../conversations.ts";
import { tellTyping } from "../events.ts";
import { buildMessage } from "../message-builder.ts";
import { notFound, unprocessable } from "../refusal.ts";
import { conversationJson } from "../rest-json.ts";
import { messagesOf, must, ofAccount } from "../state.ts";
import type { ContactInbox, Conversation, Json, Priority, Status, User } from "../types.ts";
import { personEventJson } from "../webhook-json.ts";
import { iso, seconds, type World } from "../world.ts";

const STATUSES: Status[] = ["open", "resolved", "pending", "snoozed"];
const PRIORITIES: Priority[] = ["low", "medium", "high", "urgent"];

/** One conversation: read, start, change, mute, delete. */
export function conversationRoutes(world: World): Router {
  const router = Router({ mergeParams: true });
  const one = "/conversations/:conversation_id";

  router.get(one, (request, response) => void response.json(conversationJson(world, conversationFor(world, request), viewerOf(request))));

  router.post("/conversations", (request, response) => {
    const body = bodyOf(request);
    const { actor, account } = sessionOf(request);
    const connection = connectionFor(world, body, account.id);
    const locked = must(world.state.inboxes, connection.inbox_id).lock_to_single_conversation;
    const known = locked
      ? ofAccount(world.state.conversations, account.id).findLast((row) => row.contact_inbox_id === connection.id)
      : undefined;
    const conversation =
      known ??
      createConversation(world, connection, {
        status: body.status === undefined ? undefined : statusOf(body.status),
        additional_attributes: isObject(body.additional_attributes) ? body.additional_attributes : undefined,
        custom_attributes: isObject(body.custom_attributes) ? body.custom_attributes : undefined,
        assignee_id: world.state.users.has(Number(body.assignee_id)) ? Number(body.assignee_id) : null,
        team_id: world.state.teams.has(Number(body.team_id)) ? Number(body.team_id) : null,
        snoozed_until: snoozeTime(body.snoozed_until),
      });
    if (isObject(body.message)) buildMessage(world, conversation, body.message, actor);
    response.json(conversationJson(world, conversation, viewerOf(request)));
  });

  // Everything but the priority is ignored with 200: the trap of contract §3.3.
  const patch = (request: Request) => {
    const conversation = conversationFor(world, request);
    const body = bodyOf(request, "conversation");
    if ("priority" in body) updateConversation(world, conversation, { priority: priorityOf(body.priority) }, sessionOf(request).actor);
    return conversationJson(world, conversation, viewerOf(request));
  };
  router.patch(one, (request, response) => void response.json(patch(request)));
  router.put(one, (request, response) => void response.json(patch(request)));

  router.delete(one, (request, response) => {
    const conversation = conversationFor(world, request);
    administratorOf(request);
    setImmediate(() => deleteConversation(world, conversation.id));
    emptyJson(response);
  });

  router.post(`${one}/toggle_status`, (request, response) => {
    const conversation = conversationFor(world, request);
    const success = toggleStatus(world, conversation, bodyOf(request), request);
    response.json({
      payload: {
        success,
        conversation_id: conversation.display_id,
        current_status: conversation.status,
        snoozed_until: iso(conversation.snoozed_until),
      },
    });
  });

  router.post(`${one}/toggle_priority`, (request, response) => {
    const conversation = conversationFor(world, request);
    updateConversation(world, conversation, { priority: priorityOf(bodyOf(request).priority) }, sessionOf(request).actor);
    emptyJson(response);
  });

  router.post(`${one}/toggle_typing_status`, (request, response) => {
    const conversation = conversationFor(world, request);
    const { typing_status: state, is_private: isPrivate } = bodyOf(request);
    const { caller } = sessionOf(request);
    const typist = caller.kind === "user" ? personEventJson(world, "User", caller.user) : personEventJson(world, "AgentBot", caller.bot);
    if (state === "on" || state === "off") tellTyping(world, state, conversation, typist, Boolean(isPrivate));
    emptyJson(response);
  });

  router.post(`${one}/mute`, (request, response) => {
    const conversation = conversationFor(world, request);
    changeStatus(world, conversation, "resolved", null, sessionOf(request).actor);
    updateContact(world, must(world.state.contacts, conversation.contact_id), { blocked: true });
    writeActivity(world, conversation, `${userOf(request).name} has muted the conversation`);
    emptyJson(response);
  });

  router.post(`${one}/unmute`, (request, response) => {
    const conversation = conversationFor(world, request);
    updateContact(world, must(world.state.contacts, conversation.contact_id), { blocked: false });
    writeActivity(world, conversation, `${userOf(request).name} has unmuted the conversation`);
    emptyJson(response);
  });

  router.post(`${one}/unread`, (request, response) => {
    const conversation = conversationFor(world, request);
    const last = messagesOf(world.state, conversation).findLast((message) => message.message_type === "incoming");
    conversation.agent_last_seen_at = (last?.created_at ?? world.now()) - 1000;
    conversation.assignee_last_seen_at = conversation.agent_last_seen_at;
    response.json(conversationJson(world, conversation, viewerOf(request)));
  });

  router.post(`${one}/update_last_seen`, (request, response) => {
    const conversation = conversationFor(world, request);
    conversation.agent_last_seen_at = world.now();
    if (conversation.assignee_id === userOf(request).id) conversation.assignee_last_seen_at = conversation.agent_last_seen_at;
    response.json(conversationJson(world, conversation, viewerOf(request)));
  });

  router.post(`${one}/custom_attributes`, (request, response) => {
    const conversation = conversationFor(world, request);
    const { custom_attributes: attributes } = bodyOf(request);
    updateConversation(world, conversation, { custom_attributes: isObject(attributes) ? attributes : {} }, sessionOf(request).actor);
    response.json({ custom_attributes: conversation.custom_attributes });
  });

  router.post(`${one}/transcript`, (request, response) => {
    conversationFor(world, request);
    if (!bodyOf(request).email) throw unprocessable("email param missing");
    emptyJson(response);
  });

  return router;
}

/** Null for a bot, whose view of a conversation with a team fails as Chatwoot's does. */
function viewerOf(request: Request): User | null {
  const { caller } = sessionOf(request);
  return caller.kind === "user" ? caller.user : null;
}

function toggleStatus(world: World, conversation: Conversation, body: Json, request: Request): true | null {
  const { caller, actor } = sessionOf(request);
  const asked = body.status === undefined || body.status === null || body.status === "" ? null : body.status;
  if (caller.kind === "bot" && asked === "open" && conversation.status === "pending") {
    handOff(world, conversation, actor);
    return null;
  }
  const status = asked === null ? (conversation.status === "open" ? "resolved" : "open") : statusOf(asked);
  changeStatus(world, conversation, status, snoozeTime(body.snoozed_until), actor);
  // An agent who opens a conversation has it; an administrator and a bot do not.
  if (conversation.status === "open" && caller.kind === "user" && caller.user.role === "agent")
    updateConversation(world, conversation, { assignee_id: caller.user.id }, actor);
  return true;
}

/** Rails raises on a value its enum does not know, and nothing catches that: 500. */
function statusOf(value: unknown): Status {
  const status = STATUSES.find((one) => one === value);
  if (!status) throw new Error(`'${String(value)}' is not a valid status`);
  return status;
}

function priorityOf(value: unknown): Priority | null {
  if (value === undefined || value === null || value === "") return null;
  const priority = PRIORITIES.find((one) => one === value);
  if (!priority) throw new Error(`'${String(value)}' is not a valid priority`);
  return priority;
}

/** Chatwoot reads the leading digits as Unix seconds, so the year of an ISO time becomes half an hour past 1970. */
function snoozeTime(value: unknown): number | null {
  if (value === undefined || value === null || value === "") return null;
  const digits = /^\s*(-?\d+)/.exec(String(value))?.[1];
  if (digits === undefined) throw new Error("invalid date");
  return seconds(Number(digits) * 1000) * 1000;
}

/** The contact's connection with an inbox: by source id, else made for the contact and the inbox that are named. */
function connectionFor(world: World, body: Json, accountId: number): ContactInbox {
  const { state } = world;
  const inboxId = Number(body.inbox_id);
  const bySource = [...state.contactInboxes.values()].find(
    (row) => body.source_id !== undefined && row.source_id === String(body.source_id) && (!inboxId || row.inbox_id === inboxId),
  );
  if (bySource && must(state.inboxes, bySource.inbox_id).account_id === accountId) return bySource;
  const inbox = state.inboxes.get(inboxId);
  const contact = state.contacts.get(Number(body.contact_id));
  if (inbox?.account_id !== accountId || contact?.account_id !== accountId) throw notFound();
  const known = [...state.contactInboxes.values()].find((row) => row.contact_id === contact.id && row.inbox_id === inbox.id);
  return known ?? connectContact(world, contact, inbox, body.source_id === undefined ? undefined : String(body.source_id));
}
