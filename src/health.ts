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
        spool: writable ? (waiting > 0 ? `${waiting} deliveries wait` : "ok") : "cannot be written",
        ...each(breakers, wordsOf),
        webhooks: state === "ok" ? await webhookState(ports) : "unknown while the database is away",
        ...knowledge(),
      };
      const ready = state === "ok" || (state === "unreachable" && writable);
      return { ready, status: Object.values(parts).every((part) => part === "ok") ? "ok" : "degraded", parts };
    },
  };
}

async function webhookState({ store, settings, clock }: Looked["ports"]): Promise<string> {
  const mark = await store.reconcileMarks.get(settings.accountId).catch(() => null);
  if (!mark?.silentSince || !isSilent(mark.silentSince, settings, clock.now())) return "ok";
  const since = mark.silentSince.toISOString().slice(0, 16).replace("T", " ");
  return `none came since ${since} UTC although conversations move: check the webhook in Chatwoot, its secret and the way to us`;
}

const each = <T>(breakers: Record<string, Breaker>, tell: (breaker: Breaker) => T): Record<string, T> =>
  Object.fromEntries(Object.entries(breakers).map(([service, breaker]) => [service, tell(breaker)]));

/** For everybody who may ask: that it fails, not what was asked of it. */
const wordsOf = (breaker: Breaker) => (breaker.standing().state === "closed" ? "ok" : "does not answer; it is asked again in a moment");
