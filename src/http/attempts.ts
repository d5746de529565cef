import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import { Problem } from "../core/problem.ts";

/** Counts per key and minute and refuses with `rate_limited` above `points`. Kept in memory: each process counts for itself. */
export interface Attempts {
  /** Counts one and refuses when there were too many. */
  spend(key: string): Promise<void>;
  /** Refuses when there were too many, without counting. */
  check(key: string): Promise<void>;
}

const MINUTE_SECONDS = 60;

/** `what` is the plural that the refusal names. */
export function createAttempts(what: string, points: number): Attempts {
  const limiter = new RateLimiterMemory({ points, duration: MINUTE_SECONDS });
  const refusal = (msUntilNext: number) => {
    const retryAfterSeconds = Math.max(1, Math.ceil(msUntilNext / 1000));
    return new Problem("rate_limited", `Too many ${what}. Try again in ${retryAfterSeconds} s.`, { retryAfterSeconds });
  };
  return {
    spend: async (key) => {
      try {
        await limiter.consume(key);
      } catch (spent) {
        throw spent instanceof RateLimiterRes ? refusal(spent.msBeforeNext) : spent;
      }
    },
    check: async (key) => {
      const state = await limiter.get(key);
      if (state && state.consumedPoints >= points) throw refusal(state.msBeforeNext);
    },
  };
}
