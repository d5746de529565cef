/** What this room says while it works: fields first, as pino takes them; pino's own logger fits. */
export type Log = Record<"info" | "warn" | "error", (fields: object, message: string) => void>;

/** A log for callers who want none. */
export const silent: Log = { info: () => {}, warn: () => {}, error: () => {} };
