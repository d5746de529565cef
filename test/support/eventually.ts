/** Waits until a condition holds, looking again and again, less often as time goes by; the deadline only bounds a failure. */
export async function eventually(
  what: string | (() => string),
  holds: () => Promise<boolean> | boolean,
  deadlineMs = 60_000,
): Promise<void> {
  const end = Date.now() + deadlineMs;
  for (let pause = 15; !(await holds()); pause = Math.min(pause * 1.1, 250)) {
    if (Date.now() > end) throw new Error(`It did not come about in ${deadlineMs} ms: ${typeof what === "string" ? what : what()}.`);
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}
