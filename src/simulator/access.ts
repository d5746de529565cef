import type { Request } from "express";
import { mayShow } from "./lookups.ts";
import { notAuthorized, notFound, Refusal } from "./refusal.ts";
import { ofAccount } from "./state.ts";
import type { Account, Actor, Bot, Conversation, User } from "./types.ts";
import type { World } from "./world.ts";

/** Whoever's token a call carries. */
export type Caller = { kind: "user"; user: User } | { kind: "bot"; bot: Bot };

/** What a bot's token may call, as method and path below the account (contract §3.2). */
const BOT_MAY = [
  /^POST \/conversations$/,
  /^(GET|PATCH|PUT) \/conversations\/\d+$/,
  /^POST \/conversations\/\d+\/(toggle_status|toggle_priority|toggle_typing_status|custom_attributes|messages|assignments)$/,
  /^(GET|POST) \/conversations\/\d+\/labels$/,
];

/** Whose token it is; 401 without one, with a wrong one, and for a bot outside its short list. */
export function callerOf(world: World, request: Request, pathBelowAccount: string): Caller {
  // Rack maps `api_access_token` and `Api-Access-Token` to the same key; Node keeps them apart.
  const token = request.get("api_access_token") ?? request.get("api-access-token");
  if (!token) throw new Refusal(401, { errors: ["You need to sign in or sign up before continuing."] });
  const user = [...world.state.users.values()].find((row) => row.token === token);
  if (user) return { kind: "user", user };
  const bot = [...world.state.bots.values()].find((row) => row.token === token);
  if (!bot) throw new Refusal(401, { error: "Invalid Access Token" });
  if (!BOT_MAY.some((pattern) => pattern.test(`${request.method} ${pathBelowAccount}`)))
    throw new Refusal(401, { error: "Access to this endpoint is not authorized for bots" });
  return { kind: "bot", bot };
}

/** The account of a path: 404 when there is none, 401 when it is somebody else's. */
export function accountFor(world: World, caller: Caller, id: string): Account {
  const account = world.state.accounts.get(Number(id));
  if (!account) throw notFound();
  const belongs = caller.kind === "user" ? caller.user.account_ids.includes(account.id) : botBelongs(world, caller.bot, account);
  if (!belongs)
    throw new Refusal(401, {
      error: caller.kind === "user" ? "You are not authorized to access this account" : "Bot is not authorized to access this account",
    });
  return account;
}

function botBelongs(world: World, bot: Bot, account: Account): boolean {
  return bot.account_id === account.id || ofAccount(world.state.inboxes, account.id).some((inbox) => inbox.agent_bot_id === bot.id);
}

/** What every account route works on. */
export interface Session {
  account: Account;
  caller: Caller;
  actor: Actor;
}

const sessions = new WeakMap<Request, Session>();

export const setSession = (request: Request, session: Session): void => void sessions.set(request, session);

/** The session of a call that has passed the gate. */
export function sessionOf(request: Request): Session {
  const session = sessions.get(request);
  if (!session) throw new Error("A route was reached without passing the gate.");
  return session;
}

/** The person behind a call; a bot never gets here. */
export function userOf(request: Request): User {
  const { caller } = sessionOf(request);
  if (caller.kind !== "user") throw notAuthorized();
  return caller.user;
}

/** The administrator behind a call, or 401. */
export function administratorOf(request: Request): User {
  const user = userOf(request);
  if (user.role !== "administrator") throw notAuthorized();
  return user;
}

/** The conversation with this display id in the caller's account: 404 when there is none, 401 when they may not see it. */
export function conversationFor(world: World, request: Request): Conversation {
  const { account, caller } = sessionOf(request);
  const id = Number(request.params.conversation_id);
  const conversation = [...world.state.conversations.values()].find((row) => row.account_id === account.id && row.display_id === id);
  if (!conversation) throw notFound();
  if (caller.kind === "user" && !mayShow(world.state, caller.user, conversation)) throw notAuthorized();
  return conversation;
}
