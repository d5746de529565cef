import { Later } from "./core/later.ts";
import { Problem } from "./core/problem.ts";
import { retryDelay } from "./core/retries.ts";
import { assignConversation } from "./flow/assign-conversation.ts";
import { type BuryReach, buryJob } from "./flow/bury-job.ts";
import { calibrate } from "./flow/calibrate.ts";
import { captureOutcome } from "./flow/capture-outcome.ts";
import { draftReply } from "./flow/draft-reply.ts";
import { expireApprovals } from "./flow/expire-approvals.ts";
import { forgetGone } from "./flow/forget-gone.ts";
import { mineHouseLessons } from "./flow/mine-lessons.ts";
import { postNote } from "./flow/post-note.ts";
import { purge } from "./flow/purge.ts";
import { reconcile } from "./flow/reconcile.ts";
import { removeNote } from "./flow/remove-note.ts";
import { runCommand } from "./flow/run-command.ts";
import { sendReply } from "./flow/send-reply.ts";
import { syncKnowledge } from "./flow/sync-knowledge.ts";
import type { LastResponse } from "./ports/dead-letters.ts";
import { DrafterError } from "./ports/drafter.ts";
import { HelpdeskError } from "./ports/helpdesk.ts";
import type { Hold, Job, JobEnd, JobKind, Queue } from "./ports/jobs.ts";
import type { Ports } from "./ports.ts";

const STEPS: Record<JobKind, (ports: Ports, job: Job, hold: Hold) => Promise<void>> = {
  "draft-reply": draftReply,
  "post-note": postNote,
  "remove-note": removeNote,
  "send-reply": sendReply,
  "assign-conversation": assignConversation,
  "run-command": runCommand,
  "capture-outcome": captureOutcome,
  reconcile,
  "sync-knowledge": syncKnowledge,
  calibrate,
  "expire-approvals": expireApprovals,
  "forget-gone": forgetGone,
  "mine-lessons": async (ports) => void (await mineHouseLessons(ports)),
  purge,
};

type WorkerPorts = Ports & BuryReach;

/** Starts working: each job goes to its step, and how the step ends decides whether it is tried again. */
export async function startWorker(ports: WorkerPorts, queue: Queue): Promise<void> {
  await queue.start((job, hold) => perform(ports, job, hold));
}

async function perform(ports: WorkerPorts, job: Job, hold: Hold): Promise<JobEnd> {
  const began = performance.now();
  try {
    await STEPS[job.kind](ports, job, hold);
    return { end: "done" };
  } catch (error) {
    if (hold.isLost()) return lost(ports, job, hold);
    return await afterFailure(ports, job, error);
  } finally {
    ports.metrics.stageDuration(job.kind, (performance.now() - began) / 1000);
  }
}

/** Whatever the step says then, it says because it was interrupted: it is no failure, and whoever has the job now does it. */
function lost({ log }: WorkerPorts, { id, kind, attempt }: Job, { signal }: Hold): JobEnd {
  log.info({ job: id, kind, attempt, why: (signal.reason as Error).message }, "a job was left to whoever has it now");
  return { end: "lost" };
}

async function afterFailure(ports: WorkerPorts, job: Job, error: unknown): Promise<JobEnd> {
  const ids = { job: job.id, kind: job.kind, attempt: job.attempt };
  if (error instanceof Later) {
    ports.log.debug(ids, error.message);
    return { end: "again", afterSeconds: error.afterSeconds, reason: error.message, failed: false };
  }
  const reason = reasonOf(error);
  const delay = canHeal(error) ? retryDelay(job.kind, job.attempt, askedSeconds(error)) : null;
  if (delay !== null) {
    ports.log.warn({ ...ids, err: error, again_in_seconds: delay }, "a job failed and is tried again");
    return { end: "again", afterSeconds: delay, reason, failed: true };
  }
  ports.log.error({ ...ids, err: error }, "a job is out of attempts and became a dead letter");
  await buryJob(ports, { job, reason, lastResponse: lastResponseOf(error) });
  return { end: "buried" };
}

/** Refused for good: trying the same again would be answered the same. */
function canHeal(error: unknown): boolean {
  if (error instanceof HelpdeskError) return !["invalid", "forbidden", "gone"].includes(error.kind);
  if (error instanceof Problem) return error.retry;
  return true;
}

function askedSeconds(error: unknown): number | null {
  return error instanceof HelpdeskError || error instanceof DrafterError ? error.retryAfterSeconds : null;
}

/** What an outside service answered last; null when the failure was ours. */
function lastResponseOf(error: unknown): LastResponse | null {
  if (!(error instanceof HelpdeskError)) return null;
  return { kind: error.kind, status: error.httpStatus, retry_after_seconds: error.retryAfterSeconds };
}

/** Why, for people: messages of our own errors hold no customer text, those of others might. */
function reasonOf(error: unknown): string {
  const known = error instanceof HelpdeskError || error instanceof DrafterError || error instanceof Problem;
  if (known) return error.message.slice(0, 500);
  return error instanceof Error ? error.name : "unknown error";
}
