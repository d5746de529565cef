import { monitorEventLoopDelay } from "node:perf_hooks";
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { BreakerState } from "./core/breaker.ts";
import { CALIBRATED_FROM_DECISIONS } from "./core/confidence.ts";
import { decidedDraftOf } from "./core/learning.ts";
import { reliabilityOf } from "./core/reliability.ts";
import type { Store } from "./ports/store.ts";
import type { Metrics } from "./ports.ts";

const PRIORITIES = ["urgent", "high", "normal", "low"] as const;
/** From well below the door's target to Chatwoot's own patience (5 s), and on to what a model may take. Seconds. */
const DOOR_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
const STAGE_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80];
const LAG_RESOLUTION_MS = 10;

const BREAKER_VALUES: Record<BreakerState, number> = { closed: 0, half_open: 1, open: 2 };

/** The calibration error is read from so many decisions, the newest of so many days, once a minute. */
const JUDGED = 2_000;
const JUDGED_DAYS = 90;
const JUDGED_AGAIN_MS = 60_000;

type Read = Pick<Store, "approvals" | "jobs" | "deadLetters" | "learning" | "reconcileMarks">;

/**
 * Counts what happens and reads the state of the queue from the store at the moment it is asked. Every family of the README's table
 * is declared from the start, so that its TYPE shows before its first sample; a store that cannot be asked leaves its gauges out.
 * `breakers`: one for each outside service that is configured; `spooled`: deliveries on our disk.
 */
export function createMetrics(
  store: Read,
  breakers: () => Record<string, BreakerState>,
  accountId: number,
  spooled: () => number = () => 0,
): Metrics {
  const registry = new Registry();
  const counters = createCounters(registry);
  const gauges = createGauges(registry);
  const lag = monitorEventLoopDelay({ resolution: LAG_RESOLUTION_MS });
  lag.enable();
  let judgedAt = 0;

  return {
    delivery: (event, result) => counters.deliveries.inc({ event, result }),
    doorDuration: (seconds) => counters.door.observe(seconds),
    stageDuration: (stage, seconds) => counters.stages.observe({ stage }, seconds),
    decision: (decision, band) => counters.decisions.inc({ decision, band }),
    reconcileFound: (count) => counters.reconcileFound.inc(count),
    modelUsage: (model, { inputTokens, outputTokens, costUsd }) => {
      counters.tokens.inc({ model, direction: "input" }, inputTokens);
      counters.tokens.inc({ model, direction: "output" }, outputTokens);
      if (costUsd !== null) counters.cost.inc({ model }, costUsd);
    },
    render: async () => {
      gauges.lag.set(takeLagSeconds(lag));
      for (const [service, state] of Object.entries(breakers())) gauges.breakers.set({ service }, BREAKER_VALUES[state]);
      gauges.spool.set(spooled());
      await readGauges(gauges, store, accountId);
      if (Date.now() - judgedAt > JUDGED_AGAIN_MS) {
        judgedAt = Date.now();
        await readCalibration(gauges, store, accountId);
      }
      return { contentType: registry.contentType, text: await registry.metrics() };
    },
  };
}

function createCounters(registry: Registry) {
  const registers = [registry];
  const counters = {
    deliveries: new Counter({
      name: "countersign_deliveries_total",
      help: "Requests at the door by event and what became of them",
      labelNames: ["event", "result"],
      registers,
    }),
    door: new Histogram({
      name: "countersign_door_duration_seconds",
      help: "From a delivery's arrival to its answer, the commit included",
      buckets: DOOR_BUCKETS,
      registers,
    }),
    stages: new Histogram({
      name: "countersign_stage_duration_seconds",
      help: "Time spent in each stage of the trip",
      labelNames: ["stage"],
      buckets: STAGE_BUCKETS,
      registers,
    }),
    decisions: new Counter({
      name: "countersign_decisions_total",
      help: "Decisions by kind and by the confidence band of the draft",
      labelNames: ["decision", "band"],
      registers,
    }),
    tokens: new Counter({
      name: "countersign_model_tokens_total",
      help: "Tokens sent to and received from models",
      labelNames: ["model", "direction"],
      registers,
    }),
    cost: new Counter({
      name: "countersign_model_cost_usd_total",
      help: "What models cost, in US dollars",
      labelNames: ["model"],
      registers,
    }),
    reconcileFound: new Counter({
      name: "countersign_reconcile_found_total",
      help: "Customer messages found by asking Chatwoot, whose webhook never came",
      registers,
    }),
  };
  new Counter({
    name: "countersign_sla_total",
    help: "Clocks that ran out or were met",
    labelNames: ["clock", "result"],
    registers,
  });
  return counters;
}

