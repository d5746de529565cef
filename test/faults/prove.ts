import { BROKEN } from "./broken/builds.ts";
import type { Options } from "./options.ts";
import { isAsExpected, runOnce } from "./run-once.ts";

const MINUTES = 0.5;
const MESSAGES = 110;

/** Runs every broken build and says whether the promise that it breaks was seen to break. */
export async function prove(options: Options, { tell, stop }: { tell(line: string): void; stop: AbortSignal }): Promise<boolean> {
  const rows: string[] = [];
  let all = true;
  for (const [name, { breaks }] of Object.entries(BROKEN)) {
    if (stop.aborted) break;
    const outcome = await runOnce(
      { ...options, broken: name, minutes: MINUTES, messages: MESSAGES, report: null },
      { tell: () => {}, stop },
    );
    const seen = isAsExpected(outcome);
    all &&= seen;
    const broken = Object.entries(outcome.results).filter(([, violations]) => violations.length > 0);
    const count = outcome.results[breaks]?.length ?? 0;
    rows.push(
      `${seen ? "seen  " : "MISSED"} ${name.padEnd(22)} ${breaks}: ${count} times in ${outcome.seconds} s; broken in all: ${broken.length}`,
    );
    tell(rows.at(-1) as string);
  }
  tell(
    `\nSeed ${options.seed}: ${rows.filter((row) => row.startsWith("seen")).length} of ${Object.keys(BROKEN).length} broken builds were seen to be broken.`,
  );
  return all;
}
