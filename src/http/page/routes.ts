import type { Request, Response } from "express";
import { z } from "zod";
import { Problem } from "../../core/problem.ts";
import type { Approval } from "../../core/words.ts";
import { decideApproval } from "../../flow/decide-approval.ts";
import { redriveDeadLetter } from "../../flow/redrive-dead-letter.ts";
import { undoApproval } from "../../flow/undo-approval.ts";
import type { Ports } from "../../ports.ts";
import { findApproval, listApprovals } from "../approvals.ts";
import { DECISIONS } from "../decisions.ts";
import type { Caller, Identity } from "../identity.ts";
import { problemOf } from "../problem-response.ts";
import { type Route, route } from "../route.ts";
import { cursor, uuid } from "../schemas.ts";
import type { Sight } from "../sight.ts";
import { deadLettersPage } from "./dead-letters.ts";
import { commandOf, readForm, versionOf } from "./forms.ts";
import type { Notice } from "./notices.ts";
import { queuePage } from "./queue.ts";
import { signInPage } from "./sign-in.ts";
import { createTargets } from "./targets.ts";

const ENTRIES = 50;
const HELD = 20;

interface PageParts {
  ports: Ports;
  identity: Identity;
  sight: Sight;
  chatwootBaseUrl: string;
}

const ignorant = <Schema extends z.ZodType>(schema: Schema) => schema.optional().catch(undefined);

/** The console as plain pages: forms that answer with a redirect, so that reloading never decides twice. */
export function pageRoutes({ ports, identity, sight, chatwootBaseUrl }: PageParts): Route[] {
  const { store, clock } = ports;
  const base = chatwootBaseUrl.replace(/\/+$/, "");
  const conversationUrl = (approval: Approval) => `${base}/app/accounts/${approval.accountId}/conversations/${approval.conversationId}`;
  const targets = createTargets(ports);

  const page = { access: "open", operation: null } as const;
  const actionParams = z.object({ id: uuid, kind: z.enum([...(Object.keys(DECISIONS) as (keyof typeof DECISIONS)[]), "undo"]) });

  return [
    route({
      ...page,
      method: "get",
      path: "/",
      query: z.object({ cursor: ignorant(cursor), about: ignorant(uuid), problem: ignorant(z.string()) }),
      handle: async ({ req, res, query }) => {
        const caller = await callerOrNull(identity, req);
        if (!caller) return show(res, signInPage(null));
        const reach = { caller, sight };
        const [waiting, held, notice] = await Promise.all([
          listApprovals(ports, {
            ...reach,
            filter: { status: ["pending", "send_failed"], sort: "due", limit: ENTRIES, ...cursorIn(query) },
          }),
          listApprovals(ports, { ...reach, filter: { status: ["approved"], sort: "newest", limit: HELD } }),
          noticeAbout(query, reach),
        ]);
        return show(
          res,
          queuePage({
            operator: caller.operator,
            waiting: waiting.data,
            nextCursor: waiting.nextCursor,
            held: held.data,
            notice,
            now: clock.now(),
            targets: await targets(),
            conversationUrl,
          }),
        );
      },
    }),
    route({
      ...page,
      method: "post",
      path: "/sign-in",
      handle: async ({ req, res }) => {
        try {
          const { access_token: token = "" } = await readForm(req, res);
          const { cookie } = await identity.signIn(req, token.trim());
          return seeOther(res.set("Set-Cookie", cookie), "/");
        } catch (error) {
          const problem = problemOf(error);
          if (!problem) throw error;
          if (problem.retryAfterSeconds) res.set("Retry-After", String(problem.retryAfterSeconds));
          return show(res.status(problem.status), signInPage(problem.message));
        }
      },
    }),
    route({
      ...page,
      method: "post",
      path: "/sign-out",
      handle: async ({ req, res }) => seeOther(res.set("Set-Cookie", await identity.signOut(req)), "/"),
    }),
    route({
      ...page,
      method: "post",
      path: "/approvals/{id}/{kind}",
      params: actionParams,
      handle: async ({ req, res, params }) => {
        const caller = await callerOrNull(identity, req);
        if (!caller) return seeOther(res, "/");
        res.locals.about = { approval_id: params.id, operator_id: caller.operator.id };
        const problem = await refusalOf(async () => {
          const form = await readForm(req, res);
          const { id } = await findApproval(ports, { id: params.id, caller, sight });
          const { operator, surface } = caller;
          const subject = { approvalId: id, operator, surface, expectedVersion: versionOf(form) };
          if (params.kind === "undo") await undoApproval(ports, subject);
          else await decideApproval(ports, { ...subject, command: commandOf(params.kind, form) });
        });
        return seeOther(res, `/?about=${params.id}${problem ? `&problem=${problem.code}` : ""}`);
      },
    }),
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
            problem: query.problem !== undefined,
          }),
        );
      },
    }),
    route({
      ...page,
      method: "post",
      path: "/dead-letters/{id}/redrive",
      params: z.object({ id: uuid }),
      handle: async ({ req, res, params }) => {
        const caller = await callerOrNull(identity, req);
        if (!caller) return seeOther(res, "/");
        const problem = await refusalOf(async () => {
          if (caller.operator.role !== "administrator") throw new Problem("forbidden", "This is for administrators.");
          await redriveDeadLetter(ports, { id: params.id, by: caller.operator });
        });
        return seeOther(res, `/dead-letters${problem ? `?problem=${problem.code}` : ""}`);
      },
    }),
  ];

  async function noticeAbout(
    { about, problem }: { about?: string | undefined; problem?: string | undefined },
    reach: { caller: Caller; sight: Sight },
  ): Promise<Notice | null> {
    if (about === undefined && problem === undefined) return null;
    const approval = about === undefined ? null : await findApproval(ports, { id: about, ...reach }).catch(() => null);
    return { approval, problem: problem ?? null };
  }
}

/** Nobody signed in is a page of its own; other failures are failures. */
async function callerOrNull(identity: Identity, req: Request): Promise<Caller | null> {
  try {
    return await identity.identify(req);
  } catch (error) {
    if (error instanceof Problem && error.code === "unauthorized") return null;
    throw error;
  }
}

async function refusalOf(work: () => Promise<void>): Promise<Problem | null> {
  try {
    await work();
    return null;
  } catch (error) {
    const problem = problemOf(error);
    if (!problem) throw error;
    return problem;
  }
}

const cursorIn = ({ cursor: given }: { cursor?: string | undefined }) => (given === undefined ? {} : { cursor: given });

function show(res: Response, page: string): undefined {
  res.type("html").set("Cache-Control", "no-store").send(page);
}

function seeOther(res: Response, address: string): undefined {
  res.redirect(303, address);
}
