import { expire } from "../core/approval.ts";
import type { Ports } from "../ports.ts";
import { withdrawNotes } from "./notes.ts";
import { tellChange } from "./tell-change.ts";

/** Nobody decided for `APPROVAL_EXPIRY_HOURS`: the draft is out of date. */
export async function expireApprovals({ store, clock, settings }: Pick<Ports, "store" | "clock" | "settings">): Promise<void> {
  const before = new Date(clock.now().getTime() - settings.approvalExpiryHours * 3_600_000);
  for (const id of await store.approvals.olderThan(before, "pending")) {
    await store.transaction(async (tables) => {
      const pending = await tables.approvals.lock(id);
      if (pending?.status !== "pending") return;
      const at = clock.now();
      const { approval } = expire(pending, { at });
      await tables.approvals.update(approval);
      await withdrawNotes(tables, id);
      await tellChange(tables, { before: pending, approval, at, what: "expired", detail: { because: "nobody decided in time" } });
    });
  }
}
