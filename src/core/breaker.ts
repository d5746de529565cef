/** `closed`: calls go out. `open`: none does for a while. `half_open`: one goes out to see whether the service is back. */
export type BreakerState = "closed" | "half_open" | "open";

/** A circuit breaker for one outside service (Nygard, "Release It!", 2007): while it fails nobody waits for it again and again. */
export interface Breaker {
  /** Asks to make a call: 0 when it may go out now, else the milliseconds until one may be tried. Report each call's end. */
  wait(): number;
  /** The service answered, whatever it said. */
  answered(): void;
  failed(why: string): void;
  /** `why` the last call failed, null while closed. */
  standing(): { state: BreakerState; why: string | null };
}

export interface BreakerOptions {
  /** Failures in a row that open it. */
  failures: number;
  /** How long it stays open before one call is tried; a call that was tried and never reported counts for as long. Milliseconds. */
  pauseMs: number;
  /** Milliseconds of any clock that never goes back. */
  now: () => number;
  /** Hears of every change, once. */
  changed?: (state: "open" | "closed", why: string | null) => void;
}

/** A closed breaker. */
export function createBreaker({ failures, pauseMs, now, changed = () => {} }: BreakerOptions): Breaker {
  let inARow = 0;
  let why: string | null = null;
  /** When the next call may be tried; null while closed. */
  let triedAt: number | null = null;

  return {
    wait() {
      if (triedAt === null) return 0;
      const left = triedAt - now();
      if (left > 0) return left;
      triedAt = now() + pauseMs; // this call is the one that is tried
      return 0;
    },
    answered() {
      const wasOpen = triedAt !== null;
      inARow = 0;
      why = null;
      triedAt = null;
      if (wasOpen) changed("closed", null);
    },
    failed(reason) {
      inARow += 1;
      why = reason;
      if (inARow < failures) return;
      const wasClosed = triedAt === null;
      triedAt = now() + pauseMs;
      if (wasClosed) changed("open", why);
    },
    standing() {
      if (triedAt === null) return { state: "closed", why: null };
      return { state: triedAt > now() ? "open" : "half_open", why };
    },
  };
}
