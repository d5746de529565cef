import type { Log } from "../../ports.ts";

/** An endpoint that failed is left alone for so long: nobody's question waits for it again and again. */
const PAUSE_MS = 30_000;

/** Guards an optional endpoint: while it fails, questions go on without it. */
export interface Breaker {
  /** The work's result; null when it failed now or is being left alone. Never throws. */
  run<T>(work: () => Promise<T>): Promise<T | null>;
  /** What people should know: "ok", or why it is not asked. */
  state(): string;
}

/** A breaker that tells each change of state once. `name` as in the configuration: "embeddings". */
export function createBreaker({ name, log, pauseMs = PAUSE_MS }: { name: string; log: Log; pauseMs?: number }): Breaker {
  let failed: { why: string; until: number } | null = null;
  return {
    async run(work) {
      if (failed && performance.now() < failed.until) return null;
      try {
        const result = await work();
        if (failed) log.info({ endpoint: name }, "an endpoint answers again");
        failed = null;
        return result;
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        if (!failed) log.warn({ endpoint: name, why }, "an endpoint fails; knowledge is searched without it");
        failed = { why, until: performance.now() + pauseMs };
        return null;
      }
    },
    state: () => (failed ? `searched without: the endpoint ${failed.why}` : "ok"),
  };
}