function createGauges(registry: Registry) {
  const registers = [registry];
  const gauges = {
    pending: new Gauge({
      name: "countersign_approvals_pending",
      help: "Drafts waiting for a person",
      labelNames: ["priority"],
      registers,
    }),
    oldest: new Gauge({
      name: "countersign_approvals_oldest_pending_seconds",
      help: "Age of the draft that has waited longest, 0 when none waits",
      labelNames: ["priority"],
      registers,
    }),
    jobs: new Gauge({ name: "countersign_jobs", help: "Jobs by kind and state", labelNames: ["kind", "state"], registers }),
    breakers: new Gauge({
      name: "countersign_breaker_state",
      help: "Circuit breakers of outside services: 0 closed, 1 half open, 2 open",
      labelNames: ["service"],
      registers,
    }),
    dead: new Gauge({ name: "countersign_dead_letters", help: "Jobs out of attempts that nobody has put back", registers }),
    spool: new Gauge({
      name: "countersign_spool_deliveries",
      help: "Deliveries on this process's disk that wait for the database",
      registers,
    }),
    looked: new Gauge({
      name: "countersign_reconcile_age_seconds",
      help: "Since Chatwoot was last compared with what was delivered; absent until it was",
      registers,
    }),
    lag: new Gauge({
      name: "countersign_event_loop_lag_seconds",
      help: "99th percentile of the event loop's delay since the last reading",
      registers,
    }),
  };
  const calibration = new Gauge({
    name: "countersign_calibration_error_ratio",
    help: "Expected calibration error of the confidence, 0 to 1; absent until it was measured on fifty decisions",
    registers,
  });
  calibration.remove();
  gauges.dead.remove();
  gauges.looked.remove();
  return { ...gauges, calibration };
}

/** What people were shown against what they decided; of a few decisions the figure would be chance. */
async function readCalibration({ calibration }: ReturnType<typeof createGauges>, store: Read, accountId: number): Promise<void> {
  const from = new Date(Date.now() - JUDGED_DAYS * 86_400_000);
  const rows = await store.learning.judged({ accountId, from, limit: JUDGED }).catch(() => []);
  const drafts = rows.flatMap((row) => decidedDraftOf(row) ?? []);
  const { ece } = reliabilityOf(drafts.map(({ score, label }) => ({ score: score / 100, label })));
  calibration.remove();
  if (ece !== null && drafts.length >= CALIBRATED_FROM_DECISIONS) calibration.set(ece);
}

async function readGauges(gauges: ReturnType<typeof createGauges>, store: Read, accountId: number): Promise<void> {
  const now = new Date();
  const read = await Promise.all([
    store.approvals.counts(now),
    store.jobs.counts(),
    store.deadLetters.countOpen(),
    store.reconcileMarks.get(accountId),
  ]).catch(() => null);
  for (const gauge of [gauges.pending, gauges.oldest, gauges.jobs]) gauge.reset();
  gauges.dead.remove();
  gauges.looked.remove();
  if (!read) return;
  const [counts, jobs, dead, mark] = read;
  if (mark) gauges.looked.set(Math.max(0, (now.getTime() - mark.until.getTime()) / 1000));
  for (const priority of PRIORITIES) {
    const waiting = counts.find((row) => row.status === "pending" && row.priority === priority);
    gauges.pending.set({ priority }, waiting?.count ?? 0);
    gauges.oldest.set({ priority }, waiting?.oldest ? Math.max(0, (now.getTime() - waiting.oldest.getTime()) / 1000) : 0);
  }
  for (const { kind, state, count } of jobs) gauges.jobs.set({ kind, state }, count);
  gauges.dead.set(dead);
}

/** Nanoseconds since the last reading as seconds; the resolution itself is no lag. */
function takeLagSeconds(lag: ReturnType<typeof monitorEventLoopDelay>): number {
  const seconds = Math.max(0, lag.percentile(99) / 1e9 - LAG_RESOLUTION_MS / 1000);
  lag.reset();
  return Number.isFinite(seconds) ? seconds : 0;
}
