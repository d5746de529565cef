import type { Policy, TeamPolicy } from "./policy.ts";
import type { Route, Triage } from "./words.ts";

/** Who could take a conversation, as the helpdesk knows it now. */
export interface Staff {
  teams: { id: number; name: string }[];
  /** Without an openConversations number the operator counts as free. */
  operators: { id: number; online: boolean; openConversations: number | null }[];
  /** Team id → operator ids. */
  membersOf: ReadonlyMap<number, number[]>;
  /** The operator that the API token belongs to; nobody sits behind it. */
  serviceUserId: number | null;
  /** Team id → who got the last conversation, for round robin. */
  lastAssignee: ReadonlyMap<number, number>;
}

/**
 * Who should have the conversation: safety → an operator who is online now; an escalation → the escalation team; VIP → the senior
 * team; then by intent, then the default team. Inside a team by its method; nobody online → the team alone. null when the policy
 * names no team for it. Somebody who already has it keeps it.
 */
export function routeOf({
  triage,
  policy,
  staff,
  escalated = false,
  currentAssigneeId = null,
}: {
  triage: Triage;
  policy: Policy;
  staff: Staff;
  /** True when a person or a recommendation escalated it. */
  escalated?: boolean;
  currentAssigneeId?: number | null;
}): Route | null {
  const chosen = teamFor(triage, policy, staff, escalated);
  const teamId = chosen?.team.id ?? null;
  if (currentAssigneeId !== null)
    return { teamId, assigneeId: currentAssigneeId, reason: `${chosen?.why ?? "no team"}; the assignee stays` };
  if (triage.flags.includes("safety")) {
    const online = staff.operators.filter((operator) => operator.online && operator.id !== staff.serviceUserId);
    const inTeam = teamId === null ? [] : online.filter(({ id }) => staff.membersOf.get(teamId)?.includes(id));
    const operator = leastBusy(inTeam.length > 0 ? inTeam : online, null);
    if (operator !== null) return { teamId, assigneeId: operator, reason: "safety: an operator who is online now" };
    return chosen && { teamId, assigneeId: null, reason: "safety: nobody is online" };
  }
  if (!chosen) return null;
  const assigneeId = memberFor(chosen.team.id, chosen.entry, staff);
  const who =
    assigneeId !== null
      ? chosen.entry.method.replaceAll("_", " ")
      : chosen.entry.method === "manual"
        ? "for the team to take"
        : "nobody available";
  return { teamId, assigneeId, reason: `${chosen.why}; ${who}` };
}

/** The team that a name (whatever its case) or an id means, null when there is none. */
export function resolveTeam(nameOrId: string | number, teams: { id: number; name: string }[]): { id: number; name: string } | null {
  const text = String(nameOrId).trim().toLowerCase();
  return (
    teams.find(({ name }) => name.trim().toLowerCase() === text) ?? teams.find(({ id }) => String(id) === text.replace(/^#/, "")) ?? null
  );
}

interface Chosen {
  team: { id: number; name: string };
  entry: TeamPolicy;
  why: string;
}

/** The first entry that fits and whose team exists; a team that was renamed in Chatwoot is passed over. */
function teamFor(triage: Triage, policy: Policy, { teams }: Staff, escalated: boolean): Chosen | null {
  const rules: [boolean, (entry: TeamPolicy) => boolean, string][] = [
    [triage.flags.includes("safety") || escalated, (entry) => entry.escalation, "escalation team"],
    [triage.flags.includes("vip"), (entry) => entry.vip, "VIP customer"],
    [true, (entry) => entry.intents.includes(triage.intent), `intent ${triage.intent.replaceAll("_", " ")}`],
    [true, (entry) => entry.default, "default team"],
  ];
  for (const [holds, fits, why] of rules) {
    if (!holds) continue;
    for (const entry of policy.teams.filter(fits)) {
      const team = resolveTeam(entry.id ?? entry.name ?? "", teams);
      if (team) return { team, entry, why };
    }
  }
  return null;
}

function memberFor(teamId: number, { method, max_open: maxOpen }: TeamPolicy, staff: Staff): number | null {
  if (method === "manual") return null;
  const members = staff.membersOf.get(teamId) ?? [];
  const free = staff.operators.filter(
    ({ id, online, openConversations }) =>
      online && id !== staff.serviceUserId && members.includes(id) && (maxOpen === null || (openConversations ?? 0) < maxOpen),
  );
  const last = staff.lastAssignee.get(teamId) ?? null;
  return method === "round_robin" ? nextInTurn(free, last) : leastBusy(free, last);
}

function leastBusy(operators: Staff["operators"], last: number | null): number | null {
  const fewest = Math.min(...operators.map(({ openConversations }) => openConversations ?? 0));
  return nextInTurn(
    operators.filter(({ openConversations }) => (openConversations ?? 0) === fewest),
    last,
  );
}

/** Turns go by id: whoever comes after the last one, else the first. */
function nextInTurn(operators: Staff["operators"], last: number | null): number | null {
  const ids = operators.map(({ id }) => id).toSorted((a, b) => a - b);
  return ids.find((id) => last !== null && id > last) ?? ids[0] ?? null;
}
