import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Memory in MiB: the server's resident set, and the proportional set of its PostgreSQL (shared pages are counted once). */
export function memoryOf(serverPid: number, dataDir: string): { "server RSS MiB": number; "PostgreSQL PSS MiB": number } {
  const postmaster = Number(readFileSync(join(dataDir, "postgres/postmaster.pid"), "utf8").split("\n")[0]);
  const family = [postmaster, ...childrenOf(postmaster)];
  return {
    "server RSS MiB": field(`/proc/${serverPid}/status`, "VmRSS"),
    "PostgreSQL PSS MiB": Math.round(family.reduce((total, pid) => total + field(`/proc/${pid}/smaps_rollup`, "Pss"), 0)),
  };
}

function childrenOf(pid: number): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((other) => parentOf(other) === pid);
}

function parentOf(pid: number): number | null {
  try {
    return Number(/\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, "utf8"))?.[1]);
  } catch {
    return null; // it ended while we looked
  }
}

function field(file: string, name: string): number {
  const kib = new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(readFileSync(file, "utf8"))?.[1];
  return Math.round(Number(kib) / 102.4) / 10;
}
