import { z } from "zod";
import type { DeliveredMessage, Delivery } from "../../core/delivery.ts";
import { Problem } from "../../core/problem.ts";
import type { ConversationStatus } from "../../core/words.ts";
import { readAttributes, senderType } from "./attributes.ts";

/** Levels of objects and arrays in one payload; a real one has about ten. */
const DEEPEST_NESTING = 100;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A body's bytes as text, to the last one (a byte order mark stays). Throws Problem `invalid_json` for what is not UTF-8. */
export function textOf(rawBody: Buffer): string {
  try {
    return utf8.decode(rawBody);
  } catch {
    throw new Problem("invalid_json", NO_JSON);
  }
}

/**
 * Reduces a verified webhook body to what we use of it: tolerant of every field and event that we do not know, strict on those that we use.
 * Throws Problem: `invalid_json` for what is not JSON in UTF-8, `invalid_payload` naming the field that is wrong.
 */
export function parseDelivery(body: Buffer | string): Delivery {
  const payload = parseJson(typeof body === "string" ? body : textOf(body));
  const { event } = check(Envelope, payload);
  if (event === "message_created" || event === "message_updated") return messageDelivery(event, check(MessagePayload, payload));
  if (event.startsWith("conversation_typing_")) return conversationDelivery(event, check(TypingPayload, payload).conversation);
  if (event.startsWith("conversation_")) return conversationDelivery(event, check(ConversationPayload, payload));
  const { account } = check(OtherPayload, payload);
  return { event, accountId: account?.id ?? null, conversationId: null, conversationStatus: null, message: null };
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

const NO_JSON = "The body must be one whole JSON object in UTF-8.";
const BYTE_ORDER_MARK = 0xfeff;

function parseJson(rawText: string): unknown {
  // Looked at before parsing: a body of ten million brackets would cost the parser hundreds of megabytes.
  if (hasMoreBrackets(rawText, DEEPEST_NESTING) && nesting(rawText) > DEEPEST_NESTING) {
    throw new Problem("invalid_payload", `The body is nested deeper than ${DEEPEST_NESTING} levels.`);
  }
  let payload: unknown;
  try {
    payload = JSON.parse(rawText.charCodeAt(0) === BYTE_ORDER_MARK ? rawText.slice(1) : rawText);
  } catch {
    // The parser's own message quotes the body, which is a customer's.
    throw new Problem("invalid_json", NO_JSON);
  }
  if (typeof payload !== "object" || payload === null || Array.isArray(payload)) {
    throw new Problem("invalid_payload", "The body must be a JSON object.");
  }
  return payload;
}

/** Whether more than `most` brackets open: what has fewer cannot be nested deeper, and looking for two characters is quick. */
function hasMoreBrackets(rawText: string, most: number): boolean {
  let count = 0;
  for (const bracket of "{[") {
    for (let at = rawText.indexOf(bracket); at !== -1; at = rawText.indexOf(bracket, at + 1)) if (++count > most) return true;
  }
  return false;
}

function nesting(rawText: string): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let at = 0; at < rawText.length; at++) {
    const code = rawText.charCodeAt(at);
    if (inString) {
      if (code === BACKSLASH) at++;
      else if (code === QUOTE) inString = false;
    } else if (code === QUOTE) {
      inString = true;
    } else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      depth++;
      if (depth > deepest) deepest = depth;
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) {
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
