import type { Log } from "../../ports.ts";

/** A log for callers who want none. */
export const silent: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
