import type { NewJob } from "../../ports/jobs.ts";
import type { DeadLetter, NewDelivery } from "../../ports/store.ts";
import type { Ports } from "../../ports.ts";

/** Keeps a delivery that the database refused again and again for people; asked twice for the same one it does it once. */
export async function setAside(
  { store, clock }: Pick<Ports, "store" | "clock">,
  { row, job, reason }: { row: NewDelivery; job: NewJob | null; reason: string },
): Promise<void> {
  const letter: DeadLetter = {
    id: row.deliveryId,
    kind: "receive-delivery",
    data: { row, job },
    key: null,
    conversationId: row.conversationId,
    approvalId: null,
    deliveryId: row.deliveryId,
    reason,
    lastResponse: null,
    attempts: 3,
    createdAt: clock.now(),
    redrivenAt: null,
    redrivenBy: null,
    discardedAt: null,
    discardedBy: null,
    discardReason: null,
  };
  await store.transaction(async (tables) => {
    await tables.deadLetters.insert(letter);
    await tables.live.publish({ type: "delivery.dead", id: letter.id });
    // The customer waits in Chatwoot all the same: what they wrote there is drafted without the delivery.
    if (row.fromCustomer && job?.key)
      await tables.jobs.send({ kind: "draft-reply", key: job.key, data: { conversationId: row.conversationId, redraft: true } });
  });
}
