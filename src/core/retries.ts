/** Seconds until the next try, per attempt that failed; the last one repeats until the attempts are used up. */
const SCHEDULES = {
  /** Somebody waits for the outcome: an outage of an hour is waited out. */
  urgent: { seconds: [1, 2, 5, 15, 30, 60], attempts: 60 },
  /** Nice to have: a note that cannot be posted is in the queue anyway. */
  calm: { seconds: [2, 10, 60, 300], attempts: 12 },
} as const;

const URGENT = new Set(["draft-reply", "send-reply", "run-command", "capture-outcome"]);

/**
 * Seconds to wait before a job of this kind is tried again after its `attempt`-th try (1-based), or null when it is out of attempts.
 * `askedSeconds` is what the other side asked for (`Retry-After`); it is honoured up to an hour.
 */
export function retryDelay(kind: string, attempt: number, askedSeconds: number | null = null): number | null {
  const schedule = URGENT.has(kind) ? SCHEDULES.urgent : SCHEDULES.calm;
  if (attempt >= schedule.attempts) return null;
  const planned = schedule.seconds[Math.min(attempt, schedule.seconds.length) - 1] ?? 1;
  return Math.max(planned, Math.min(askedSeconds ?? 0, 3600));
}
