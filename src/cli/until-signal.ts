/** Resolves when the process is told to end (SIGTERM, or SIGINT from a terminal). */
export function untilSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => resolve());
  });
}
