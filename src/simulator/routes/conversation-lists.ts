import { type Request, Router } from "express";
import { sessionOf, userOf } from "../access.ts";
import { attribute } from "../actions.ts";
import { bodyOf, page, query } from "../answers.ts";
import { unreadCount } from "../lookups.ts";
import { invalid } from "../refusal.ts";
import { conversationJson } from "../rest-json.ts";
import { messagesOf, must, ofAccount } from "../state.ts";
import type { Condition, Conversation, Json, Message, User } from "../types.ts";
import { seconds, type World } from "../world.ts";

/** CONVERSATION_RESULTS_PER_PAGE. */
const PAGE = 25;
const PRIORITY_RANK = { urgent: 4, high: 3, medium: 2, low: 1 };

/** Lists of conversations: plain, counted, searched and filtered. Registered before the routes of one conversation. */
export function conversationListRoutes(world: World): Router {
  const router = Router({ mergeParams: true });

  router.get("/conversations", (request, response) => {
    const user = userOf(request);
    const counted = filtered(world, request, user);
    const rows = sorted(
      world,
      assigneeKind(updatedLately(world, counted, request), query(request, "assignee_type"), user),
      query(request, "sort_by"),
    );
    const shown = query(request, "updated_within") === undefined ? page(rows, query(request, "page"), PAGE) : rows;
    response.json({ data: { meta: counts(counted, user), payload: shown.map((row) => conversationJson(world, row, user)) } });
  });

  router.get("/conversations/meta", (request, response) => {
    const user = userOf(request);
    response.json({ meta: counts(filtered(world, request, user), user) });
  });

  router.get("/conversations/search", (request, response) => {
    const user = userOf(request);
    const words = (query(request, "q") ?? "").toLowerCase();
    const found = visible(world, request, user)
      .map((row) => ({
        row,
        hits: messagesOf(world.state, row).filter((message) => words !== "" && message.content?.toLowerCase().includes(words)),
      }))
      .filter(({ hits }) => hits.length > 0);
    const { assigned_count: _, ...meta } = counts(
      found.map(({ row }) => row),
      user,
    );
    response.json({ meta, payload: page(found, query(request, "page"), PAGE).map(({ row, hits }) => searchHit(world, row, hits)) });
  });

  router.post("/conversations/filter", (request, response) => {
    const user = userOf(request);
    const conditions = (bodyOf(request).payload ?? []) as Condition[];
    const rows = sorted(
      world,
      visible(world, request, user).filter((row) => meets(world, row, conditions)),
      undefined,
    );
    const { assigned_count: _, ...meta } = counts(rows, user);
    response.json({ meta, payload: page(rows, query(request, "page"), PAGE).map((row) => conversationJson(world, row, user)) });
  });

  return router;
}

/** Agents list only the conversations of their inboxes; a team gives no entry here. */
function visible(world: World, request: Request, user: User): Conversation[] {
  const rows = ofAccount(world.state.conversations, sessionOf(request).account.id);
  return user.role === "administrator" ? rows : rows.filter((row) => must(world.state.inboxes, row.inbox_id).member_ids.includes(user.id));
}

function filtered(world: World, request: Request, user: User): Conversation[] {
  const status = query(request, "status") ?? "open";
  const inbox = query(request, "inbox_id");
  const team = query(request, "team_id");
  const source = query(request, "source_id");
  const words = query(request, "q")?.toLowerCase();
  const type = query(request, "conversation_type");
  const labels = [request.query.labels ?? []].flat().map(String);
  return visible(world, request, user).filter((row) => {
    if (status !== "all" && row.status !== status) return false;
    if (inbox && row.inbox_id !== Number(inbox)) return false;
    if (team && row.team_id !== Number(team)) return false;
    if (source && must(world.state.contactInboxes, row.contact_inbox_id).source_id !== source) return false;
    if (labels.length > 0 && !labels.some((label) => row.label_list.includes(label))) return false;
    if (words && !messagesOf(world.state, row).some((message) => message.content?.toLowerCase().includes(words))) return false;
    if (type === "unattended") return row.first_reply_created_at === null || row.waiting_since !== null;
    if (type === "participating") return row.participant_ids.includes(user.id);
    return (
      type !== "mention" ||
      messagesOf(world.state, row).some((message) => message.private && message.content?.includes(`mention://user/${user.id}/`))
    );
  });
}

function updatedLately(world: World, rows: Conversation[], request: Request): Conversation[] {
  const within = query(request, "updated_within");
  return within === undefined ? rows : rows.filter((row) => row.updated_at > world.now() - Number(within) * 1000);
}

function assigneeKind(rows: Conversation[], kind: string | undefined, user: User): Conversation[] {
  if (kind === "me") return rows.filter((row) => row.assignee_id === user.id);
  if (kind === "unassigned") return rows.filter((row) => row.assignee_id === null);
  return kind === "assigned" ? rows.filter((row) => row.assignee_id !== null) : rows;
}

function counts(rows: Conversation[], user: User) {
  return {
    mine_count: rows.filter((row) => row.assignee_id === user.id).length,
    assigned_count: rows.filter((row) => row.assignee_id !== null).length,
    unassigned_count: rows.filter((row) => row.assignee_id === null).length,
    all_count: rows.length,
  };
}

