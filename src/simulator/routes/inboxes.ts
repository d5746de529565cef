import { type Request, Router } from "express";
import { administratorOf, sessionOf, userOf } from "../access.ts";
import { bodyOf, emptyJson, ids } from "../answers.ts";
import { createInbox, inboxesOf, inboxJson, updateInbox } from "../inboxes.ts";
import { activeBot, assignableUsers } from "../lookups.ts";
import { notFound } from "../refusal.ts";
import { agentJson, botJson } from "../rest-json.ts";
import { ofAccount, randomToken } from "../state.ts";
import type { Inbox } from "../types.ts";
import type { World } from "../world.ts";

/** Inboxes, their members, and the bot that answers first in one. */
export function inboxRoutes(world: World): Router {
  const router = Router({ mergeParams: true });
  const json = (inbox: Inbox, request: Request) =>
    inboxJson(inbox, world.url, { forAdministrator: userOf(request).role === "administrator" });
  const people = (inbox: Inbox) =>
    inbox.member_ids.flatMap((id) => world.state.users.get(id) ?? []).map((user) => agentJson(user, inbox.account_id));

  router.get("/inboxes", (request, response) => {
    response.json({ payload: inboxesOf(world, sessionOf(request).account.id, userOf(request)).map((inbox) => json(inbox, request)) });
  });

  router.post("/inboxes", (request, response) => {
    administratorOf(request);
    response.json(json(createInbox(world, sessionOf(request).account.id, bodyOf(request, "inbox")), request));
  });

  router.get("/inboxes/:inbox_id", (request, response) => void response.json(json(visibleInbox(world, request), request)));

  router.patch("/inboxes/:inbox_id", (request, response) => {
    administratorOf(request);
    const inbox = inboxFor(world, request, request.params.inbox_id);
    updateInbox(inbox, bodyOf(request, "inbox"));
    response.json(json(inbox, request));
  });

  router.delete("/inboxes/:inbox_id", (request, response) => {
    administratorOf(request);
    world.state.inboxes.delete(inboxFor(world, request, request.params.inbox_id).id);
    response.json({ message: "Your inbox deletion request will be processed in some time." });
  });

  router.post("/inboxes/:inbox_id/reset_secret", (request, response) => {
    administratorOf(request);
    const inbox = inboxFor(world, request, request.params.inbox_id);
    inbox.channel.secret = randomToken();
    response.json(json(inbox, request));
  });

  router.get("/inboxes/:inbox_id/agent_bot", (request, response) => {
    const bot = activeBot(world.state, visibleInbox(world, request));
    response.json({ agent_bot: bot ? botJson(bot, { withSecret: false }) : {} });
  });

  router.post("/inboxes/:inbox_id/set_agent_bot", (request, response) => {
    administratorOf(request);
    const inbox = inboxFor(world, request, request.params.inbox_id);
    const id = bodyOf(request).agent_bot;
    const bot = world.state.bots.get(Number(id));
    if (id && bot?.account_id !== inbox.account_id) throw notFound();
    inbox.agent_bot_id = id ? Number(id) : null;
    emptyJson(response);
  });

  router.get(
    "/inbox_members/:inbox_id",
    (request, response) => void response.json({ payload: people(inboxFor(world, request, request.params.inbox_id)) }),
  );

  const members = (change: (before: number[], named: number[]) => number[]) => (request: Request) => {
    administratorOf(request);
    const body = bodyOf(request);
    const inbox = inboxFor(world, request, body.inbox_id);
    inbox.member_ids = change(
      inbox.member_ids,
      ids(body.user_ids).filter((id) => world.state.users.get(id)?.account_ids.includes(inbox.account_id)),
    );
    return inbox;
  };
  const add = members((before, named) => [...new Set([...before, ...named])]);
  const replace = members((_, named) => named);
  const remove = members((before, named) => before.filter((id) => !named.includes(id)));
  router.post("/inbox_members", (request, response) => void response.json({ payload: people(add(request)) }));
  router.patch("/inbox_members", (request, response) => void response.json({ payload: people(replace(request)) }));
  router.delete("/inbox_members", (request, response) => {
    remove(request);
    emptyJson(response);
  });

  router.get("/assignable_agents", (request, response) => {
    userOf(request);
    const inboxes = ids([request.query.inbox_ids ?? []].flat()).map((id) => inboxFor(world, request, id));
    const everywhere = [...world.state.users.values()].filter((user) =>
      inboxes.every((inbox) => assignableUsers(world.state, inbox).includes(user)),
    );
    response.json({ payload: everywhere.map((user) => agentJson(user, sessionOf(request).account.id)) });
  });

  return router;
}

function inboxFor(world: World, request: Request, id: unknown): Inbox {
  const inbox = ofAccount(world.state.inboxes, sessionOf(request).account.id).find((row) => row.id === Number(id));
  if (!inbox) throw notFound();
  return inbox;
}

function visibleInbox(world: World, request: Request): Inbox {
  const inbox = inboxFor(world, request, request.params.inbox_id);
  if (!inboxesOf(world, inbox.account_id, userOf(request)).includes(inbox)) throw notFound();
  return inbox;
}
