import { readFile, readlink, rename, stat, unlink } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { type Cluster, hasRoom, isAlive } from "./embedded-cluster.ts";
import { reasonIn, run } from "./embedded-process.ts";

/** PostgreSQL's settings by name; values may hold letters, digits and `_.-` only, because pg_ctl hands them to a shell. */
export type Settings = Record<string, string>;

/** Sized for a small machine beside Node: about 30 MB idle, for buffers cost memory once they are used. Statements and values stay out of the log, they hold customers' words. */
const SETTINGS: Settings = {
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
  dynamic_shared_memory_type: "mmap", // a container's /dev/shm may be tiny
  max_connections: "100",
  shared_buffers: "64MB", // with less, whoever records deliveries writes old pages out, too
  io_method: "sync", // no extra I/O processes
  max_parallel_workers_per_gather: "0",
  max_logical_replication_workers: "0",
  max_wal_senders: "0",
  max_wal_size: "512MB",
  jit: "off",
  timezone: "UTC",
  log_timezone: "UTC",
  log_checkpoints: "off",
  log_error_verbosity: "terse",
  log_min_error_statement: "panic",
};

/** Ports below the range from which systems hand out outgoing ones, so that ours is still free after a crash. */
const FIRST_PORT = 15_000;
const LAST_PORT = 31_999;

const START_TIMEOUT_SECONDS = 60;
const STOP_TIMEOUT_SECONDS = 8;
const LOG_LIMIT_BYTES = 1_000_000;

/** The port on which the cluster's server says it listens (line 4 of postmaster.pid); undefined when none does. */
export async function portOf(cluster: Pick<Cluster, "directory">): Promise<number | undefined> {
  const lines = (await readFile(join(cluster.directory, "postmaster.pid"), "utf8").catch(() => "")).split("\n");
  const port = Number(lines[3]);
  return isAlive(Number(lines[0] || Number.NaN)) && port > 0 ? port : undefined;
}

/** A free port, if possible the one the cluster had before, for other processes may still know that. */
export async function choosePort(cluster: Cluster): Promise<number> {
  const started = await readFile(join(cluster.directory, "postmaster.opts"), "utf8").catch(() => "");
  const before = Number(/"-p" "(\d+)"/.exec(started)?.[1]);
  if (before && (await isFree(before))) return before;
  for (;;) {
    const port = FIRST_PORT + Math.floor(Math.random() * (LAST_PORT - FIRST_PORT));
    if (await isFree(port)) return port;
  }
}

/**
 * Starts the cluster's server and waits until it takes connections. Gives the reason when that failed this time: another process was
 * faster, the last server is not quite gone, or one that joined ours at once has already stopped it. Only a full disk is final.
 */
export async function start(cluster: Cluster, port: number, settings: Settings): Promise<string | undefined> {
  const log = join(cluster.directory, "server.log");
  const before = await rotate(log);
  const options = Object.entries({ ...SETTINGS, ...settings }).map(([name, value]) => `-c ${name}=${value}`);
  const args = [
    "-D",
    cluster.directory,
    "-l",
    log,
    "-w",
    "-t",
    `${START_TIMEOUT_SECONDS}`,
    "-o",
    `-p ${port} ${options.join(" ")}`,
    "start",
  ];
  const { code, output } = await run(join(cluster.programs, "pg_ctl"), args, cluster.runAs);
  if (code === 0) return undefined;

  const said = (await readFile(log).catch(() => Buffer.alloc(0))).subarray(before).toString("utf8");
  if (/No space left on device/.test(said) || !(await hasRoom(cluster.directory))) {
    throw new Error(`There is no room left for the embedded database in ${cluster.directory}: free some space and start again.`);
  }
  if (/lock file .* already exists/.test(said)) await removeStranger(cluster);
  return reasonIn(said === "" ? output : said);
}

/** Stops the cluster's server at once but cleanly; clients are thrown out. False when it needs longer than it is given here. */
export async function stop(cluster: Cluster): Promise<boolean> {
  const args = ["-D", cluster.directory, "-m", "fast", "-w", "-t", `${STOP_TIMEOUT_SECONDS}`, "stop"];
  const { code } = await run(join(cluster.programs, "pg_ctl"), args, cluster.runAs);
  return code === 0;
}

/**
 * After a crash the number in postmaster.pid may belong to another program by now, or to a dead server that nobody buries (a container
 * whose first process is ours), and PostgreSQL would refuse to start for ever. Removing the file is safe: the shared memory of a server
 * that does live still keeps a second one from starting.
 */
async function removeStranger(cluster: Cluster): Promise<void> {
  const file = join(cluster.directory, "postmaster.pid");
  const pid = Number((await readFile(file, "utf8").catch(() => "")).split("\n")[0]);
  if (pid && isAlive(pid) && !(await mayServe(pid, cluster.directory))) await unlink(file).catch(() => {});
}

/** A PostgreSQL server works in its cluster's folder; where we may not look at that, its name must do, and it must not be dead (`Z`). */
async function mayServe(pid: number, directory: string): Promise<boolean> {
  if (process.platform === "linux") {
    const folder = await readlink(`/proc/${pid}/cwd`).catch((error: NodeJS.ErrnoException) => error.code);
    if (folder !== "EACCES" && folder !== "EPERM") return folder === directory;
    const state = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
    return /\(postgres\) [^Z]/.test(state);
  }
  const { output } = await run("/bin/ps", ["-o", "stat=,comm=", "-p", `${pid}`]).catch(() => ({ output: "postgres" }));
  return /postgres/.test(output) && !output.startsWith("Z");
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer().once("error", () => resolve(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
  });
}

/** The log's size before this start; a long one is set aside, once. */
async function rotate(log: string): Promise<number> {
  const size = await stat(log).then(
    ({ size }) => size,
    () => 0,
  );
  if (size < LOG_LIMIT_BYTES) return size;
  await rename(log, `${log}.old`);
  return 0;
}
