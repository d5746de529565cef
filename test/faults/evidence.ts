import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Pool } from "pg";
import type { State } from "../../src/simulator/state.ts";
import type { Held } from "./gone.ts";
import type { Deeds } from "./operators.ts";

/** Everything that the invariants look at, when all is over: Chatwoot's messages, our tables, and what people did. */
export interface Evidence {
  /** Every message of the run's conversations, as Chatwoot has it. */
  messages: Message[];
  deliveries: Delivery[];
  approvals: Approval[];
  events: Event[];
  deadLetters: DeadLetter[];
  /** Jobs of trips that are not done although all was given its time. */
  jobsLeft: { name: string; state: string; key: string | null; data: unknown; tries: number }[];
  /** The most failed tries of any job, by kind. */
  mostTries: { name: string; tries: number }[];
  /**
   * Drafting jobs of one conversation that ran at the same time for more than two seconds, by the queue's own times: those are when a
   * statement began, and on a busy machine it takes effect later. What is shorter shows in `modelOverlaps`.
   */
  jobOverlaps: { key: string; one: string; other: string }[];
  /** The same as the model saw it. */
  modelOverlaps: { conversation: number; messages: string[] }[];
  /** Deliveries of customers' messages that were answered with a 2xx. */
  acknowledged: { deliveryId: string; messageId: number }[];
  /** Records that still lie in the spool. */
  spooled: number;
  deeds: Pick<Deeds, "overHttp" | "inNotes" | "byHand">;
  leaks: { member: string; what: string; line: string }[];
  /** Processes that ended unasked or not in order. */
  troubles: string[];
  /** Conversations that were deleted in Chatwoot; display ids. What their messages were is not known any more. */
  gone: ReadonlySet<number>;
  /** What is held of them a day after that was noticed. */
  heldOfGone: Held[];
}

export interface Message {
  id: number;
  /** Display id. */
  conversation: number;
  type: "incoming" | "outgoing" | "activity" | "template";
  private: boolean;
  content: string;
  sender: { type: string; id: number } | null;
  mark: { approvalId: string; kind: string; ref: string } | null;
  deleted: boolean;
  /** Chatwoot stored it and its channel did not deliver it. */
  refused: boolean;
  at: number;
}

export interface Delivery {
  delivery_id: string;
  conversation_id: number | null;
  message_id: number | null;
  event: string;
  source: string;
  outcome: string;
  from_customer: boolean;
  fate: string | null;
  received_at: Date;
}

export interface Approval {
  id: string;
  status: string;
  conversation_id: number;
  message_id: number;
  customer_message: string;
  draft_response: string;
  final_response: string | null;
  approved_hash: string | null;
  decision: string | null;
  reply_status: string;
  reply_message_id: number | null;
  /** When the last attempt to send it began, after a last look at the conversation. */
  send_attempted_at: Date | null;
  note_status: string;
  superseded_by: string | null;
  created_at: Date;
}

export interface Event {
  approval_id: string;
  what: string;
  at: Date;
  actor: { type: string; id?: number };
  detail: Record<string, unknown>;
}

export interface DeadLetter {
  id: string;
  kind: string;
  reason: string;
  attempts: number;
  conversation_id: number | null;
  approval_id: string | null;
  redriven_at: Date | null;
}

/** The jobs that belong to messages; what is scheduled comes and goes by the clock. */
export const TRIP_JOBS = ["draft-reply", "post-note", "remove-note", "send-reply", "assign-conversation", "run-command", "capture-outcome"];

/** What lies in Chatwoot of these conversations. */
export function messagesIn(state: State, conversations: ReadonlySet<number>): Message[] {
  const shown = new Map([...state.conversations.values()].map((row) => [row.id, row.display_id]));
  return [...state.messages.values()].flatMap((row) => {
    const conversation = shown.get(row.conversation_id) ?? 0;
    if (!conversations.has(conversation)) return [];
    const attributes = row.content_attributes as Record<string, unknown>;
    const approvalId = attributes.countersign_id;
    const mark =
      typeof approvalId === "string"
        ? { approvalId, kind: String(attributes.countersign_kind), ref: String(attributes.countersign_ref) }
        : null;
    return [
      {
        id: row.id,
        conversation,
        type: row.message_type,
        private: row.private,
        content: row.content ?? "",
        sender: row.sender,
        mark,
        deleted: attributes.deleted === true,
        refused: typeof attributes.external_error === "string",
        at: row.created_at,
      },
    ];
  });
}

/** What lies in our tables. */
export async function recordsIn(pool: Pool) {
  const rows = async <Row>(sql: string, values: unknown[] = []) => (await pool.query(sql, values)).rows as Row[];
  return {
    deliveries: await rows<Delivery>(
      `select delivery_id, conversation_id::int, message_id::int, event, source, outcome, from_customer, fate, received_at from webhook_deliveries
       where event = 'message_created'`,
    ),
    approvals: await rows<Approval>(
      `select id, status, conversation_id::int, message_id::int, customer_message, draft_response, final_response, approved_hash, decision,
              reply_status, reply_message_id::int, send_attempted_at, note_status, superseded_by, created_at from agent_approvals`,
    ),
    events: await rows<Event>("select approval_id, what, at, actor, detail from approval_events order by id"),
    deadLetters: await rows<DeadLetter>(
      "select id, kind, reason, attempts, conversation_id::int, approval_id, redriven_at from dead_letters",
    ),
    jobsLeft: await jobsLeft(pool),
    mostTries: await rows<Evidence["mostTries"][number]>(
      `select name, max(retry_count - (retry_limit - 10000))::int as tries from pgboss.job where name = any($1) group by name`,
      [TRIP_JOBS],
    ),
    jobOverlaps: await rows<Evidence["jobOverlaps"][number]>(
      `with runs as (
         select id, singleton_key as key, started_on, completed_on,
                lag(id) over own as before, lag(completed_on) over own as before_completed
         from pgboss.job where name = 'draft-reply' and state = 'completed' and singleton_key is not null
         window own as (partition by singleton_key order by started_on, id))
       select key, before::text as one, id::text as other from runs where before_completed > started_on + interval '2 seconds' limit 20`,
    ),
  };
}

/** Jobs of trips that still have something to do. */
export async function jobsLeft(pool: Pool): Promise<Evidence["jobsLeft"]> {
  const { rows } = await pool.query(
    `select name, state, singleton_key as key, data, retry_count::int as tries from pgboss.job
     where state in ('created', 'retry', 'active') and name = any($1)`,
    [TRIP_JOBS],
  );
  return rows;
}

/** How many records of a spool are not settled. */
export async function spooledIn(directory: string): Promise<number> {
  let waiting = 0;
  for (const name of await readdir(directory).catch(() => [])) {
    if (!name.endsWith(".segment")) continue;
    const text = await readFile(join(directory, name), "utf8").catch(() => "");
    waiting += text.split("\n").filter((line) => /^[0-9a-f]{8} \{/.test(line)).length;
  }
  return waiting;
}
