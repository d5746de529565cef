import { RateLimiterMemory } from "rate-limiter-flexible";
import type { Problem } from "../core/problem.ts";
import type { Ports } from "../ports.ts";

/** Refusals written to the database per second at most: anybody can be refused, nobody may fill our disk's time with it. */
const RECORDED_PER_SECOND = 20;

/** Counts every refusal at the door and keeps code, size and time of it, never its words. */
export function createRefusals({ store, clock, metrics, log }: Pick<Ports, "store" | "clock" | "metrics" | "log">): {
  record(problem: Problem, bytes: number): void;
} {
  const recorded = new RateLimiterMemory({ points: RECORDED_PER_SECOND, duration: 1 });

  async function keep(code: string, bytes: number): Promise<void> {
    const room = await recorded.consume("door").then(
      () => true,
      () => false,
    );
    if (!room) return;
    await store.deliveries
      .recordRefusal({ code, bytes, receivedAt: clock.now() })
      .catch((error: unknown) => log.warn({ err: error, code }, "a refusal could not be recorded"));
  }

  return {
    record: ({ code }, bytes) => {
      metrics.delivery("unknown", "refused");
      log.warn({ code, bytes }, "delivery refused");
      if (code !== "unavailable") void keep(code, bytes);
    },
  };
}
