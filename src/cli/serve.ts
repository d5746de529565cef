import { parseArgs } from "node:util";
import { readServerConfig } from "../config.ts";
import { createLog } from "../log.ts";
import { startServer } from "./start-server.ts";
import { endSoonAfter, untilSignal } from "./until-signal.ts";

/** Serves until SIGTERM or SIGINT; `--no-worker` leaves the jobs to other processes. */
export async function run(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, allowNegative: true, options: { worker: { type: "boolean", default: true } } });
  const config = readServerConfig();
  const log = createLog({ level: config.LOG_LEVEL, to: "stdout" });
  const told = untilSignal();
  endSoonAfter(told);
  const server = await startServer(config, log, { worker: values.worker });
  log.info({ url: server.url }, "listening");
  await told;
  log.info({}, "stopping");
  await server.close();
  log.info({}, "stopped");
  return 0;
}
