import { openMining } from "../compose.ts";
import { mineConversations } from "../flow/mine-conversations.ts";
import { createProgress } from "./progress.ts";
import { withRecords } from "./records.ts";
import { UsageError } from "./usage.ts";

/** `knowledge learn --from-chatwoot --since DAY`: suggests what people answered in resolved conversations; nothing counts before it is accepted. */
export async function mine({ since: given, json }: { since: string | undefined; json: boolean }): Promise<number> {
  const since = new Date(given ?? Number.NaN);
  if (Number.isNaN(since.getTime())) throw new UsageError("--from-chatwoot needs --since with a day, e.g. --since 2026-01-01.");
  return withRecords(async ({ records, config, log }) => {
    const progress = createProgress(process.stderr);
    const report = await mineConversations(openMining(config, records.store, log), { since, tell: progress.tell }).finally(progress.end);
    const { conversations, found, suggested } = report;
    process.stdout.write(
      json
        ? `${JSON.stringify(report)}\n`
        : `${conversations} conversations, ${found} answered questions, ${suggested} new suggestions: GET /api/v1/knowledge/suggestions\n`,
    );
    return 0;
  });
}
