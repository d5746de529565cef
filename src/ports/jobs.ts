/** Every kind of job there is. */
export const JOB_KINDS = [
  "draft-reply",
  "post-note",
  "remove-note",
  "send-reply",
  "assign-conversation",
  "run-command",
  "capture-outcome",
  "reconcile",
  "sync-knowledge",
  "calibrate",
  "expire-approvals",
  "forget-gone",
  "mine-lessons",
  "purge",
] as const;

export type JobKind = (typeof JOB_KINDS)[number];

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
 * This process's right to work on a job. It ends before the job does when the database could not be told for some seconds that the process
 * lives, when the process is about to end, or when another one has the job.
 */
export interface Hold {
  /** Fires when it is lost; what is slow and may be begun again by somebody else ends with it. */
  signal: AbortSignal;
  /** Asks the clock, too: a process that stood still has not heard of it. */
  isLost(): boolean;
  /** Throws HoldLost when it is lost. To be asked before what must not happen twice. */
  check(): void;
}

/** Why a hold was lost: whoever has the job now does what is left of it. */
export class HoldLost extends Error {
  constructor(why: string) {
    super(`This process lost its hold on the job: ${why}.`);
    this.name = "HoldLost";
  }
}

/**
 * How a try ended. `again` counts as an attempt only when it `failed`, not when the job waits for something. `lost`: the hold on it was
 * lost, and it is anybody's. `buried`: the job was taken out of the queue by whoever made a dead letter of it.
 */
export type JobEnd =
  | { end: "done" }
  | { end: "again"; afterSeconds: number; reason: string; failed: boolean }
  | { end: "lost" }
  | { end: "buried" };

/** The engine that hands jobs to steps: several processes share the work. */
export interface Queue {
  start(run: (job: Job, hold: Hold) => Promise<JobEnd>): Promise<void>;
  /** Takes no new jobs, waits for those under way up to `graceMs`, has the rest aborted and gives them back. */
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
