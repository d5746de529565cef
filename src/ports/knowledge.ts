import type { Findings } from "../core/words.ts";

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
