/** Reads an id that a job carries; a job without it is a mistake of ours. */
export function nameOf(value: unknown): string {
  if (typeof value !== "string") throw new TypeError("a job lacks an id that its step needs");
  return value;
}

/** Reads a number that a job carries. */
export function numberOf(value: unknown): number {
  if (typeof value !== "number") throw new TypeError("a job lacks a number that its step needs");
  return value;
}
