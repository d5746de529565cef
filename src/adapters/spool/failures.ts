/**
 * What a failed attempt to record a delivery says.
 * - `away`: the database cannot take anything now: not reached, starting, stopping, full, out of connections.
 * - `answered`: it answered, and whether the delivery or the database's own state is to blame (a table that is not there yet, a missing
 *   right) shows in what becomes of others.
 * - `refused`: it answered that this very delivery cannot be stored.
 */
export type Verdict = "away" | "answered" | "refused";

/** Classes of SQLSTATE: connection, transaction mode (a standby), login, no such database, rollback, resources, not now, shutdown, system. */
const AWAY = new Set(["08", "25", "28", "3D", "40", "53", "55", "57", "58"]);
/** Data, constraint, check option, limits, raised by a trigger. */
const REFUSED = new Set(["22", "23", "44", "54", "P0"]);

/** Judges an error by its SQLSTATE; one without (`severity` tells them from Node's codes) never reached the database, or lost it. */
export function verdictOf(error: unknown): Verdict {
  const state = sqlState(error);
  if (state === null || AWAY.has(state.slice(0, 2))) return "away";
  return REFUSED.has(state.slice(0, 2)) ? "refused" : "answered";
}

/** Why the database refused, for people: its code and constraint, never its words, which may quote the delivery. */
export function reasonOf(error: unknown): string {
  const { constraint } = error as { constraint?: string };
  return `The database refused this delivery (SQLSTATE ${sqlState(error)}${constraint ? `, ${constraint}` : ""}).`;
}

function sqlState(error: unknown): string | null {
  if (!(error instanceof Error) || !("severity" in error) || !("code" in error)) return null;
  return typeof error.code === "string" ? error.code : null;
}
