import { randomInt, randomUUID } from "node:crypto";
import type * as settings from "./settings-types.ts";
import type * as rows from "./types.ts";

/** Everything one simulated Chatwoot remembers; tests may look into it, only the rooms beside this file write it. */
export interface State {
  accounts: Map<number, rows.Account>;
  users: Map<number, rows.User>;
  bots: Map<number, rows.Bot>;
  inboxes: Map<number, rows.Inbox>;
  contacts: Map<number, rows.Contact>;
  contactInboxes: Map<number, rows.ContactInbox>;
  conversations: Map<number, rows.Conversation>;
  messages: Map<number, rows.Message>;
  /** The same messages by conversation id, in Chatwoot's order: by time, then id. */
  threads: Map<number, rows.Message[]>;
  teams: Map<number, rows.Team>;
  webhooks: Map<number, rows.Webhook>;
  macros: Map<number, rows.Macro>;
  automationRules: Map<number, rows.AutomationRule>;
  labels: Map<number, settings.Label>;
  cannedResponses: Map<number, settings.CannedResponse>;
  dashboardApps: Map<number, settings.DashboardApp>;
  attributeDefinitions: Map<number, settings.AttributeDefinition>;
  portals: Map<number, settings.Portal>;
  categories: Map<number, settings.Category>;
  articles: Map<number, settings.Article>;
  csatResponses: Map<number, rows.CsatResponse>;
  reportingEvents: Map<number, rows.ReportingEvent>;
  /** Names of bots whose token an installation file fixes before they are made over the API. */
  botTokens: Map<string, string>;
  /** The last id each kind of row was given; ids of deleted rows are never given again. */
  lastIds: Map<string, number>;
}

/** An installation without a single row. */
export function emptyState(): State {
  return {
    accounts: new Map(),
    users: new Map(),
    bots: new Map(),
    inboxes: new Map(),
    contacts: new Map(),
    contactInboxes: new Map(),
    conversations: new Map(),
    messages: new Map(),
    threads: new Map(),
    teams: new Map(),
    webhooks: new Map(),
    macros: new Map(),
    automationRules: new Map(),
    labels: new Map(),
    cannedResponses: new Map(),
    dashboardApps: new Map(),
    attributeDefinitions: new Map(),
    portals: new Map(),
    categories: new Map(),
    articles: new Map(),
    csatResponses: new Map(),
    reportingEvents: new Map(),
    botTokens: new Map(),
    lastIds: new Map(),
  };
}

/** The next id of a kind of row, or `wanted` (a seed's explicit id), which later ids then stay above. */
export function nextId(state: State, kind: string, wanted?: number): number {
  const last = state.lastIds.get(kind) ?? 0;
  const id = wanted ?? last + 1;
  state.lastIds.set(kind, Math.max(last, id));
  return id;
}

const BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/** 24 base58 characters, as Chatwoot's secrets, tokens and identifiers. */
export function randomToken(): string {
  return Array.from({ length: 24 }, () => BASE58[randomInt(BASE58.length)]).join("");
}

/** A UUID v4, as Chatwoot's delivery ids and source ids. */
export const uuid = (): string => randomUUID();

/** The rows of a table that belong to an account, in id order. */
export function ofAccount<Row extends { id: number; account_id: number }>(table: Map<number, Row>, accountId: number): Row[] {
  return [...table.values()].filter((row) => row.account_id === accountId).sort((a, b) => a.id - b.id);
}

/** The messages of a conversation in Chatwoot's order: by time, then id. */
export function messagesOf(state: State, conversation: rows.Conversation): readonly rows.Message[] {
  return state.threads.get(conversation.id) ?? [];
}

/** Stores a new message and keeps its conversation's thread in order, also when a seed's message is older than the last. */
export function addMessage(state: State, message: rows.Message): void {
  state.messages.set(message.id, message);
  const thread = state.threads.get(message.conversation_id) ?? [];
  thread.push(message);
  const before = thread.at(-2);
  if (before && (before.created_at > message.created_at || before.id > message.id))
    thread.sort((a, b) => a.created_at - b.created_at || a.id - b.id);
  state.threads.set(message.conversation_id, thread);
}

/** A row that must exist because another row points to it. */
export function must<Row>(table: Map<number, Row>, id: number): Row {
  const row = table.get(id);
  if (!row) throw new Error(`The simulator's own data points to row ${id}, which is not there.`);
  return row;
}
