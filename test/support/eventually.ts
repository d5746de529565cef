/** Waits until a condition holds, looking again and again; the deadline only bounds a failure. */
export async function eventually(
  what: string | (() => string),
  holds: () => Promise<boolean> | boolean,
  deadlineMs = 20_000,
): Promise<void> {
  const end = Date.now() + deadlineMs;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`It did not come about in ${deadlineMs} ms: ${typeof what === "string" ? what : what()}.`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
