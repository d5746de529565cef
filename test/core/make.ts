import type { Approval, Confidence, Message, Triage } from "../../src/core/words.ts";
import { anApproval } from "../support/approval.ts";

export const NOW = new Date("2026-11-21T10:00:00Z");

export const confidence = (more: Partial<Confidence> = {}): Confidence => ({
  score: 92,
  calibrated: false,
  decisions: 12,
  hidden: false,
  signals: [
    { name: "retrieval_strength", value: 0.94, weight: 1.8 },
    { name: "question_coverage", value: 0.6, weight: 1.4 },
    { name: "verified_quotes", value: 1, weight: 3 },
  ],
  caps: [],
  ...more,
});

/** A pending approval of a good draft. */
export const approval = (more: Partial<Approval> = {}): Approval =>
  anApproval({
    id: "0198c1d2-6b1e-7c55-9b0e-5d0c6a7f1e21",
    conversationId: 123,
    messageId: 900,
    inboxId: 4,
    customerId: 77,
    customerName: "Rosa Lind",
    customerMessage: "What size AN fitting for my 350 Chevy?",
    draftResponse: "For a mild 350 with a four-barrel, AN-6 feed line is right.",
    confidence: confidence(),
    confidenceScore: 92,
    sources: [
      {
        source_id: "an-sizes",
        passage_id: "an-sizes#horsepower",
        title: "AN sizes by horsepower",
        url: "https://nordhose.example/an-sizes",
        relevance: 0.94,
        excerpt: "…",
        updated_at: "2026-08-02T00:00:00Z",
      },
    ],
    citations: [],
    findings: [],
    intent: "product_question",
    recommendedAction: "send",
    priority: "normal",
    priorityReason: "nothing special",
    dueAt: null,
    noteMessageId: 901,
    latencyMs: {},
    createdAt: NOW,
    updatedAt: NOW,
    ...more,
  });

let nextId = 1;
/** A customer's message unless told otherwise. */
export const message = (more: Partial<Message> = {}): Message => ({
  id: nextId++,
  type: "incoming",
  private: false,
  text: "Hello",
  createdAt: NOW,
  sender: { type: "contact", id: 77, name: "Rosa Lind" },
  attachments: [],
  mark: null,
  deleted: false,
  autoReply: false,
  externalError: null,
  ...more,
});

export const triaged = (more: Partial<Triage> = {}): Triage => ({
  intent: "product_question",
  sentiment: "neutral",
  language: "en",
  flags: [],
  needsReply: true,
  urgency: "normal",
  reasons: [],
  ...more,
});
