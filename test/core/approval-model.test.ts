import fc from "fast-check";
import {
  type Change,
  type DecisionCommand,
  decide,
  expire,
  giveBack,
  markSendFailed,
  markSending,
  markSent,
  replaceDraft,
  requeueSend,
  supersede,
  undo,
} from "../../src/core/approval.ts";
import { sha256Hex } from "../../src/core/hash.ts";
import { Problem } from "../../src/core/problem.ts";
import type { Approval, ApprovalStatus } from "../../src/core/words.ts";
import { approval, NOW } from "./make.ts";

type Act = (approval: Approval) => Change;

const NEWER = { id: 999, text: "And one more thing", createdAt: NOW };
const texts = fc.constantFrom("Hello", "Hello {{contact.email}}", "Other words", approval().draftResponse, "a\nb");
/** Ends come seldom, so that a walk does not stand still after three steps. */
const commands: fc.Arbitrary<DecisionCommand> = fc.oneof(
  { weight: 6, arbitrary: fc.constant<DecisionCommand>({ decision: "approve" }) },
  { weight: 6, arbitrary: texts.map((response): DecisionCommand => ({ decision: "edit", response })) },
  fc
    .constantFrom("wrong_fact" as const, "other" as const)
    .map((reason): DecisionCommand => ({ decision: "reject", reason, comment: null })),
  fc.constantFrom(1, 2, null).map((teamId): DecisionCommand => ({ decision: "escalate", teamId, assigneeId: null, note: null })),
  { weight: 3, arbitrary: fc.constant<DecisionCommand>({ decision: "redraft", instruction: null }) },
);
const decided = (name: string | null, ifVersion: (a: Approval) => number | null, newerMessage: typeof NEWER | null) =>
  commands.map((command): [string, Act] => [
    name ?? command.decision,
    (a) => decide(a, command, { by: { id: 5, name: "Dana" }, at: NOW, ifVersion: ifVersion(a), newerMessage }),
  ]);
const steps: fc.Arbitrary<[string, Act]> = fc.oneof(
  { weight: 16, arbitrary: decided(null, () => null, null) },
  // What a decision meets that comes too late: it never changes anything.
  { weight: 2, arbitrary: decided("stale", () => null, NEWER) },
  { weight: 2, arbitrary: decided("other version", (a) => a.version + 1, null) },
  {
    weight: 20,
    arbitrary: fc.constantFrom<[string, Act]>(
      ["undo", (a) => undo(a, NOW)],
      ["giveBack", (a) => giveBack(a, { reason: "resolved", at: NOW })],
      ["markSending", (a) => markSending(a, NOW)],
      ["markSent", (a) => markSent(a, { messageId: 950, at: NOW })],
      ["markSendFailed", (a) => markSendFailed(a, { error: "no", at: NOW })],
      ["requeueSend", (a) => requeueSend(a, NOW)],
      ["replaceDraft", (a) => replaceDraft(a, { ...a, draftResponse: "A new draft {% x %}" }, NOW)],
    ),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom<[string, Act]>(
      ["supersede", (a) => supersede(a, { by: "next", at: NOW })],
      ["answered by hand", (a) => supersede(a, { by: null, at: NOW })],
      ["expire", (a) => expire(a, { at: NOW })],
      ["message deleted", (a) => expire(a, { at: NOW, eraseMessage: true })],
    ),
  },
);

/** The arrows of the design. */
const ARROWS: Record<ApprovalStatus, ApprovalStatus[]> = {
  pending: ["pending", "approved", "rejected", "escalated", "superseded", "expired"],
  approved: ["approved", "sent", "send_failed", "pending", "superseded"],
  sent: ["send_failed"],
  send_failed: ["approved", "rejected", "escalated", "sent", "superseded", "expired"],
  rejected: [],
  escalated: [],
  superseded: [],
  expired: [],
};

function holds(a: Approval): void {
  const queued = a.status === "approved" || a.status === "sent" || a.status === "send_failed";
  if (queued) {
    // nothing goes out that a person did not approve
    expect(a.decision === "approve" || a.decision === "edit").toBe(true);
    expect(a.decidedBy).not.toBeNull();
    expect(a.approvedHash).toBe(sha256Hex(a.finalResponse ?? ""));
    expect(a.edited).toBe(a.finalResponse !== a.draftResponse);
  }
  if (a.status === "pending")
    expect([a.decision, a.decidedBy, a.decidedAt, a.approvedHash, a.rejectReason]).toEqual([null, null, null, null, null]);
  if (a.status === "sent") expect(a.replyMessageId).not.toBeNull();
  for (const text of [a.draftResponse, a.finalResponse ?? ""]) expect(text).not.toMatch(/\{[{%]/);
}

/** Which steps are refused whatever the state, and which are taken back by nothing once a send began. */
const NEVER = new Set(["stale", "other version"]);

function explore(seen: { arrows: Set<string>; refused: Set<string> }) {
  return fc.property(fc.array(steps, { maxLength: 30, size: "max" }), (acts) => {
    let now = approval();
    for (const [name, act] of acts) {
      Object.freeze(now); // what is handed in is never touched
      let change: Change;
      try {
        change = act(now);
      } catch (error) {
        expect(error).toBeInstanceOf(Problem);
        seen.refused.add(`${now.status} ${name}`);
        continue;
      }
      if (change.event === null) {
        expect(change.approval).toBe(now);
        continue;
      }
      expect(NEVER).not.toContain(name);
      if (name === "undo") expect(now.replyStatus).toBe("queued");
      expect(change.approval.version).toBe(now.version + 1);
      expect(ARROWS[now.status]).toContain(change.approval.status);
      seen.arrows.add(`${now.status} > ${change.approval.status}`);
      now = change.approval;
      holds(now);
    }
  });
}

test("however the steps fall, the state follows the design's arrows, each step raises the version by one, and nothing unapproved can be sent", () => {
  const seen = { arrows: new Set<string>(), refused: new Set<string>() };
  fc.assert(explore(seen), { numRuns: 400 });

  // The steps fell far enough: every arrow was gone, and every end refused everything.
  const arrows = Object.entries(ARROWS).flatMap(([from, to]) => to.map((one) => `${from} > ${one}`));
  expect([...seen.arrows].toSorted()).toEqual(arrows.toSorted());
  for (const end of ["rejected", "escalated", "superseded", "expired"])
    for (const step of [
      "undo",
      "supersede",
      "giveBack",
      "expire",
      "markSending",
      "markSent",
      "markSendFailed",
      "requeueSend",
      "replaceDraft",
    ])
      expect(seen.refused).toContain(`${end} ${step}`);
});
