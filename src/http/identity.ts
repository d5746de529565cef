import { createHash } from "node:crypto";
import type { Request } from "express";
import { Problem } from "../core/problem.ts";
import type { Operator } from "../core/words.ts";
import { HelpdeskError } from "../ports/helpdesk.ts";
import type { Surface } from "../ports/store.ts";
import type { Ports } from "../ports.ts";
import { type Attempts, createAttempts } from "./attempts.ts";
import { createMemory } from "./memory.ts";
import { refuseOtherSites } from "./same-origin.ts";
import { createSessionCookie } from "./session-cookie.ts";

/** Whoever calls: an operator of our account, with the Chatwoot token that proves it. */
export interface Caller {
  operator: Operator;
  token: string;
  surface: Extract<Surface, "http" | "console">;
}

export interface Identity {
  /** Says who is calling, or throws `unauthorized`, `forbidden` (another site), `rate_limited` or `unavailable`. */
  identify(req: Request): Promise<Caller>;
  /** Opens a session for whoever owns the token. Answers with the cookie to set. */
  signIn(req: Request, token: string): Promise<{ operator: Operator; expiresAt: Date; cookie: string }>;
  /** Ends the session, if there is one. Answers with the cookie that clears the browser's. */
  signOut(req: Request): Promise<string>;
}

/** How long Chatwoot's word on a token is good; a refusal is asked again sooner, for the operator may just have been invited. */
const FRESH_MS = 60_000;
const REFUSED_MS = 10_000;
const REMEMBERED = 2_000;
const SESSION_MS = 7 * 24 * 3600 * 1000;
/** Failures per address and minute before we stop asking Chatwoot: by hand, and by programs with tokens of their own. */
const FAILED_SIGN_INS = 10;
const FAILED_TOKENS = 60;
/** Printable and short enough for a header; Chatwoot's own have 24 characters. */
const TOKEN = /^[\x21-\x7e]{1,512}$/;

const NOT_SIGNED_IN = "Sign in, or send `Authorization: Bearer <Chatwoot access token>`.";
const WRONG_TOKEN = "Chatwoot does not know this access token, or its owner is not in this account.";

/** Knows operators by their Chatwoot access token, which Chatwoot itself checks, or by a session that began with one. */
export function createIdentity(
  { store, helpdesk, clock }: Pick<Ports, "store" | "helpdesk" | "clock">,
  { cookieSecure, publicOrigin }: { cookieSecure: boolean; publicOrigin: string | null },
): Identity {
  const cookie = createSessionCookie(cookieSecure);
  const owners = createMemory<Operator | null>(REMEMBERED);
  const failedSignIns = createAttempts("failed sign-ins", FAILED_SIGN_INS);
  const failedTokens = createAttempts("wrong access tokens", FAILED_TOKENS);

  /** Whose token this is, null when Chatwoot refuses it; remembered by hash, so that no token lies in memory longer than its request. */
  async function ownerOf(token: string, beforeAsking: () => Promise<void>): Promise<Operator | null> {
    const known = owners.get(hash(token));
    if (known && clock.now().getTime() - known.at < (known.value ? FRESH_MS : REFUSED_MS)) return known.value;
    await beforeAsking();
    return learnOwner(token);
  }

  /** Asks Chatwoot, remembers the answer and links the operator: their token is what replies go out with. */
  async function learnOwner(token: string): Promise<Operator | null> {
    const owner = await askOwner(token);
    const now = clock.now();
    owners.set(hash(token), { value: owner, at: now.getTime() });
    if (owner) await store.operators.link(owner, token, now);
    return owner;
  }

  async function askOwner(token: string): Promise<Operator | null> {
    try {
      return await helpdesk.whoIs(token);
    } catch (error) {
      if (error instanceof HelpdeskError && (error.kind === "refused" || error.kind === "forbidden")) return null;
      throw error;
    }
  }

  async function identify(req: Request): Promise<Caller> {
    const authorization = req.get("authorization");
    if (authorization !== undefined) return byToken(req, authorization);
    const session = cookie.read(req);
    if (session === null) throw new Problem("unauthorized", NOT_SIGNED_IN);
    return bySession(req, hash(session));
  }

  async function byToken(req: Request, authorization: string): Promise<Caller> {
    const token = /^Bearer +(\S+) *$/i.exec(authorization)?.[1] ?? "";
    if (!TOKEN.test(token)) throw new Problem("unauthorized", NOT_SIGNED_IN);
    let asked = false;
    const operator = await ownerOf(token, async () => {
      asked = true;
      await failedTokens.check(addressOf(req));
    });
    if (!operator && asked) await spend(failedTokens, addressOf(req));
    if (!operator) throw new Problem("unauthorized", WRONG_TOKEN);
    return { operator, token, surface: "http" };
  }

  /** A session lasts no longer than the token it began with; while Chatwoot cannot be asked, what it said last holds. */
  async function bySession(req: Request, tokenHash: string): Promise<Caller> {
    const session = await store.sessions.find(tokenHash, clock.now());
    const token = session && (await store.operators.token(session.operator.id));
    if (!session || !token) throw new Problem("unauthorized", "Your session has ended. Sign in again.");
    refuseOtherSites(req, publicOrigin);
    try {
      const operator = await ownerOf(token, async () => {});
      if (operator) return { operator, token, surface: "console" };
    } catch (error) {
      if (error instanceof HelpdeskError) return { operator: session.operator, token, surface: "console" };
      throw error;
    }
    await store.sessions.remove(tokenHash);
    throw new Problem("unauthorized", "Chatwoot no longer accepts your access token. Sign in again.");
  }

  async function signIn(req: Request, token: string) {
    refuseOtherSites(req, publicOrigin);
    await failedSignIns.check(addressOf(req));
    const operator = TOKEN.test(token) ? await learnOwner(token) : null;
    if (!operator) {
      await spend(failedSignIns, addressOf(req));
      throw new Problem("unauthorized", WRONG_TOKEN);
    }
    const { secret, header } = cookie.issue(SESSION_MS);
    const expiresAt = new Date(clock.now().getTime() + SESSION_MS);
    await store.sessions.create({ tokenHash: hash(secret), operatorId: operator.id, expiresAt });
    return { operator, expiresAt, cookie: header };
  }

  async function signOut(req: Request): Promise<string> {
    refuseOtherSites(req, publicOrigin);
    const session = cookie.read(req);
    if (session !== null) await store.sessions.remove(hash(session));
    return cookie.clear;
  }

  return { identify, signIn, signOut };
}

/** Counts a failure whose own answer stays 401: the next one is refused. */
async function spend(attempts: Attempts, key: string): Promise<void> {
  await attempts.spend(key).catch((refusal: unknown) => {
    if (!(refusal instanceof Problem)) throw refusal;
  });
}

const hash = (secret: string): string => createHash("sha256").update(secret).digest("hex");
const addressOf = (req: Request): string => req.ip ?? "unknown";
