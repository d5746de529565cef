import { rm } from "node:fs/promises";
import { removeEmbedded } from "../../src/adapters/postgres/embedded.ts";
import { onServer } from "./database.ts";

/** Ends what `globalSetup` began, also after tests that failed and left connections open. */
export default async function globalTeardown(): Promise<void> {
  const { COUNTERSIGN_TEST_CLUSTER: dataDir, COUNTERSIGN_TEST_SERVER: url, COUNTERSIGN_TEST_TEMPLATE: template } = process.env;
  if (dataDir) {
    await removeEmbedded(dataDir);
    await rm(dataDir, { recursive: true, force: true });
  } else if (url) {
    await onServer(url, `DROP DATABASE IF EXISTS ${template} WITH (FORCE)`);
  }
}
