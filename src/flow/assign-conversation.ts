import { escalationNotice } from "../core/notice.ts";
import { routeOf, type Staff } from "../core/route.ts";
import type { Approval, Route } from "../core/words.ts";
import { HelpdeskError } from "../ports/helpdesk.ts";
import type { Job } from "../ports/jobs.ts";
import type { Ports } from "../ports.ts";
import { nameOf } from "./ids.ts";
import { queueNotice } from "./notes.ts";

type Reach = Pick<Ports, "store" | "helpdesk" | "clock" | "policy">;

/** Hands an escalated conversation to its team or person and tells the operators why; who named neither leaves the choice to the policy. */
export async function assignConversation(ports: Reach, job: Pick<Job, "id" | "data">): Promise<void> {
  const { store, helpdesk, clock } = ports;
  const approval = await store.approvals.get(nameOf(job.data.approvalId));
  if (!approval) return;
  const staff = await gatherStaff(ports, approval.accountId);
  const { teamId, assigneeId } = approval.route ?? routeByPolicy(ports, approval, staff) ?? NOBODY;
  try {
    // Two calls, the team first: Chatwoot ignores a team in a call that names a person, and a new team may drop the assignee.
    if (teamId !== null) await helpdesk.assignTeam(approval.conversationId, teamId);
    if (assigneeId !== null) await helpdesk.assignOperator(approval.conversationId, assigneeId);
  } catch (error) {
    if (!(error instanceof HelpdeskError && error.kind === "gone")) throw error;
    return store.conversations.markGone(approval.accountId, approval.conversationId, clock.now()); // deleted: nobody can have it
  }
  const names = [staff.teams.find(({ id }) => id === teamId)?.name, staff.operators.find(({ id }) => id === assigneeId)?.name];
  const to = names.filter((name) => name !== undefined).join(", ") || null;
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

const NOBODY = { teamId: null, assigneeId: null };

function routeByPolicy({ policy }: Reach, approval: Approval, staff: Staff): Route | null {
  const { intent, sentiment, language, flags } = approval;
  const triage = { intent, sentiment, language, flags, needsReply: true, urgency: "normal" as const, reasons: [] };
  return routeOf({ triage, policy: policy(), staff, escalated: true });
}

async function gatherStaff({ helpdesk, store }: Reach, accountId: number) {
  const [teams, operators, self, open] = await Promise.all([
    helpdesk.teams(),
    helpdesk.operators(),
    helpdesk.self(),
    store.conversations.openPerAssignee(accountId),
  ]);
  const members = await Promise.all(teams.map(async ({ id }) => [id, await helpdesk.teamMembers(id)] as const));
  return {
    teams,
    operators: operators.map((operator) => ({ ...operator, openConversations: open.get(operator.id) ?? 0 })),
    membersOf: new Map(members),
    serviceUserId: self.id,
    lastAssignee: new Map(),
  } satisfies Staff;
}
