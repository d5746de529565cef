import type { Generated } from "kysely";
import type { Approval, Operator } from "../../core/words.ts";
import type { Calibration } from "../../ports/calibrations.ts";
import type { DeadLetter } from "../../ports/dead-letters.ts";
import type { StoredAnswer, StoredSource, Suggestion } from "../../ports/knowledge-tables.ts";
import type { LearningRow } from "../../ports/learning.ts";
import type { LessonEvent, StoredLesson } from "../../ports/lessons.ts";
import type { EndedCall, PlannedCall } from "../../ports/model-calls.ts";
import type { MessageFate, Note } from "../../ports/store.ts";
import type { TriageExample } from "../../ports/triage.ts";

/** The tables of `migrations/`, in camel case (Kysely's CamelCasePlugin translates; what lies inside jsonb keeps its names). */
export interface Schema {
  webhookDeliveries: {
    deliveryId: string;
    accountId: number;
    event: string;
    conversationId: number | null;
    messageId: number | null;
    messageAt: Date | null;
    fromCustomer: boolean;
    body: string;
    receivedAt: Date;
    source: "webhook" | "reconcile" | "replay";
    outcome: "accepted" | "ignored" | "duplicate";
    reason: string | null;
    fate: MessageFate | null;
  };
  refusedRequests: { id: Generated<number>; code: string; bytes: number; receivedAt: Date };
  agentApprovals: Approval & { priorityRank: number; calibrationVersion: number | null };
  approvalEvents: {
    id: Generated<number>;
    approvalId: string;
    at: Date;
    what: string;
    surface: "http" | "console" | "note" | "system";
    actor: { type: "operator"; id: number; name: string } | { type: "system" };
    oldVersion: number | null;
    newVersion: number;
    detail: Record<string, unknown>;
  };
  idempotencyKeys: { operatorId: number; key: string; approvalId: string; fingerprint: string; createdAt: Date };
  approvalNotes: Note;
  agentSdkLearningData: LearningRow & { id: Generated<number>; grades: Generated<unknown> };
  calibrations: Omit<Calibration, "version"> & { version: Generated<number> };
  cxConversations: {
    accountId: number;
    conversationId: number;
    status: string;
    inboxId: number;
    assigneeId: number | null;
    teamId: number | null;
    priority: string | null;
    labels: string[];
    contactId: number | null;
    contactName: string | null;
    waitingSince: Date | null;
    resolvedAt: Date | null;
    reopenedCount: Generated<number>;
    seenAt: Date;
    goneAt: Date | null;
  };
  knowledgeSources: StoredSource & { syncedAt: Date; verifiedAt: Date; withdrawnAt: Date | null };
  knowledgePassages: { id: string; sourceId: string; position: number; titlePath: string[]; text: string };
  knowledgeSuggestions: Suggestion;
  knowledgeEmbeddings: { key: Buffer; vector: Buffer };
  answeredQuestions: StoredAnswer & { key: string | null; revision: number };
  answeredRevision: { onlyRow: Generated<boolean>; revision: number };
  knowledgeChanges: { sourceId: string; revision: number };
  knowledgeRevision: { onlyRow: Generated<boolean>; revision: number };
  modelCalls: Omit<PlannedCall, "tokens" | "usd"> & {
    outcome: Generated<"under_way" | EndedCall["outcome"]>;
    inputTokens: Generated<number>;
    outputTokens: Generated<number>;
    costUsd: Generated<number | null>;
    latencyMs: Generated<number | null>;
    countedTokens: number;
    countedUsd: number;
  };
  lessons: StoredLesson;
  lessonEvents: LessonEvent & { id: Generated<number> };
  styleVersion: { onlyRow: Generated<boolean>; version: number };
  triageExamples: TriageExample & { position: Generated<number> };
  triageRevision: { onlyRow: Generated<boolean>; revision: number };
  reconcileMarks: { accountId: number; until: Date; silentSince: Date | null };
  operators: Operator & { encryptedToken: string | null; linkedAt: Date };
  sessions: { tokenHash: string; operatorId: number; expiresAt: Date };
  deadLetters: DeadLetter;
}
