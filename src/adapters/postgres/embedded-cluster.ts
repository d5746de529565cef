import { createHash, randomBytes } from "node:crypto";
import { constants } from "node:fs";
import {
  chown,
  copyFile,
  link,
  lstat,
  mkdir,
  open,
  readdir,
  readFile,
  readlink,
  realpath,
  rename,
  rm,
  rmdir,
  stat,
  statfs,
  symlink,
} from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { Log } from "../../ports.ts";
import { type Binaries, findBinaries, makeReachable, reachableFor } from "./embedded-binaries.ts";
import { type RunAs, reasonIn, run } from "./embedded-process.ts";

/** A cluster that exists: its folder, the programs that drive it, its password, and who must run it when we are root. */
export type Cluster = { directory: string; programs: string; password: string; runAs: RunAs | undefined };

/** The database user that owns everything in the embedded server. */
export const DATABASE_USER = "countersign";

/** Where root keeps what the server's own user must reach: DATA_DIR may lie in a folder that only root can enter. */
const ROOT_HOME = "/var/lib/countersign";

/** One segment of the write-ahead log: without that much PostgreSQL cannot even begin. */
const ROOM_BYTES = 16 * 1024 * 1024;

/** A server or initdb that was just killed may still write into the folder. */
const REMOVE = { recursive: true, force: true, maxRetries: 5 };

type Place = { dataDir: string; link: string; existing: string | undefined; runAs: RunAs | undefined };

/**
 * Finds the cluster of a data folder or makes it. Several processes may do so at once without a lock: each makes its own under a
 * name of its own, and the one whose rename (as root: whose link) comes first has made it, so that a kill at any moment leaves nothing half.
 */
export async function openCluster(givenDataDir: string, log: Log): Promise<Cluster> {
  const dataDir = await makeDataDir(givenDataDir);
  const binaries = await findBinaries();
  const place = await findPlace(dataDir);
  if (place.runAs) await makeReachable(ROOT_HOME).catch(cannotWriteHome);
  const native = place.runAs ? await reachableFor(place.runAs, binaries.native, ROOT_HOME) : binaries.native;
  const programs = join(native, "bin");
  const password = place.existing ? await readPassword(dataDir) : await choosePassword(dataDir);
  if (!place.existing) await makeCluster(place, programs, password, log);
  const directory = place.existing ?? (await realpath(place.link));
  for (const path of [directory, programs]) refuseShellCharacters(path);
  await refuseOtherMajor(directory, binaries);
  return { directory, programs, password, runAs: place.runAs };
}

/** Where a data folder's cluster lies if there is one, without making anything. */
export async function findCluster(dataDir: string): Promise<string | undefined> {
  return realpath(join(resolve(dataDir), "postgres")).catch(() => undefined);
}

/** Deletes the cluster of a data folder with everything in it; the server must be stopped. */
export async function deleteCluster(dataDir: string): Promise<void> {
  const directory = await findCluster(dataDir);
  await rm(join(resolve(dataDir), "postgres"), REMOVE);
  await rm(passwordFile(resolve(dataDir)), REMOVE);
  if (!directory?.startsWith(`${ROOT_HOME}/`)) return;
  await rm(directory, REMOVE);
  await rmdir(dirname(directory)).catch(() => {});
}

async function makeDataDir(given: string): Promise<string> {
  const dataDir = resolve(given);
  try {
    await mkdir(dataDir, { recursive: true });
    return await realpath(dataDir);
  } catch (cause) {
    throw new Error(`The data folder ${dataDir} cannot be made or entered: let DATA_DIR name a folder that this user may write to.`, {
      cause,
    });
  }
}

async function findPlace(dataDir: string): Promise<Place> {
  const link = join(dataDir, "postgres");
  const found = await lstat(link).catch(() => undefined);
  const holds = found && (await stat(link).catch(() => undefined));
  if (found && !holds) {
    throw new Error(
      `${link} leads to ${await readlink(link)}, which is not there: bring that folder back from a backup, or remove the link to begin with an empty database.`,
    );
  }
  const empty = found?.isDirectory() === true && (await readdir(link)).length === 0;
  const existing = found && !empty ? await realpath(link) : undefined;
  if (process.getuid?.() !== 0) return { dataDir, link, existing, runAs: undefined };
  if (existing && holds?.uid === 0) {
    throw new Error(`${existing} belongs to root, and PostgreSQL refuses to run as root: give it to another user with \`chown -R\`.`);
  }
  if (empty) await rmdir(link);
  return { dataDir, link, existing, runAs: existing && holds ? { uid: holds.uid, gid: holds.gid } : await serverUser() };
}

/** PostgreSQL refuses to run as root: the user made for it, else the one that owns nothing. */
async function serverUser(): Promise<RunAs> {
  const users = (await readFile("/etc/passwd", "utf8").catch(() => "")).split("\n").map((line) => line.split(":"));
  const fields = users.find(([name]) => name === "postgres") ?? users.find(([name]) => name === "nobody");
  if (!fields)
    throw new Error("PostgreSQL refuses to run as root and there is no user postgres or nobody: make one, or start as an ordinary user.");
  return { uid: Number(fields[2]), gid: Number(fields[3]) };
}

async function makeCluster(place: Place, programs: string, password: string, log: Log): Promise<void> {
  const home = place.runAs ? join(ROOT_HOME, createHash("sha256").update(place.dataDir).digest("hex").slice(0, 16)) : place.dataDir;
  if (place.runAs) await makeReachable(home).catch(cannotWriteHome);
  for (const folder of new Set([place.dataDir, home])) await removeHalfMade(folder);
  const name = randomBytes(4).toString("hex");
  const half = join(home, `postgres.making-${process.pid}-${name}`);
  try {
    await initialise(half, place, programs, password);
    if (!place.runAs) return await nameOnce(rename(half, place.link), place.link);
    const directory = join(home, name);
    await rename(half, directory);
    await warnOfOthers(home, name, log);
    await nameOnce(symlink(directory, place.link), place.link, directory);
  } finally {
    await rm(half, REMOVE);
    await rm(`${half}.password`, REMOVE);
  }
}

