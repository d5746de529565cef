import { openRecords, type Records } from "../compose.ts";
import { type Config, ConfigError, readConfig } from "../config.ts";
import { createLog } from "../log.ts";
import type { Log } from "../ports.ts";

/** Runs a command on the migrated database beside a running server or without one; logs go to standard error. */
export async function withRecords<Result>(
  work: (open: { records: Records; config: Config; log: Log }) => Promise<Result>,
): Promise<Result> {
  const config = readConfig();
  if (!config.ENCRYPTION_KEY) throw new ConfigError(["ENCRYPTION_KEY: is missing; .env.example says what it is."]);
  const log = createLog({ level: config.LOG_LEVEL, to: "stderr" });
  const records = await openRecords({ ...config, ENCRYPTION_KEY: config.ENCRYPTION_KEY }, log, { supervise: false });
  try {
    await records.prepare();
    return await work({ records, config, log });
  } finally {
    await records.close();
  }
}
