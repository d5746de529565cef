import { z } from "zod";
import type { StoryBody } from "./story.ts";

const MESSAGE_TYPES = ["incoming", "outgoing", "activity", "template"] as const;

const id = z.int().positive();
const text = z
  .string()
  .nullish()
  .transform((value) => value ?? null);
const bag = z
  .record(z.string(), z.unknown())
  .nullish()
  .transform((value) => value ?? {});
const truth = z
  .boolean()
  .nullish()
  .transform((value) => value ?? false);
/** Milliseconds, null for never: Chatwoot writes ISO text or Unix seconds, and 0 or null for never. */
const time = z
  .union([z.number(), z.iso.datetime({ offset: true })])
  .nullish()
  .transform((value) => (typeof value === "string" ? Date.parse(value) : value ? value * 1000 : null));

const named = z.object({ id, name: text });
const person = named.extend({ email: text, type: text });

const contact = named.extend({
  email: text,
  phone_number: text,
  identifier: text,
  custom_attributes: bag,
  additional_attributes: bag,
  blocked: truth,
});

const message = z.object({
  id,
  content: text,
  message_type: z.union([
    z.enum(MESSAGE_TYPES),
    z
      .int()
      .min(0)
      .max(3)
      .transform((number) => MESSAGE_TYPES[number as 0 | 1 | 2 | 3]),
  ]),
  private: truth,
  content_type: text,
  content_attributes: bag,
  additional_attributes: bag,
  source_id: text,
  sender: person.nullish(),
  created_at: time,
  attachments: z
    .array(z.object({ file_type: text, content_type: text, data_url: text }))
    .nullish()
    .transform((list) => list ?? []),
});

const conversation = z.object({
  id,
  inbox_id: id,
  channel: z.string(),
  status: z.enum(["open", "resolved", "pending", "snoozed"]),
  can_reply: z.boolean().nullish(),
  contact_inbox: z.object({ id, source_id: text, hmac_verified: truth }),
  messages: z.array(message).default([]),
  labels: z.array(z.string()).default([]),
  meta: z.object({ sender: contact, assignee: person.nullish(), team: named.nullish() }),
  priority: z.enum(["low", "medium", "high", "urgent"]).nullish(),
  custom_attributes: bag,
  additional_attributes: bag,
  snoozed_until: time,
  first_reply_created_at: time,
  waiting_since: time,
  agent_last_seen_at: time,
  contact_last_seen_at: time,
  created_at: time,
  updated_at: time,
});

export type ToldMessage = z.infer<typeof message>;
export type ToldConversation = z.infer<typeof conversation>;
export type ToldContact = z.infer<typeof contact>;
export type ToldPerson = z.infer<typeof person>;

/** What a body tells of the helpdesk that sent it. */
export interface Told {
  account: string;
  inbox: string | null;
  conversation: ToldConversation | null;
  message: ToldMessage | null;
}

const ofMessage = message.extend({ account: named, inbox: named, conversation });
const ofConversation = conversation.extend({ account: named.nullish() });
const ofTyping = z.object({ conversation: ofConversation });
const ofOther = z.object({ account: named.nullish() });

/** Reads a body for what the helpdesk must hold. Throws a ZodError that names the key which is wrong. */
export function toldBy(body: StoryBody): Told {
  const event = String(body.event);
  if (event.startsWith("message_")) {
    const told = ofMessage.parse(body);
    return { account: nameOf(told.account), inbox: told.inbox.name, conversation: told.conversation, message: told };
  }
  if (event.startsWith("conversation_")) {
    const told = event.startsWith("conversation_typing_") ? ofTyping.parse(body).conversation : ofConversation.parse(body);
    return { account: nameOf(told.account), inbox: null, conversation: told, message: null };
  }
  return { account: nameOf(ofOther.parse(body).account), inbox: null, conversation: null, message: null };
}

const nameOf = (account: { name: string | null } | null | undefined): string => account?.name ?? "A shop";
