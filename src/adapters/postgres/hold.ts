import { type Hold, HoldLost } from "../../ports/jobs.ts";

/** So long after its last sign of life a job goes to another process. The engine itself would wait ten seconds, its smallest value. */
export const SILENCE_MS = 8_000;
/** What is under way must have ended before that, also on a machine whose timers are late. */
export const HOLD_MS = 6_500;

/** A moment by two clocks. */
export interface Moment {
  steady: number;
  wall: number;
}

/** This moment. */
export const now = (): Moment => ({ steady: performance.now(), wall: Date.now() });

/** The longer of what two clocks say, in milliseconds: the steady one stands still while the machine sleeps, the wall clock may be set back. */
export const msSince = ({ steady, wall }: Moment): number => Math.max(performance.now() - steady, Date.now() - wall);

/** A hold as the queue sees it. */
export interface OwnHold extends Hold {
  /** The database said that the job is ours, to a statement sent then. */
  confirm(sentAt: Moment): void;
  lose(why: string): void;
  /** The job has ended: nothing is lost any more. */
  end(): void;
}

/** The hold on a job that was fetched by a statement sent at `since`; without a confirmation it ends after `HOLD_MS`. */
export function createHold(since: Moment): OwnHold {
  const controller = new AbortController();
  let confirmed = since;
  let hasEnded = false;
  let timer: NodeJS.Timeout | undefined;

  function watch(): void {
    clearTimeout(timer);
    const left = HOLD_MS - msSince(confirmed);
    if (left <= 0) lose("the database could not be told in time that it is still worked on");
    else timer = setTimeout(watch, Math.ceil(left)).unref();
  }

  function lose(why: string): void {
    clearTimeout(timer);
    if (!hasEnded && !controller.signal.aborted) controller.abort(new HoldLost(why));
  }

  /** A process that stood still hears of nothing, so the clock is asked. */
  function isLost(): boolean {
    if (!hasEnded && !controller.signal.aborted) watch();
    return controller.signal.aborted;
  }

  watch();
  return {
    signal: controller.signal,
    isLost,
    check() {
      if (isLost()) throw controller.signal.reason;
    },
    confirm(sentAt) {
      if (hasEnded || controller.signal.aborted || msSince(sentAt) >= msSince(confirmed)) return;
      confirmed = sentAt;
      watch();
    },
    lose,
    end() {
      hasEnded = true;
      clearTimeout(timer);
    },
  };
}
