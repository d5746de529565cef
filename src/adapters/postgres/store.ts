import { CamelCasePlugin, type Kysely } from "kysely";
import type { Pool } from "pg";
import type { PgBoss } from "pg-boss";
import type { Store, Tables } from "../../ports/store.ts";
import { answeredTable } from "./answered.ts";
import { approvalEventsTable, approvalsTable, idempotencyTable } from "./approvals.ts";
import { calibrationsTable } from "./calibrations.ts";
import type { Cipher } from "./cipher.ts";
import { conversationsTable } from "./conversations.ts";
import { deadLettersTable } from "./dead-letters.ts";
import { deliveriesTable } from "./deliveries.ts";
import { embeddingsTable } from "./embeddings.ts";
import { forget } from "./forget.ts";
import { createIngest } from "./ingest.ts";
import { jobsTable, liveTable } from "./jobs.ts";
import { knowledgeTable } from "./knowledge.ts";
import { knowledgeReportsTable } from "./knowledge-reports.ts";
import { learningTable } from "./learning.ts";
import { lessonsTable } from "./lessons.ts";
import { modelCallsTable } from "./model-calls.ts";
import { notesTable } from "./notes.ts";
import { operatorsTable, sessionsTable } from "./people.ts";
import { purge } from "./purge.ts";
import { reconcileMarksTable } from "./reconcile-marks.ts";
import { suggestionsTable } from "./suggestions.ts";
import type { Schema } from "./tables.ts";
import { triageExamplesTable } from "./triage-examples.ts";

/** What a store stands on; `lane` are connections for deliveries alone, so that nothing else of ours holds them up. */
export interface StoreOptions {
  db: Kysely<Schema>;
  lane: Pool;
  boss: PgBoss;
  cipher: Cipher;
}

/** Everything we keep, on one database: records and the jobs they cause commit together. */
export function createStore({ db: plain, lane, boss, cipher }: StoreOptions): Store {
  const db = plain.withPlugin(new CamelCasePlugin({ maintainNestedObjectKeys: true }));
  const tables = (on: Kysely<Schema>): Tables => ({
    deliveries: deliveriesTable(on),
    approvals: approvalsTable(on),
    approvalEvents: approvalEventsTable(on),
    idempotency: idempotencyTable(on),
    notes: notesTable(on),
    learning: learningTable(on),
    calibrations: calibrationsTable(on),
    lessons: lessonsTable(on),
    modelCalls: modelCallsTable(on),
    conversations: conversationsTable(on),
    operators: operatorsTable(on, cipher),
    sessions: sessionsTable(on),
    knowledge: knowledgeTable(on),
    embeddings: embeddingsTable(on),
    answered: answeredTable(on),
    knowledgeReports: knowledgeReportsTable(on),
    suggestions: suggestionsTable(on),
    triageExamples: triageExamplesTable(on),
    deadLetters: deadLettersTable(on),
    reconcileMarks: reconcileMarksTable(on),
    jobs: jobsTable(on, boss),
    live: liveTable(on),
  });
  return {
    ...tables(db),
    transaction: (work) => db.transaction().execute((trx) => work(tables(trx))),
    ingest: createIngest({ lane, db, boss }),
    forget: (accountId, conversationId) => forget(db, accountId, conversationId),
    purge: (endedBefore, now) => purge(db, endedBefore, now),
  };
}
