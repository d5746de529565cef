import { addMessage, nextId } from "./state.ts";
import type { Actor, Conversation, Priority, Status, Team, User } from "./types.ts";
import type { World } from "./world.ts";

/** Writes what happened into the conversation, in Chatwoot's English; activities take message ids but are told to nobody. */
export function writeActivity(world: World, conversation: Conversation, content: string | null): void {
  if (content === null || world.quiet) return;
  const time = world.now();
  addMessage(world.state, {
    id: nextId(world.state, "message"),
    account_id: conversation.account_id,
    inbox_id: conversation.inbox_id,
    conversation_id: conversation.id,
    content,
    processed_content: content,
    message_type: "activity",
    private: false,
    status: "sent",
    source_id: null,
    content_type: "text",
    content_attributes: {},
    additional_attributes: {},
    sender: null,
    attachments: [],
    created_at: time,
    updated_at: time,
  });
  conversation.last_activity_at = time;
  conversation.updated_at = time;
}

/** Who did it, as an activity names them; null when nobody with a name did. */
function actorName(actor: Actor): string | null {
  if (actor.kind === "user") return actor.user.name;
  if (actor.kind === "bot") return actor.bot.name;
  return actor.kind === "automation" ? "Automation System" : null;
}

const STATUS_WORDS: Record<Status, (name: string) => string> = {
  open: (name) => `Conversation was reopened by ${name}`,
  resolved: (name) => `Conversation was marked resolved by ${name}`,
  pending: (name) => `Conversation was marked as pending by ${name}`,
  snoozed: (name) => `Conversation was snoozed by ${name}`,
};

/** The sentence for a new status. */
export function statusActivity(actor: Actor, status: Status): string | null {
  const name = actorName(actor);
  if (name) return STATUS_WORDS[status](name);
  if (actor.kind !== "contact") return null;
  if (status === "resolved") return `Conversation was resolved by ${capitalize(actor.contact.name)}`;
  return "System reopened the conversation due to a new incoming message.";
}

/** The sentence for a new priority. */
export function priorityActivity(actor: Actor, before: Priority | null, after: Priority | null): string | null {
  const name = actorName(actor);
  if (!name) return null;
  if (before && after) return `${name} changed the priority from ${before} to ${after}`;
  return after ? `${name} set the priority to ${after}` : `${name} removed the priority`;
}

/** The sentence for a new assignee. */
export function assigneeActivity(actor: Actor, assignee: User | null): string | null {
  const name = actorName(actor);
  if (!name) return null;
  if (!assignee) return `Conversation unassigned by ${name}`;
  return actor.kind === "user" && actor.user.id === assignee.id
    ? `${name} self-assigned this conversation`
    : `Assigned to ${assignee.name} by ${name}`;
}

/** The sentence for a new team. */
export function teamActivity(actor: Actor, before: Team | null, after: Team | null, newAssignee: User | null): string | null {
  const name = actorName(actor);
  if (!name) return null;
  if (!after) return `Unassigned from ${before?.name ?? ""} by ${name}`;
  return newAssignee ? `Assigned to ${newAssignee.name} via ${after.name} by ${name}` : `Assigned to ${after.name} by ${name}`;
}

/** The sentences for labels that came and went. */
export function labelActivities(actor: Actor, before: string[], after: string[]): string[] {
  const name = actorName(actor);
  if (!name) return [];
  const added = after.filter((label) => !before.includes(label));
  const removed = before.filter((label) => !after.includes(label));
  return [
    added.length > 0 ? `${name} added ${added.join(", ")}` : "",
    removed.length > 0 ? `${name} removed ${removed.join(", ")}` : "",
  ].filter(Boolean);
}

const capitalize = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1).toLowerCase();
