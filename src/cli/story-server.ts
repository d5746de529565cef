import type { ApprovalJson } from "../http/approval-json.ts";
import { railsJson } from "../simulator/webhook-json.ts";
import type { Found } from "./judge-story.ts";
import type { Scene, Stage } from "./play-story.ts";
import { bodiesOf, type Story, type StoryBody } from "./story.ts";
import { createIds } from "./story-ids.ts";

/** A server that runs already. `token` is an administrator's access token; without one nothing but the door's answers is seen. */
export interface OtherServer {
  url: string;
  secret: string;
  token?: string;
}

/** How long a server may take to draft one story. */
const REST_MS = 60_000;
const LOOK_AGAIN_MS = 200;

/**
 * Plays on a running server with the Chatwoot it is configured with: a conversation of the story is that Chatwoot's conversation of the
 * same number. Only messages get ids of their own, so that a story can be sent again.
 */
export function openStoryServer({ url, secret, token }: OtherServer): Stage {
  const base = url.replace(/\/+$/, "");
  return {
    url: base,
    secret,
    open: (story) => openScene(base, token, story),
    async close() {},
  };
}

function openScene(base: string, token: string | undefined, story: Story): Scene {
  const withIds = createIds(freshMessages(story));
  const began = Date.now();
  const conversationId = bodiesOf(story).map(conversationOf).find(Boolean) ?? null;
  const look = async (): Promise<Found> => {
    if (token === undefined) return NOTHING_SEEN;
    return conversationId === null ? { ...NOTHING_SEEN, approvals: [] } : seen(base, token, conversationId, began);
  };
  return {
    enter: (body) => railsJson(withIds(body)),
    async rest() {
      for (const end = Date.now() + REST_MS; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS))) {
        if (isSettled(await look())) return;
      }
      throw new Error(`The server has not come to rest within ${REST_MS / 1000} s: does it run with a worker?`);
    },
    look,
  };
}

const NOTHING_SEEN: Found = { approvals: null, fate: null, notes: null, publicReplies: null, deadLetters: null };

/**
 * Ids below those in the file, in their order: an invented message must not look newer than what that Chatwoot will write, or nobody
 * could decide the conversation's drafts any more.
 */
function freshMessages(story: Story): (kind: string, told: number) => number {
  const ids = bodiesOf(story).flatMap(({ event, id }) => (String(event).startsWith("message_") && typeof id === "number" ? [id] : []));
  const below = Math.floor(Math.random() * (Math.min(...ids, Number.MAX_SAFE_INTEGER) - 1));
  return (kind, told) => (kind === "message" ? Math.max(1, told - below) : told);
}

function conversationOf({ event, id, conversation }: StoryBody): number | undefined {
  const told = (conversation as { id?: unknown } | undefined)?.id ?? (String(event).startsWith("conversation_") ? id : undefined);
  return typeof told === "number" ? told : undefined;
}

async function seen(base: string, token: string, conversationId: number, began: number): Promise<Found> {
  const get = async <Row>(path: string): Promise<Row[]> => {
    const response = await fetch(`${base}/api/v1/${path}`, { headers: { authorization: `Bearer ${token}` } });
    if (!response.ok) throw new Error(`${base} answered ${response.status}: is --token an administrator's access token?`);
    return ((await response.json()) as { data: Row[] }).data;
  };
  const since = <Row extends object>(rows: Row[], at: (row: Row) => string) => rows.filter((row) => Date.parse(at(row)) >= began);
  const approvals = await get<ApprovalJson>("approvals?sort=newest&limit=100");
  const deliveries = await get<{ message_id: number; fate: string | null; received_at: string }>(
    `deliveries?outcome=accepted&conversation_id=${conversationId}`,
  );
  const messages = since(deliveries, (row) => row.received_at).filter(({ fate }) => fate !== null);
  return {
    ...NOTHING_SEEN,
    approvals: since(approvals, (row) => row.created_at).filter(({ conversation_id }) => conversation_id === conversationId),
    fate: messages.sort((a, b) => b.message_id - a.message_id)[0]?.fate ?? null,
  };
}

/** No message waits for its draft, no note for its post, no decision for its reply. */
function isSettled({ approvals, fate }: Found): boolean {
  if (fate === "waiting") return false;
  return (approvals ?? []).every(({ status, note }) => status !== "approved" && !(status === "pending" && note.status === "queued"));
}
