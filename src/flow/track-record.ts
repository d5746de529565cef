import { historyOf } from "../core/history.ts";
import { labelOf } from "../core/learning.ts";
import type { Intent } from "../core/words.ts";
import type { Serving } from "../ports/calibrations.ts";
import type { Ports } from "../ports.ts";

/** What earlier decisions say about a draft. */
export interface TrackRecord {
  /** What it is scored with; null for the prior. */
  serving: Serving | null;
  /** How drafts for like questions were decided, 0..1; null when there were none. */
  history: number | null;
}

/** Of a draft that is none. */
export const NO_RECORD: TrackRecord = { serving: null, history: null };

/** The newest decisions on drafts with the same best source that are looked at for like questions. */
const LOOKED_AT = 100;

/** Asks what was decided before; a record that cannot be read is none, for a draft is worth more than its score. */
export async function trackRecord(
  { store, log }: Pick<Ports, "store" | "log">,
  draft: { approvalId: string; accountId: number; drafter: string; question: string; intent: Intent; sourceId: string | null },
): Promise<TrackRecord> {
  const { accountId, sourceId } = draft;
  try {
    const [serving, decided] = await Promise.all([
      store.calibrations.serving(accountId, draft.drafter),
      sourceId === null ? [] : store.learning.onSource({ accountId, sourceId, limit: LOOKED_AT }),
    ]);
    const judged = decided.flatMap(({ question, intent, ...row }) => {
      const label = labelOf(row);
      return label === null ? [] : [{ question, intent, label }];
    });
    return { serving, history: historyOf(draft, judged) };
  } catch (error) {
    log.error({ err: error, approval: draft.approvalId }, "earlier decisions could not be read");
    return NO_RECORD;
  }
}
