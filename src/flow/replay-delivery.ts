import { randomUUID } from "node:crypto";
import { Problem } from "../core/problem.ts";
import type { DeliveryReader, Ports } from "../ports.ts";
import { recordOf } from "./receive-delivery.ts";

/**
 * Runs a recorded delivery through the house again, as a delivery of its own. A message that was drafted before gets no second draft
 * unless `redraft` asks for one.
 */
export async function replayDelivery(
  {
    store,
    clock,
    settings,
    reader,
  }: Pick<Ports, "store" | "clock"> & {
    settings: Pick<Ports["settings"], "accountId" | "draftDebounceSeconds">;
    reader: Pick<DeliveryReader, "reread">;
  },
  { deliveryId, redraft }: { deliveryId: string; redraft: boolean },
): Promise<{ deliveryId: string }> {
  const recorded = await store.deliveries.get(deliveryId);
  if (!recorded) throw new Problem("not_found", "There is no delivery with this id; `GET /api/v1/deliveries` lists them.");
  const replayed = { deliveryId: randomUUID(), delivery: reader.reread(recorded.body), body: recorded.body, source: "replay" as const };
  const { row, job } = recordOf(replayed, settings, clock.now());
  await store.ingest(row, job && { ...job, data: { ...job.data, redraft }, startAfterSeconds: 0 });
  return { deliveryId: replayed.deliveryId };
}
