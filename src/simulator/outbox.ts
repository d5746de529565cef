import { createHmac } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { post } from "./post.ts";
import { uuid } from "./state.ts";
import type { WebhookFaults } from "./webhook-faults.ts";
import { railsJson } from "./webhook-json.ts";

/** Chatwoot cuts off a receiver that does not connect or answer in this time (contract §1.4). */
export const WEBHOOK_TIMEOUT_MS = 5000;
/** Sidekiq gives a bot's webhook three attempts, about three seconds apart (contract §1.5). */
const BOT_ATTEMPTS = 3;
export const BOT_RETRY_MS = 3000;
/** Webhooks under way at once, as a Sidekiq with a few workers; a hanging receiver holds up the rest as it does there. */
const THREADS = 40;
/** The oldest entries of the log are dropped, so that a long load test does not fill the memory. */
const LOG_LIMIT = 5000;

/** One webhook that shall be sent. */
export interface Job {
  kind: "account" | "api_inbox" | "bot" | "macro" | "automation";
  url: string;
  event: string;
  /** Undefined: neither signed nor given a delivery id, as macros and automation rules. */
  secret?: string;
  /** The body; called when the job runs, so it may be newer than the event. Null: what it told of is gone, nothing is sent. */
  build(): object | null;
  /** Called once after the last failed attempt, with Chatwoot's words for it. */
  failed?(reason: string): void;
}

/** One attempt as it went out; what a test asks when it wants to know what was told to whom. */
export interface LoggedDelivery {
  delivery_id: string | null;
  kind: Job["kind"];
  url: string;
  event: string;
  attempt: number;
  at: string;
  message_id: number | null;
  conversation_id: number | null;
  body: string;
  /** `never` when a fault swallowed it. */
  outcome: "sending" | "answered" | "failed" | "never";
  status: number | null;
  error: string | null;
}

export interface Outbox {
  send(job: Job): void;
  log: LoggedDelivery[];
  /** How many webhooks are waiting or under way. */
  pending(): number;
  close(): void;
}

/** Sends webhooks as Chatwoot's jobs do: in the background, side by side, signed at the moment of the attempt. */
export function createOutbox({
  timeoutMs,
  botRetryMs,
  faults,
  now,
}: {
  timeoutMs: number;
  botRetryMs: number;
  faults: WebhookFaults;
  now(): number;
}): Outbox {
  const log: LoggedDelivery[] = [];
  const closing = new AbortController();
  const threads = slots(THREADS);
  let pending = 0;

  async function attempt(
    job: Job,
    body: string,
    deliveryId: string,
    number: number,
  ): Promise<{ ok: boolean; again: boolean; reason: string }> {
    const entry = logged(job, body, deliveryId, number, now());
    log.push(entry);
    if (log.length > LOG_LIMIT) log.shift();
    const answer = await post(job.url, headers(job.secret, body, deliveryId, now()), body, timeoutMs, closing.signal);
    entry.outcome = answer.error === null ? "answered" : "failed";
    entry.status = answer.status;
    entry.error = answer.error;
    const ok = answer.status !== null && answer.status >= 200 && answer.status < 300;
    return { ok, again: answer.status === 429 || answer.status === 500, reason: answer.error ?? `${answer.status} ${answer.statusText}` };
  }

  async function deliver(job: Job, deliveryId: string, early: object | null): Promise<void> {
    const attempts = job.kind === "bot" ? BOT_ATTEMPTS : 1;
    let text: string | null = null;
    for (let number = 1; number <= attempts; number++) {
      const free = await threads.take();
      try {
        text ??= written(early ?? job.build());
        if (text === null || closing.signal.aborted) return;
        const result = await attempt(job, text, deliveryId, number);
        if (result.ok || closing.signal.aborted) return;
        if (!result.again || number === attempts) return job.failed?.(result.reason);
      } finally {
        free();
      }
      await pause(botRetryMs, undefined, { signal: closing.signal });
    }
  }

  async function run(job: Job, early: object | null): Promise<void> {
    await new Promise((ready) => setImmediate(ready));
    const deliveryId = uuid();
    const send = (id: string) => deliver(job, id, early);
    const swallowed = await faults.apply(job.event, job.url, deliveryId, send);
    if (swallowed) log.push({ ...logged(job, "", deliveryId, 1, now()), outcome: "never" });
  }

  return {
    send(job) {
      // A bot's body is built at once, in the process that caused the event (contract §1.6).
      const early = job.kind === "bot" ? structuredClone(job.build()) : null;
      pending++;
      run(job, early)
        .catch((error: Error) => {
          if (!closing.signal.aborted) console.error(`The simulator could not send a webhook: ${error.message}`);
        })
        .finally(() => pending--);
    },
    log,
    pending: () => pending,
    close: () => closing.abort(),
  };
}

/** Chatwoot's signature over `timestamp.body` with the secret as text (contract §1.3). */
export function signature(secret: string, timestamp: string, body: string): string {
  return `sha256=${createHmac("sha256", secret).update(`${timestamp}.${body}`).digest("hex")}`;
}

/** What Net::HTTP sends, in its order. */
function headers(secret: string | undefined, body: string, deliveryId: string, now: number): Record<string, string> {
  const timestamp = String(Math.floor(now / 1000));
  return {
    "Accept-Encoding": "gzip;q=1.0,deflate;q=0.6,identity;q=0.3",
    Accept: "application/json",
    "User-Agent": "Ruby",
    "Content-Type": "application/json",
    ...(secret !== undefined && {
      "X-Chatwoot-Delivery": deliveryId,
      "X-Chatwoot-Timestamp": timestamp,
      "X-Chatwoot-Signature": signature(secret, timestamp, body),
    }),
    "Content-Length": String(Buffer.byteLength(body)),
  };
}

function logged(job: Job, body: string, deliveryId: string, attempt: number, now: number): LoggedDelivery {
  const parsed = body ? (JSON.parse(body) as { id?: number; conversation?: { id: number } }) : {};
  const aboutMessage = job.event.startsWith("message_");
  return {
    delivery_id: job.secret === undefined ? null : deliveryId,
    kind: job.kind,
    url: job.url,
    event: job.event,
    attempt,
    at: new Date(now).toISOString(),
    message_id: aboutMessage ? (parsed.id ?? null) : null,
    conversation_id: aboutMessage ? (parsed.conversation?.id ?? null) : job.event.startsWith("conversation_") ? (parsed.id ?? null) : null,
    body,
    outcome: "sending",
    status: null,
    error: null,
  };
}

const written = (body: object | null): string | null => body && railsJson(body);

/** A limited number of places; whoever takes one gets the way to free it, in the order of asking. */
function slots(count: number): { take(): Promise<() => void> } {
  let left = count;
  const waiting: (() => void)[] = [];
  const free = () => {
    const next = waiting.shift();
    if (next) next();
    else left++;
  };
  return {
    async take() {
      if (left > 0) left--;
      else await new Promise<void>((go) => waiting.push(go));
      return free;
    },
  };
}
