import { execFile } from "node:child_process";
import { mkdir, open, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const SIZE_MIB = 8;

/** The disk under the spool, which can be full for a while. */
export interface SpoolDisk {
  /** What it is, for the report. */
  what: string;
  canBeFull: boolean;
  fill(): Promise<void>;
  free(): Promise<void>;
  remove(): Promise<void>;
}

/** A small file system of the spool's own where we may mount one; elsewhere the disk never fills, and the report says so. */
export async function mountSpoolDisk(directory: string): Promise<SpoolDisk> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const mounted = await run("mount", ["-t", "tmpfs", "-o", `size=${SIZE_MIB}m,mode=0700`, "tmpfs", directory]).then(
    () => true,
    () => false,
  );
  const ballast = join(directory, "ballast");
  if (!mounted)
    return {
      what: "not tried: this user may not mount a file system",
      canBeFull: false,
      fill: async () => {},
      free: async () => {},
      remove: async () => {},
    };
  return {
    what: `a tmpfs of ${SIZE_MIB} MiB under the spool, filled to the last byte`,
    canBeFull: true,
    async fill() {
      const file = await open(ballast, "w");
      try {
        for (const size of [1 << 20, 1 << 12, 1]) {
          const block = Buffer.alloc(size, 1);
          while (await fits(file, block));
        }
      } finally {
        await file.close().catch(() => {});
      }
    },
    free: () => rm(ballast, { force: true }),
    remove: async () => void (await run("umount", ["-l", directory]).catch(() => {})),
  };
}

async function fits(file: Awaited<ReturnType<typeof open>>, block: Buffer): Promise<boolean> {
  try {
    return (await file.write(block)).bytesWritten === block.length;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOSPC") return false;
    throw error;
  }
}
