import type { Request } from "express";
import { z } from "zod";
import type { DecisionCommand } from "../core/approval.ts";
import { Problem, type ProblemCode } from "../core/problem.ts";
import type { Approval } from "../core/words.ts";
import { decideApproval } from "../flow/decide-approval.ts";
import { undoApproval } from "../flow/undo-approval.ts";
import type { Ports } from "../ports.ts";
import { approvalJson, approvalSchema, REJECT_REASONS } from "./approval-json.ts";
import { approvalId, etag, findApproval } from "./approvals.ts";
import type { Caller } from "./identity.ts";
import { type Route, route } from "./route.ts";
import { idInBody, MAX_MESSAGE_LENGTH, text } from "./schemas.ts";
import type { Sight } from "./sight.ts";

export type DecisionPorts = Pick<Ports, "store" | "clock" | "helpdesk" | "settings" | "metrics" | "policy">;

const comment = text({ max: 2_000 }).nullish();

/** What may be decided, each with the body it needs. The page's forms are read with the same. */
export const DECISIONS = {
  approve: {
    summary: "Approves the draft; it is sent in your name when the hold is over",
    body: z.object({}).transform((): DecisionCommand => ({ decision: "approve" })),
  },
  edit: {
    summary: "Approves other words than the draft's",
    body: z
      .object({ response: text({ min: 1, max: MAX_MESSAGE_LENGTH }) })
      .transform(({ response }): DecisionCommand => ({ decision: "edit", response })),
  },
  reject: {
    summary: "Rejects the draft; nothing is sent",
    body: z
      .object({ reason: z.enum(REJECT_REASONS), comment })
      .transform((given): DecisionCommand => ({ decision: "reject", reason: given.reason, comment: given.comment ?? null })),
  },
  escalate: {
    summary: "Hands the conversation to a team or a person",
    body: z
      .object({ team_id: idInBody.nullish(), assignee_id: idInBody.nullish(), note: text({ max: 10_000 }).nullish() })
      .refine((given) => !given.team_id || !given.assignee_id, { path: ["team_id"], message: "name a team or a person, not both" })
      .transform(
        (given): DecisionCommand => ({
          decision: "escalate",
          teamId: given.team_id ?? null,
          assigneeId: given.assignee_id ?? null,
          note: given.note ?? null,
        }),
      ),
  },
  redraft: {
    summary: "Asks for another draft in the same approval",
    body: z
      .object({ instruction: comment })
      .transform((given): DecisionCommand => ({ decision: "redraft", instruction: given.instruction ?? null })),
  },
} as const satisfies Record<DecisionCommand["decision"], { summary: string; body: z.ZodType<DecisionCommand> }>;

const DECISION_PROBLEMS: ProblemCode[] = ["already_decided", "stale", "not_approvable", "version_mismatch", "unavailable"];

const conditions = z.object({
  "if-match": z.string().optional().meta({ description: 'The version you decided on, as in `ETag`: `"3"`. Another one answers 412.' }),
  "idempotency-key": z.string().optional().meta({ description: "The same key and body again answer what the first time answered." }),
});

/** Deciding and taking back. Each answers 200 with the approval as it is afterwards. */
export function decisionRoutes(ports: DecisionPorts, { sight }: { sight: Sight }): Route[] {
  const kinds = Object.keys(DECISIONS) as (keyof typeof DECISIONS)[];
  return [...kinds.map((kind) => decisionRoute(ports, sight, kind)), undoRoute(ports, sight)];
}

function decisionRoute(ports: DecisionPorts, sight: Sight, kind: keyof typeof DECISIONS): Route {
  return route({
    method: "post",
    path: `/api/v1/approvals/{id}/${kind}`,
    access: "operator",
    operation: operation(`${kind}Approval`, DECISIONS[kind].summary),
    params: approvalId,
    body: DECISIONS[kind].body as z.ZodType<DecisionCommand>,
    handle: async ({ req, res, params, body, caller }) => {
      res.locals.about = { approval_id: params.id };
      const current = await findApproval(ports, { id: params.id, caller, sight });
      const approval = await decideApproval(ports, {
        ...subjectOf(req, current, caller),
        command: body,
        idempotencyKey: idempotencyKeyOf(req),
      });
      return answer(approval);
    },
  });
}

function undoRoute(ports: DecisionPorts, sight: Sight): Route {
  return route({
    method: "post",
    path: "/api/v1/approvals/{id}/undo",
    access: "operator",
    operation: operation("undoApproval", "Takes an approval back while its reply is held"),
    params: approvalId,
    body: z.object({}),
    handle: async ({ req, res, params, caller }) => {
      res.locals.about = { approval_id: params.id };
      const current = await findApproval(ports, { id: params.id, caller, sight });
      return answer(await undoApproval(ports, subjectOf(req, current, caller)));
    },
  });
}

function subjectOf(req: Request, current: Approval, { operator, surface }: Caller) {
  return { approvalId: current.id, operator, surface, expectedVersion: expectedVersionOf(req, current.version) };
}

/** The version that `If-Match` names, null when any will do; 0, which no approval has, when it names none of ours. */
function expectedVersionOf(req: Request, currentVersion: number): number | null {
  const header = req.get("if-match")?.trim();
  if (!header || header === "*") return null;
  const tags = header.split(",").map((tag) => Number(/^(?:W\/)?"?(\d{1,9})"?$/.exec(tag.trim())?.[1] ?? 0));
  return tags.includes(currentVersion) ? currentVersion : (tags[0] ?? 0);
}

function idempotencyKeyOf(req: Request): string | null {
  const key = req.get("idempotency-key") ?? null;
  if (key !== null && (key.length === 0 || key.length > 255)) {
    throw new Problem("invalid_payload", "Idempotency-Key: must have 1 to 255 characters.");
  }
  return key;
}

function answer(approval: Approval) {
  return { headers: { ETag: etag(approval) }, body: approvalJson(approval) };
}

function operation(id: string, summary: string) {
  return {
    id,
    summary,
    tag: "Approvals",
    headers: conditions,
    answers: [{ status: 200, description: "The approval as it is now", schema: approvalSchema }],
    problems: DECISION_PROBLEMS,
  };
}
