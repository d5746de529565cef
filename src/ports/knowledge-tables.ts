import type { AnsweredQuestion } from "../core/answered.ts";
import type { UnansweredQuestion } from "../core/gaps.ts";
import type { Approval, Passage } from "../core/words.ts";
import type { KnowledgeOrigin } from "./knowledge.ts";
import type { Page } from "./store.ts";

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

/** A source as far as it is searched. */
export interface SourcePassages {
  sourceId: string;
  language: string | null;
  passages: Passage[];
}

export interface KnowledgeTable {
  /** Those that serve, and those out of sight that an open approval still quotes (`withdrawn`). */
  sources(): Promise<(StoredSource & { withdrawn: boolean })[]>;
  /** Of the sources that serve. */
  passages(): AsyncIterable<Passage>;
  /** The passages of these sources in order, as far as they serve; what was removed is left out. */
  passagesOf(sourceIds: string[]): Promise<SourcePassages[]>;
  /** The sources that changed or were removed after a revision, oldest change first. */
  changedAfter(revision: number): Promise<string[]>;
  /** Replaces a source and its passages whole. */
  replace(source: StoredSource, passages: Passage[]): Promise<void>;
  /** Takes a source away; one that an open approval quotes is only put out of sight, until it is removed again. */
  remove(sourceId: string): Promise<void>;
  /** Remembers that these were looked at now and found to be as we have them. */
  verified(sourceIds: string[]): Promise<void>;
  /** When sources were last found to be as we have them; those that are gone are left out. */
  verifiedAt(sourceIds: string[]): Promise<Map<string, Date>>;
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
  /** Makes the database search by itself where it can (pgvector), with all vectors that are there; answers whether it does. */
  prepareSearch(): Promise<boolean>;
  /** Whether `nearest` may be asked: it knows every vector. */
  searches(): Promise<boolean>;
  /** The keys of the vectors of the same length that lie nearest, nearest first, with their cosine. */
  nearest(vector: Float32Array, limit: number): Promise<{ key: string; similarity: number }[]>;
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
