import { assigneeActivity, labelActivities, priorityActivity, statusActivity, teamActivity, writeActivity } from "./activities.ts";
import { type Change, tellConversation } from "./events.ts";
import { activeBot, availabilityOf } from "./lookups.ts";
import { report } from "./reporting.ts";
import { must, nextId, ofAccount, uuid } from "./state.ts";
import type { Actor, Contact, ContactInbox, Conversation, Inbox, Json, Status, Team, User } from "./types.ts";
import { iso, type World } from "./world.ts";

/** The columns whose change is told as `conversation_updated` (contract §2.4). */
const TOLD = [
  "team_id",
  "assignee_id",
  "assignee_agent_bot_id",
  "status",
  "snoozed_until",
  "custom_attributes",
  "label_list",
  "waiting_since",
  "first_reply_created_at",
  "priority",
];
/** The order in which Rails lists changed columns. */
const COLUMNS = [
  "status",
  "assignee_id",
  "updated_at",
  "display_id",
  "additional_attributes",
  "team_id",
  "snoozed_until",
  "custom_attributes",
  "first_reply_created_at",
  "priority",
  "waiting_since",
  "cached_label_list",
  "assignee_agent_bot_id",
  "label_list",
] as const;
const TIMES = new Set(["updated_at", "snoozed_until", "first_reply_created_at", "waiting_since"]);

type Patch = Partial<Pick<Conversation, Exclude<(typeof COLUMNS)[number], "updated_at" | "display_id">>>;

/** Starts a conversation; with an active bot it is pending, a blocked contact's is resolved from the start. */
export function createConversation(
  world: World,
  contactInbox: ContactInbox,
  wanted: {
    status?: Status;
    additional_attributes?: Json;
    custom_attributes?: Json;
    assignee_id?: number | null;
    team_id?: number | null;
    snoozed_until?: number | null;
    id?: number;
    created_at?: number;
  },
): Conversation {
  const { state } = world;
  const inbox = must(state.inboxes, contactInbox.inbox_id);
  const contact = must(state.contacts, contactInbox.contact_id);
  const time = wanted.created_at ?? world.now();
  const displayId = nextId(state, `conversation of account ${inbox.account_id}`, wanted.id);
  const conversation: Conversation = {
    id: nextId(state, "conversation"),
    display_id: displayId,
    uuid: uuid(),
    account_id: inbox.account_id,
    inbox_id: inbox.id,
    contact_id: contact.id,
    contact_inbox_id: contactInbox.id,
    status: firstStatus(world, inbox, contact, wanted.status),
    assignee_id: wanted.assignee_id ?? null,
    assignee_agent_bot_id: null,
    team_id: wanted.team_id ?? null,
    priority: null,
    label_list: [],
    cached_label_list: null,
    additional_attributes: wanted.additional_attributes ?? {},
    custom_attributes: wanted.custom_attributes ?? {},
    snoozed_until: wanted.status === "snoozed" ? (wanted.snoozed_until ?? null) : null,
    waiting_since: time,
    first_reply_created_at: null,
    agent_last_seen_at: null,
    assignee_last_seen_at: null,
    contact_last_seen_at: null,
    last_activity_at: time,
    created_at: time,
    updated_at: time,
    participant_ids: wanted.assignee_id ? [wanted.assignee_id] : [],
    can_reply_as_seeded: null,
  };
  state.conversations.set(conversation.id, conversation);
  tellConversation(world, "conversation_created", conversation);
  if (conversation.status === "open") assignAutomatically(world, conversation);
  return conversation;
}

function firstStatus(world: World, inbox: Inbox, contact: Contact, wanted?: Status): Status {
  if (contact.blocked) return "resolved";
  return activeBot(world.state, inbox) && !wanted ? "pending" : (wanted ?? "open");
}

/** Saves what really changes in one go, writes the activities and tells of it; a save that changes nothing is silent. */
export function updateConversation(world: World, conversation: Conversation, patch: Patch, actor: Actor): boolean {
  const wanted: Patch = { ...patch };
  if ((wanted.status ?? conversation.status) !== "snoozed") wanted.snoozed_until = null;
  if (wanted.assignee_id) wanted.assignee_agent_bot_id = null;
  if (wanted.label_list && !same(wanted.label_list, conversation.label_list)) wanted.cached_label_list = wanted.label_list.join(", ");
  const before = { ...conversation };
  const changed = Object.entries(wanted).filter(([key, value]) => !same(conversation[key as keyof Conversation], value));
  if (changed.length === 0) return false;
  Object.assign(conversation, Object.fromEntries(changed), { updated_at: world.now() });
  if (conversation.assignee_id && !conversation.participant_ids.includes(conversation.assignee_id))
    conversation.participant_ids.push(conversation.assignee_id);
  const keys = new Set(["updated_at", ...changed.map(([key]) => key)]);
  const changes = COLUMNS.filter((column) => keys.has(column)).map(
    (column): Change => ({ [column]: { previous_value: shown(column, before), current_value: shown(column, conversation) } }),
  );
  // Resolving clears this without listing it.
  if (keys.has("status") && conversation.status === "resolved") conversation.waiting_since = null;
  if (keys.has("status")) tellStatus(world, conversation, before.status);
  if (TOLD.some((column) => keys.has(column))) tellConversation(world, "conversation_updated", conversation, changes);
  writeActivities(world, conversation, before, keys, actor);
  if (keys.has("status")) afterStatus(world, conversation);
  return true;
}

