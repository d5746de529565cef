import type { AnsweredQuestion } from "./core/answered.ts";
import type { Delivery } from "./core/delivery.ts";
import type { UnansweredQuestion } from "./core/gaps.ts";
import type { Policy } from "./core/policy.ts";
import type {
  Approval,
  ApprovalStatus,
  Conversation,
  ConversationStatus,
  Decision,
  Draft,
  Findings,
  Mark,
  Message,
  Operator,
  Passage,
  Priority,
  Triage,
} from "./core/words.ts";

/** The outside world as the trip sees it. A step takes only what it reaches: `Pick<Ports, "store" | "helpdesk">`. */
export interface Ports {
  clock: Clock;
  store: Store;
  helpdesk: Helpdesk;
  knowledge: Knowledge;
  drafter: Drafter;
  policy: () => Policy;
  log: Log;
  settings: Settings;
  metrics: Metrics;
  news: News;
}

/** The few numbers and switches that steps need. Seconds unless the name says otherwise. */
export interface Settings {
  accountId: number;
  draftDebounceSeconds: number;
  sendHoldSeconds: number;
  approvalExpiryHours: number;
  retentionDays: number;
  draftingPaused: boolean;
  /** Share of drafts whose score stays hidden until decided, 0..1. */
  hiddenScoreShare: number;
}

export interface Clock {
  now(): Date;
}

/** What is counted. Names and labels as in the README's table of metrics; durations in seconds. */
export interface Metrics {
  delivery(event: string, result: "accepted" | "ignored" | "duplicate" | "refused"): void;
  doorDuration(seconds: number): void;
  stageDuration(stage: string, seconds: number): void;
  decision(decision: Decision, band: string): void;
  /** Customer messages that no webhook told of. */
  reconcileFound(count: number): void;
  modelUsage(model: string, usage: { inputTokens: number; outputTokens: number; costUsd: number | null }): void;
  /** The whole exposition in Prometheus text format, gauges read at this moment. */
  render(): Promise<{ contentType: string; text: string }>;
}

/** News of approvals and dead letters from every process. Returns how to stop listening. */
export interface News {
  subscribe(listener: (event: LiveEvent) => void): () => void;
}

/** Opens a POST from Chatwoot: verifies its seal, then reads it. Throws a Problem of the door's ladder. */
export interface DeliveryReader {
  /** `trusted` for the secret path of servers that do not sign. */
  read(sealed: { rawBody: Buffer; signature: string | undefined; timestamp: string | undefined; trusted: boolean }): {
    delivery: Delivery;
    /** The body as text with the visitor's credential overwritten, fit to be stored. */
    body: string;
  };
  /** Reads a stored body again, whose seal was verified when it came. */
  reread(body: string): Delivery;
}

/** How the house is: what `/readyz` tells. */
export interface Health {
  check(): Promise<{ ready: boolean; status: "ok" | "degraded"; parts: Record<string, string> }>;
}

/** Structured log: ids, never words. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

// ---- helpdesk (Chatwoot) -------------------------------------------------------------------------------------------

/**
 * Chatwoot. Errors are HelpdeskError; whoever catches them asks `kind`, never a status.
 * Reads and notes use the service user's token; `asOperator` is a decrypted token of the operator.
 */
