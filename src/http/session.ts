import { z } from "zod";
import type { Operator } from "../core/words.ts";
import type { Identity } from "./identity.ts";
import { type Route, route } from "./route.ts";
import { text, time } from "./schemas.ts";

const operatorSchema = z.object({
  id: z.int(),
  name: z.string(),
  email: z.string().nullable(),
  role: z.enum(["agent", "administrator"]),
});

/** Signing in with a Chatwoot access token, which the browser forgets at once: it keeps a cookie that scripts cannot read. */
export function sessionRoutes(identity: Identity): Route[] {
  const path = "/api/v1/session";
  return [
    route({
      method: "post",
      path,
      access: "open",
      operation: {
        id: "signIn",
        summary: "Signs in with a Chatwoot access token and sets the session cookie",
        tag: "Session",
        answers: [{ status: 200, description: "Signed in", schema: z.object({ operator: operatorSchema, expires_at: time }) }],
        problems: ["unauthorized", "forbidden", "rate_limited", "unavailable"],
      },
      body: z.object({ access_token: text({ min: 1, max: 512 }) }),
      handle: async ({ req, body }) => {
        const { operator, expiresAt, cookie } = await identity.signIn(req, body.access_token);
        return { headers: { "Set-Cookie": cookie }, body: { operator: operatorJson(operator), expires_at: expiresAt.toISOString() } };
      },
    }),
    route({
      method: "get",
      path,
      access: "operator",
      operation: {
        id: "getSession",
        summary: "Says who you are",
        tag: "Session",
        answers: [{ status: 200, description: "You", schema: z.object({ operator: operatorSchema }) }],
      },
      handle: ({ caller }) => ({ body: { operator: operatorJson(caller.operator) } }),
    }),
    route({
      method: "delete",
      path,
      access: "open",
      operation: {
        id: "signOut",
        summary: "Ends the session, if there is one",
        tag: "Session",
        answers: [{ status: 204, description: "Signed out" }],
        problems: ["forbidden"],
      },
      handle: async ({ req }) => ({ status: 204, headers: { "Set-Cookie": await identity.signOut(req) } }),
    }),
  ];
}

function operatorJson({ id, name, email, role }: Operator): z.infer<typeof operatorSchema> {
  return { id, name, email, role };
}
