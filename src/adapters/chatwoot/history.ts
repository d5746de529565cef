import { z } from "zod";
import type { ConversationHistory } from "../../ports/helpdesk.ts";
import { type ClientOptions, createClient } from "./client.ts";

/** Conversations in a page, fixed in Chatwoot. */
const PAGE = 25;
/** A list that goes on for longer is not one of Chatwoot's. */
const MOST_PAGES = 40_000;

const Listed = z.object({
  data: z.object({
    meta: z.object({ all_count: z.number().nullish() }),
    payload: z.array(z.object({ id: z.int().positive(), last_activity_at: z.number().nullish() })),
  }),
});

/** Old conversations of the account, read as the service user whom `token` belongs to. Throws HelpdeskError. */
export function createHistory(options: ClientOptions & { accountId: number }): ConversationHistory {
  const call = createClient(options);
  return {
    async *resolvedSince(since) {
      const seen = new Set<number>(); // whatever becomes active meanwhile pushes others onto the next page
      for (let page = 1; page <= MOST_PAGES; page++) {
        const path = `/api/v1/accounts/${options.accountId}/conversations?status=resolved&assignee_type=all&sort_by=last_activity_at_desc&page=${page}`;
        const { data } = await call({ method: "GET", path, answer: Listed });
        for (const { id, last_activity_at } of data.payload) {
          if (last_activity_at && last_activity_at * 1000 < since.getTime()) return;
          if (!seen.has(id)) yield { conversationId: id, total: Math.max(data.meta.all_count ?? 0, seen.size + 1) };
          seen.add(id);
        }
        if (data.payload.length < PAGE) return;
      }
    },
  };
}