export interface Helpdesk {
  /** The service user itself, cached; its own notes are never commands. */
  self(): Promise<Operator>;
  /** Who owns this token, with their role in our account. `refused` when the token is wrong or has no access to the account. */
  whoIs(token: string): Promise<Operator>;
  conversation(conversationId: number): Promise<Conversation>;
  /** May this operator see that conversation? Asked with their token. */
  canSee(conversationId: number, asOperator: string): Promise<boolean>;
  /** The newest messages in ascending order of time and id: at least `atLeast` (default 20), or all after `afterId`. */
  messages(conversationId: number, options?: { afterId?: number; atLeast?: number }): Promise<Message[]>;
  /** Conversations of every status and inbox with activity in the last seconds, in one call. */
  recentlyActive(withinSeconds: number): Promise<RecentConversation[]>;
  /** Posts a private note. Answers with what Chatwoot stored. */
  postNote(conversationId: number, text: string, mark: Mark): Promise<{ id: number; text: string }>;
  /** Takes a note away. `gone` counts as done. */
  removeNote(conversationId: number, messageId: number): Promise<void>;
  /** Sends a public reply in the operator's name, or the service user's when `asOperator` is null. Answers with what Chatwoot stored. */
  sendReply(conversationId: number, text: string, mark: Mark, asOperator: string | null): Promise<{ id: number; text: string }>;
  assignTeam(conversationId: number, teamId: number): Promise<void>;
  assignOperator(conversationId: number, operatorId: number): Promise<void>;
  setPriority(conversationId: number, priority: Priority): Promise<void>;
  teams(): Promise<{ id: number; name: string }[]>;
  /** Operators of the account with presence and the count of their open conversations unknown here. */
  operators(): Promise<(Operator & { online: boolean })[]>;
  teamMembers(teamId: number): Promise<number[]>;
}

/** What a list of conversations shows of each one. */
export interface RecentConversation {
  id: number;
  status: ConversationStatus;
  contactId: number;
  contactBlocked: boolean;
  /** When the customer did something last, to the second; null when unknown. */
  customerActiveAt: Date | null;
  /** The newest message that is no activity line, notes included. */
  newest: Message | null;
}

/** Conversations that are over, for those who learn from them. Errors are HelpdeskError. */
export interface ConversationHistory {
  /** Those that are resolved and were active since then, newest first, with how many resolved ones there are. */
  resolvedSince(since: Date): AsyncIterable<{ conversationId: number; total: number }>;
}

/** Why a helpdesk call failed. `unknown`: a write whose fate we do not know (timeout, dropped connection, 5xx). */
export type HelpdeskFailure = "refused" | "forbidden" | "gone" | "invalid" | "busy" | "unavailable" | "unknown";

export class HelpdeskError extends Error {
  readonly kind: HelpdeskFailure;
  readonly httpStatus: number | null;
  readonly retryAfterSeconds: number | null;

  constructor(
    kind: HelpdeskFailure,
    message: string,
    options: { httpStatus?: number | null; retryAfterSeconds?: number | null; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = "HelpdeskError";
    this.kind = kind;
    this.httpStatus = options.httpStatus ?? null;
    this.retryAfterSeconds = options.retryAfterSeconds ?? null;
  }
}

// ---- knowledge and drafting ----------------------------------------------------------------------------------------

export interface Knowledge {
  /** The best passages for a customer's words, best first. Throws when the knowledge base cannot be asked; an empty one answers empty. */
  search(text: string, options: { limit: number; language?: string }): Promise<Findings>;
  /** Brings the folder and the helpdesk's articles in; unchanged documents cost nothing. `tell` hears how far it is. */
  sync(tell?: (progress: SyncProgress) => void): Promise<SyncReport>;
}

/** How far a sync is; `total` null while nobody knows. */
export interface SyncProgress {
  what: string; // in the plural: "files"
  done: number;
  total: number | null;
}

/** A knowledge source as it was read, before it is cut into passages. */
export interface LoadedDocument {
  id: string;
  title: string;
  url: string | null;
  updatedAt: Date | null;
  safety: boolean;
  language: string | null;
  text: string;
  /** Where it was read, for people: path below the folder, with the line or number of a row: "faq.csv:12". */
  file: string;
}

/** A document that could not be read, and the ids it may have had: what was known under them is kept. */
export interface FailedDocument {
  file: string;
  reason: string;
  mayBe: string[];
}

/** Where knowledge comes from. What an origin no longer holds is removed, what another one brought stays. */
export interface KnowledgeOrigin {
  /** Stands with each of its sources. */
  name: "folder" | "helpdesk";
  /** All it holds now. Throws when it cannot be read whole; then nothing of it is removed. */
  documents(tell: (progress: SyncProgress) => void): AsyncIterable<LoadedDocument | FailedDocument>;
}

export interface SyncReport {
  added: number;
  changed: number;
  removed: number;
  unchanged: number;
  failed: { file: string; reason: string }[];
  /** What works less well than it could, though every document is searchable by its words. */
  warnings?: string[];
}

export interface DraftRequest {
  conversation: Conversation;
  /** Ascending; the public ones and our operators' notes are left to the drafter's judgement, `burst` is what wants an answer. */
  history: Message[];
  burst: Message[];
  customerMessage: string;
  triage: Triage;
  findings: Findings;
  style: Policy["style"];
  /** What the operator asked for, when a person asked for a new draft. */
  instruction: string | null;
  /** Words that were approved before the conversation moved on; the new draft may start from them. */
  approvedBefore: string | null;
}

export interface Drafter {
  name: string;
  /** Throws DrafterError when no draft can be had now. */
  draft(request: DraftRequest): Promise<Draft>;
}

/** The drafter failed; `retryAfterSeconds` when it asked to wait. */
export class DrafterError extends Error {
  readonly retryAfterSeconds: number | null;

