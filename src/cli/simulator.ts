import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { startSimulator } from "../simulator/start.ts";
import { untilSignal } from "./until-signal.ts";
import { UsageError } from "./usage.ts";

/** Serves one simulated Chatwoot on 127.0.0.1 until SIGTERM; prints one line `{"url"}` when it listens. */
export async function run(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options: { port: { type: "string", default: "0" }, installation: { type: "string" } } });
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new UsageError(`--port ${values.port}: is no port number.`);
  const installation = values.installation === undefined ? undefined : JSON.parse(readFileSync(values.installation, "utf8"));
  const told = untilSignal();
  const simulator = await startSimulator({ port, ...(installation && { installation }) });
  process.stdout.write(`${JSON.stringify({ url: simulator.url })}\n`);
  await told;
  await simulator.close();
  return 0;
}
