import type { SyncProgress } from "../ports/knowledge.ts";

/** A terminal's line is rewritten this often; elsewhere a line is written only when there is something to wait for. */
const TERMINAL_MS = 100;
const LINES_MS = 5000;

/** Shows on a stream how far something is, with the time that is left; `end` leaves the stream at the beginning of a line. */
export function createProgress(
  stream: { isTTY?: boolean; write(text: string): unknown },
  now: () => number = () => performance.now(),
): { tell(progress: SyncProgress): void; end(): void } {
  const began = now();
  const everyMs = stream.isTTY ? TERMINAL_MS : LINES_MS;
  let stage = { what: "", since: began, from: 0 };
  let shownAt = began;
  let width = 0;
  return {
    tell(progress) {
      if (progress.what !== stage.what) stage = { what: progress.what, since: now(), from: progress.done };
      if (now() - shownAt < everyMs) return;
      shownAt = now();
      const line = progressLine(progress, { seconds: (now() - stage.since) / 1000, done: progress.done - stage.from });
      stream.write(stream.isTTY ? `\r${line.padEnd(width)}` : `${line}\n`);
      width = line.length;
    },
    end() {
      if (stream.isTTY && width > 0) stream.write(`\r${" ".repeat(width)}\r`);
    },
  };
}

/** "120 of 400 files, 30 %, about 12 s left"; `so` is how long the `done` of this stage took. */
export function progressLine({ what, done, total }: SyncProgress, so: { seconds: number; done: number }): string {
  if (total === null || total === 0) return `${done} ${what}`;
  const left = so.done > 0 ? (so.seconds / so.done) * (total - done) : null;
  const share = `${done} of ${total} ${what}, ${Math.floor((100 * done) / total)} %`;
  return left === null || done >= total ? share : `${share}, about ${duration(left)} left`;
}

function duration(seconds: number): string {
  const whole = Math.ceil(seconds);
  return whole < 100 ? `${whole} s` : `${Math.ceil(whole / 60)} min`;
}