  constructor(message: string, options: { retryAfterSeconds?: number | null; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = "DrafterError";
    this.retryAfterSeconds = options.retryAfterSeconds ?? null;
  }
}

// ---- store (PostgreSQL and its queue) ------------------------------------------------------------------------------

/** Everything we keep. `transaction` hands out the same tables inside one transaction; a job sent in it commits with it. */
export interface Store extends Tables {
  transaction<T>(work: (tables: Tables) => Promise<T>): Promise<T>;
  /** Records a verified delivery once and sends its job in the same commit; many callers share one commit. */
  ingest(row: NewDelivery, job: NewJob | null): Promise<"recorded" | "duplicate">;
  /** Deletes what ended before `endedBefore`, and sessions that are over; answers how many rows of what. */
  purge(endedBefore: Date, now: Date): Promise<Record<string, number>>;
}

export interface Tables {
  deliveries: DeliveriesTable;
  approvals: ApprovalsTable;
  approvalEvents: ApprovalEventsTable;
  idempotency: IdempotencyTable;
  notes: NotesTable;
  learning: LearningTable;
  conversations: ConversationsTable;
  operators: OperatorsTable;
  sessions: SessionsTable;
  knowledge: KnowledgeTable;
  embeddings: EmbeddingsTable;
  knowledgeReports: KnowledgeReportsTable;
  suggestions: SuggestionsTable;
  answered: AnsweredTable;
  deadLetters: DeadLettersTable;
  reconcileMarks: ReconcileMarksTable;
  jobs: JobsTable;
  live: LiveTable;
}

export type JobKind =
  | "draft-reply"
  | "post-note"
  | "remove-note"
  | "send-reply"
  | "assign-conversation"
  | "run-command"
  | "capture-outcome"
  | "reconcile"
  | "sync-knowledge"
  | "expire-approvals"
  | "purge";

/** A job carries ids, not words. `key` serialises: jobs of one key run one at a time and in order (draft-reply only). */
export interface NewJob {
  kind: JobKind;
  id?: string; // uuid; by default a new one
  key?: string;
  data: Record<string, unknown>;
  startAfterSeconds?: number;
}

/** A job as its step gets it. */
export interface Job {
  id: string;
  kind: JobKind;
  key: string | null;
  data: Record<string, unknown>;
  /** 1 for the first try; tries that only waited are not counted. */
  attempt: number;
}

/**
 * How a try ended. `again` counts as an attempt only when it `failed`, not when the job waits for something. `buried`: the job was taken
 * out of the queue by whoever made a dead letter of it.
 */
export type JobEnd = { end: "done" } | { end: "again"; afterSeconds: number; reason: string; failed: boolean } | { end: "buried" };

/** The engine that hands jobs to steps: several processes share the work. */
export interface Queue {
  start(run: (job: Job) => Promise<JobEnd>): Promise<void>;
  /** Takes no new jobs, waits for those under way up to `graceMs`, gives the rest back. */
  stop(graceMs: number): Promise<void>;
}

export interface JobsTable {
  send(job: NewJob): Promise<void>;
  /** Takes a job out of the queue, which frees its key. */
  remove(kind: JobKind, id: string): Promise<void>;
  /** Is a job of this kind and key being worked on now, in whatever process? */
  isActive(kind: JobKind, key: string): Promise<boolean>;
  /** Jobs per kind and state (`waiting · active · retry`). */
  counts(): Promise<{ kind: JobKind; state: string; count: number }[]>;
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
  ): Promise<{ messageId: number; messageAt: Date; fate: MessageFate | null } | null>;
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

export interface LearningRow {
  approvalId: string;
  draftVersion: string;
  finalVersion: string | null;
  wasSent: boolean;
  decision: Decision | "answered_by_hand";
  operatorEdits: { op: "same" | "added" | "removed"; words: string }[];
  editRatio: number | null;
  rejectReason: string | null;
  customerReplied: boolean | null;
  customerReplySentiment: string | null;
  reopened: boolean | null;
  csatRating: number | null;
  features: Record<string, number>;
  createdAt: Date;
}

export interface LearningTable {
  insert(row: LearningRow): Promise<void>;
  /** Takes the approval's newest row back (undo) or completes it; no row is no error. */
  remove(approvalId: string): Promise<void>;
  patch(approvalId: string, change: Partial<Omit<LearningRow, "approvalId" | "createdAt">>): Promise<void>;
  /** Oldest first, each with question, sources and outcome for the export. */
  export(): AsyncIterable<LearningRow & { question: string; sources: Approval["sources"]; intent: string; conversationId: number }>;
  decisions(): Promise<number>;
}

/** What we hold of a conversation for clocks and outcome; Chatwoot is asked for the rest. */
export interface ConversationsTable {
  /** Open conversations that each operator holds, as far as we have seen them. */
  openPerAssignee(accountId: number): Promise<Map<number, number>>;
  see(conversation: Conversation, seenAt: Date): Promise<void>;
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

export interface StoredSource {
  id: string;
  title: string;
  url: string | null;
  contentHash: string;
  updatedAt: Date | null;
  safety: boolean;
  language: string | null;
  origin: KnowledgeOrigin["name"];
  /** The file that it stands in, alone or with others; null outside a folder. */
  file: string | null;
}

export interface KnowledgeTable {
  /** Those that serve, and those out of sight that an open approval still quotes (`withdrawn`). */
  sources(): Promise<(StoredSource & { withdrawn: boolean })[]>;
  /** Of the sources that serve. */
  passages(): AsyncIterable<Passage>;
  /** Replaces a source and its passages whole. */
  replace(source: StoredSource, passages: Passage[]): Promise<void>;
  /** Takes a source away; one that an open approval quotes is only put out of sight, until it is removed again. */
  remove(sourceId: string): Promise<void>;
  /** Remembers that these were looked at now and found to be as we have them. */
  verified(sourceIds: string[]): Promise<void>;
  /** Passages by their ids, in no order; those that are gone are left out. */
  byIds(passageIds: string[]): Promise<Passage[]>;
  /** Says that what belongs to the passages has grown: the revision moves on. */
  grown(): Promise<void>;
  /** Runs one work at a time among all processes; the others wait for their turn. */
  exclusively<T>(work: () => Promise<T>): Promise<T>;
  /** Grows with every change; an index built at the same number is in step. */
  revision(): Promise<number>;
}

export interface StoredAnswer extends AnsweredQuestion {
  id: string; // uuid
  /** A removed one keeps its id and nothing else. */
  removed: boolean;
}

/** Questions that were answered before. A source that changes materially takes its evidence and the answers that rested on it away. */
export interface AnsweredTable {
  /** Takes them in; the same question with the same sources is one, the newest. Answers how many were new. */
  learn(rows: AnsweredQuestion[]): Promise<number>;
  /** Takes answered questions out by their ids; answers how many were there. */
  remove(ids: string[]): Promise<number>;
  /** All that changed after this number, oldest change first, in batches. */
  changedAfter(revision: number): AsyncIterable<StoredAnswer & { revision: number }>;
  /** Grows with every change. */
  revision(): Promise<number>;
}

/** What an embeddings endpoint made of texts, by the key (hex) of maker and text. */
export interface EmbeddingsTable {
  /** Those that are there. */
  get(keys: string[]): Promise<Map<string, Float32Array>>;
  put(rows: { key: string; vector: Float32Array }[]): Promise<void>;
  /** Forgets all others. */
  keepOnly(keys: string[]): Promise<void>;
}

/** A question and a person's answer out of an old conversation. */
export interface Suggestion {
  id: string; // uuid
  accountId: number;
  conversationId: number;
  /** The reply that a person wrote. */
  messageId: number;
  question: string;
  answer: string;
  /** What the answer seems to rest on, best first. */
  sourceIds: string[];
  answeredAt: Date;
  status: "pending" | "accepted" | "rejected";
  decidedBy: Approval["decidedBy"];
  decidedAt: Date | null;
  createdAt: Date;
}

/** Suggestions wait for people. */
export interface SuggestionsTable {
  /** Adds a pending one; answers 0 when that reply was suggested before, else 1. */
  add(suggestion: Omit<Suggestion, "status" | "decidedBy" | "decidedAt">): Promise<number>;
  list(filter: { status: Suggestion["status"]; limit: number; cursor?: string | undefined }): Promise<Page<Suggestion>>;
  lock(id: string): Promise<Suggestion | null>;
  /** Writes the decision and the words it was decided with; lock it first. */
  decide(suggestion: Suggestion): Promise<void>;
}

/** A knowledge source with its age and the fate of the drafts that quoted it. */
export interface SourceReport extends Omit<StoredSource, "contentHash" | "file"> {
  passages: number;
  /** When its words last changed here, and when it was last found to be as we have it. */
  syncedAt: Date;
  verifiedAt: Date;
  withdrawn: boolean;
  /** Drafts with a verified quote from it; of those, sent as drafted, edited, rejected. */
  drafts: number;
  approved: number;
  edited: number;
  rejected: number;
}

/** What drafts and decisions say about the knowledge. */
export interface KnowledgeReportsTable {
  /** Customers' messages of a time that the knowledge did not answer, newest first. */
  unanswered(filter: { accountId: number; from: Date; to: Date; limit: number }): Promise<UnansweredQuestion[]>;
  /** `troubled`: most edited and rejected drafts first; `oldest`: by the document's own date. */
  sources(filter: { accountId: number; order: "troubled" | "oldest" | "title"; limit: number; offset: number }): Promise<SourceReport[]>;
}

export interface DeadLetter {
  id: string; // uuid
  /** `receive-delivery`: no job yet, but a delivery that the database refused; its data are the row and the job it was to cause. */
  kind: JobKind | "receive-delivery";
  data: Record<string, unknown>;
  key: string | null;
  conversationId: number | null;
  approvalId: string | null;
  deliveryId: string | null;
  /** Why, in a sentence without customer text. */
  reason: string;
  attempts: number;
  createdAt: Date;
  redrivenAt: Date | null;
  redrivenBy: string | null;
}

export interface DeadLettersTable {
  /** The same id again changes nothing. */
  insert(letter: DeadLetter): Promise<void>;
  get(id: string): Promise<DeadLetter | null>;
  lock(id: string): Promise<DeadLetter | null>;
  list(filter: { open: boolean; limit: number; cursor?: string }): Promise<Page<DeadLetter>>;
  markRedriven(id: string, at: Date, by: string): Promise<void>;
  countOpen(): Promise<number>;
}

/** Up to when an account's conversations were compared with what was delivered. */
export interface ReconcileMarksTable {
  get(accountId: number): Promise<Date | null>;
  set(accountId: number, until: Date): Promise<void>;
}

/** News for everybody who watches the queue, in every process, sent when the transaction commits. */
export interface LiveEvent {
  type: "approval.created" | "approval.updated" | "delivery.dead";
  id: string;
}

export interface LiveTable {
  publish(event: LiveEvent): Promise<void>;
}
