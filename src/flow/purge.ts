import type { Ports } from "../ports.ts";

/** Deletes what ended or was last seen before `RETENTION_DAYS`: deliveries, decided approvals with their learning rows, conversations, sessions. */
export async function purge({ store, clock, settings, log }: Pick<Ports, "store" | "clock" | "settings" | "log">): Promise<void> {
  const before = new Date(clock.now().getTime() - settings.retentionDays * 86_400_000);
  const deleted = await store.purge(before, clock.now());
  log.info(deleted, "purged what was kept long enough");
}
