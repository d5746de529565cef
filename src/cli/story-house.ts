import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { removeEmbedded } from "../adapters/postgres/embedded.ts";
import { readConfig, serverConfig } from "../config.ts";
import { approvalJson } from "../http/approval-json.ts";
import { createLog } from "../log.ts";
import { type Simulator, startSimulator } from "../simulator/start.ts";
import { nextId, randomToken } from "../simulator/state.ts";
import type { Message } from "../simulator/types.ts";
import { railsJson } from "../simulator/webhook-json.ts";
import type { Found } from "./judge-story.ts";
import type { Scene, Stage } from "./play-story.ts";
import { type Server, startServer } from "./start-server.ts";
import type { Story } from "./story.ts";
import { createIds, type Kind } from "./story-ids.ts";
import { conversationRow, putIn, putMessage } from "./story-rows.ts";
import { type Told, toldBy } from "./story-told.ts";

const ACCOUNT = 1;
const SERVICE = { id: 1, name: "Countersign", role: "administrator", token: randomToken() } as const;
/** Longer than any delay that a job of a story can have: an upgrade of a placeholder waits for a minute. */
const REST_MS = 90_000;
const LOOK_AGAIN_MS = 10;
/** What an account's webhook is usually subscribed to. */
const SUBSCRIPTIONS = ["conversation_status_changed", "conversation_updated", "conversation_created", "message_created", "message_updated"];

/**
 * A house to throw away: a simulated Chatwoot without a row, an empty database (`databaseUrl`, else a PostgreSQL of its own) and the
 * real server. `fixtures` is the folder that holds `knowledge` and `policy.yaml`; without a model, a wait before sending, or hidden scores.
 * `token` is an administrator's.
 */
export async function openStoryHouse({
  fixtures,
  databaseUrl,
  logLevel = "warn",
}: {
  fixtures: string;
  databaseUrl?: string;
  logLevel?: string;
}): Promise<Stage & { token: string }> {
  const dataDir = await mkdtemp(join(tmpdir(), "countersign-receive-"));
  const simulator = await startSimulator({ installation: { account: { id: ACCOUNT, name: "A shop" }, people: { service: SERVICE } } });
  let server: Server | null = null;
  const close = async () => {
    await server?.close();
    await simulator.close();
    if (databaseUrl === undefined) await removeEmbedded(dataDir);
    await rm(dataDir, { recursive: true, force: true });
  };
  try {
    const secret = randomToken();
    const config = serverConfig(
      readConfig({
        PORT: "0",
        DATABASE_URL: databaseUrl,
        DATA_DIR: dataDir,
        CHATWOOT_BASE_URL: simulator.url,
        CHATWOOT_ACCOUNT_ID: String(ACCOUNT),
        CHATWOOT_API_TOKEN: SERVICE.token,
        CHATWOOT_WEBHOOK_SECRET: secret,
        ENCRYPTION_KEY: randomBytes(32).toString("hex"),
        KNOWLEDGE_DIR: ifThere(join(fixtures, "knowledge")),
        POLICY_FILE: ifThere(join(fixtures, "policy.yaml")),
        DRAFT_DEBOUNCE_SECONDS: "0",
        SEND_HOLD_SECONDS: "0",
        HIDDEN_SCORE_SHARE: "0",
      }),
    );
    server = await startServer(config, createLog({ level: logLevel, to: "stderr" }), { worker: true });
    await server.ready;
    tellHouse(simulator, `${server.url}/webhooks/chatwoot`, secret);
    const house: StoryHouse = { simulator, server };
    await rest(house);
    return { url: server.url, secret, token: SERVICE.token, open: (story) => openScene(house, story), close };
  } catch (error) {
    await close();
    throw error;
  }
}

interface StoryHouse {
  simulator: Simulator;
  server: Server;
}

const ifThere = (path: string): string | undefined => (existsSync(path) ? path : undefined);

/** What the house writes comes back to it as a webhook, as in life. */
function tellHouse({ state }: Simulator, url: string, secret: string): void {
  const id = nextId(state, "webhook");
  state.webhooks.set(id, { id, account_id: ACCOUNT, inbox_id: null, name: null, url, subscriptions: SUBSCRIPTIONS, secret });
}

function openScene(house: StoryHouse, story: Story): Scene {
  const { state } = house.simulator;
  clear(house.simulator);
  const earlier = (story.conversation?.messages ?? []).map((message) => ({ ...message, id: nextId(state, "message") }));
  const withIds = createIds((kind) => (kind === "account" ? ACCOUNT : nextId(state, KINDS[kind])));
  /** Messages that the story tells of; every other one was written by the house. */
  const told = new Set(earlier.map(({ id }) => id));
  let displayId: number | null = null;
  return {
    enter(body) {
      const sent = withIds(body);
      const tells = toldBy(sent);
      putIn(state, tells, ACCOUNT);
      if (tells.conversation) {
        if (displayId === null) putEarlier(house.simulator, earlier, tells);
        displayId = tells.conversation.id;
        override(house.simulator, story, displayId);
        for (const { id } of tells.conversation.messages) told.add(id);
      }
      if (tells.message) told.add(tells.message.id);
      return railsJson(sent);
    },
    rest: () => rest(house),
    look: () => look(house, displayId, told),
  };
}

