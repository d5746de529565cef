import { type Request, Router } from "express";
import { administratorOf, sessionOf, userOf } from "../access.ts";
import { bodyOf, ids } from "../answers.ts";
import { invalid, notFound } from "../refusal.ts";
import { agentJson, botJson, teamJson } from "../rest-json.ts";
import { nextId, ofAccount, randomToken } from "../state.ts";
import type { Bot, Team, User } from "../types.ts";
import type { World } from "../world.ts";

/** Operators, teams and bots. */
export function peopleRoutes(world: World): Router {
  const router = Router({ mergeParams: true });

  router.get("/agents", (request, response) => {
    userOf(request);
    const { account } = sessionOf(request);
    const people = [...world.state.users.values()].filter((user) => user.account_ids.includes(account.id));
    response.json(people.sort((a, b) => a.name.localeCompare(b.name)).map((user) => agentJson(user, account.id)));
  });

  router.get("/teams", (request, response) => {
    const user = userOf(request);
    response.json(ofAccount(world.state.teams, sessionOf(request).account.id).map((team) => teamJson(team, user)));
  });

  router.get("/teams/:team_id", (request, response) => void response.json(teamJson(teamFor(world, request), userOf(request))));

  router.post("/teams", (request, response) => {
    const user = administratorOf(request);
    const { account } = sessionOf(request);
    const body = bodyOf(request, "team");
    const name = String(body.name ?? "")
      .trim()
      .toLowerCase();
    if (!name) throw invalid("Name can't be blank", ["name"]);
    if (ofAccount(world.state.teams, account.id).some((team) => team.name === name)) throw invalid("Name has already been taken", ["name"]);
    const time = world.now();
    const team: Team = {
      id: nextId(world.state, "team"),
      account_id: account.id,
      name,
      description: body.description == null ? null : String(body.description),
      allow_auto_assign: body.allow_auto_assign !== false,
      member_ids: [],
      created_at: time,
      updated_at: time,
    };
    world.state.teams.set(team.id, team);
    response.json(teamJson(team, user));
  });

  router.patch("/teams/:team_id", (request, response) => {
    const user = administratorOf(request);
    const team = teamFor(world, request);
    const body = bodyOf(request, "team");
    if (body.name) team.name = String(body.name).toLowerCase();
    if ("description" in body) team.description = body.description === null ? null : String(body.description);
    if ("allow_auto_assign" in body) team.allow_auto_assign = Boolean(body.allow_auto_assign);
    response.json(teamJson(team, user));
  });

  router.delete("/teams/:team_id", (request, response) => {
    administratorOf(request);
    world.state.teams.delete(teamFor(world, request).id);
    response.status(200).end();
  });

  const members = (team: Team, list: number[]) =>
    list.flatMap((id) => world.state.users.get(id) ?? []).map((user) => agentJson(user, team.account_id));
  router.get("/teams/:team_id/team_members", (request, response) => {
    const team = teamFor(world, request);
    response.json(members(team, team.member_ids));
  });
  router.post("/teams/:team_id/team_members", (request, response) => {
    administratorOf(request);
    const team = teamFor(world, request);
    const added = ids(bodyOf(request).user_ids).filter((id) => world.state.users.has(id) && !team.member_ids.includes(id));
    team.member_ids.push(...added);
    response.json(members(team, added));
  });
  router.patch("/teams/:team_id/team_members", (request, response) => {
    administratorOf(request);
    const team = teamFor(world, request);
    team.member_ids = ids(bodyOf(request).user_ids).filter((id) => world.state.users.has(id));
    response.json(members(team, team.member_ids));
  });
  router.delete("/teams/:team_id/team_members", (request, response) => {
    administratorOf(request);
    const team = teamFor(world, request);
    const gone = ids(bodyOf(request).user_ids);
    team.member_ids = team.member_ids.filter((id) => !gone.includes(id));
    response.status(200).end();
  });

  // Anybody may read a bot's token; only an administrator its secret.
  const withSecret = (user: User) => ({ withSecret: user.role === "administrator" });
  router.get("/agent_bots", (request, response) => {
    const user = userOf(request);
    response.json(ofAccount(world.state.bots, sessionOf(request).account.id).map((bot) => botJson(bot, withSecret(user))));
  });
  router.get(
    "/agent_bots/:bot_id",
    (request, response) => void response.json(botJson(botFor(world, request), withSecret(userOf(request)))),
  );
  router.post("/agent_bots", (request, response) => {
    const user = administratorOf(request);
    const body = bodyOf(request, "agent_bot");
    const bot = createBot(world, sessionOf(request).account.id, {
      name: String(body.name ?? ""),
      description: body.description == null ? null : String(body.description),
      outgoing_url: body.outgoing_url ? String(body.outgoing_url) : null,
    });
    response.json(botJson(bot, withSecret(user)));
  });
  router.patch("/agent_bots/:bot_id", (request, response) => {
    const user = administratorOf(request);
    const bot = botFor(world, request);
    const body = bodyOf(request, "agent_bot");
    if (body.name) bot.name = String(body.name);
    if ("description" in body) bot.description = body.description === null ? null : String(body.description);
    if ("outgoing_url" in body) bot.outgoing_url = body.outgoing_url ? String(body.outgoing_url) : null;
    response.json(botJson(bot, withSecret(user)));
  });
  router.post("/agent_bots/:bot_id/reset_secret", (request, response) => {
    const user = administratorOf(request);
    const bot = botFor(world, request);
    bot.secret = randomToken();
    response.json(botJson(bot, withSecret(user)));
  });
  router.post("/agent_bots/:bot_id/reset_access_token", (request, response) => {
    const user = administratorOf(request);
    const bot = botFor(world, request);
    bot.token = randomToken();
    response.json(botJson(bot, withSecret(user)));
  });
  router.delete("/agent_bots/:bot_id", (request, response) => {
    administratorOf(request);
    world.state.bots.delete(botFor(world, request).id);
    response.status(200).end();
  });

  return router;
}

/** Makes a bot; an installation file may have fixed the token of a bot of this name. */
function createBot(
  world: World,
  accountId: number,
  { name, description, outgoing_url }: Pick<Bot, "name" | "description" | "outgoing_url">,
): Bot {
  const bot: Bot = {
    id: nextId(world.state, "bot"),
    account_id: accountId,
    name,
    description,
    outgoing_url,
    bot_config: {},
    token: world.state.botTokens.get(name) ?? randomToken(),
    secret: randomToken(),
  };
  world.state.bots.set(bot.id, bot);
  return bot;
}

function teamFor(world: World, request: Request): Team {
  userOf(request);
  const team = world.state.teams.get(Number(request.params.team_id));
  if (team?.account_id !== sessionOf(request).account.id) throw notFound();
  return team;
}

function botFor(world: World, request: Request): Bot {
  userOf(request);
  const bot = world.state.bots.get(Number(request.params.bot_id));
  if (bot?.account_id !== sessionOf(request).account.id) throw notFound();
  return bot;
}
