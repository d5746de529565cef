import { type Policy, policySchema } from "../../src/core/policy.ts";
import { resolveTeam, routeOf, type Staff } from "../../src/core/route.ts";
import type { Flag, Intent } from "../../src/core/words.ts";
import { triaged } from "./make.ts";

const policy: Policy = policySchema.parse({
  teams: [
    { name: "gone from Chatwoot", intents: ["order_status"] },
    { name: "Order Support", intents: ["order_status", "return_refund"], max_open: 3 },
    { name: "senior", vip: true, method: "round_robin" },
    { id: 3, intents: ["technical_issue"], escalation: true },
    { name: "desk", default: true, method: "manual" },
  ],
});
const SERVICE = 1;
const operator = (id: number, online: boolean, openConversations: number | null) => ({ id, online, openConversations });
const staff = (more: Partial<Staff> = {}): Staff => ({
  teams: [
    { id: 1, name: "order support" },
    { id: 2, name: "senior" },
    { id: 3, name: "technical" },
    { id: 4, name: "desk" },
  ],
  operators: [operator(SERVICE, true, 0), operator(5, true, 2), operator(6, true, 1), operator(7, true, 1), operator(8, false, 0)],
  membersOf: new Map([
    [1, [SERVICE, 5, 6, 7, 8]],
    [2, [5, 6, 7, 8]],
    [3, [8]],
    [4, [5]],
  ]),
  serviceUserId: SERVICE,
  lastAssignee: new Map(),
  ...more,
});
const route = (given: {
  intent?: Intent;
  flags?: Flag[];
  staff?: Staff;
  escalated?: boolean;
  currentAssigneeId?: number | null;
  policy?: Policy;
}) =>
  routeOf({
    triage: triaged({ intent: given.intent ?? "order_status", flags: given.flags ?? [] }),
    policy,
    ...given,
    staff: given.staff ?? staff(),
  });

test("by intent, to the online member with the fewest open conversations, a renamed team passed over, nobody behind the API token", () => {
  expect(route({})).toEqual({ teamId: 1, assigneeId: 6, reason: "intent order status; least busy" });
});

test("on a tie it is the next one's turn", () => {
  expect(route({ staff: staff({ lastAssignee: new Map([[1, 6]]) }) })?.assigneeId).toBe(7);
  expect(route({ staff: staff({ lastAssignee: new Map([[1, 7]]) }) })?.assigneeId).toBe(6);
});

test("who has as many open conversations as the team allows gets none", () => {
  const busy = staff({ operators: [operator(5, true, 3), operator(6, true, 4), operator(7, true, 2)] });
  expect(route({ staff: busy })?.assigneeId).toBe(7);
  expect(route({ staff: staff({ operators: [operator(5, true, 3)] }) })).toMatchObject({ teamId: 1, assigneeId: null });
});

test("nobody online: the team alone", () => {
  expect(route({ staff: staff({ operators: [operator(5, false, 0)] }) })).toEqual({
    teamId: 1,
    assigneeId: null,
    reason: "intent order status; nobody available",
  });
});

test("a VIP goes to the senior team, in turns", () => {
  const lastAssignee = new Map([[2, 5]]);
  expect(route({ flags: ["vip"], staff: staff({ lastAssignee }) })).toEqual({
    teamId: 2,
    assigneeId: 6,
    reason: "VIP customer; round robin",
  });
  expect(route({ flags: ["vip"], staff: staff({ lastAssignee: new Map([[2, 7]]) }) })?.assigneeId).toBe(5);
});

test("what fits no entry goes to the default team, which takes by hand; without one nowhere", () => {
  expect(route({ intent: "feedback" })).toEqual({ teamId: 4, assigneeId: null, reason: "default team; for the team to take" });
  expect(route({ intent: "feedback", policy: policySchema.parse({}) })).toBeNull();
});

test("an escalation goes to the escalation team", () => {
  expect(route({ escalated: true })).toMatchObject({ teamId: 3, assigneeId: null });
});

test("safety goes to somebody who is online now, of the escalation team if possible, never to the API token's user", () => {
  expect(route({ flags: ["safety"] })).toEqual({ teamId: 3, assigneeId: 6, reason: "safety: an operator who is online now" });
  const inTeam = staff({ operators: [operator(8, true, 9), operator(6, true, 0)] });
  expect(route({ flags: ["safety", "vip"], staff: inTeam })?.assigneeId).toBe(8);
  expect(route({ flags: ["safety"], staff: staff({ operators: [operator(SERVICE, true, 0)] }) })).toEqual({
    teamId: 3,
    assigneeId: null,
    reason: "safety: nobody is online",
  });
  expect(route({ flags: ["safety"], policy: policySchema.parse({}) })).toMatchObject({ teamId: null, assigneeId: 6 });
});

test("somebody who has the conversation keeps it", () => {
  expect(route({ currentAssigneeId: 8 })).toMatchObject({ teamId: 1, assigneeId: 8 });
  expect(route({ flags: ["safety"], currentAssigneeId: 8 })?.assigneeId).toBe(8);
});

test("a team is named by name, whatever its case, or by id", () => {
  const { teams } = staff();
  expect(resolveTeam(" Order SUPPORT ", teams)?.id).toBe(1);
  expect(resolveTeam("3", teams)?.id).toBe(3);
  expect(resolveTeam(3, teams)?.id).toBe(3);
  expect(resolveTeam("#3", teams)?.id).toBe(3);
  expect(resolveTeam("order", teams)).toBeNull();
  expect(resolveTeam("3", [...teams, { id: 9, name: "3" }])?.id).toBe(9);
});
