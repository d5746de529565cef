import type { LoggedDelivery } from "../../src/simulator/outbox.ts";
import type { Simulator } from "../../src/simulator/start.ts";

/** The deliveries of customers' messages that Chatwoot was told had arrived. */
export interface Acknowledged {
  all(): { deliveryId: string; messageId: number }[];
  /** How many webhooks went out, and what became of them. */
  outcomes: Record<string, number>;
  close(): void;
}

const LOOK_MS = 100;

/** Reads along in Chatwoot's own log of webhooks, which keeps only the latest. */
export function watchAcknowledged({ outbox }: Simulator): Acknowledged {
  const seen = new WeakSet<LoggedDelivery>();
  const open = new Set<LoggedDelivery>();
  const all: { deliveryId: string; messageId: number }[] = [];
  const outcomes: Record<string, number> = {};

  function look(): void {
    for (let place = outbox.log.length - 1; place >= 0; place--) {
      const entry = outbox.log[place] as LoggedDelivery;
      if (seen.has(entry)) break;
      seen.add(entry);
      open.add(entry);
    }
    for (const entry of open) {
      if (entry.outcome === "sending") continue;
      open.delete(entry);
      const outcome = entry.outcome === "never" ? "never sent" : entry.status === null ? "no answer" : `answered ${entry.status}`;
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
      const isAccepted = entry.status !== null && entry.status >= 200 && entry.status < 300;
      const isCustomers = entry.event === "message_created" && entry.body.includes('"message_type":"incoming"');
      if (isAccepted && isCustomers && entry.delivery_id && entry.message_id)
        all.push({ deliveryId: entry.delivery_id, messageId: entry.message_id });
    }
  }

  const timer = setInterval(look, LOOK_MS);
  return {
    all() {
      look();
      return all;
    },
    outcomes,
    close: () => clearInterval(timer),
  };
}
