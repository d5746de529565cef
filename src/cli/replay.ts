import { parseArgs } from "node:util";
import { createReader } from "../adapters/chatwoot/reader.ts";
import { readServerConfig } from "../config.ts";
import { isUuid } from "../core/hash.ts";
import { replayDelivery } from "../flow/replay-delivery.ts";
import { withRecords } from "./records.ts";
import { UsageError } from "./usage.ts";

/** Runs a recorded delivery through the house again; a running server or worker does the work. */
export async function run(args: string[]): Promise<number> {
  const { positionals, values } = parseArgs({ args, allowPositionals: true, options: { redraft: { type: "boolean", default: false } } });
  const [deliveryId, ...more] = positionals;
  if (deliveryId === undefined || more.length > 0) throw new UsageError("Name one delivery id.");
  if (!isUuid(deliveryId)) throw new UsageError(`${deliveryId}: is no delivery id; \`GET /api/v1/deliveries\` lists them.`);
  const config = readServerConfig();
  const clock = { now: () => new Date() };
  const replayed = await withRecords(({ records: { store } }) =>
    replayDelivery(
      {
        store,
        clock,
        settings: { accountId: config.CHATWOOT_ACCOUNT_ID, draftDebounceSeconds: 0 },
        reader: createReader({ secrets: [], toleranceSeconds: config.SIGNATURE_TOLERANCE_SECONDS, clock }),
      },
      { deliveryId: deliveryId.toLowerCase(), redraft: values.redraft },
    ),
  );
  process.stdout.write(`${JSON.stringify({ delivery_id: replayed.deliveryId })}\n`);
  return 0;
}
