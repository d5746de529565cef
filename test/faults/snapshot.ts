import { execFile } from "node:child_process";
import { cp, mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, "..", "..");
const PARTS = ["src", "migrations", "package.json"];

/**
 * A copy of the program that stays as it is while people edit the files: each process that is started in an hour's run is the same build. With
 * `ref` it is that commit's, else the files as they are.
 */
export async function takeSnapshot(root: string, ref: string | null): Promise<{ root: string; what: string }> {
  await mkdir(root, { recursive: true });
  await symlink(join(ROOT, "node_modules"), join(root, "node_modules"));
  const git = (...args: string[]) => run("git", ["-C", ROOT, ...args], { maxBuffer: 1 << 20 }).then(({ stdout }) => stdout.trim());
  if (ref !== null) {
    await run("sh", ["-c", 'git -C "$1" archive "$2" src migrations package.json | tar -x -C "$3"', "sh", ROOT, ref, root]);
    return { root, what: `commit ${await git("rev-parse", "--short", ref)}` };
  }
  for (const part of PARTS) await cp(join(ROOT, part), join(root, part), { recursive: true });
  const commit = await git("rev-parse", "--short", "HEAD").catch(() => "no repository");
  const isChanged = (await git("status", "--porcelain", ...PARTS).catch(() => "")) !== "";
  return { root, what: `commit ${commit}${isChanged ? " with uncommitted changes" : ""}` };
}
