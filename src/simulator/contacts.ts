import { type Change, tellContact } from "./events.ts";
import { invalid } from "./refusal.ts";
import { nextId, ofAccount, randomToken, uuid } from "./state.ts";
import type { Contact, ContactInbox, Inbox, Json } from "./types.ts";
import { iso, type World } from "./world.ts";

/** The columns of a contact in the order in which Rails lists changed ones. */
const COLUMNS = [
  "name",
  "email",
  "phone_number",
  "updated_at",
  "additional_attributes",
  "identifier",
  "custom_attributes",
  "last_activity_at",
  "contact_type",
  "blocked",
] as const;
const TIMES = new Set(["updated_at", "last_activity_at"]);

/** What a caller may say about a contact; absent keys are left alone. */
export interface ContactFields {
  name?: string | null;
  email?: string | null;
  phone_number?: string | null;
  identifier?: string | null;
  custom_attributes?: Json;
  additional_attributes?: Json;
  blocked?: boolean;
}

/** Makes a contact and tells of it; a second one with the same e-mail, phone or identifier is refused. */
export function createContact(world: World, accountId: number, fields: ContactFields & { id?: number; created_at?: number }): Contact {
  const time = fields.created_at ?? world.now();
  const contact: Contact = {
    id: 0,
    account_id: accountId,
    name: "",
    email: null,
    phone_number: null,
    identifier: null,
    additional_attributes: {},
    custom_attributes: {},
    contact_type: "visitor",
    blocked: false,
    label_list: [],
    last_activity_at: null,
    created_at: time,
    updated_at: time,
  };
  Object.assign(contact, cleaned(fields));
  contact.contact_type = typeOf(contact);
  validate(world, contact);
  contact.id = nextId(world.state, "contact", fields.id);
  world.state.contacts.set(contact.id, contact);
  tellContact(world, "contact_created", contact);
  return contact;
}

/** Changes a contact; attributes are merged (unlike a conversation's), unchanged values are silent. */
export function updateContact(world: World, contact: Contact, fields: ContactFields & { last_activity_at?: number }): void {
  const wanted: Partial<Contact> = cleaned(fields);
  if (fields.custom_attributes) wanted.custom_attributes = { ...contact.custom_attributes, ...fields.custom_attributes };
  if (fields.additional_attributes) wanted.additional_attributes = { ...contact.additional_attributes, ...fields.additional_attributes };
  if (fields.last_activity_at !== undefined) wanted.last_activity_at = fields.last_activity_at;
  const after: Contact = { ...contact, ...wanted };
  after.contact_type = typeOf(after);
  validate(world, after);
  const before = { ...contact };
  const changed = COLUMNS.filter((key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]));
  if (changed.length === 0) return;
  Object.assign(contact, after, { updated_at: world.now() });
  const keys = new Set<string>([...changed, "updated_at"]);
  const shown = (column: (typeof COLUMNS)[number], row: Contact) => (TIMES.has(column) ? iso(row[column] as number | null) : row[column]);
  const changes = COLUMNS.filter((column) => keys.has(column)).map(
    (column): Change => ({ [column]: { previous_value: shown(column, before), current_value: shown(column, contact) } }),
  );
  tellContact(world, "contact_updated", contact, changes);
}

/** The contact somebody already is, by identifier, e-mail or phone number. */
export function knownContact(world: World, accountId: number, fields: ContactFields): Contact | undefined {
  const { identifier, email, phone_number } = cleaned(fields);
  const rows = ofAccount(world.state.contacts, accountId);
  return (
    (identifier ? rows.find((row) => row.identifier === identifier) : undefined) ??
    (email ? rows.find((row) => row.email === email) : undefined) ??
    (phone_number ? rows.find((row) => row.phone_number === phone_number) : undefined)
  );
}

/** Connects a contact with an inbox; the same source id in the same inbox is the same connection. */
export function connectContact(world: World, contact: Contact, inbox: Inbox, sourceId?: string): ContactInbox {
  const { state } = world;
  const known = [...state.contactInboxes.values()].find((row) => row.inbox_id === inbox.id && row.source_id === sourceId);
  if (known) return known;
  const time = world.now();
  const row: ContactInbox = {
    id: nextId(state, "contact_inbox"),
    contact_id: contact.id,
    inbox_id: inbox.id,
    source_id: sourceId || defaultSourceId(contact, inbox),
    hmac_verified: false,
    pubsub_token: randomToken(),
    created_at: time,
    updated_at: time,
  };
  state.contactInboxes.set(row.id, row);
  return row;
}

/** Removes a contact with its conversations and messages; nothing tells of that (contract §1.5). */
export function deleteContact(world: World, contact: Contact): void {
  const { state } = world;
  state.contacts.delete(contact.id);
  for (const row of state.contactInboxes.values()) if (row.contact_id === contact.id) state.contactInboxes.delete(row.id);
  for (const row of state.conversations.values()) if (row.contact_id === contact.id) deleteConversation(world, row.id);
}

/** Removes a conversation with its messages, silently. */
export function deleteConversation({ state }: World, conversationId: number): void {
  for (const message of state.threads.get(conversationId) ?? []) state.messages.delete(message.id);
  state.threads.delete(conversationId);
  state.conversations.delete(conversationId);
}

function defaultSourceId(contact: Contact, inbox: Inbox): string {
  if (inbox.channel_type === "Channel::Email" && contact.email) return contact.email;
  if (inbox.channel_type === "Channel::Whatsapp" && contact.phone_number) return contact.phone_number.replace("+", "");
  return uuid();
}

function cleaned(fields: ContactFields): Partial<Contact> {
  const clean: Partial<Contact> = {};
  if (fields.name !== undefined) clean.name = fields.name ?? "";
  if (fields.email !== undefined) clean.email = fields.email?.toLowerCase() || null;
  if (fields.phone_number !== undefined) clean.phone_number = fields.phone_number || null;
  if (fields.identifier !== undefined) clean.identifier = fields.identifier || null;
  if (fields.custom_attributes) clean.custom_attributes = fields.custom_attributes;
  if (fields.additional_attributes) clean.additional_attributes = fields.additional_attributes;
  if (typeof fields.blocked === "boolean") clean.blocked = fields.blocked;
  return clean;
}

/** Whoever can be reached again is a lead. */
const typeOf = (contact: Contact): Contact["contact_type"] => (contact.email || contact.phone_number ? "lead" : contact.contact_type);

function validate(world: World, contact: Contact): void {
  const others = ofAccount(world.state.contacts, contact.account_id).filter((row) => row.id !== contact.id);
  const taken = (["email", "phone_number", "identifier"] as const).filter(
    (key) => contact[key] !== null && others.some((row) => row[key] === contact[key]),
  );
  if (taken.length > 0) throw invalid(taken.map((key) => `${humanized(key)} has already been taken`).join(", "), taken);
  if (contact.email !== null && !/^[^@\s]+@[^@\s]+$/.test(contact.email)) throw invalid("Email Invalid email", ["email"]);
  if (contact.phone_number !== null && !/^\+[1-9]\d{1,14}$/.test(contact.phone_number))
    throw invalid("Phone number should be in e164 format", ["phone_number"]);
}

const humanized = (key: string): string => key.charAt(0).toUpperCase() + key.slice(1).replace("_", " ");
