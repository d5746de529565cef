import { nextId } from "./state.ts";
import type { Conversation, ReportingEvent } from "./types.ts";
import type { World } from "./world.ts";

/** Notes a figure for Chatwoot's reports: how many seconds passed from `since` to now. */
export function report(world: World, name: ReportingEvent["name"], conversation: Conversation, since: number, userId: number | null): void {
  const time = world.now();
  const id = nextId(world.state, "reporting_event");
  world.state.reportingEvents.set(id, {
    id,
    account_id: conversation.account_id,
    name,
    value: Math.round((time - since) / 1000),
    inbox_id: conversation.inbox_id,
    user_id: userId,
    conversation_id: conversation.display_id,
    event_start_time: since,
    event_end_time: time,
    created_at: time,
  });
}
