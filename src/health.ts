import { type Breaker, type BreakerState, createBreaker } from "./core/breaker.ts";
import { isSilent } from "./core/silence.ts";
import type { Health, Log, Ports } from "./ports.ts";

/** A service that failed so often in a row is left alone for so long: what waits for it goes on as soon as it answers. */
const BREAKER = { failures: 10, pauseMs: 5_000 };

/** The breaker of an outside service, whose changes are logged. */
export function openBreaker(service: string, log: Log): Breaker {
  return createBreaker({
    ...BREAKER,
    now: () => performance.now(),
    changed(state, why) {
      if (state === "open") log.error({ service, why }, "an outside service fails and is left alone for a moment; what needs it waits");
      else log.info({ service }, "an outside service answers again");
    },
  });
}

/** A look at Chatwoot is due every minute; when none has succeeded for so long people should know. */
const LOOKS_MISSED_MS = 5 * 60_000;

/** How each breaker stands, by its service's name. */
export const standings = (breakers: Record<string, Breaker>): Record<string, BreakerState> =>
  each(breakers, (breaker) => breaker.standing().state);

/** The house that is looked at. */
export interface Looked {
  database: { ping(): Promise<void>; isPrepared(): boolean };
  spool: () => { waiting: number; writable: boolean };
  breakers: Record<string, Breaker>;
  /** The knowledge's endpoints, in words. */
  knowledge: () => Record<string, string>;
  ports: Pick<Ports, "store" | "settings" | "clock">;
}

/** Whether the house can do its work, and which part of it is not well. It is ready while deliveries can be kept, be it on disk. */
export function createHealth({ database, spool, breakers, knowledge, ports }: Looked): Health {
  return {
    async check() {
      const answers = await database.ping().then(
        () => true,
        () => false,
      );
      const { waiting, writable } = spool();
      const state = answers ? (database.isPrepared() ? "ok" : "migrating") : "unreachable";
      const parts: Record<string, string> = {
        database: state,
        spool: writable ? (waiting > 0 ? (waiting === 1 ? "1 delivery waits" : `${waiting} deliveries wait`) : "ok") : "cannot be written",
        ...each(breakers, wordsOf),
        ...(state === "ok" ? await lookStates(ports) : { webhooks: AWAY, reconciling: AWAY }),
        ...knowledge(),
      };
      const ready = state === "ok" || (state === "unreachable" && writable);
      return { ready, status: Object.values(parts).every((part) => part === "ok") ? "ok" : "degraded", parts };
    },
  };
}

const AWAY = "unknown while the database is away";

/** What comparing Chatwoot's conversations with our deliveries last said. */
async function lookStates({ store, settings, clock }: Looked["ports"]): Promise<{ webhooks: string; reconciling: string }> {
  const mark = await store.reconcileMarks.get(settings.accountId).catch(() => null);
  const now = clock.now();
  const minute = (time: Date) => time.toISOString().slice(0, 16).replace("T", " ");
  const silentSince = mark?.silentSince && isSilent(mark.silentSince, settings, now) ? mark.silentSince : null;
  const isOverdue = mark !== null && now.getTime() - mark.until.getTime() > LOOKS_MISSED_MS;
  return {
    webhooks: silentSince
      ? `none told of a message since ${minute(silentSince)} UTC although customers write: check the webhook in Chatwoot, what it subscribes to, its secret and the way to us`
      : "ok",
    reconciling: isOverdue
      ? `no look at Chatwoot has succeeded since ${minute(mark.until)} UTC: check that a worker runs, CHATWOOT_API_TOKEN, and the log`
      : "ok",
  };
}

const each = <T>(breakers: Record<string, Breaker>, tell: (breaker: Breaker) => T): Record<string, T> =>
  Object.fromEntries(Object.entries(breakers).map(([service, breaker]) => [service, tell(breaker)]));

/** For everybody who may ask: that it fails, not what was asked of it. */
const wordsOf = (breaker: Breaker) => (breaker.standing().state === "closed" ? "ok" : "does not answer; it is asked again in a moment");
