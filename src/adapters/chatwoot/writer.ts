import { z } from "zod";
import type { DeliveryReader } from "../../ports.ts";
import { parseDelivery } from "./delivery.ts";

const unknownToUs = null;
const id = z.int().positive().nullish().catch(unknownToUs);

/** What a message's webhook says of its surroundings; what a delivery of our own making leaves out is unknown. */
const Surroundings = z.object({
  inbox: z.object({ id }).nullish().catch(unknownToUs),
  conversation: z
    .object({ channel: z.string().nullish().catch(unknownToUs), inbox_id: id })
    .nullish()
    .catch(unknownToUs),
  sender: z
    .object({ id, name: z.string().nullish().catch(unknownToUs) })
    .nullish()
    .catch(unknownToUs),
});

/** Who wrote the message of a stored delivery, what and where, as far as its body tells. */
export function writerOf(body: string): ReturnType<DeliveryReader["writerOf"]> {
  const { message } = parseDelivery(Buffer.from(body));
  const { inbox, conversation, sender } = Surroundings.parse(JSON.parse(body));
  return {
    inboxId: inbox?.id ?? conversation?.inbox_id ?? null,
    channel: conversation?.channel ?? "",
    customerId: sender?.id ?? null,
    customerName: sender?.name ?? null,
    text: message?.content ?? "",
  };
}
