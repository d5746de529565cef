import type { Delivery } from "./core/delivery.ts";
import type { Policy } from "./core/policy.ts";
import type { Decision } from "./core/words.ts";
import type { Drafter } from "./ports/drafter.ts";
import type { Helpdesk } from "./ports/helpdesk.ts";
import type { Knowledge } from "./ports/knowledge.ts";
import type { LiveEvent, Store } from "./ports/store.ts";
import type { IntentClassifier } from "./ports/triage.ts";

/** The outside world as the trip sees it. A step takes only what it reaches: `Pick<Ports, "store" | "helpdesk">`. */
export interface Ports {
  clock: Clock;
  store: Store;
  helpdesk: Helpdesk;
  knowledge: Knowledge;
  drafter: Drafter;
  classifier: IntentClassifier;
  policy: () => Policy;
  log: Log;
  settings: Settings;
  metrics: Metrics;
  news: News;
}

/** The few numbers and switches that steps need. Seconds unless the name says otherwise. */
export interface Settings {
  accountId: number;
  draftDebounceSeconds: number;
  sendHoldSeconds: number;
  approvalExpiryHours: number;
  retentionDays: number;
  draftingPaused: boolean;
  /** Share of drafts whose score stays hidden until decided, 0..1. */
  hiddenScoreShare: number;
  /** Conversations that move for so long without a webhook are told of. */
  webhookSilenceMinutes: number;
}

export interface Clock {
  now(): Date;
}

/** What is counted. Names and labels as in the README's table of metrics; durations in seconds. */
export interface Metrics {
  delivery(event: string, result: "accepted" | "ignored" | "duplicate" | "refused"): void;
  doorDuration(seconds: number): void;
  stageDuration(stage: string, seconds: number): void;
  decision(decision: Decision, band: string): void;
  /** Customer messages that no webhook told of. */
  reconcileFound(count: number): void;
  modelUsage(model: string, usage: { inputTokens: number; outputTokens: number; costUsd: number | null }): void;
  /** The whole exposition in Prometheus text format, gauges read at this moment. */
  render(): Promise<{ contentType: string; text: string }>;
}

/** News of approvals and dead letters from every process. Returns how to stop listening. */
export interface News {
  subscribe(listener: (event: LiveEvent) => void): () => void;
}

/** Opens a POST from Chatwoot: verifies its seal, then reads it. Throws a Problem of the door's ladder. */
export interface DeliveryReader {
  /** `trusted` for the secret path of servers that do not sign. */
  read(sealed: { rawBody: Buffer; signature: string | undefined; timestamp: string | undefined; trusted: boolean }): {
    delivery: Delivery;
    /** The body as text with the visitor's credential overwritten, fit to be stored. */
    body: string;
  };
  /** Reads a stored body again, whose seal was verified when it came. */
  reread(body: string): Delivery;
  /** Who wrote the message of a stored body, what and where; null and empty where it does not say. */
  writerOf(body: string): { inboxId: number | null; channel: string; customerId: number | null; customerName: string | null; text: string };
}

/** How the house is: what `/readyz` tells. */
export interface Health {
  check(): Promise<{ ready: boolean; status: "ok" | "degraded"; parts: Record<string, string> }>;
}

/** Structured log: ids, never words. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
