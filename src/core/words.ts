/** The vocabulary: what Countersign's rooms hand one another. Times are Date, ids are Chatwoot's numbers unless they say uuid. */

export type Channel = string; // "Channel::WebWidget", "Channel::Email", … as Chatwoot names them
export type ConversationStatus = "open" | "resolved" | "pending" | "snoozed";
export type Priority = "low" | "normal" | "high" | "urgent";
export type BuiltInIntent =
  | "product_question"
  | "order_status"
  | "return_refund"
  | "technical_issue"
  | "complaint"
  | "account"
  | "sales"
  | "feedback"
  | "other";
/** What the customer wants: a built-in intent, or one of the team's own, named by the label of its examples (core/intents). */
export type Intent = string;
/** How soon the customer needs an answer; `high` is time-critical. */
export type Urgency = "low" | "normal" | "high";
export type Sentiment = "negative" | "neutral" | "positive";
export type Flag = "safety" | "legal" | "privacy" | "fraud" | "human_requested" | "complaint" | "vip" | "injection" | "unverified_contact";
export type RecommendedAction = "send" | "review" | "escalate";
export type Degradation =
  | "knowledge_unavailable" // policy-only words, the sources could not be asked
  | "drafter_unavailable" // placeholder, the drafter failed
  | "attachment_only" // placeholder, nothing was written
  | "no_draft"; // placeholder, a hard flag forbids a draft

export interface Contact {
  id: number;
  name: string | null;
  email: string | null;
  phone: string | null;
  blocked: boolean;
  customAttributes: Record<string, unknown>;
}

export interface Attachment {
  type: string; // "image", "file", …
  name: string | null;
}

/** One message of a conversation, whoever wrote it. */
export interface Message {
  id: number;
  /** `activity` is Chatwoot's own log line, `template` its automatic text (greeting, out of office, survey). */
  type: "incoming" | "outgoing" | "activity" | "template";
  private: boolean;
  /** What was newly said: for an e-mail without the quoted thread. */
  text: string;
  createdAt: Date;
  sender: { type: "contact" | "user" | "bot" | "none"; id: number | null; name: string | null };
  attachments: Attachment[];
  /** Our own mark in `content_attributes`, null on everybody else's messages. */
  mark: Mark | null;
  deleted: boolean;
  autoReply: boolean;
  /** Why the channel refused it, when it did. */
  externalError: string | null;
}

/** What we write into `content_attributes` of everything we post, so that we know it again. */
export interface Mark {
  /** The approval's uuid. Written as `countersign_id`. */
  approvalId: string;
  /** Written as `countersign_kind`. */
  kind: "note" | "notice" | "reply";
  /** The note's uuid; for a reply which decision it carries out (core/burst). Written as `countersign_ref`. */
  ref: string;
}

/** A conversation as Chatwoot's API shows it now. */
export interface Conversation {
  accountId: number;
  id: number; // display id
  inboxId: number;
  channel: Channel;
  status: ConversationStatus;
  canReply: boolean;
  muted: boolean;
  labels: string[];
  priority: Priority | null;
  contact: Contact;
  assigneeId: number | null;
  teamId: number | null;
  /** null when nobody waits. */
  waitingSince: Date | null;
  hmacVerified: boolean;
  customAttributes: Record<string, unknown>;
}

/** A person who decides drafts. `role` is theirs in our Chatwoot account. */
export interface Operator {
  id: number;
  name: string;
  email: string | null;
  role: "agent" | "administrator";
}

/** The piece of a knowledge source that is retrieved and quoted. */
export interface Passage {
  sourceId: string;
  passageId: string;
  title: string;
  /** Headings from the document's top to this passage. */
  titlePath: string[];
  text: string;
  url: string | null;
  updatedAt: Date | null;
  safety: boolean;
}

export interface FoundPassage extends Passage {
  /** 0..1, of the best score that the question could reach. */
  relevance: number;
  /** Share of the question's telling words that stand in the passage, 0..1. */
  coverage: number;
  /** Why it was found, for people: the words that matched. */
  why: string;
  /** When its source was last found to be as we have it; left out where nobody knows. */
  verifiedAt?: Date;
}

/** What the knowledge base found for one question. */
export interface Findings {
  passages: FoundPassage[];
  /** Pairs of passages that state different values for the same thing. */
  contradictions: { passageIds: [string, string]; text: string }[];
  /** The probability, 0..1, that the knowledge base answers the question. */
  answerable: number;
  /** Like questions whose answers went out before, nearest first. */
  examples?: AnsweredExample[];
}

/** How a like question was answered before. */
export interface AnsweredExample {
  question: string;
  answer: string;
  answeredAt: Date;
}

/** One sentence of a draft, with the evidence for it. */
export interface DraftSentence {
  text: string;
  /** `fact` needs a quote; `courtesy` and `question` state nothing. */
  kind: "fact" | "courtesy" | "question";
  passageId: string | null;
  quote: string | null;
}

