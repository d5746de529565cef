import type { Request, Response } from "express";
import { z } from "zod";
import { Problem } from "../../core/problem.ts";
import type { Operator } from "../../core/words.ts";
import { discardDeadLetter, redriveDeadLetter, redriveEach } from "../../flow/settle-dead-letter.ts";
import type { Ports } from "../../ports.ts";
import { discardReason } from "../dead-letters.ts";
import type { Identity } from "../identity.ts";
import { type Route, route } from "../route.ts";
import { cursor, uuid } from "../schemas.ts";
import { deadLettersPage } from "./dead-letters.ts";
import { readForm } from "./forms.ts";
import { callerOrNull, conversationAddress, cursorIn, ENTRIES, ignorant, refusalOf, seeOther, show } from "./pages.ts";

/** The page of dead letters with its forms; `base` is the address of Chatwoot's dashboard. */
export function deadLetterPages({ ports, identity, base }: { ports: Ports; identity: Identity; base: string }): Route[] {
  const { store, clock, settings } = ports;
  const page = { access: "open", operation: null } as const;
  const params = z.object({ id: uuid });
  const shownIds = z.array(uuid).min(1).max(ENTRIES);

  /** What an administrator's form asks for, then the page again. */
  async function carryOut(req: Request, res: Response, work: (operator: Operator) => Promise<unknown>): Promise<undefined> {
    const caller = await callerOrNull(identity, req);
    if (!caller) return seeOther(res, "/");
    const problem = await refusalOf(async () => {
      if (caller.operator.role !== "administrator") throw new Problem("forbidden", "This is for administrators.");
      await work(caller.operator);
    });
    return seeOther(res, `/dead-letters${problem ? `?problem=${problem.code}` : ""}`);
  }

  return [
    route({
      ...page,
      method: "get",
      path: "/dead-letters",
      query: z.object({ cursor: ignorant(cursor), problem: ignorant(z.string()) }),
      handle: async ({ req, res, query }) => {
        const caller = await callerOrNull(identity, req);
        if (!caller) return seeOther(res, "/");
        const allowed = caller.operator.role === "administrator";
        const letters = allowed ? await store.deadLetters.list({ open: true, limit: ENTRIES, ...cursorIn(query) }) : null;
        return show(
          res.status(allowed ? 200 : 403),
          deadLettersPage({
            operator: caller.operator,
            letters: letters?.data ?? null,
            nextCursor: letters?.nextCursor ?? null,
            now: clock.now(),
            problem: query.problem ?? null,
            conversationUrl: (conversationId) => conversationAddress(base, { accountId: settings.accountId, conversationId }),
          }),
        );
      },
    }),
    route({
      ...page,
      method: "post",
      path: "/dead-letters/redrive",
      handle: ({ req, res }) =>
        carryOut(req, res, async (by) => {
          const ids = shownIds.safeParse((await readForm(req, res)).ids?.split(","));
          if (!ids.success) throw new Problem("invalid_payload", "Say which are put back.");
          await redriveEach(ports, { ids: ids.data, by });
        }),
    }),
    route({
      ...page,
      method: "post",
      path: "/dead-letters/{id}/redrive",
      params,
      handle: ({ req, res, params: { id } }) => carryOut(req, res, (by) => redriveDeadLetter(ports, { id, by })),
    }),
    route({
      ...page,
      method: "post",
      path: "/dead-letters/{id}/discard",
      params,
      handle: ({ req, res, params: { id } }) =>
        carryOut(req, res, async (by) => {
          const reason = discardReason.safeParse((await readForm(req, res)).reason);
          if (!reason.success) throw new Problem("invalid_payload", "Say why it is let go.");
          await discardDeadLetter(ports, { id, by, reason: reason.data });
        }),
    }),
  ];
}