/** Opens, resolves, snoozes or parks a conversation; a bot that opens a pending one hands it over. */
export function changeStatus(world: World, conversation: Conversation, status: Status, snoozedUntil: number | null, actor: Actor): void {
  updateConversation(world, conversation, { status, snoozed_until: status === "snoozed" ? snoozedUntil : null }, actor);
}

/** A bot gives a pending conversation to the people: somebody is waiting from now on. */
export function handOff(world: World, conversation: Conversation, actor: Actor): void {
  if (conversation.waiting_since === null) updateConversation(world, conversation, { waiting_since: world.now() }, actor);
  updateConversation(world, conversation, { status: "open" }, actor);
}

/** Gives a conversation to a team; an assignee who is not in it is dropped, and one of it picked where the team wants that. */
export function assignTeam(world: World, conversation: Conversation, team: Team | null, actor: Actor): void {
  const patch: Patch = { team_id: team?.id ?? null };
  if (team && team.id !== conversation.team_id && !(conversation.assignee_id && team.member_ids.includes(conversation.assignee_id))) {
    patch.assignee_id = team.allow_auto_assign ? (pick(world, conversation, team.member_ids)?.id ?? null) : null;
  }
  updateConversation(world, conversation, patch, actor);
}

/** Replaces the labels; a comma splits one in two, blank and double ones go. */
export function setLabels(world: World, conversation: Conversation, labels: unknown[], actor: Actor): void {
  const list = labels.flatMap((label) => String(label).split(",")).map((label) => label.trim());
  updateConversation(world, conversation, { label_list: [...new Set(list.filter(Boolean))] }, actor);
}

/** Opens snoozed conversations whose time has come; Chatwoot's own job runs every five minutes. */
export function wakeSnoozed(world: World): void {
  const time = world.now();
  for (const conversation of world.state.conversations.values()) {
    if (
      conversation.status === "snoozed" &&
      conversation.snoozed_until !== null &&
      conversation.snoozed_until <= time &&
      conversation.snoozed_until > time - 3 * 24 * 3_600_000
    ) {
      updateConversation(world, conversation, { status: "open" }, { kind: "system" });
    }
  }
}

/** A bot whose endpoint failed for good no longer holds a pending conversation back. */
export function openAfterBotFailure(world: World, conversation: Conversation): void {
  if (conversation.status !== "pending") return;
  updateConversation(world, conversation, { status: "open" }, { kind: "system" });
  writeActivity(world, conversation, "Conversation was marked open by system due to an error with the agent bot.");
}

function tellStatus(world: World, conversation: Conversation, before: Status): void {
  if (conversation.status === before) return;
  if (conversation.status === "open") tellConversation(world, "conversation_opened", conversation);
  if (conversation.status === "resolved") tellConversation(world, "conversation_resolved", conversation);
  tellConversation(world, "conversation_status_changed", conversation, null);
}

function afterStatus(world: World, conversation: Conversation): void {
  if (conversation.status === "open") assignAutomatically(world, conversation);
  if (conversation.status !== "resolved") return;
  report(world, "conversation_resolved", conversation, conversation.created_at, null);
  if (!world.quiet) world.listeners.resolved(conversation);
}

function writeActivities(world: World, conversation: Conversation, before: Conversation, keys: Set<string>, actor: Actor): void {
  const { state } = world;
  const assignee = conversation.assignee_id === null ? null : must(state.users, conversation.assignee_id);
  if (keys.has("status")) writeActivity(world, conversation, statusActivity(actor, conversation.status));
  if (keys.has("priority")) writeActivity(world, conversation, priorityActivity(actor, before.priority, conversation.priority));
  if (keys.has("label_list"))
    for (const text of labelActivities(actor, before.label_list, conversation.label_list)) writeActivity(world, conversation, text);
  if (keys.has("team_id")) {
    const team = (id: number | null) => (id === null ? null : (state.teams.get(id) ?? null));
    writeActivity(
      world,
      conversation,
      teamActivity(actor, team(before.team_id), team(conversation.team_id), keys.has("assignee_id") ? assignee : null),
    );
  } else if (keys.has("assignee_id")) writeActivity(world, conversation, assigneeActivity(actor, assignee));
}

/** Round robin among online members, for inboxes that want it. */
function assignAutomatically(world: World, conversation: Conversation): void {
  const inbox = must(world.state.inboxes, conversation.inbox_id);
  if (world.quiet || !inbox.enable_auto_assignment || conversation.assignee_id !== null || conversation.assignee_agent_bot_id !== null)
    return;
  const user = pick(world, conversation, inbox.member_ids);
  if (user) updateConversation(world, conversation, { assignee_id: user.id }, { kind: "system" });
}

/** Of the people who are online the one who was given a conversation the longest ago. */
function pick(world: World, conversation: Conversation, ids: number[]): User | null {
  const { state } = world;
  const online = ids
    .map((id) => state.users.get(id))
    .filter((user): user is User => user !== undefined && availabilityOf(user) === "online");
  const latest = (user: User) =>
    ofAccount(state.conversations, conversation.account_id).findLast((row) => row.assignee_id === user.id)?.updated_at ?? 0;
  return online.sort((a, b) => latest(a) - latest(b))[0] ?? null;
}

function shown(column: string, conversation: Conversation): unknown {
  const value = conversation[column as keyof Conversation];
  return TIMES.has(column) ? iso(value as number | null) : value;
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
