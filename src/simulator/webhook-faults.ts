import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import { uuid } from "./state.ts";

/** A webhook that waits for the next one to the same place is let go after this time when none comes. */
const REORDER_PATIENCE_MS = 2000;

/** The body of `POST /simulator/webhook-faults`. `times` absent: until the faults are cleared. */
export const webhookFaultBody = z.object({
  match: z.object({ event: z.string().optional(), url: z.string().optional(), times: z.number().int().positive().optional() }).default({}),
  fault: z.union([z.enum(["never", "duplicate", "duplicate_new_id", "reorder"]), z.object({ delay_ms: z.number().int().nonnegative() })]),
});
export type WebhookFault = z.infer<typeof webhookFaultBody>;

export interface WebhookFaults {
  add(fault: WebhookFault): void;
  clear(): void;
  /** Sends one webhook through whatever fault matches it; true when it was swallowed. */
  apply(event: string, url: string, deliveryId: string, send: (deliveryId: string) => Promise<void>): Promise<boolean>;
}

/** What can go wrong with webhooks between Chatwoot and us, on request. */
export function createWebhookFaults(): WebhookFaults {
  let rules: { fault: WebhookFault; left: number }[] = [];
  /** Webhooks held back until the next one to the same place has gone. */
  const held = new Map<string, (() => void)[]>();

  function take(event: string, url: string): WebhookFault["fault"] | null {
    const rule = rules.find(
      ({ fault: { match }, left }) => left > 0 && (!match.event || match.event === event) && (!match.url || url.includes(match.url)),
    );
    if (!rule) return null;
    rule.left--;
    return rule.fault.fault;
  }

  async function hold(url: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    held.set(url, [...(held.get(url) ?? []), resolve]);
    const patience = setTimeout(resolve, REORDER_PATIENCE_MS);
    await promise;
    clearTimeout(patience);
  }

  function release(url: string): void {
    for (const go of held.get(url) ?? []) go();
    held.delete(url);
  }

  return {
    add: (fault) => void rules.push({ fault, left: fault.match.times ?? Number.POSITIVE_INFINITY }),
    clear: () => {
      rules = [];
    },
    async apply(event, url, deliveryId, send) {
      const fault = take(event, url);
      if (fault === "never") return true;
      if (fault === "reorder") await hold(url);
      if (fault && typeof fault === "object") await pause(fault.delay_ms);
      await send(deliveryId);
      if (fault === "duplicate") await send(deliveryId);
      if (fault === "duplicate_new_id") await send(uuid());
      if (fault !== "reorder") release(url);
      return false;
    },
  };
}
