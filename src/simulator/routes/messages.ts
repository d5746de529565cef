import { type Request, Router } from "express";
import multer from "multer";
import { conversationFor, sessionOf } from "../access.ts";
import { bodyOf, query } from "../answers.ts";
import { buildMessage } from "../message-builder.ts";
import { deleteMessage, type Upload, updateMessage } from "../messages.ts";
import { notFound, Refusal } from "../refusal.ts";
import { messageJson, messagesMetaJson } from "../rest-json.ts";
import { messagesOf, must } from "../state.ts";
import type { Conversation, DeliveryStatus, Message } from "../types.ts";
import type { World } from "../world.ts";

const PAGE = 20;
const AFTER_PAGE = 100;
const BETWEEN_PAGE = 1000;
const STATUSES: DeliveryStatus[] = ["sent", "delivered", "read", "failed"];

/** Multipart bodies, kept in memory; a file's bytes can be fetched again from its `data_url`. */
export const uploads = multer({ storage: multer.memoryStorage(), limits: { fileSize: 40 * 1024 * 1024, files: 15 } }).any();

/** The files of a multipart call. */
export function uploadsOf(request: Request): Upload[] {
  const files = (request.files ?? []) as { originalname: string; mimetype: string; buffer: Buffer }[];
  return files.map((file) => ({ name: file.originalname, content_type: file.mimetype, data: file.buffer }));
}

/** The messages of a conversation: reading, writing, deleting; text can never be edited. */
export function messageRoutes(world: World): Router {
  const router = Router({ mergeParams: true });
  const base = "/conversations/:conversation_id/messages";

  router.get(base, (request, response) => {
    const conversation = conversationFor(world, request);
    const rows = listed(world, conversation, request);
    response.json({ meta: messagesMetaJson(world, conversation), payload: rows.map((message) => messageJson(world, message)) });
  });

  router.post(base, uploads, (request, response) => {
    const conversation = conversationFor(world, request);
    const params = bodyOf(request, "message");
    const message = buildMessage(world, conversation, params, sessionOf(request).actor, uploadsOf(request));
    response.json(messageJson(world, message, params.echo_id));
  });

  router.patch(`${base}/:message_id`, (request, response) => {
    const message = messageFor(world, request);
    if (must(world.state.inboxes, message.inbox_id).channel_type !== "Channel::Api")
      throw new Refusal(403, { error: "Message status update is only allowed for API inboxes" });
    const { status, external_error: error } = bodyOf(request, "message");
    const wanted = STATUSES.find((one) => one === status);
    const possible = wanted && !(message.status === "read" && wanted !== "failed");
    if (possible) {
      const { external_error: _, ...others } = message.content_attributes;
      updateMessage(world, message, {
        status: wanted,
        content_attributes: wanted === "failed" ? { ...others, external_error: error ?? null } : others,
      });
    }
    response.json(messageJson(world, message));
  });

  router.delete(`${base}/:message_id`, (request, response) => {
    const message = messageFor(world, request);
    deleteMessage(world, message);
    response.json(messageJson(world, message));
  });

  router.post(`${base}/:message_id/retry`, (request, response) => {
    const message = messageFor(world, request);
    updateMessage(world, message, { status: "sent", content_attributes: {}, source_id: null });
    world.listeners.created(must(world.state.conversations, message.conversation_id), message);
    response.json(messageJson(world, message));
  });

  return router;
}

function messageFor(world: World, request: Request): Message {
  const conversation = conversationFor(world, request);
  const message = world.state.messages.get(Number(request.params.message_id));
  if (message?.conversation_id !== conversation.id) throw notFound();
  return message;
}

/** The newest 20, 20 before an id, up to 100 after one, or what lies between two. */
function listed(world: World, conversation: Conversation, request: Request): readonly Message[] {
  const internal = query(request, "filter_internal_messages");
  const all = messagesOf(world.state, conversation).filter(
    (message) => !internal || (!message.private && message.message_type !== "activity"),
  );
  const after = query(request, "after");
  const before = query(request, "before");
  if (after !== undefined && before !== undefined)
    return all.filter((message) => message.id >= Number(after) && message.id < Number(before)).slice(0, BETWEEN_PAGE);
  if (before !== undefined) return all.filter((message) => message.id < Number(before)).slice(-PAGE);
  if (after !== undefined) return all.filter((message) => message.id > Number(after)).slice(0, AFTER_PAGE);
  return all.slice(-PAGE);
}
