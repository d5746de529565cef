import type { Approval } from "../core/words.ts";
import type { Surface, Tables } from "../ports/store.ts";

export interface ToldChange {
  /** null for an approval that is new. */
  before: Approval | null;
  approval: Approval;
  at: Date;
  what: string;
  detail: Record<string, unknown>;
  /** Who did it; by default the house itself. */
  by?: { operator: { id: number; name: string }; surface: Surface };
}

/** Writes a change of an approval into its audit trail and tells everybody who watches the queue, when the transaction commits. */
export async function tellChange(tables: Tables, { before, approval, at, what, detail, by }: ToldChange): Promise<void> {
  await tables.approvalEvents.append({
    approvalId: approval.id,
    at,
    what,
    surface: by?.surface ?? "system",
    actor: by ? { type: "operator", id: by.operator.id, name: by.operator.name } : { type: "system" },
    oldVersion: before?.version ?? null,
    newVersion: approval.version,
    detail,
  });
  await tables.live.publish({ type: what === "created" ? "approval.created" : "approval.updated", id: approval.id });
}
