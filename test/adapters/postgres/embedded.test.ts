import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmdirSync } from "node:fs";
import { chmod, chown, lstat, mkdir, readdir, readFile, rename, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEmbedded } from "../../../src/adapters/postgres/embedded.ts";
import { onServer } from "../../support/database.ts";
import { makeHouse, serverPid, until, usersToTry } from "./processes.ts";

describe.each(usersToTry())("as %s", (_name, user) => {
  const { dataDir, start, cleanUp } = makeHouse(user);
  afterAll(cleanUp);

  let shared: string; // a folder whose server every test leaves stopped
  beforeAll(async () => {
    shared = await dataDir();
  });

  test("the first process starts the server, later ones join it, and the last one out stops it", async () => {
    const data = shared;
    const first = start(data);
    const { url } = await first.started;
    expect(url).toMatch(/^postgres:\/\/countersign:[0-9a-f]{64}@127\.0\.0\.1:\d+\/postgres$/);
    const second = start(data);
    expect((await second.started).url).toBe(url);

    expect(await first.ask("query SELECT 1 AS one")).toEqual({ rows: [{ one: 1 }] });
    expect(await first.ask("release")).toEqual({ done: true });
    expect(await serverPid(data)).toBeDefined();
    expect(await second.ask("query SELECT 2 AS two")).toEqual({ rows: [{ two: 2 }] });
    expect(await second.ask("release")).toEqual({ done: true });
    expect(await serverPid(data)).toBeUndefined();
  });

  test("processes that start at once in an empty folder share one server, and leave nothing half behind", async () => {
    const data = await dataDir();
    const all = [start(data), start(data), start(data), start(data)];
    const answers = await Promise.all(all.map(({ started }) => started));
    expect(new Set(answers.map(({ url, error }) => url ?? error))).toEqual(new Set([answers[0]?.url]));
    expect((await readdir(data)).sort()).toEqual(["postgres", "postgres.password"]);
    await Promise.all(all.map(({ ask }) => ask("release")));
    expect(await serverPid(data)).toBeUndefined();
  });

  test("the server outlives kill -9 of the process that started it, with its data, and the next one adopts it", async () => {
    const data = shared;
    const killed = start(data);
    const { url } = await killed.started;
    await killed.ask("query CREATE TABLE kept AS SELECT 7 AS seven");
    const server = await serverPid(data);
    await killed.kill();

    const heir = start(data);
    expect((await heir.started).url).toBe(url);
    expect(await serverPid(data)).toBe(server);
    expect(await heir.ask("query SELECT seven FROM kept")).toEqual({ rows: [{ seven: 7 }] });
    await heir.ask("release");
    expect(await serverPid(data)).toBeUndefined();
  });

  test("Ctrl-C in the terminal reaches our process only: the server is there for whatever we still have to write", async () => {
    const interrupted = start(shared);
    await interrupted.started;
    const server = await serverPid(shared);
    await interrupted.interrupt();
    const heir = start(shared);
    expect((await heir.started).error).toBeUndefined();
    expect(await serverPid(shared)).toBe(server);
    await heir.ask("release");
  });

  test("a server killed with kill -9 is started again at the same address, the pool goes on, and every commit is there", async () => {
    const data = shared;
    const ours = start(data);
    await ours.started;
    await ours.ask("query CREATE TABLE committed (n int)");
    for (const round of [1, 2]) {
      expect(await ours.ask(`query INSERT INTO committed VALUES (${round})`)).toEqual({ rows: [] });
      process.kill((await serverPid(data)) as number, "SIGKILL");
      await until(async () => (await ours.ask("query SELECT 1")).error !== undefined);
      expect(await ours.ask("ensure")).toEqual({ done: true });
      expect(await ours.ask("query SELECT count(*) AS n FROM committed")).toEqual({ rows: [{ n: round }] });
    }
    await ours.ask("release");
  });

  test("two processes that bring a killed server back at once end up on the same one", async () => {
    const data = shared;
    const [one, two] = [start(data), start(data)];
    await Promise.all([one.started, two.started]);
    process.kill((await serverPid(data)) as number, "SIGKILL");
    await until(async () => (await one.ask("query SELECT 1")).error !== undefined);
    expect(await Promise.all([one.ask("ensure"), two.ask("ensure")])).toEqual([{ done: true }, { done: true }]);
    const pids = await Promise.all([one, two].map(({ ask }) => ask("query SELECT pg_postmaster_start_time()::text AS began")));
    expect(pids[0]).toEqual(pids[1]);
    await Promise.all([one.ask("release"), two.ask("release")]);
    expect(await serverPid(data)).toBeUndefined();
  });

  test("a process killed while it makes the database leaves nothing that hinders the next one", async () => {
    const data = await dataDir();
    const killed = start(data);
    await until(async () => (await stat(join(data, "postgres.password")).catch(() => undefined)) !== undefined);
    await killed.kill();
    const next = start(data);
    expect((await next.started).error).toBeUndefined();
    await next.ask("release");
    expect((await readdir(data)).sort()).toEqual(["postgres", "postgres.password"]);
  });

  test("a process id in postmaster.pid that belongs to another program by now does not keep the server from starting", async () => {
    const data = shared;
    const killed = start(data);
    await killed.started;
    process.kill((await serverPid(data)) as number, "SIGKILL");
    await killed.kill();
    const { uid, gid } = await stat(join(data, "postgres"));
    const stranger = spawn("/bin/sleep", ["60"], { uid, gid, cwd: "/", stdio: "ignore" });
    const file = join(data, "postgres", "postmaster.pid");
    const [, ...rest] = (await readFile(file, "utf8")).split("\n");
    await writeFile(file, [stranger.pid, ...rest].join("\n"));
    try {
      const next = start(data);
      expect((await next.started).error).toBeUndefined();
      await next.ask("release");
    } finally {
      stranger.kill();
    }
  });

  test("the password's file is for its owner's eyes only, and the server knows no other way in", async () => {
    const data = shared;
    const ours = start(data);
    const { url = "" } = await ours.started;
    const file = join(data, "postgres.password");
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(url).toContain(await readFile(file, "utf8"));
    const { rows } = await ours.ask("query SELECT DISTINCT auth_method FROM pg_hba_file_rules");
    expect(rows).toEqual([{ auth_method: "scram-sha-256" }]);
    const settings = await ours.ask(
      "query SELECT current_setting('fsync') AS fsync, current_setting('listen_addresses') AS host, current_setting('unix_socket_directories') AS socket",
    );
    expect(settings.rows).toEqual([{ fsync: "on", host: "127.0.0.1", socket: "" }]);
    await ours.ask("release");
  });

  test("a cluster of another major version is refused with a way out, and not touched", async () => {
    const version = join(shared, "postgres", "PG_VERSION");
    const right = await readFile(version, "utf8");
    await writeFile(version, "17\n");
    expect((await start(shared).started).error).toMatch(
      /was made by PostgreSQL 17, and this is 18: run PostgreSQL 17 on it and name that server in DATABASE_URL/,
    );
    expect(await readFile(version, "utf8")).toBe("17\n");
    await writeFile(version, right);
  });

  test("a lost password, a folder that holds something else and a link that leads nowhere each get an answer of their own", async () => {
    await rename(join(shared, "postgres.password"), join(shared, "elsewhere"));
    expect((await start(shared).started).error).toMatch(/password cannot be read from .*postgres\.password: bring it back from a backup/);
    await rename(join(shared, "elsewhere"), join(shared, "postgres.password"));

    const other = await dataDir();
    await mkdir(join(other, "postgres", "photos"), { recursive: true });
    await writeFile(join(other, "postgres.password"), "x");
    if (user)
      for (const path of ["", "postgres", "postgres/photos", "postgres.password"]) await chown(join(other, path), user.uid, user.gid);
    if (process.getuid?.() === 0 && !user) await chown(join(other, "postgres"), 65_534, 65_534);
    expect((await start(other).started).error).toMatch(/holds no PostgreSQL cluster: move it away/);

    const nowhere = await dataDir();
    await mkdir(nowhere);
    await symlink("/nonexistent/cluster", join(nowhere, "postgres"));
    expect((await start(nowhere).started).error).toMatch(/leads to \/nonexistent\/cluster, which is not there/);
  });

  test("a data folder inside one that only its owner can enter works, and holds the cluster or a link to it", async () => {
    const data = await dataDir();
    await chmod(join(data, ".."), 0o700);
    const ours = start(data);
    expect((await ours.started).error).toBeUndefined();
    expect((await lstat(join(data, "postgres"))).isSymbolicLink()).toBe(process.getuid?.() === 0 && !user);
    expect((await ours.ask("query SELECT 1 AS one")).rows).toEqual([{ one: 1 }]);
    await ours.ask("release");
  });

  const unlessRoot = process.getuid?.() === 0 && !user ? test.skip : test;

  unlessRoot("a data folder that may not be written to is named, with what to do", async () => {
    const data = await dataDir();
    await mkdir(data, { mode: 0o500 });
    if (user) await chown(data, user.uid, user.gid);
    expect((await start(data).started).error).toMatch(/data folder .*data cannot be written to: let DATA_DIR name a folder/);
    expect((await start(join(data, "deeper")).started).error).toMatch(/data folder .*deeper cannot be made or entered: let DATA_DIR name/);
  });
});

