import type { Approval, ApprovalStatus, Conversation, Operator, Priority } from "../core/words.ts";
import type { CalibrationsTable } from "./calibrations.ts";
import type { DeadLettersTable } from "./dead-letters.ts";
import type { JobsTable, NewJob } from "./jobs.ts";
import type { AnsweredTable, EmbeddingsTable, KnowledgeReportsTable, KnowledgeTable, SuggestionsTable } from "./knowledge-tables.ts";
import type { LearningTable } from "./learning.ts";
import type { LessonsTable } from "./lessons.ts";
import type { ModelCallsTable } from "./model-calls.ts";
import type { TriageExamplesTable } from "./triage.ts";

/** Everything we keep. `transaction` hands out the same tables inside one transaction; a job sent in it commits with it. */
export interface Store extends Tables {
  transaction<T>(work: (tables: Tables) => Promise<T>): Promise<T>;
  /** Records a verified delivery once and sends its job in the same commit; many callers share one commit. */
  ingest(row: NewDelivery, job: NewJob | null): Promise<"recorded" | "duplicate">;
  /** Deletes all that is held of a conversation: what was written, drafted, decided and learned there. */
  forget(accountId: number, conversationId: number): Promise<void>;
  /** Deletes what ended or was last seen before `endedBefore`, and sessions that are over; answers how many rows of what. */
  purge(endedBefore: Date, now: Date): Promise<Record<string, number>>;
}

export interface Tables {
  deliveries: DeliveriesTable;
  approvals: ApprovalsTable;
  approvalEvents: ApprovalEventsTable;
  idempotency: IdempotencyTable;
  notes: NotesTable;
  learning: LearningTable;
  calibrations: CalibrationsTable;
  lessons: LessonsTable;
  modelCalls: ModelCallsTable;
  conversations: ConversationsTable;
  operators: OperatorsTable;
  sessions: SessionsTable;
  knowledge: KnowledgeTable;
  embeddings: EmbeddingsTable;
  knowledgeReports: KnowledgeReportsTable;
  suggestions: SuggestionsTable;
  answered: AnsweredTable;
  triageExamples: TriageExamplesTable;
  deadLetters: DeadLettersTable;
  reconcileMarks: ReconcileMarksTable;
  jobs: JobsTable;
  live: LiveTable;
}

export type DeliverySource = "webhook" | "reconcile" | "replay";

export type DeliveryOutcome = "accepted" | "ignored" | "duplicate";

/** What has become of an accepted customer message: its one visible end. */
export type MessageFate =
  | "waiting" // its job is still to come
  | "conversation_pending" // a bot answers; drafted when the conversation opens
  | "drafted" // an approval answers it
  | "no_reply_needed"
  | "answered_by_operator"
  | "conversation_closed"
  | "conversation_gone"
  | "message_deleted"
  | "contact_blocked"
  | "inbox_not_drafted"
  | "drafting_paused"
  | "dead_letter";

export interface NewDelivery {
  deliveryId: string; // uuid
  accountId: number;
  event: string;
  conversationId: number | null;
  messageId: number | null;
  /** When the message was written, by Chatwoot's clock. */
  messageAt: Date | null;
  body: string;
  receivedAt: Date;
  source: DeliverySource;
  outcome: Exclude<DeliveryOutcome, "duplicate">;
  reason: string | null;
  /** True for a customer's message. */
  fromCustomer: boolean;
}

export interface DeliveryRow extends Omit<NewDelivery, "outcome" | "body"> {
  outcome: DeliveryOutcome;
  fate: MessageFate | null;
}

export interface DeliveriesTable {
  get(deliveryId: string): Promise<(DeliveryRow & { body: string }) | null>;
  list(filter: {
    outcome?: DeliveryOutcome;
    event?: string;
    conversationId?: number;
    limit: number;
    cursor?: string;
  }): Promise<Page<DeliveryRow>>;
  /** The newest accepted customer message of a conversation, by its own time and id. */
  newestCustomerMessage(
    accountId: number,
    conversationId: number,
  ): Promise<{ deliveryId: string; messageId: number; messageAt: Date; fate: MessageFate | null } | null>;
  /** When Chatwoot last told of a message; null when it never did. */
  lastTold(accountId: number): Promise<Date | null>;
  /** Which of these messages have an accepted delivery. */
  known(accountId: number, messageIds: number[]): Promise<Set<number>>;
  /** Sets the end of every waiting customer message of the conversation up to and including `messageId`. */
  setFate(accountId: number, conversationId: number, upToMessageId: number, fate: MessageFate): Promise<void>;
  /** Keeps reason, size and time of a refused request, the last thousand. */
  recordRefusal(refusal: { code: string; bytes: number; receivedAt: Date }): Promise<void>;
}

export interface Page<Row> {
  data: Row[];
  nextCursor: string | null;
}

export interface ApprovalFilter {
  status?: ApprovalStatus[];
  priority?: Priority;
  inboxId?: number;
  /** Words in the customer's message or name. */
  q?: string;
  /** Only those of which Chatwoot stored other words than those approved. */
  storedDiffers?: true;
  sort: "due" | "newest";
  limit: number;
  cursor?: string;
}

