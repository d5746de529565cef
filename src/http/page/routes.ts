import { z } from "zod";
import type { Approval } from "../../core/words.ts";
import { decideApproval } from "../../flow/decide-approval.ts";
import { undoApproval } from "../../flow/undo-approval.ts";
import type { Health, Ports } from "../../ports.ts";
import { findApproval, listApprovals } from "../approvals.ts";
import { DECISIONS } from "../decisions.ts";
import type { Caller, Identity } from "../identity.ts";
import { problemOf } from "../problem-response.ts";
import { type Route, route } from "../route.ts";
import { cursor, uuid } from "../schemas.ts";
import type { Sight } from "../sight.ts";
import { deadLetterPages } from "./dead-letter-routes.ts";
import { commandOf, readForm, versionOf } from "./forms.ts";
import type { Notice } from "./notices.ts";
import { callerOrNull, conversationAddress, cursorIn, ENTRIES, ignorant, refusalOf, seeOther, show } from "./pages.ts";
import { queuePage } from "./queue.ts";
import { signInPage } from "./sign-in.ts";
import { createTargets } from "./targets.ts";
import { troublesOf } from "./troubles.ts";

const HELD = 20;
/** Incidents are shown for so long; in the conversation a note stays. */
const INCIDENT_MS = 3 * 86_400_000;
const INCIDENTS = 10;

interface PageParts {
  ports: Ports;
  identity: Identity;
  sight: Sight;
  health: Health;
  chatwootBaseUrl: string;
}

/** The console as plain pages: forms that answer with a redirect, so that reloading never decides twice. */
export function pageRoutes({ ports, identity, sight, health, chatwootBaseUrl }: PageParts): Route[] {
  const { clock } = ports;
  const base = chatwootBaseUrl.replace(/\/+$/, "");
  const conversationUrl = (approval: Approval) => conversationAddress(base, approval);
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
        const [waiting, held, incidents, deadLetters, notice, state] = await Promise.all([
          listApprovals(ports, {
            ...reach,
            filter: { status: ["pending", "send_failed"], sort: "due", limit: ENTRIES, ...cursorIn(query) },
          }),
          listApprovals(ports, { ...reach, filter: { status: ["approved"], sort: "newest", limit: HELD } }),
          listApprovals(ports, { ...reach, filter: { storedDiffers: true, sort: "newest", limit: INCIDENTS } }),
          caller.operator.role === "administrator" ? ports.store.deadLetters.countOpen() : null,
          noticeAbout(query, reach),
          health.check(),
        ]);
        return show(
          res,
          queuePage({
            operator: caller.operator,
            waiting: waiting.data,
            nextCursor: waiting.nextCursor,
            held: held.data,
            notice,
            troubles: troublesOf(state),
            deadLetters,
            incidents: incidents.data.filter(({ updatedAt }) => clock.now().getTime() - updatedAt.getTime() < INCIDENT_MS),
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
    ...deadLetterPages({ ports, identity, base }),
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
