import type { SeenReply } from "../core/changes.ts";
import type { MinedLesson } from "../core/lessons.ts";
import type { HouseStyle } from "../core/words.ts";
import type { Page } from "./store.ts";

export type LessonStatus = "suggested" | "accepted" | "rejected" | "revoked";

/** What operators keep changing, as a rule that people accept, reject or take back. */
export interface StoredLesson extends MinedLesson {
  id: string; // uuid
  status: LessonStatus;
  suggestedAt: Date;
  updatedAt: Date;
  decidedBy: { type: "operator"; id: number; name: string } | null;
  decidedAt: Date | null;
}

/** One line of a lesson's audit trail. `styleVersion`: the version of the house style that began with it. */
export interface LessonEvent {
  lessonId: string;
  at: Date;
  what: LessonStatus;
  actor: { type: "operator"; id: number; name: string } | { type: "system" };
  text: string;
  styleVersion: number | null;
}

export interface LessonsTable {
  /** Suggests a lesson once: one that waits gets the newer counts and examples, one that was decided stays as it is. True when it is new. */
  suggest(lesson: MinedLesson, at: Date): Promise<boolean>;
  /** Newest suggestion first. */
  list(filter: { status: LessonStatus; limit: number; cursor?: string | undefined }): Promise<Page<StoredLesson>>;
  get(id: string): Promise<StoredLesson | null>;
  /** The same, locked until the transaction ends. */
  lock(id: string): Promise<StoredLesson | null>;
  /** Writes the decision and its line in the audit trail; one that changes the house style gives it a new version. */
  decide(lesson: StoredLesson, change: { changesStyle: boolean }): Promise<void>;
  events(id: string): Promise<LessonEvent[]>;
  /** What the drafter is told now: the accepted lessons, oldest first. */
  style(): Promise<HouseStyle>;
  /** Replies that went out as drafted or edited since then, oldest first. */
  repliesSince(since: Date): AsyncIterable<SeenReply>;
}
