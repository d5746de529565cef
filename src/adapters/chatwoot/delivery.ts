import { z } from "zod";
import type { DeliveredMessage, Delivery } from "../../core/delivery.ts";
import { Problem } from "../../core/problem.ts";
import type { ConversationStatus } from "../../core/words.ts";
import { readAttributes, senderType } from "./attributes.ts";

/** Levels of objects and arrays in one payload; a real one has about ten. */
const DEEPEST_NESTING = 100;

/**
 * Reduces a verified webhook body to what we use of it: tolerant of every field and event that we do not know, strict on those that we use.
 * Throws Problem: `invalid_json` for what is not JSON in UTF-8, `invalid_payload` naming the field that is wrong.
 */
export function parseDelivery(rawBody: Buffer): Delivery {
  const payload = parseJson(rawBody);
  const { event } = check(Envelope, payload);
  if (event === "message_created" || event === "message_updated") return messageDelivery(event, check(MessagePayload, payload));
  if (event.startsWith("conversation_typing_")) return conversationDelivery(event, check(TypingPayload, payload).conversation);
  if (event.startsWith("conversation_")) return conversationDelivery(event, check(ConversationPayload, payload));
  const { account } = check(OtherPayload, payload);
  return { event, accountId: account?.id ?? null, conversationId: null, conversationStatus: null, message: null };
}

/**
 * Overwrites the value of every `pubsub_token` (the visitor's websocket credential) in a JSON text by as many `x`,
 * touching no other byte, so that the text may be stored. Walks once over the text's strings.
 */
export function maskPubsubToken(rawText: string): string {
  let masked = "";
  let copied = 0;
  let afterKey = false; // the string before this one was the key, and nothing but a colon came between
  let previousEnd = 0;
  for (let open = rawText.indexOf('"'); open !== -1; open = rawText.indexOf('"', previousEnd)) {
    const close = closingQuote(rawText, open);
    if (close === -1) break;
    const value = rawText.slice(open + 1, close);
    if (afterKey && /^\s*:\s*$/.test(rawText.slice(previousEnd, open))) {
      masked += rawText.slice(copied, open + 1) + "x".repeat(Buffer.byteLength(value));
      copied = close;
      afterKey = false;
    } else {
      afterKey = isPubsubToken(value);
    }
    previousEnd = close + 1;
  }
  return masked + rawText.slice(copied);
}

// ---- shapes -----------------------------------------------------------------------------------------------------

const id = z.int("must be a positive safe integer").positive("must be a positive safe integer");
const text = z.string("must be text");
const account = z.object({ id }, "must be an object");
const bag = z.custom<object>((value) => typeof value === "object" && value !== null && !Array.isArray(value), "must be an object");

const Envelope = z.object({ event: text.regex(/^[\w.]{1,100}$/, "must be an event's name") });

const ConversationOfMessage = z.object({ id, status: text.nullish() }, "must be an object");

const ConversationPayload = ConversationOfMessage.extend({
  /** Missing before 4.14.2, when only the newest message tells the account. */
  account: account.nullish(),
  messages: z.array(z.object({ account_id: id.nullish() }, "must be an object"), "must be a list").nullish(),
});

const TypingPayload = z.object({ conversation: ConversationPayload });

const OtherPayload = z.object({ account: account.nullish().catch(null) });

const MessagePayload = z.object({
  id,
  account,
  conversation: ConversationOfMessage,
  message_type: text,
  private: z.boolean("must be true or false"),
  content: text.nullish(),
  content_type: text.nullish(),
  content_attributes: bag.nullish(),
  created_at: z.iso.datetime({ offset: true, error: "must be an ISO 8601 time" }),
  sender: z
    .object({ id: id.nullish(), type: text.nullish(), blocked: z.boolean("must be true or false").nullish() }, "must be an object")
    .nullish(),
  attachments: z.array(z.unknown(), "must be a list").nullish(),
});

