import { escalationNotice } from "../core/notice.ts";
import type { Job, Ports } from "../ports.ts";
import { nameOf } from "./ids.ts";
import { queueNotice } from "./notes.ts";

/** Hands an escalated conversation to its team or person and tells the operators why. */
export async function assignConversation(
  { store, helpdesk, clock }: Pick<Ports, "store" | "helpdesk" | "clock">,
  job: Pick<Job, "id" | "data">,
): Promise<void> {
  const approval = await store.approvals.get(nameOf(job.data.approvalId));
  if (!approval) return;
  const { teamId = null, assigneeId = null } = approval.route ?? {};
  // Two calls, the team first: Chatwoot ignores a team in a call that names a person, and a new team may drop the assignee.
  if (teamId !== null) await helpdesk.assignTeam(approval.conversationId, teamId);
  if (assigneeId !== null) await helpdesk.assignOperator(approval.conversationId, assigneeId);
  const to = teamId === null ? null : ((await helpdesk.teams()).find(({ id }) => id === teamId)?.name ?? null);
  const text = escalationNotice({ by: approval.decidedBy?.name ?? "Countersign", to, note: approval.comment });
  await store.transaction((tables) =>
    queueNotice(tables, {
      id: job.id,
      accountId: approval.accountId,
      conversationId: approval.conversationId,
      approval,
      text,
      at: clock.now(),
    }),
  );
}