test("processes that come and go all the time never find the server gone, and leave it stopped", async () => {
  const { dataDir, cleanUp } = makeHouse(undefined);
  const data = await dataDir();
  const comeAndGo = async () => {
    for (let visit = 0; visit < 5; visit++) {
      const server = await startEmbedded({ dataDir: data });
      await onServer(server.url, "SELECT 1");
      await server.release();
    }
  };
  try {
    await Promise.all([comeAndGo(), comeAndGo(), comeAndGo()]);
    expect(await serverPid(data)).toBeUndefined();
  } finally {
    await cleanUp();
  }
});

/** Needs the right to mount and, beside root, a user who can read this checkout: then a small disk can be made. */
const [, ordinary] = usersToTry().at(-1) ?? [];
const withSmallDisk = ordinary && canMount() ? test : test.skip;

withSmallDisk("a full disk is named, with what to do, before there is a cluster and after", async () => {
  const { dataDir, start, cleanUp } = makeHouse(ordinary);
  const data = await dataDir();
  await mkdir(data);
  spawnSync("mount", ["-t", "tmpfs", "-o", `size=30m,uid=${ordinary?.uid}`, "tmpfs", data]);
  try {
    expect((await start(data).started).error).toMatch(/no room for the embedded database in .*: free 200 MB, or point DATA_DIR elsewhere/);
    spawnSync("mount", ["-o", "remount,size=100m", data]);
    const ours = start(data);
    expect((await ours.started).error).toBeUndefined();
    await ours.ask("release");
    spawnSync("sh", ["-c", `cat /dev/zero > ${data}/filler`]);
    expect((await start(data).started).error).toMatch(/no room left for the embedded database in .*: free some space and start again/);
  } finally {
    spawnSync("umount", [data]);
    await cleanUp();
  }
});

function canMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), "countersign-mount-"));
  const mounted = spawnSync("mount", ["-t", "tmpfs", "tmpfs", folder]).status === 0;
  if (mounted) spawnSync("umount", [folder]);
  rmdirSync(folder);
  return mounted;
}
