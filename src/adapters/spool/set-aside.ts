import type { DeadLetter } from "../../ports/dead-letters.ts";
import type { NewJob } from "../../ports/jobs.ts";
import type { NewDelivery } from "../../ports/store.ts";
import type { Ports } from "../../ports.ts";

/**
 * Keeps a delivery that the database refused again and again for people. Asked twice for the same one it does it once; one that a person
 * put back in vain is theirs again.
 */
export async function setAside(
  { store, clock }: Pick<Ports, "store" | "clock">,
  { row, job, reason }: { row: NewDelivery; job: NewJob | null; reason: string },
): Promise<void> {
  const letter: DeadLetter = {
    id: row.deliveryId,
    kind: "receive-delivery",
    data: storable({ row, job }),
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

/** What no column can hold may be why the database refused: a letter that says nearly the same is better than none. */
function storable(data: { row: NewDelivery; job: NewJob | null }): Record<string, unknown> {
  return JSON.parse(JSON.stringify(data), (_key, value) =>
    typeof value === "string" ? value.replaceAll("\u0000", "\ufffd").toWellFormed() : value,
  );
}
