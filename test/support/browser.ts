import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { accessSync, constants, existsSync, mkdirSync } from "node:fs";
import { chmod, mkdir, readFile, rename, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir, userInfo } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, chromium } from "playwright-core";

/** Quiet and alone: no sandbox because tests may run as root, no shared memory because a container may have little, no calls home. */
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-dev-shm-usage",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
];

const SYSTEM_BROWSERS = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/usr/bin/google-chrome-stable",
  "/snap/bin/chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
];

/** Opens a Chromium: the one CHROMIUM_PATH names, else the system's, else the one that npm brought along. The caller closes it. */
export async function launchBrowser(): Promise<Browser> {
  const found = process.env.CHROMIUM_PATH || SYSTEM_BROWSERS.find((path) => existsSync(path));
  const { executablePath, env } = found ? { executablePath: found, env: {} } : await unpackedBrowser();
  return chromium.launch({ executablePath, args: FLAGS, env: { ...process.env, ...env } });
}

/**
 * The browser inside `@sparticuz/chromium` with the libraries (nss, nspr, expat) and the font that a bare system lacks, unpacked once per
 * installation. It gets its folder's name only when complete, so that test files may ask for it at once.
 */
export async function unpackedBrowser(): Promise<{ executablePath: string; env: Record<string, string> }> {
  const unpacked = dirname(createRequire(import.meta.url).resolve("@sparticuz/chromium"));
  const { version } = JSON.parse(await readFile(join(unpacked, "..", "package.json"), "utf8")) as { version: string };
  const name = `chromium-${version}`;
  const folders = [
    join(import.meta.dirname, "..", "..", "node_modules", ".cache", "countersign"),
    join(tmpdir(), `countersign-${userInfo().username}`),
  ];
  const cache = folders.find((folder) => existsSync(join(folder, name))) ?? folders.find(canWrite);
  if (!cache) throw new Error(`The browser cannot be unpacked into ${folders.join(" or ")}: set CHROMIUM_PATH to one of your own.`);
  const folder = join(cache, name);
  if (!existsSync(folder)) {
    const half = `${folder}.${randomUUID()}`;
    await mkdir(half);
    await unpack(join(unpacked, "lambdafs.js"), join(unpacked, "..", "bin"), half);
    await chmod(join(half, "chromium"), 0o755); // it comes for its owner only
    await rename(half, folder).catch(() => rm(half, { recursive: true }));
  }
  const libraries = [join(folder, "al2023", "lib"), process.env.LD_LIBRARY_PATH].filter(Boolean).join(":");
  return { executablePath: join(folder, "chromium"), env: { LD_LIBRARY_PATH: libraries, FONTCONFIG_PATH: join(folder, "fonts") } };
}

function canWrite(folder: string): boolean {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** The package unpacks into the system's temporary folder; a process of its own can be told another one. */
async function unpack(module: string, archives: string, into: string): Promise<void> {
  const script = `import { inflate } from ${JSON.stringify(pathToFileURL(module).href)};
    await Promise.all(["chromium.br", "fonts.tar.br", "swiftshader.tar.br", "al2023.tar.br"].map((name) => inflate(${JSON.stringify(archives)} + "/" + name)));`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    env: { ...process.env, NODE_OPTIONS: "", TMPDIR: into },
    stdio: ["ignore", "ignore", "inherit"],
  });
  const code = await new Promise((resolve, reject) => child.once("error", reject).once("exit", resolve));
  if (code !== 0) throw new Error(`The browser could not be unpacked into ${into}: is there room for 220 MB? Or set CHROMIUM_PATH.`);
}
