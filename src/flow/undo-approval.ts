import { undo } from "../core/approval.ts";
import { draftNote } from "../core/note.ts";
import { Problem } from "../core/problem.ts";
import type { Approval, Operator } from "../core/words.ts";
import type { Surface } from "../ports/store.ts";
import type { Ports } from "../ports.ts";
import { NOTE_QUEUED, replaceDraftNote } from "./notes.ts";
import { tellChange } from "./tell-change.ts";

/** Takes an approval back while its send is held: pending again with its note, the audit keeps both. */
export async function undoApproval(
  { store, clock, settings }: Pick<Ports, "store" | "clock" | "settings">,
  {
    approvalId,
    operator,
    surface,
    expectedVersion,
  }: { approvalId: string; operator: Operator; surface: Surface; expectedVersion: number | null },
): Promise<Approval> {
  return store.transaction(async (tables) => {
    const before = await tables.approvals.lock(approvalId);
    if (!before || before.accountId !== settings.accountId) throw new Problem("not_found", "There is no approval with this id.");
    if (expectedVersion !== null && expectedVersion !== before.version) {
      throw new Problem("version_mismatch", `The approval is at version ${before.version}, you saw ${expectedVersion}. Load it again.`);
    }
    const at = clock.now();
    const approval = { ...undo(before, at).approval, ...NOTE_QUEUED };
    await tables.approvals.update(approval);
    await tables.learning.remove(approval.id);
    await replaceDraftNote(tables, approval, { text: draftNote(approval, { now: at, operatorLinked: null }), at });
    await tellChange(tables, { before, approval, at, what: "undone", detail: { decision: before.decision }, by: { operator, surface } });
    return approval;
  });
}
