import { setTimeout as after } from "node:timers/promises";
import { isRunByNpm } from "../config.ts";

const PARENT_MS = 500;
/** After this a start that does not come to an end is given up, so that the process ends within the ten seconds that people are promised. */
const GIVE_UP_MS = 8_500;

/**
 * Resolves when the process is told to end (SIGTERM, or SIGINT from a terminal). Call it before anything is started. Told again, which
 * happens when npm and the terminal both pass it on, the process still ends in order.
 */
export function untilSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => resolve());
    if (isRunByNpm()) whenParentEnds(resolve);
  });
}

/** Ends the process, whatever it still waits for, some time after it was told to end. */
export function endSoonAfter(told: Promise<void>): void {
  told.then(() => after(GIVE_UP_MS, undefined, { ref: false })).then(() => process.exit(1));
}

/** `npx` runs us in a shell that dies of the signal without passing it on; all we see is another parent. */
function whenParentEnds(then: () => void): void {
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    then();
  }, PARENT_MS);
  watch.unref();
}
