import { randomBytes } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { removeEmbedded, startEmbedded } from "../../src/adapters/postgres/embedded.ts";
import { isAlive } from "../../src/adapters/postgres/embedded-cluster.ts";
import { onServer, withDatabase } from "./database.ts";
import { prepareTemplate } from "./prepare-template.ts";

const FOLDER = "countersign-jest-";

/**
 * One database server for the whole run: ours, or the one that TEST_DATABASE_URL names. The tests get its address and a migrated template
 * through the environment. What a killed run left behind is removed by the next one.
 */
export default async function globalSetup(): Promise<void> {
  await removeLeftBehind();
  const url = process.env.TEST_DATABASE_URL || (await startThrowAway());
  const template = `countersign_template_${randomBytes(6).toString("hex")}`;
  process.env.COUNTERSIGN_TEST_SERVER = url;
  process.env.COUNTERSIGN_TEST_TEMPLATE = template;
  await onServer(url, `CREATE DATABASE ${template}`);
  await prepareTemplate(withDatabase(url, template));
}

/** Fast because a crash may cost everything: these data are worth nothing tomorrow. */
async function startThrowAway(): Promise<string> {
  const dataDir = await mkdtemp(join(tmpdir(), FOLDER));
  await writeFile(join(dataDir, "run"), `${process.pid}`);
  process.env.COUNTERSIGN_TEST_CLUSTER = dataDir;
  const settings = { fsync: "off", synchronous_commit: "off", full_page_writes: "off", max_connections: "300" };
  return (await startEmbedded({ dataDir, settings })).url;
}

async function removeLeftBehind(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    if (!name.startsWith(FOLDER)) continue;
    const dataDir = join(tmpdir(), name);
    const pid = Number(await readFile(join(dataDir, "run"), "utf8").catch(() => ""));
    if (!pid || isAlive(pid)) continue;
    await removeEmbedded(dataDir);
    await rm(dataDir, { recursive: true, force: true });
  }
}
