import type { Kysely } from "kysely";
import type { Schema } from "./tables.ts";

/** Deletes what was kept long enough. What still waits for a person stays, however old. */
export async function purge(db: Kysely<Schema>, endedBefore: Date, now: Date): Promise<Record<string, number>> {
  const approvals = await db
    .deleteFrom("agentApprovals")
    .where("updatedAt", "<", endedBefore)
    .where("status", "not in", ["pending", "approved", "send_failed"])
    .executeTakeFirst();
  const deliveries = await db.deleteFrom("webhookDeliveries").where("receivedAt", "<", endedBefore).executeTakeFirst();
  const letters = await db
    .deleteFrom("deadLetters")
    .where((of) => of.or([of("redrivenAt", "<", endedBefore), of("discardedAt", "<", endedBefore)]))
    .executeTakeFirst();
  const keys = await db.deleteFrom("idempotencyKeys").where("createdAt", "<", endedBefore).executeTakeFirst();
  const modelCalls = await db.deleteFrom("modelCalls").where("at", "<", endedBefore).executeTakeFirst();
  const sessions = await db.deleteFrom("sessions").where("expiresAt", "<", now).executeTakeFirst();
  const counts = { approvals, deliveries, letters, keys, modelCalls, sessions };
  return Object.fromEntries(Object.entries(counts).map(([name, { numDeletedRows }]) => [name, Number(numDeletedRows)]));
}