/** What a drafter returns: judged by nobody yet. */
export interface Draft {
  text: string;
  sentences: DraftSentence[];
  language: string; // ISO 639-1
  intent: Intent | null;
  sentiment: Sentiment | null;
  /** The drafter's own rating 0..1; null when it has none. */
  selfRating: number | null;
  /** How soon the customer needs an answer, as the drafter sees it; null when it has no opinion. */
  urgency: Urgency | null;
  /** What only an operator can look up, in the drafter's words. */
  missing: string[];
  /** What the drafter would do with its draft; it can only make us more careful. */
  recommendedAction: RecommendedAction | null;
  /** Why the text is not whole or not meant, when so. */
  trouble: "refusal" | "truncation" | null;
  drafter: string;
  model: string | null;
  promptVersion: string;
  /** Every call that was made for it, usable or not. */
  calls: ModelUse[];
}

/** One call of a model: the first, one that asked again, or one of the fallback model. */
export interface ModelUse {
  stage: "model" | "model_re_ask" | "model_fallback";
  model: string;
  inputTokens: number;
  outputTokens: number;
  /** null for a model whose price we do not know. */
  costUsd: number | null;
  latencyMs: number;
}

/** What the team has taught its drafter: lessons that a person accepted. `version` 0 is before the first. */
export interface HouseStyle {
  version: number;
  rules: string[];
}

export interface Citation {
  sentence: string;
  passageId: string;
  quote: string;
  verified: boolean;
}

export interface Finding {
  code: string;
  text: string;
  evidence?: string;
  /** True when the draft may not be approved as it is. */
  blocks?: boolean;
}

export interface Triage {
  intent: Intent;
  sentiment: Sentiment;
  language: string;
  flags: Flag[];
  needsReply: boolean;
  urgency: Urgency;
  /** For people: which words raised which flag. */
  reasons: string[];
}

export interface Signal {
  name: "retrieval_strength" | "question_coverage" | "verified_quotes" | "self_rating" | "history";
  value: number;
  weight: number;
}

/** Our estimate that the draft is sent with at most a tenth of its words changed. */
export interface Confidence {
  score: number; // 0–100, whole
  calibrated: boolean;
  /** Decisions that people had made when the draft was scored. */
  decisions: number;
  /** A random tenth hides its score until decided, because people anchor on it. */
  hidden: boolean;
  /** The fit that scored it; null for the prior, absent in what was scored before there were fits. */
  version?: number | null;
  signals: Signal[];
  caps: { name: string; limit: number }[];
}

export interface Route {
  teamId: number | null;
  assigneeId: number | null;
  reason: string;
}

export type ApprovalStatus = "pending" | "approved" | "sent" | "send_failed" | "rejected" | "escalated" | "superseded" | "expired";
export type Decision = "approve" | "edit" | "reject" | "escalate" | "redraft";
export type RejectReason = "wrong_fact" | "wrong_tone" | "policy" | "outdated" | "not_needed" | "other";
export type ReplyStatus = "none" | "queued" | "sending" | "sent" | "failed" | "returned";

export interface SourceShown {
  source_id: string;
  passage_id: string;
  title: string;
  url: string | null;
  relevance: number;
  excerpt: string;
  updated_at: string | null;
  /** When the source was last found to be as we have it, as of the draft; older drafts do not say. */
  verified_at?: string | null;
}

/** A draft waiting for a person, and its fate. */
export interface Approval {
  id: string; // uuid
  version: number;
  status: ApprovalStatus;
  accountId: number;
  conversationId: number;
  /** The newest customer message that the draft answers. */
  messageId: number;
  inboxId: number;
  customerId: number | null;
  customerName: string | null;
  customerMessage: string;
  draftResponse: string;
  finalResponse: string | null;
  edited: boolean;
  confidenceScore: number;
  confidence: Confidence;
  sources: SourceShown[];
  citations: Citation[];
  findings: Finding[];
  intent: Intent;
  sentiment: Sentiment;
  language: string;
  flags: Flag[];
  recommendedAction: RecommendedAction;
  priority: Priority;
  priorityReason: string;
  route: Route | null;
  degraded: Degradation | null;
  dueAt: Date | null;
  supersededBy: string | null;
  noteStatus: "none" | "queued" | "posted" | "failed" | "removed";
  noteMessageId: number | null;
  replyStatus: ReplyStatus;
  replyMessageId: number | null;
  replyError: string | null;
  /** sha256 hex of the approved text; what is sent must have it. */
  approvedHash: string | null;
  sendAttemptedAt: Date | null;
  decision: Decision | null;
  decidedBy: { type: "operator"; id: number; name: string } | null;
  decidedAt: Date | null;
  rejectReason: RejectReason | null;
  comment: string | null;
  /** What the operator asked of the last redraft. */
  instruction: string | null;
  drafter: string;
  model: string | null;
  promptVersion: string;
  inputTokens: number;
  outputTokens: number;
  costUsd: number | null;
  /** Milliseconds per stage. */
  latencyMs: Record<string, number>;
  createdAt: Date;
  updatedAt: Date;
}
