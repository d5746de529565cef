import { type BreakerState, createBreaker as createCircuit } from "../../core/breaker.ts";
import type { Log } from "../../ports.ts";

/** An endpoint that failed is left alone for so long: nobody's question waits for it again and again. */
const PAUSE_MS = 30_000;

/** Guards an optional endpoint: while it fails, questions go on without it. */
export interface Breaker {
  /** The work's result; null when it failed now or is being left alone. Never throws. */
  run<T>(work: () => Promise<T>): Promise<T | null>;
  /** What people should know: "ok", or why it is not asked. */
  state(): string;
  circuit(): BreakerState;
}

/** A breaker that tells each change of state once. `name` as in the configuration: "embeddings". */
export function createBreaker({ name, log, pauseMs = PAUSE_MS }: { name: string; log: Log; pauseMs?: number }): Breaker {
  const circuit = createCircuit({
    failures: 1,
    pauseMs,
    now: () => performance.now(),
    changed(state, why) {
      if (state === "open") log.warn({ endpoint: name, why }, "an endpoint fails; knowledge is searched without it");
      else log.info({ endpoint: name }, "an endpoint answers again");
    },
  });
  return {
    async run(work) {
      if (circuit.wait() > 0) return null;
      try {
        const result = await work();
        circuit.answered();
        return result;
      } catch (error) {
        circuit.failed(error instanceof Error ? error.message : String(error));
        return null;
      }
    },
    state() {
      const { why } = circuit.standing();
      return why === null ? "ok" : `searched without: the endpoint ${why}`;
    },
    circuit: () => circuit.standing().state,
  };
}
