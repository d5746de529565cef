import { randomUUID } from "node:crypto";
import { answeredPairs } from "../core/mining.ts";
import { type ConversationHistory, HelpdeskError } from "../ports/helpdesk.ts";
import type { SyncProgress } from "../ports/knowledge.ts";
import type { Ports } from "../ports.ts";

/** Messages read of one conversation: longer ones are no question and answer. */
const MOST_MESSAGES = 200;
/** Sources that a suggestion names at most, and how much of an answer's telling words one must hold. */
const MOST_SOURCES = 3;
const COVERS = 0.4;

/** What a mining came to. */
export interface MiningReport {
  conversations: number;
  /** Questions with a person's answer, and those of them that were not suggested before. */
  found: number;
  suggested: number;
}

/**
 * Looks through resolved conversations for questions that people answered, and suggests them with the sources that the answers seem to
 * rest on. Nothing counts before a person accepts it; the same answer is suggested once, however often this runs.
 */
export async function mineConversations(
  {
    helpdesk,
    history,
    knowledge,
    store,
    settings,
    clock,
  }: Pick<Ports, "helpdesk" | "knowledge" | "store" | "settings" | "clock"> & {
    history: ConversationHistory;
  },
  { since, tell = () => {} }: { since: Date; tell?: (progress: SyncProgress) => void },
): Promise<MiningReport> {
  const report: MiningReport = { conversations: 0, found: 0, suggested: 0 };
  for await (const { conversationId, total } of history.resolvedSince(since)) {
    const messages = await helpdesk.messages(conversationId, { atLeast: MOST_MESSAGES }).catch((error: unknown) => {
      if (error instanceof HelpdeskError && (error.kind === "gone" || error.kind === "forbidden")) return [];
      throw error;
    });
    const pairs = answeredPairs(messages).filter(({ answeredAt }) => answeredAt >= since);
    for (const pair of pairs) {
      const { passages } = await knowledge.search(pair.answer, { limit: 10 });
      const resting = passages.filter(({ url, coverage }) => coverage >= COVERS || (url !== null && pair.answer.includes(url)));
      report.suggested += await store.suggestions.add({
        ...pair,
        id: randomUUID(),
        accountId: settings.accountId,
        conversationId,
        sourceIds: [...new Set(resting.map(({ sourceId }) => sourceId))].slice(0, MOST_SOURCES),
        createdAt: clock.now(),
      });
    }
    report.conversations += 1;
    report.found += pairs.length;
    tell({ what: "conversations", done: report.conversations, total: Math.max(total, report.conversations) });
  }
  return report;
}
