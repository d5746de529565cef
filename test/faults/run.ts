import { readOptions } from "./options.ts";
import { prove } from "./prove.ts";
import { reportOf } from "./report.ts";
import { isAsExpected, runOnce } from "./run-once.ts";

/**
 * `npm run test:faults -- [--minutes N] [--messages N] [--seed S] [--report FILE] [--broken NAME] [--prove]`. SIGTERM or Ctrl-C ends the load early and reports all the same; a
 * second one ends at once. Exit code 0: every promise held (with `--broken`: the promise that the build breaks was seen to break).
 */
const options = readOptions(process.argv.slice(2));
const stop = new AbortController();
for (const signal of ["SIGTERM", "SIGINT"] as const)
  process.on(signal, () => {
    if (stop.signal.aborted) process.exit(130);
    tell("told to end: the load ends now, then comes the report");
    stop.abort();
  });

function tell(line: string): void {
  process.stdout.write(`${line}\n`);
}

if (options.prove) process.exitCode = (await prove(options, { tell, stop: stop.signal })) ? 0 : 1;
else {
  const outcome = await runOnce(options, { tell, stop: stop.signal });
  tell(reportOf(outcome));
  const failed = Object.values(outcome.results).filter((violations) => violations.length > 0).length;
  tell(`${Object.keys(outcome.results).length - failed} passed, ${failed} failed`);
  process.exitCode = isAsExpected(outcome) ? 0 : 1;
}
