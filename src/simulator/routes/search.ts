import { type Request, Router } from "express";
import { sessionOf, userOf } from "../access.ts";
import { page, query } from "../answers.ts";
import { mayShow } from "../lookups.ts";
import { contactJson, messageJson } from "../rest-json.ts";
import { must, ofAccount } from "../state.ts";
import type { Json } from "../types.ts";
import { seconds, type World } from "../world.ts";

const PAGE = 15;
const MONTHS_3_MS = 92 * 24 * 3_600_000;

/** Search over everything an operator may see, 15 of each kind. */
export function searchRoutes(world: World): Router {
  const router = Router({ mergeParams: true });
  const kinds = { conversations, contacts, messages, articles };

  router.get("/search", (request, response) => {
    response.json({ payload: Object.fromEntries(Object.entries(kinds).map(([kind, find]) => [kind, find(world, request)])) });
  });
  for (const [kind, find] of Object.entries(kinds)) {
    router.get(`/search/${kind}`, (request, response) => void response.json({ payload: { [kind]: find(world, request) } }));
  }
  return router;
}

const matcher = (request: Request) => {
  const words = (query(request, "q") ?? "").trim().toLowerCase();
  return (...texts: (string | null | undefined)[]) => words !== "" && texts.some((text) => text?.toLowerCase().includes(words));
};

function visible(world: World, request: Request) {
  const user = userOf(request);
  return ofAccount(world.state.conversations, sessionOf(request).account.id).filter((row) => mayShow(world.state, user, row));
}

function conversations(world: World, request: Request): Json[] {
  const hit = matcher(request);
  const rows = visible(world, request).filter((row) => {
    const contact = must(world.state.contacts, row.contact_id);
    return hit(String(row.display_id), contact.name, contact.email, contact.phone_number, contact.identifier);
  });
  return page(rows, query(request, "page"), PAGE).map((row) => ({
    id: row.display_id,
    uuid: row.uuid,
    created_at: seconds(row.created_at),
    account_id: row.account_id,
    contact: { id: row.contact_id, name: must(world.state.contacts, row.contact_id).name },
  }));
}

function contacts(world: World, request: Request): Json[] {
  const hit = matcher(request);
  userOf(request);
  const rows = ofAccount(world.state.contacts, sessionOf(request).account.id).filter((row) =>
    hit(row.name, row.email, row.phone_number, row.identifier),
  );
  return page(rows, query(request, "page"), PAGE).map((row) => contactJson(world, row, { withInboxes: false }));
}

function messages(world: World, request: Request): Json[] {
  const hit = matcher(request);
  const since = world.now() - MONTHS_3_MS;
  const rows = visible(world, request).flatMap((row) =>
    (world.state.threads.get(row.id) ?? []).filter((message) => message.created_at > since && hit(message.content)),
  );
  return page(rows.reverse(), query(request, "page"), PAGE).map((message) => messageJson(world, message));
}

function articles(world: World, request: Request): Json[] {
  const hit = matcher(request);
  const portals = new Map(ofAccount(world.state.portals, sessionOf(request).account.id).map((portal) => [portal.id, portal]));
  const rows = [...world.state.articles.values()].filter(
    (row) => portals.has(row.portal_id) && hit(row.title, row.content, row.description),
  );
  return page(rows, query(request, "page"), PAGE).map((row) => ({
    id: row.id,
    title: row.title,
    slug: row.slug,
    portal_slug: portals.get(row.portal_id)?.slug,
    locale: row.locale,
    content: row.content,
    status: row.status,
    account_id: sessionOf(request).account.id,
  }));
}
