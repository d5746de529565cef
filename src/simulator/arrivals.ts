import { z } from "zod";
import { connectContact, createContact, knownContact } from "./contacts.ts";
import { createConversation } from "./conversations.ts";
import { customerWrites } from "./customer.ts";
import { createMessage } from "./messages.ts";
import { Refusal } from "./refusal.ts";
import { must, ofAccount, randomToken } from "./state.ts";
import type { ChannelType, Conversation, Inbox, Message } from "./types.ts";
import { iso, type World } from "./world.ts";

/** The body of `POST /simulator/emails`. `text` is what the customer wrote new, `quoted_text` the thread their mail program added. */
export const emailBody = z.object({
  inbox_id: z.number().int(),
  from: z.object({ name: z.string(), email: z.string() }),
  subject: z.string(),
  text: z.string(),
  quoted_text: z.string().optional(),
  html: z.string().optional(),
  auto_reply: z.boolean().default(false),
  /** The `source_id` of a message: the mail joins that message's conversation. */
  in_reply_to: z.string().optional(),
  message_id: z.string().optional(),
});

/** The body of `POST /simulator/whatsapp`. */
export const whatsappBody = z.object({
  inbox_id: z.number().int(),
  from: z.object({ name: z.string(), phone_number: z.string() }),
  text: z.string(),
});

/** An e-mail arrives in an e-mail inbox, shaped as Chatwoot's mailbox shapes it (contract §8F). */
export function arriveEmail(world: World, mail: z.infer<typeof emailBody>): Message {
  const inbox = inboxOf(world, mail.inbox_id, "Channel::Email");
  const messageId = mail.message_id ?? `${randomToken()}@${mail.from.email.split("@")[1]}`;
  const contact =
    knownContact(world, inbox.account_id, { email: mail.from.email }) ??
    createContact(world, inbox.account_id, {
      name: mail.from.name,
      email: mail.from.email,
      additional_attributes: { source_id: `email:${messageId}` },
    });
  const conversation = repliedConversation(world, inbox, mail.in_reply_to) ?? startFromEmail(world, inbox, contact.id, mail);
  const whole = mail.quoted_text ? `${mail.text}\n\n${mail.quoted_text}` : mail.text;
  const email = {
    bcc: null,
    cc: null,
    content_type: mail.html ? "multipart/alternative; boundary=b1" : "text/plain; charset=UTF-8",
    date: iso(world.now()),
    from: [contact.email],
    headers: null,
    html_content: mail.html ? { full: mail.html, reply: whole, quoted: mail.text } : {},
    in_reply_to: mail.in_reply_to ?? null,
    message_id: messageId,
    multipart: Boolean(mail.html),
    number_of_attachments: 0,
    references: mail.in_reply_to ? [mail.in_reply_to] : [],
    subject: mail.subject,
    text_content: { full: `${whole}\n`, reply: whole, quoted: mail.text },
    to: [inbox.channel.email],
    auto_reply: mail.auto_reply,
  };
  return createMessage(
    world,
    conversation,
    {
      content: whole,
      processed_content: mail.text,
      message_type: "incoming",
      sender: { type: "Contact", id: contact.id },
      content_type: "incoming_email",
      content_attributes: { email, cc_email: null, bcc_email: null },
      source_id: messageId,
    },
    { kind: "system" },
  );
}

/** A WhatsApp message arrives; it continues the customer's last conversation unless that is resolved. */
export function arriveWhatsapp(world: World, { inbox_id, from, text }: z.infer<typeof whatsappBody>): Message {
  const inbox = inboxOf(world, inbox_id, "Channel::Whatsapp");
  const contact =
    knownContact(world, inbox.account_id, { phone_number: from.phone_number }) ?? createContact(world, inbox.account_id, from);
  const connection = connectContact(world, contact, inbox, from.phone_number.replace("+", ""));
  const last = ofAccount(world.state.conversations, inbox.account_id).findLast(
    (row) => row.contact_inbox_id === connection.id && row.status !== "resolved",
  );
  const message = customerWrites(world, last ?? createConversation(world, connection, {}), text);
  message.source_id = `wamid.${randomToken()}`;
  return message;
}

function inboxOf(world: World, id: number, type: ChannelType): Inbox {
  const inbox = world.state.inboxes.get(id);
  if (inbox?.channel_type !== type)
    throw new Refusal(400, { error: `Inbox ${id} is not a ${type}; GET /simulator/overview lists the inboxes.` });
  return inbox;
}

function repliedConversation(world: World, inbox: Inbox, inReplyTo: string | undefined): Conversation | undefined {
  const original =
    inReplyTo === undefined
      ? undefined
      : [...world.state.messages.values()].find((message) => message.inbox_id === inbox.id && message.source_id === inReplyTo);
  return original && must(world.state.conversations, original.conversation_id);
}

function startFromEmail(world: World, inbox: Inbox, contactId: number, mail: z.infer<typeof emailBody>): Conversation {
  const connection = connectContact(world, must(world.state.contacts, contactId), inbox, mail.from.email.toLowerCase());
  const additional = {
    source: "email",
    auto_reply: mail.auto_reply,
    in_reply_to: mail.in_reply_to ?? null,
    initiated_at: { timestamp: iso(world.now()) },
    mail_subject: mail.subject,
  };
  return createConversation(world, connection, { additional_attributes: additional });
}
