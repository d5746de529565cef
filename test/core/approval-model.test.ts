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

const texts = fc.constantFrom("Hello", "Hello {{contact.email}}", "Other words", approval().draftResponse, "a\nb");
const commands: fc.Arbitrary<DecisionCommand> = fc.oneof(
  fc.constant<DecisionCommand>({ decision: "approve" }),
  texts.map((response): DecisionCommand => ({ decision: "edit", response })),
  fc
    .constantFrom("wrong_fact" as const, "other" as const)
    .map((reason): DecisionCommand => ({ decision: "reject", reason, comment: null })),
  fc.constantFrom(1, 2, null).map((teamId): DecisionCommand => ({ decision: "escalate", teamId, assigneeId: null, note: null })),
  fc.constant<DecisionCommand>({ decision: "redraft", instruction: null }),
);
const steps: fc.Arbitrary<[string, Act]> = fc.oneof(
  {
    weight: 5,
    arbitrary: commands.map((command): [string, Act] => [
      command.decision,
      (a) => decide(a, command, { by: { id: 5, name: "Dana" }, at: NOW, ifVersion: null, newerMessage: null }),
    ]),
  },
  fc.constantFrom<[string, Act]>(
    ["undo", (a) => undo(a, NOW)],
    ["supersede", (a) => supersede(a, { by: "next", at: NOW })],
    ["giveBack", (a) => giveBack(a, { reason: "resolved", at: NOW })],
    ["expire", (a) => expire(a, { at: NOW })],
    ["markSending", (a) => markSending(a, NOW)],
    ["markSent", (a) => markSent(a, { messageId: 950, at: NOW })],
    ["markSendFailed", (a) => markSendFailed(a, { error: "no", at: NOW })],
    ["requeueSend", (a) => requeueSend(a, NOW)],
    ["replaceDraft", (a) => replaceDraft(a, { ...a, draftResponse: "A new draft {% x %}" }, NOW)],
  ),
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

test("however the steps fall, the state follows the design's arrows, each step raises the version by one, and nothing unapproved can be sent", () => {
  fc.assert(
    fc.property(fc.array(steps, { maxLength: 25 }), (acts) => {
      let now = approval();
      for (const [, act] of acts) {
        let change: Change;
        try {
          change = act(now);
        } catch (error) {
          expect(error).toBeInstanceOf(Problem);
          continue;
        }
        if (change.event === null) {
          expect(change.approval).toBe(now);
          continue;
        }
        expect(change.approval.version).toBe(now.version + 1);
        expect(ARROWS[now.status]).toContain(change.approval.status);
        now = change.approval;
        holds(now);
      }
    }),
    { numRuns: 2_000 },
  );
});
