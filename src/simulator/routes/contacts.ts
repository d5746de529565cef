import { type Request, Router } from "express";
import { administratorOf, sessionOf, userOf } from "../access.ts";
import { bodyOf, emptyJson, isObject, page, query } from "../answers.ts";
import { type ContactFields, connectContact, createContact, deleteContact, updateContact } from "../contacts.ts";
import { mayShow } from "../lookups.ts";
import { notFound } from "../refusal.ts";
import { contactJson, conversationJson, inboxSlimJson } from "../rest-json.ts";
import { must, ofAccount } from "../state.ts";
import type { Contact, Inbox, Json } from "../types.ts";
import type { World } from "../world.ts";

const PAGE = 15;
const NEWEST_CONVERSATIONS = 20;

/** Contacts: lists, one, making, changing, deleting, and what they wrote. */
export function contactRoutes(world: World): Router {
  const router = Router({ mergeParams: true });
  const json = (contact: Contact) => contactJson(world, contact, { withInboxes: true });
  const all = (request: Request) => ofAccount(world.state.contacts, sessionOf(request).account.id);

  router.get("/contacts", (request, response) => {
    userOf(request);
    const rows = all(request).sort((a, b) => (b.last_activity_at ?? 0) - (a.last_activity_at ?? 0));
    response.json({
      meta: { count: rows.length, current_page: query(request, "page") ?? 1 },
      payload: page(rows, query(request, "page"), PAGE).map(json),
    });
  });

  router.get("/contacts/search", (request, response) => {
    userOf(request);
    const words = (query(request, "q") ?? "").trim().toLowerCase();
    const current = query(request, "page") ?? 1;
    if (words === "") return void response.json({ meta: { count: null, current_page: current, has_more: null }, payload: [] });
    const found = all(request).filter((row) =>
      [row.name, row.email, row.phone_number, row.identifier].some((text) => text?.toLowerCase().includes(words)),
    );
    const rows = page(found, current, PAGE);
    response.json({
      meta: { count: rows.length, current_page: current, has_more: found.length > Number(current) * PAGE },
      payload: rows.map(json),
    });
  });

  router.post("/contacts/filter", (request, response) => {
    userOf(request);
    const conditions = (bodyOf(request).payload ?? []) as { attribute_key: string; values: unknown[] }[];
    const rows = all(request).filter((row) =>
      conditions.every(({ attribute_key: key, values }) =>
        values.map(String).includes(String(row[key as keyof Contact] ?? row.custom_attributes[key])),
      ),
    );
    response.json({
      meta: { count: rows.length, current_page: query(request, "page") ?? 1 },
      payload: page(rows, query(request, "page"), PAGE).map(json),
    });
  });

  router.post("/contacts", (request, response) => {
    userOf(request);
    const body = bodyOf(request, "contact");
    const inbox = body.inbox_id === undefined ? null : inboxFor(world, request, body.inbox_id);
    const contact = createContact(world, sessionOf(request).account.id, contactFields(body));
    const connection = inbox && connectContact(world, contact, inbox, body.source_id === undefined ? undefined : String(body.source_id));
    response.json({
      payload: {
        contact: json(contact),
        contact_inbox:
          connection && inbox ? { source_id: connection.source_id, inbox: inboxSlimJson(inbox) } : { source_id: null, inbox: null },
      },
    });
  });

  router.get("/contacts/:contact_id", (request, response) => void response.json({ payload: json(contactFor(world, request)) }));

  const change = (request: Request) => {
    const contact = contactFor(world, request);
    updateContact(world, contact, contactFields(bodyOf(request, "contact")));
    return { payload: json(contact) };
  };
  router.put("/contacts/:contact_id", (request, response) => void response.json(change(request)));
  router.patch("/contacts/:contact_id", (request, response) => void response.json(change(request)));

  router.delete("/contacts/:contact_id", (request, response) => {
    const contact = contactFor(world, request);
    administratorOf(request);
    deleteContact(world, contact);
    emptyJson(response);
  });

  router.get("/contacts/:contact_id/conversations", (request, response) => {
    const contact = contactFor(world, request);
    const user = userOf(request);
    const rows = ofAccount(world.state.conversations, contact.account_id).filter(
      (row) => row.contact_id === contact.id && mayShow(world.state, user, row),
    );
    const newest = rows.sort((a, b) => b.last_activity_at - a.last_activity_at).slice(0, NEWEST_CONVERSATIONS);
    response.json({ payload: newest.map((row) => conversationJson(world, row, user)) });
  });

  router.post("/contacts/:contact_id/contact_inboxes", (request, response) => {
    const contact = contactFor(world, request);
    const body = bodyOf(request);
    const inbox = inboxFor(world, request, body.inbox_id);
    const connection = connectContact(world, contact, inbox, body.source_id === undefined ? undefined : String(body.source_id));
    response.json({ source_id: connection.source_id, inbox: inboxSlimJson(inbox) });
  });

  router.get("/contacts/:contact_id/labels", (request, response) => void response.json({ payload: contactFor(world, request).label_list }));
  router.post("/contacts/:contact_id/labels", (request, response) => {
    const contact = contactFor(world, request);
    const { labels } = bodyOf(request);
    contact.label_list = Array.isArray(labels) ? labels.map(String) : [];
    response.json({ payload: contact.label_list });
  });

  return router;
}

/** The keys of a contact that a call may set. */
export function contactFields(body: Json): ContactFields {
  const fields: ContactFields = {};
  for (const key of ["name", "email", "phone_number", "identifier"] as const)
    if (key in body) fields[key] = body[key] === null ? null : String(body[key]);
  for (const key of ["custom_attributes", "additional_attributes"] as const) if (isObject(body[key])) fields[key] = body[key];
  if (typeof body.blocked === "boolean") fields.blocked = body.blocked;
  return fields;
}

function contactFor(world: World, request: Request): Contact {
  userOf(request);
  const contact = world.state.contacts.get(Number(request.params.contact_id));
  if (contact?.account_id !== sessionOf(request).account.id) throw notFound();
  return contact;
}

function inboxFor(world: World, request: Request, id: unknown): Inbox {
  const { account } = sessionOf(request);
  if (!ofAccount(world.state.inboxes, account.id).some((row) => row.id === Number(id))) throw notFound();
  return must(world.state.inboxes, Number(id));
}