/** Newest activity first unless told otherwise; unset waiting times come last. */
function sorted(world: World, rows: Conversation[], by = "last_activity_at_desc"): Conversation[] {
  const rank = (row: Conversation) => (row.priority ? PRIORITY_RANK[row.priority] : 0);
  const waiting = (row: Conversation) => row.waiting_since ?? Number.POSITIVE_INFINITY;
  const orders: Record<string, (a: Conversation, b: Conversation) => number> = {
    last_activity_at_desc: (a, b) => b.last_activity_at - a.last_activity_at,
    last_activity_at_asc: (a, b) => a.last_activity_at - b.last_activity_at,
    created_at_desc: (a, b) => b.created_at - a.created_at,
    created_at_asc: (a, b) => a.created_at - b.created_at,
    priority_desc: (a, b) => rank(b) - rank(a) || b.last_activity_at - a.last_activity_at,
    priority_asc: (a, b) => rank(a) - rank(b) || b.last_activity_at - a.last_activity_at,
    priority_desc_created_at_asc: (a, b) => rank(b) - rank(a) || a.created_at - b.created_at,
    waiting_since_asc: (a, b) => waiting(a) - waiting(b) || a.created_at - b.created_at,
    waiting_since_desc: (a, b) => waiting(b) - waiting(a) || a.created_at - b.created_at,
    unread: (a, b) => unreadCount(world.state, b) - unreadCount(world.state, a) || b.last_activity_at - a.last_activity_at,
  };
  return [...rows].sort(orders[by] ?? orders.last_activity_at_desc);
}

/** Notes are found, too, and not marked as such. */
function searchHit(world: World, row: Conversation, hits: Message[]): Json {
  const { state } = world;
  const inbox = must(state.inboxes, row.inbox_id);
  const contact = must(state.contacts, row.contact_id);
  const names = { Contact: state.contacts, User: state.users, AgentBot: state.bots };
  const senderName = (message: Message) =>
    message.sender ? ((names[message.sender.type] as Map<number, { name: string }>).get(message.sender.id)?.name ?? null) : null;
  return {
    id: row.display_id,
    uuid: row.uuid,
    created_at: seconds(row.created_at),
    contact: { id: contact.id, name: contact.name },
    inbox: { id: inbox.id, name: inbox.name, channel_type: inbox.channel_type },
    messages: hits.map((message) => ({
      content: message.content,
      id: message.id,
      sender_name: senderName(message),
      message_type: { incoming: 0, outgoing: 1, activity: 2, template: 3 }[message.message_type],
      created_at: seconds(message.created_at),
    })),
    account_id: row.account_id,
  };
}

const DAY = 24 * 3_600_000;
const DATES = ["created_at", "last_activity_at"];
const OPERATORS = [
  "equal_to",
  "not_equal_to",
  "contains",
  "does_not_contain",
  "is_present",
  "is_not_present",
  "is_greater_than",
  "is_less_than",
  "days_before",
];
const KEYS = [
  "status",
  "assignee_id",
  "inbox_id",
  "team_id",
  "contact_id",
  "priority",
  "display_id",
  "campaign_id",
  "labels",
  "browser_language",
  "conversation_language",
  "referer",
  "country_code",
  "mail_subject",
  ...DATES,
];

function meets(world: World, row: Conversation, conditions: Condition[]): boolean {
  let met = true;
  let joiner = "AND";
  for (const condition of conditions) {
    const now = holds(world, row, condition);
    met = joiner === "OR" ? met || now : met && now;
    joiner = String(condition.query_operator ?? "AND").toUpperCase();
  }
  return met;
}

function holds(world: World, row: Conversation, { attribute_key: key, filter_operator: operator, values = [] }: Condition): boolean {
  const custom = ofAccount(world.state.attributeDefinitions, row.account_id).some((definition) => definition.attribute_key === key);
  if (!KEYS.includes(key) && !custom)
    throw invalid(
      `Invalid attribute key - [${key}]. The key should be one of [${KEYS.join(",")}] or a custom attribute defined in the account.`,
      [],
    );
  if (!OPERATORS.includes(operator)) throw invalid(`Invalid operator. The allowed operators for ${key} are [${OPERATORS.join(",")}].`, []);
  const actual = DATES.includes(key) ? row[key as "created_at"] : attribute(world, key, row);
  const wanted = values.map((value) => String((value as { id?: unknown })?.id ?? value).toLowerCase());
  const texts = (Array.isArray(actual) ? actual : [actual]).map((value) => String(value ?? "").toLowerCase());
  const equal = wanted.includes("all") || texts.some((text) => wanted.includes(text));
  if (operator === "equal_to") return equal;
  if (operator === "not_equal_to") return !equal;
  if (operator === "contains") return texts.some((text) => wanted.some((part) => text.includes(part)));
  if (operator === "does_not_contain") return !texts.some((text) => wanted.some((part) => text.includes(part)));
  if (operator === "is_present") return texts.some((text) => text !== "");
  if (operator === "is_not_present") return texts.every((text) => text === "");
  if (operator === "days_before") return Number(actual) < world.now() - Number(wanted[0]) * DAY;
  const limit = Date.parse(String(values[0]));
  return operator === "is_greater_than" ? Number(actual) > limit : Number(actual) < limit;
}
