import { parseArgs } from "node:util";
import { readServerConfig } from "../config.ts";
import { createLog } from "../log.ts";
import { startServer } from "./start-server.ts";
import { endSoonAfter, untilSignal } from "./until-signal.ts";

/** Works on jobs until SIGTERM or SIGINT, without HTTP. */
export async function run(args: string[]): Promise<number> {
  parseArgs({ args, options: {} });
  const config = readServerConfig();
  const log = createLog({ level: config.LOG_LEVEL, to: "stdout" });
  const told = untilSignal();
  endSoonAfter(told);
  const worker = await startServer(config, log, { worker: true, http: false });
  await told;
  log.info({}, "stopping");
  await worker.close();
  return 0;
}
