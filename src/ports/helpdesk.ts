import type { Conversation, ConversationStatus, Mark, Message, Operator, Priority } from "../core/words.ts";

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
  /** null when nobody waits: a person or a bot has answered. */
  waitingSince: Date | null;
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
