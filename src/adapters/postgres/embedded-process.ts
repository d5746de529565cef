import { spawn } from "node:child_process";
import { existsSync } from "node:fs";

/** The system user PostgreSQL runs as when we are root; numbers as in /etc/passwd. */
export type RunAs = { uid: number; gid: number };

/** What a finished program said (both streams) and how it ended. */
export type Ran = { code: number | null; output: string };

/**
 * Runs one of PostgreSQL's own programs to its end. It gets a session of its own, so that Ctrl-C in our terminal reaches only us,
 * an almost empty environment (PGDATA and its kin would redirect it), and `/` as its folder, because any user can enter that.
 */
export async function run(program: string, args: string[], runAs?: RunAs): Promise<Ran> {
  const child = spawn(program, args, {
    ...runAs,
    cwd: "/",
    env: { LC_ALL: "C", TZ: "UTC" },
    detached: true,
    windowsHide: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", (error) => reject(cannotRun(program, error)));
    child.once("close", resolve);
  });
  return { code, output };
}

/** The last line that tells what went wrong in PostgreSQL's output; its lines begin with a time and a level. */
export function reasonIn(text: string): string {
  const lines = text.split("\n").map((line) => line.trim());
  const told = lines.findLast((line) => /\b(PANIC|FATAL|ERROR|error):/.test(line)) ?? lines.findLast((line) => line !== "");
  return told?.replace(/^.*?\b(PANIC|FATAL|ERROR|error): +/, "") ?? "it gave no reason";
}

function cannotRun(program: string, error: NodeJS.ErrnoException): Error {
  if (error.code === "ENOENT" && existsSync(program)) {
    return new Error(
      `${program} cannot run here: it needs glibc, and this system (Alpine?) has another C library. Use an image with glibc, such as node:24-slim, or set DATABASE_URL to a PostgreSQL of your own.`,
      { cause: error },
    );
  }
  return new Error(`${program} cannot be run (${error.code}): check its permissions, or set DATABASE_URL to a PostgreSQL of your own.`, {
    cause: error,
  });
}
