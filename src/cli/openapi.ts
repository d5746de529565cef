import { parseArgs } from "node:util";
import { openapiDocument } from "../http/openapi.ts";

/** Prints the OpenAPI document. */
export async function run(args: string[]): Promise<number> {
  parseArgs({ args, options: {} });
  process.stdout.write(`${JSON.stringify(openapiDocument(), null, 2)}\n`);
  return 0;
}