export interface ApprovalsTable {
  insert(approval: Approval): Promise<void>;
  get(id: string): Promise<Approval | null>;
  /** The same, locked until the transaction ends. */
  lock(id: string): Promise<Approval | null>;
  /** Replaces the row; lock it first. */
  update(approval: Approval): Promise<void>;
  pendingOf(accountId: number, conversationId: number): Promise<Approval | null>;
  /** Locked approvals of the conversation that are not at an end: pending or approved. */
  lockLive(accountId: number, conversationId: number): Promise<Approval[]>;
  latestOf(accountId: number, conversationId: number): Promise<Approval | null>;
  byReplyMessage(accountId: number, messageId: number): Promise<Approval | null>;
  list(filter: ApprovalFilter): Promise<Page<Approval>>;
  counts(now: Date): Promise<{ status: ApprovalStatus; priority: Priority; count: number; oldest: Date | null }[]>;
  olderThan(createdBefore: Date, status: ApprovalStatus): Promise<string[]>;
  /** The conversation with a waiting approval that was looked at longest ago, before `seenBefore`. */
  leastSeen(accountId: number, seenBefore: Date): Promise<number | null>;
}

export type Surface = "http" | "console" | "note" | "system";

export interface ApprovalEvent {
  approvalId: string;
  at: Date;
  /** `created · decided · undone · superseded · note_posted · sent · given_back · send_failed · redrafted · expired · …` */
  what: string;
  surface: Surface;
  actor: { type: "operator"; id: number; name: string } | { type: "system" };
  oldVersion: number | null;
  newVersion: number;
  detail: Record<string, unknown>;
}

export interface ApprovalEventsTable {
  append(event: ApprovalEvent): Promise<void>;
  of(approvalId: string): Promise<ApprovalEvent[]>;
}

/** Requests that name themselves (Idempotency-Key) are carried out once. */
export interface IdempotencyTable {
  /** `new` claims the key, `same` has been carried out before, `other` belongs to a different request. */
  claim(request: { operatorId: number; key: string; approvalId: string; fingerprint: string; at: Date }): Promise<"new" | "same" | "other">;
}

/** A private note of ours in a conversation: a draft's, or a short notice. */
export interface Note {
  id: string; // uuid
  accountId: number;
  conversationId: number;
  /** null for a notice that belongs to no approval. */
  approvalId: string | null;
  approvalVersion: number;
  kind: "draft" | "notice";
  text: string;
  status: "queued" | "posted" | "failed" | "removed";
  messageId: number | null;
  attemptedAt: Date | null;
  postedAt: Date | null;
  /** When the draft note before this one stood in the conversation until now, its id. */
  replaces: string | null;
  createdAt: Date;
}

export interface NotesTable {
  insert(note: Note): Promise<void>;
  get(id: string): Promise<Note | null>;
  lock(id: string): Promise<Note | null>;
  update(note: Note): Promise<void>;
  /** Draft notes of an approval that were not withdrawn, locked; lock the approval before. */
  lockLive(approvalId: string): Promise<Note[]>;
  /** The newest draft note of the conversation whose message id is below `beforeMessageId`. */
  newestBefore(accountId: number, conversationId: number, beforeMessageId: number): Promise<Note | null>;
}

/** What we hold of a conversation for clocks and outcome; Chatwoot is asked for the rest. */
export interface ConversationsTable {
  /** Open conversations that each operator holds, as far as we have seen them. */
  openPerAssignee(accountId: number): Promise<Map<number, number>>;
  see(conversation: Conversation, seenAt: Date): Promise<void>;
  /** Remembers since when Chatwoot says that it has no such conversation; `see` takes it back. */
  markGone(accountId: number, conversationId: number, at: Date): Promise<void>;
  /** Conversations that have been gone since before then, oldest first. */
  goneBefore(accountId: number, goneBefore: Date, limit: number): Promise<number[]>;
  /** The other conversations of the same contact that are not known to be gone. */
  siblings(accountId: number, conversationId: number): Promise<number[]>;
  /** Some that are not known to be gone, by chance: of those whose id leaves this rest. And how many are held, and known to be gone. */
  someOf(accountId: number, which: { modulo: number; rest: number; limit: number }): Promise<{ ids: number[]; held: number; gone: number }>;
  /** The status as we know it, null for a conversation that we never saw. */
  statusOf(accountId: number, conversationId: number): Promise<string | null>;
}

export interface OperatorsTable {
  /** Remembers an operator and, encrypted, their token. */
  link(operator: Operator, token: string, at: Date): Promise<void>;
  /** Their decrypted token, null when they never signed in. */
  token(operatorId: number): Promise<string | null>;
  get(operatorId: number): Promise<Operator | null>;
  /** Forgets a token that Chatwoot refused. */
  unlink(operatorId: number): Promise<void>;
}

export interface SessionsTable {
  create(session: { tokenHash: string; operatorId: number; expiresAt: Date }): Promise<void>;
  find(tokenHash: string, now: Date): Promise<{ operator: Operator } | null>;
  remove(tokenHash: string): Promise<void>;
}

/** Up to when an account's conversations were compared with what was delivered. */
export interface ReconcileMark {
  until: Date;
  /** Since when customers write and no webhook tells of it; null while they come. */
  silentSince: Date | null;
}

export interface ReconcileMarksTable {
  get(accountId: number): Promise<ReconcileMark | null>;
  /** A mark never goes back. */
  set(accountId: number, mark: ReconcileMark): Promise<void>;
}

/** News for everybody who watches the queue, in every process, sent when the transaction commits. */
export interface LiveEvent {
  type: "approval.created" | "approval.updated" | "delivery.dead";
  id: string;
}

export interface LiveTable {
  publish(event: LiveEvent): Promise<void>;
}