/** The simulator's name for the ids of each kind. */
const KINDS: Record<Exclude<Kind, "account">, string> = {
  inbox: "inbox",
  contact: "contact",
  contact_inbox: "contact_inbox",
  conversation: `conversation of account ${ACCOUNT}`,
  message: "message",
  attachment: "attachment",
  user: "user",
  bot: "bot",
  team: "team",
};

/** Nobody and nothing of the story before; ids go on, so that no number means two things to the house. */
function clear({ state }: Simulator): void {
  const { bots, inboxes, contacts, contactInboxes, conversations, messages, threads, teams } = state;
  for (const table of [bots, inboxes, contacts, contactInboxes, conversations, messages, threads, teams]) table.clear();
  for (const id of state.users.keys()) if (id !== SERVICE.id) state.users.delete(id);
  nextId(state, "user", SERVICE.id);
}

type Earlier = { id: number; by: "customer" | "operator"; minutes_ago: number; content: string };

/** What was written before the story begins. */
function putEarlier({ state }: Simulator, earlier: Earlier[], { conversation, message }: Told): void {
  if (!conversation || earlier.length === 0) return;
  const begins = message?.created_at ?? conversation.updated_at ?? Date.now();
  const { assignee, sender: customer } = conversation.meta;
  const operator = assignee?.type === "user" ? assignee : { id: nextId(state, "user"), name: "An operator", email: null, type: "user" };
  for (const { id, by, minutes_ago, content } of earlier) {
    const written = {
      id,
      content,
      message_type: by === "customer" ? ("incoming" as const) : ("outgoing" as const),
      private: false,
      content_type: "text",
      content_attributes: {},
      additional_attributes: {},
      source_id: null,
      sender: by === "customer" ? { ...customer, type: "contact" } : operator,
      created_at: begins - minutes_ago * 60_000,
      attachments: [],
    };
    putMessage(state, conversation, written, ACCOUNT);
  }
}

/** What the helpdesk holds where it differs from what the bodies tell. */
function override({ state }: Simulator, { conversation: wanted }: Story, displayId: number): void {
  const conversation = conversationRow(state, displayId);
  const contact = conversation && state.contacts.get(conversation.contact_id);
  if (conversation && wanted?.status) conversation.status = wanted.status;
  if (contact && wanted?.contact) contact.blocked = wanted.contact.blocked;
}

/**
 * Waits until no webhook and no job is on its way. Only webhooks and jobs cause jobs: when none was sent between two looks at the
 * webhooks, and there was no job in between, nothing can come any more.
 */
async function rest({ simulator: { outbox }, server }: StoryHouse): Promise<void> {
  const { jobs } = server.house.ports.store;
  for (const end = Date.now() + REST_MS; ; await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS))) {
    const newest = outbox.log.at(-1);
    const quiet = outbox.pending() === 0;
    const left = await jobs.counts();
    if (quiet && left.length === 0 && outbox.pending() === 0 && outbox.log.at(-1) === newest) return;
    if (Date.now() < end) continue;
    const what = left.map(({ kind, state, count }) => `${count} ${kind} ${state}`).join(", ");
    throw new Error(`The house has not come to rest within ${REST_MS / 1000} s: ${what || `${outbox.pending()} webhooks on their way`}.`);
  }
}

async function look({ simulator: { state }, server }: StoryHouse, displayId: number | null, told: Set<number>): Promise<Found> {
  const { store } = server.house.ports;
  const conversation = displayId === null ? undefined : conversationRow(state, displayId);
  if (displayId === null || !conversation) return { approvals: [], fate: null, notes: [], publicReplies: 0, deadLetters: [] };
  const approvals = (await store.approvals.list({ sort: "newest", limit: 100 })).data.filter(isOf(displayId));
  const deliveries = (await store.deliveries.list({ outcome: "accepted", conversationId: displayId, limit: 100 })).data;
  const letters = (await store.deadLetters.list({ open: true, limit: 100 })).data.filter(isOf(displayId));
  const ours = (state.threads.get(conversation.id) ?? []).filter((message) => !told.has(message.id) && isMarked(message));
  return {
    approvals: approvals.map(approvalJson),
    fate: deliveries.filter(({ fate }) => fate !== null).sort((a, b) => (b.messageId ?? 0) - (a.messageId ?? 0))[0]?.fate ?? null,
    notes: ours.filter((message) => message.private && kindOf(message) === "note").map(({ content }) => content ?? ""),
    publicReplies: ours.filter((message) => !message.private && message.message_type === "outgoing").length,
    deadLetters: letters.map(({ kind, reason }) => `${kind}: ${reason}`),
  };
}

const isOf = (displayId: number) => (row: { conversationId: number | null }) => row.conversationId === displayId;
const kindOf = (message: Message) => message.content_attributes.countersign_kind;
const isMarked = (message: Message) => typeof message.content_attributes.countersign_id === "string";
