import { parseArgs } from "node:util";
import { apiDocument } from "../http/openapi.ts";
import { allRoutes, type Parts } from "../http/routes.ts";

/** Prints the OpenAPI document. The routes are only described here, never served, so they need nobody behind them. */
export async function run(args: string[]): Promise<number> {
  parseArgs({ args, options: {} });
  const nobody = { ports: {}, chatwootBaseUrl: "" } as Parts;
  process.stdout.write(`${JSON.stringify(apiDocument(allRoutes(nobody)), null, 2)}\n`);
  return 0;
}