// ---- reading ----------------------------------------------------------------------------------------------------

function messageDelivery(event: string, payload: z.infer<typeof MessagePayload>): Delivery {
  const attributes = readAttributes(payload.content_attributes);
  const contentType = payload.content_type ?? "text";
  const message: DeliveredMessage = {
    id: payload.id,
    type: payload.message_type,
    private: payload.private,
    content: attributes.newWords ?? payload.content ?? "",
    contentType,
    createdAt: new Date(payload.created_at),
    sender: { type: senderType(payload.sender), id: payload.sender?.id ?? null, blocked: payload.sender?.blocked ?? false },
    hasAttachments: (payload.attachments?.length ?? 0) > 0,
    autoReply: attributes.autoReply,
    deleted: attributes.deleted,
    externalError: attributes.externalError,
    csatRating: contentType === "input_csat" ? attributes.csatRating : null,
    ours: attributes.ours,
    external: attributes.externalEcho,
  };
  const { id: conversationId, status } = payload.conversation;
  return { event, accountId: payload.account.id, conversationId, conversationStatus: knownStatus(status), message };
}

function conversationDelivery(event: string, conversation: z.infer<typeof ConversationPayload>): Delivery {
  const accountId = conversation.account?.id ?? conversation.messages?.[0]?.account_id ?? null;
  return { event, accountId, conversationId: conversation.id, conversationStatus: knownStatus(conversation.status), message: null };
}

const STATUSES: ConversationStatus[] = ["open", "resolved", "pending", "snoozed"];

/** A status that a later Chatwoot may invent is unknown to us, not wrong. */
const knownStatus = (status: string | null | undefined): ConversationStatus | null => STATUSES.find((known) => known === status) ?? null;

function parseJson(rawBody: Buffer): unknown {
  // Looked at before parsing: a body of ten million brackets would cost the parser hundreds of megabytes.
  if (nesting(rawBody) > DEEPEST_NESTING) {
    throw new Problem("invalid_payload", `The body is nested deeper than ${DEEPEST_NESTING} levels.`);
  }
  let payload: unknown;
  try {
    payload = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(rawBody));
  } catch {
    // The parser's own message quotes the body, which is a customer's.
    throw new Problem("invalid_json", "The body must be one whole JSON object in UTF-8.");
  }
  if (typeof payload !== "object" || payload === null || Array.isArray(payload)) {
    throw new Problem("invalid_payload", "The body must be a JSON object.");
  }
  return payload;
}

function nesting(rawBody: Buffer): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let at = 0; at < rawBody.length; at++) {
    const byte = rawBody[at];
    if (inString) {
      if (byte === BACKSLASH) at++;
      else if (byte === QUOTE) inString = false;
    } else if (byte === QUOTE) {
      inString = true;
    } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      depth++;
      if (depth > deepest) deepest = depth;
    } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      depth--;
    }
  }
  return deepest;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

function check<T>(schema: z.ZodType<T>, payload: unknown): T {
  const parsed = schema.safeParse(payload);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new Problem("invalid_payload", `The field \`${issue?.path.join(".")}\` ${issue?.message}.`, {
    extra: { field: issue?.path.join(".") },
  });
}

/** Where the string that opens at `open` ends, or -1. */
function closingQuote(rawText: string, open: number): number {
  for (let at = open + 1; at < rawText.length; at++) {
    const code = rawText.charCodeAt(at);
    if (code === QUOTE) return at;
    if (code === BACKSLASH) at++;
  }
  return -1;
}

/** Is this raw string the key, also when written with escapes? */
function isPubsubToken(raw: string): boolean {
  if (!raw.includes("\\")) return raw === "pubsub_token";
  if (raw.length > 6 * "pubsub_token".length) return false; // longer than the key with every letter as \uXXXX
  try {
    return JSON.parse(`"${raw}"`) === "pubsub_token";
  } catch {
    return false;
  }
}
