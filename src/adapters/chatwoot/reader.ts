import type { Clock, DeliveryReader } from "../../ports.ts";
import { maskPubsubToken, parseDelivery } from "./delivery.ts";
import { verifySignature } from "./signature.ts";
import { writerOf } from "./writer.ts";

/** The delivery reader of a Chatwoot whose webhook has one of `secrets`; several while rotating. */
export function createReader(options: { secrets: string[]; toleranceSeconds: number; clock: Clock }): DeliveryReader {
  const { secrets, toleranceSeconds, clock } = options;
  return {
    read({ rawBody, signature, timestamp, trusted }) {
      // Who signs is held to it, also at the door that trusts.
      const mustVerify = !trusted || (Boolean(signature) && secrets.length > 0);
      if (mustVerify) verifySignature({ rawBody, headers: { signature, timestamp }, secrets, toleranceSeconds, now: clock.now() });
      const delivery = parseDelivery(rawBody);
      return { delivery, body: storable(delivery.event, rawBody) };
    },

    reread: (body) => parseDelivery(Buffer.from(body)),
    writerOf,
  };
}

/** An inbox event holds its channel's passwords and tokens under names that vary by channel: of it we keep the name only. */
const storable = (event: string, rawBody: Buffer): string =>
  event.startsWith("inbox_") ? JSON.stringify({ event }) : maskPubsubToken(rawBody.toString("utf8"));
