import { type Request, Router } from "express";
import { conversationFor, sessionOf } from "../access.ts";
import { bodyOf, ids } from "../answers.ts";
import { assignTeam, setLabels, updateConversation } from "../conversations.ts";
import { assignableUsers } from "../lookups.ts";
import { unprocessable } from "../refusal.ts";
import { agentJson } from "../rest-json.ts";
import { must } from "../state.ts";
import type { Conversation, Json } from "../types.ts";
import { iso, type World } from "../world.ts";

/** Who has a conversation, what it is labelled, who takes part. */
export function assignmentRoutes(world: World): Router {
  const router = Router({ mergeParams: true });
  const one = "/conversations/:conversation_id";

  router.post(`${one}/assignments`, (request, response) => {
    const conversation = conversationFor(world, request);
    const body = bodyOf(request);
    // With `assignee_id` the team is ignored: two calls are needed.
    if ("assignee_id" in body || body.assignee_type === "AgentBot") response.json(assignPerson(world, conversation, body, request));
    else if ("team_id" in body) response.json(assignToTeam(world, conversation, body, request));
    else response.json(null);
  });

  router.get(`${one}/labels`, (request, response) => void response.json({ payload: conversationFor(world, request).label_list }));

  router.post(`${one}/labels`, (request, response) => {
    const conversation = conversationFor(world, request);
    const { labels } = bodyOf(request);
    setLabels(
      world,
      conversation,
      Array.isArray(labels) ? labels : labels === undefined || labels === null ? [] : [labels],
      sessionOf(request).actor,
    );
    response.json({ payload: conversation.label_list });
  });

  const people = (conversation: Conversation, list: number[]) =>
    list
      .map((id) => world.state.users.get(id))
      .filter((user) => user !== undefined)
      .map((user) => agentJson(user, conversation.account_id));

  router.get(`${one}/participants`, (request, response) => {
    const conversation = conversationFor(world, request);
    response.json(people(conversation, conversation.participant_ids));
  });

  router.post(`${one}/participants`, (request, response) => {
    const conversation = conversationFor(world, request);
    const added = participants(world, conversation, request).filter((id) => !conversation.participant_ids.includes(id));
    conversation.participant_ids.push(...added);
    response.json(people(conversation, added));
  });

  router.patch(`${one}/participants`, (request, response) => {
    const conversation = conversationFor(world, request);
    conversation.participant_ids = participants(world, conversation, request);
    response.json(people(conversation, conversation.participant_ids));
  });

  router.delete(`${one}/participants`, (request, response) => {
    const conversation = conversationFor(world, request);
    const gone = ids(bodyOf(request).user_ids);
    conversation.participant_ids = conversation.participant_ids.filter((id) => !gone.includes(id));
    response.status(200).end();
  });

  return router;
}

/** An unknown id unassigns with 200 and `null`; membership of the inbox is not asked for. */
function assignPerson(world: World, conversation: Conversation, body: Json, request: Request): Json | null {
  const { account, actor } = sessionOf(request);
  const id = Number(body.assignee_id);
  if (body.assignee_type === "AgentBot") {
    const bot = world.state.bots.get(id);
    updateConversation(world, conversation, { assignee_id: null, assignee_agent_bot_id: bot?.id ?? null }, actor);
    return bot
      ? { id: bot.id, name: bot.name, description: bot.description, thumbnail: "", outgoing_url: bot.outgoing_url, bot_type: "webhook" }
      : null;
  }
  const user = world.state.users.get(id);
  const known = user?.account_ids.includes(account.id) ? user : undefined;
  updateConversation(world, conversation, { assignee_id: known?.id ?? null, assignee_agent_bot_id: null }, actor);
  return known ? agentJson(known, account.id) : null;
}

function assignToTeam(world: World, conversation: Conversation, body: Json, request: Request): Json | null {
  const { account, actor } = sessionOf(request);
  const found = world.state.teams.get(Number(body.team_id));
  const team = found?.account_id === account.id ? found : null;
  assignTeam(world, conversation, team, actor);
  if (!team) return null;
  const { id, name, description, allow_auto_assign, account_id } = team;
  return { id, name, description, allow_auto_assign, account_id, created_at: iso(team.created_at), updated_at: iso(team.updated_at) };
}

function participants(world: World, conversation: Conversation, request: Request): number[] {
  const assignable = assignableUsers(world.state, must(world.state.inboxes, conversation.inbox_id)).map((user) => user.id);
  const wanted = ids(bodyOf(request).user_ids);
  if (wanted.some((id) => !assignable.includes(id))) throw unprocessable("Invalid participant IDs");
  return wanted;
}
