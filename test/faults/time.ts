import { setTimeout as pause } from "node:timers/promises";

/** When a run began, and whether it is to end. Whoever is to wait for others has `beganAt` put off. */
export interface Clocked {
  beganAt: number;
  isOver(): boolean;
}

/** Waits until so many milliseconds of the run have passed; false when the run ended before. */
export async function untilAt(clocked: Clocked, at: number): Promise<boolean> {
  for (;;) {
    if (clocked.isOver()) return false;
    const left = clocked.beganAt + at - Date.now();
    if (left <= 0) return true;
    await pause(Math.min(left, 250));
  }
}

/** Does one thing after the other, however many ask at once. */
export function createTurns(): (work: () => Promise<void>) => Promise<void> {
  let last: Promise<void> = Promise.resolve();
  return (work) => {
    last = last.then(work, work);
    return last;
  };
}
