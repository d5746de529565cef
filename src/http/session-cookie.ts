import { randomBytes } from "node:crypto";
import { parseCookie, stringifySetCookie } from "cookie";
import type { Request } from "express";

/** The name that browsers and scripts see. */
export const SESSION_COOKIE = "countersign_session";

const SECRET_BYTES = 32;
const SECRET = /^[A-Za-z0-9_-]{43}$/;

/**
 * Reads and writes the session cookie. Over https it may live in Chatwoot's frame (`SameSite=None; Secure; Partitioned`, which is why
 * every change is checked for its origin); over http a browser only takes `Lax`.
 */
export function createSessionCookie(secure: boolean): {
  read(req: Request): string | null;
  /** A fresh secret and the header that hands it to the browser. */
  issue(lifeMs: number): { secret: string; header: string };
  /** The header that takes it away. */
  clear: string;
} {
  const attributes = secure
    ? ({ httpOnly: true, path: "/", sameSite: "none", secure: true, partitioned: true } as const)
    : ({ httpOnly: true, path: "/", sameSite: "lax" } as const);
  return {
    read: (req) => {
      const secret = parseCookie(req.get("cookie") ?? "")[SESSION_COOKIE] ?? "";
      return SECRET.test(secret) ? secret : null;
    },
    issue: (lifeMs) => {
      const secret = randomBytes(SECRET_BYTES).toString("base64url");
      return { secret, header: stringifySetCookie(SESSION_COOKIE, secret, { ...attributes, maxAge: Math.floor(lifeMs / 1000) }) };
    },
    clear: stringifySetCookie(SESSION_COOKIE, "", { ...attributes, maxAge: 0 }),
  };
}
