import type { Clock, DeliveryReader } from "../../ports.ts";
import { parseDelivery, textOf } from "./delivery.ts";
import { maskPubsubToken } from "./mask.ts";
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
      const rawText = textOf(rawBody);
      const delivery = parseDelivery(rawText);
      return { delivery, body: storable(delivery.event, rawText) };
    },

    reread: parseDelivery,
    writerOf,
  };
}

/**
 * An inbox event holds its channel's passwords and tokens under names that vary by channel, and a contact event a person's addresses,
 * which no conversation that is forgotten would take along. Neither causes anything: of both we keep the name only.
 */
const storable = (event: string, rawText: string): string =>
  /^(inbox|contact)_/.test(event) ? JSON.stringify({ event }) : maskPubsubToken(rawText);