/** Lets the first of several makers win; a later one throws its own work away. */
async function nameOnce(naming: Promise<void>, name: string, loser?: string): Promise<void> {
  await naming.catch(async (error: unknown) => {
    if (loser) await rm(loser, REMOVE);
    if (!(await stat(join(name, "PG_VERSION")).catch(() => undefined))) throw error;
  });
}

async function initialise(directory: string, place: Place, programs: string, password: string): Promise<void> {
  let pwfile = passwordFile(place.dataDir);
  if (place.runAs) {
    pwfile = `${directory}.password`;
    await writeSynced(pwfile, password);
    await chown(pwfile, place.runAs.uid, place.runAs.gid);
    await mkdir(directory, { mode: 0o700 });
    await chown(directory, place.runAs.uid, place.runAs.gid);
  }
  refuseShellCharacters(directory);
  const locale = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"];
  const access = [`--username=${DATABASE_USER}`, "--auth=scram-sha-256", `--pwfile=${pwfile}`];
  const { code, output } = await run(
    join(programs, "initdb"),
    ["-D", directory, ...locale, ...access, "-c", "dynamic_shared_memory_type=mmap"],
    place.runAs,
  );
  if (code === 0) return;
  if (/No space left on device/.test(output) || !(await hasRoom(dirname(directory)))) {
    throw new Error(`There is no room for the embedded database in ${dirname(directory)}: free 200 MB, or point DATA_DIR elsewhere.`);
  }
  throw new Error(`The embedded database could not be made in ${dirname(directory)}: ${reasonIn(output)}.`);
}

/** A full disk also swallows the log that would tell of it. */
export async function hasRoom(directory: string): Promise<boolean> {
  const { bavail, bsize } = await statfs(directory);
  return bavail * bsize > ROOM_BYTES;
}

async function refuseOtherMajor(directory: string, binaries: Binaries): Promise<void> {
  const version = (await readFile(join(directory, "PG_VERSION"), "utf8").catch(() => "")).trim();
  if (version === binaries.major) return;
  if (version === "") throw new Error(`${directory} holds no PostgreSQL cluster: move it away to begin with an empty database.`);
  throw new Error(
    `${directory} was made by PostgreSQL ${version}, and this is ${binaries.major}: run PostgreSQL ${version} on it and name that server in DATABASE_URL, or move it and postgres.password beside it away to begin with an empty database.`,
  );
}

/** The password's file: readable by us only, made before the cluster so that no cluster ever lacks it. */
function passwordFile(dataDir: string): string {
  return join(dataDir, "postgres.password");
}

async function choosePassword(dataDir: string): Promise<string> {
  const file = passwordFile(dataDir);
  const mine = join(dataDir, `postgres.making-${process.pid}-${randomBytes(4).toString("hex")}.password`);
  try {
    await writeSynced(mine, randomBytes(32).toString("hex"));
    await link(mine, file).catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") await copyFile(mine, file, constants.COPYFILE_EXCL).catch(() => {});
    });
  } catch (cause) {
    throw new Error(
      `The data folder ${dataDir} cannot be written to: let DATA_DIR name a folder that this user may write to and that has room.`,
      { cause },
    );
  } finally {
    await rm(mine, REMOVE);
  }
  return readPassword(dataDir);
}

async function readPassword(dataDir: string): Promise<string> {
  const file = passwordFile(dataDir);
  try {
    return (await readFile(file, "utf8")).trim();
  } catch (cause) {
    const denied = (cause as NodeJS.ErrnoException).code === "EACCES";
    const remedy = denied
      ? "it belongs to another user: start as that user"
      : "bring it back from a backup, or move the database beside it away to begin with an empty one";
    throw new Error(`The embedded database's password cannot be read from ${file}: ${remedy}.`, { cause });
  }
}

async function writeSynced(file: string, text: string): Promise<void> {
  const handle = await open(file, "wx", 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** What a killed maker left behind; its process id is in the name. */
async function removeHalfMade(home: string): Promise<void> {
  for (const name of await readdir(home)) {
    const pid = /^postgres\.making-(\d+)-/.exec(name)?.[1];
    if (pid && !isAlive(Number(pid))) await rm(join(home, name), REMOVE).catch(() => {});
  }
}

/** Whether a process of this id exists, whoever owns it. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Older clusters of the same data folder are never deleted by us: the folder may only have been mounted late. */
async function warnOfOthers(home: string, name: string, log: Log): Promise<void> {
  const others = (await readdir(home)).filter((other) => /^[0-9a-f]{8}$/.test(other) && other !== name);
  if (others.length > 0) log.warn({ home, others }, "older databases of this data folder are still here; remove them if nobody needs them");
}

/** pg_ctl hands both paths to a shell between double quotes. */
function refuseShellCharacters(path: string): void {
  if (process.platform !== "win32" && /["$`\\\n]/.test(path)) {
    throw new Error(
      `The path ${path} holds a character that PostgreSQL's pg_ctl cannot handle (quote, dollar, backtick or backslash): use another folder.`,
    );
  }
}

function cannotWriteHome(cause: unknown): never {
  throw new Error(
    `As root the embedded database lives in ${ROOT_HOME}, which cannot be written: start as an ordinary user, or set DATABASE_URL.`,
    { cause },
  );
}
