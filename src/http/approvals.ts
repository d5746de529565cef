import { z } from "zod";
import { Problem } from "../core/problem.ts";
import type { Approval } from "../core/words.ts";
import type { ApprovalFilter } from "../ports/store.ts";
import type { Ports } from "../ports.ts";
import { APPROVAL_STATUSES, approvalEventJson, approvalEventSchema, approvalJson, approvalSchema, PRIORITIES } from "./approval-json.ts";
import type { Caller } from "./identity.ts";
import { type Route, route } from "./route.ts";
import { cursor, idInUrl, limit, listOf, text, uuid, words } from "./schemas.ts";
import type { Sight } from "./sight.ts";

/** Pages read from the store, at most, to fill one page with what the caller may see. */
const MOST_ROUNDS = 20;

export const approvalId = z.object({ id: uuid });

/** The approval, when there is one and the caller may see its conversation; a 404 tells neither from the other. */
export async function findApproval(
  { store }: Pick<Ports, "store">,
  { id, caller, sight }: { id: string; caller: Caller; sight: Sight },
): Promise<Approval> {
  const approval = await store.approvals.get(id);
  if (!approval || !(await sight.maySee(caller, approval.conversationId))) throw new Problem("not_found", "No approval has this id.");
  return approval;
}

/** A page of approvals that the caller may see: full, unless there are no more. */
export async function listApprovals(
  { store }: Pick<Ports, "store">,
  { filter, caller, sight }: { filter: ApprovalFilter; caller: Caller; sight: Sight },
): Promise<{ data: Approval[]; nextCursor: string | null }> {
  const data: Approval[] = [];
  let next: string | null = filter.cursor ?? null;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const page = await store.approvals.list({ ...filter, limit: filter.limit - data.length, ...(next !== null && { cursor: next }) });
    data.push(...(await sight.visible(caller, page.data)));
    next = page.nextCursor;
    if (next === null || data.length >= filter.limit) break;
  }
  return { data, nextCursor: next };
}

/** Reading approvals: the queue, one of them, its audit trail. */
export function approvalRoutes({ store }: Pick<Ports, "store">, { sight }: { sight: Sight }): Route[] {
  return [
    route({
      method: "get",
      path: "/api/v1/approvals",
      access: "operator",
      operation: {
        id: "listApprovals",
        summary: "Lists the approvals whose conversations you may see",
        tag: "Approvals",
        answers: [{ status: 200, description: "One page", schema: listOf(approvalSchema) }],
      },
      query: z.object({
        status: words(APPROVAL_STATUSES).optional(),
        priority: z.enum(PRIORITIES).optional(),
        inbox_id: idInUrl.optional(),
        q: text({ max: 200 }).optional().meta({ description: "Words in the customer's message or name." }),
        sort: z.enum(["due", "newest"]).default("due"),
        limit,
        cursor: cursor.optional(),
      }),
      handle: async ({ query, caller }) => {
        const { inbox_id: inboxId, ...rest } = query;
        const filter = { ...rest, ...(inboxId !== undefined && { inboxId }) };
        const page = await listApprovals({ store }, { filter, caller, sight });
        return { body: { data: page.data.map(approvalJson), next_cursor: page.nextCursor } };
      },
    }),
    route({
      method: "get",
      path: "/api/v1/approvals/{id}",
      access: "operator",
      operation: {
        id: "getApproval",
        summary: "Shows one approval with its audit trail",
        tag: "Approvals",
        answers: [
          {
            status: 200,
            description: 'The approval; `ETag: "version"`',
            schema: approvalSchema.extend({ events: z.array(approvalEventSchema) }).meta({ id: "ApprovalWithEvents" }),
          },
        ],
      },
      params: approvalId,
      handle: async ({ params, caller }) => {
        const approval = await findApproval({ store }, { id: params.id, caller, sight });
        const events = await store.approvalEvents.of(approval.id);
        return { headers: { ETag: etag(approval) }, body: { ...approvalJson(approval), events: events.map(approvalEventJson) } };
      },
    }),
    route({
      method: "get",
      path: "/api/v1/approvals/{id}/events",
      access: "operator",
      operation: {
        id: "listApprovalEvents",
        summary: "Lists who did what with an approval, oldest first",
        tag: "Approvals",
        answers: [{ status: 200, description: "The whole audit trail", schema: listOf(approvalEventSchema) }],
      },
      params: approvalId,
      handle: async ({ params, caller }) => {
        const approval = await findApproval({ store }, { id: params.id, caller, sight });
        const events = await store.approvalEvents.of(approval.id);
        return { body: { data: events.map(approvalEventJson), next_cursor: null } };
      },
    }),
  ];
}

/** The version as an entity tag. */
export function etag(approval: Approval): string {
  return `"${approval.version}"`;
}
