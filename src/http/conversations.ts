import { z } from "zod";
import { Problem } from "../core/problem.ts";
import { draftOnDemand } from "../flow/draft-on-demand.ts";
import type { Ports } from "../ports.ts";
import { type Route, route } from "./route.ts";
import { idInUrl, text } from "./schemas.ts";
import type { Sight } from "./sight.ts";

/** A draft where nothing is pending, because an operator wants one. */
export function conversationRoutes(ports: Ports, { sight }: { sight: Sight }): Route[] {
  return [
    route({
      method: "post",
      path: "/api/v1/conversations/{id}/draft",
      access: "operator",
      operation: {
        id: "draftOnDemand",
        summary: "Asks for a draft in a conversation where nothing is pending",
        tag: "Conversations",
        answers: [{ status: 202, description: "The draft is being written", schema: z.object({ approval_id: z.guid() }) }],
        problems: ["stale", "unavailable"],
      },
      params: z.object({ id: idInUrl }),
      body: z.object({ instruction: text({ max: 2_000 }).nullish() }),
      handle: async ({ params, body, caller }) => {
        if (!(await sight.maySee(caller, params.id))) throw new Problem("not_found", "No conversation has this id.");
        const instruction = body.instruction ?? null;
        const { approvalId } = await draftOnDemand(ports, { conversationId: params.id, instruction });
        return { status: 202, body: { approval_id: approvalId } };
      },
    }),
  ];
}
