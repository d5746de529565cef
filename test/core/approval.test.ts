import {
  type Change,
  type DecisionCommand,
  type DecisionContext,
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
import type { Approval } from "../../src/core/words.ts";
import { approval, NOW } from "./make.ts";

const LATER = new Date(NOW.getTime() + 60_000);
const dana = { id: 5, name: "Dana" };
const context = (more: Partial<DecisionContext> = {}): DecisionContext => ({
  by: dana,
  at: LATER,
  ifVersion: null,
  newerMessage: null,
  ...more,
});
const refusal = (act: () => unknown): Problem => {
  try {
    act();
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
  throw new Error("nothing was refused");
};
const approve: DecisionCommand = { decision: "approve" };
const edit = (response: string): DecisionCommand => ({ decision: "edit", response });
const reject: DecisionCommand = { decision: "reject", reason: "wrong_fact", comment: "AN-8" };
const escalate: DecisionCommand = { decision: "escalate", teamId: 3, assigneeId: null, note: "please look" };
const redraft: DecisionCommand = { decision: "redraft", instruction: "shorter" };
const approved = () => decide(approval(), approve, context()).approval;

test("approving sends the draft's very words, hashed, in the operator's name", () => {
  const { approval: after, event } = decide(approval(), approve, context());
  expect(event).toBe("decided");
  expect(after).toMatchObject({
    status: "approved",
    version: 2,
    decision: "approve",
    decidedBy: { type: "operator", id: 5, name: "Dana" },
    decidedAt: LATER,
    updatedAt: LATER,
    finalResponse: approval().draftResponse,
    edited: false,
    replyStatus: "queued",
    approvedHash: sha256Hex(approval().draftResponse),
  });
});

test("editing sends the operator's words as they are, Liquid neutralised before hashing", () => {
  const after = decide(approval(), edit("Hi  Rosa,\r\n\r\nuse {{size}} \n"), context()).approval;
  expect(after.finalResponse).toBe("Hi  Rosa,\r\n\r\nuse {\u2060{size}} \n");
  expect(after.approvedHash).toBe(sha256Hex("Hi  Rosa,\r\n\r\nuse {\u2060{size}} \n"));
  expect(after).toMatchObject({ status: "approved", decision: "edit", edited: true, replyStatus: "queued" });
});

test("an edit that changes nothing is an edit that was not edited", () => {
  expect(decide(approval(), edit(approval().draftResponse), context()).approval).toMatchObject({ decision: "edit", edited: false });
});

test("rejecting and escalating end the approval with reason, comment and route", () => {
  expect(decide(approval(), reject, context()).approval).toMatchObject({
    status: "rejected",
    rejectReason: "wrong_fact",
    comment: "AN-8",
    replyStatus: "none",
  });
  expect(decide(approval(), escalate, context()).approval).toMatchObject({
    status: "escalated",
    comment: "please look",
    route: { teamId: 3, assigneeId: null, reason: "Dana chose it" },
  });
  const route = { teamId: 9, assigneeId: null, reason: "escalation team" };
  expect(decide(approval({ route }), { ...escalate, teamId: null }, context()).approval.route).toEqual(route);
});

test("asking for another draft leaves it undecided", () => {
  const { approval: after, event } = decide(approval(), redraft, context());
  expect(event).toBe("redraft_requested");
  expect(after).toMatchObject({ status: "pending", version: 2, instruction: "shorter", decision: null });
});

test.each([approve, edit("Other words"), reject, escalate])(
  "the same decision again changes nothing, whatever version was seen: %j",
  (command) => {
    const once = decide(approval(), command, context()).approval;
    const twice = decide(once, command, context({ ifVersion: 1, by: { id: 6, name: "Kim" } }));
    expect(twice).toEqual({ approval: once, event: null });
  },
);

test.each([
  [approve, reject],
  [approve, edit("Other words")],
  [edit("Some words"), edit("Other words")],
  [edit("Some words"), approve],
  [reject, approve],
  [reject, { ...reject, reason: "policy" } as DecisionCommand],
  [escalate, { ...escalate, teamId: 4 } as DecisionCommand],
  [escalate, approve],
  [approve, redraft],
])("another decision is refused as already decided: %j, then %j", (first, second) => {
  const once = decide(approval(), first, context()).approval;
  const problem = refusal(() => decide(once, second, context()));
  expect(problem.code).toBe("already_decided");
  expect(problem.message).toContain("Dana");
});

test("a newer customer message makes every decision stale and brings the message along", () => {
  const newerMessage = { id: 950, text: "And for 500 hp?", createdAt: LATER };
  for (const command of [approve, edit("x"), reject, escalate, redraft]) {
    const problem = refusal(() => decide(approval(), command, context({ newerMessage })));
    expect(problem.code).toBe("stale");
    expect(problem.extra.new_message).toEqual({ id: 950, text: "And for 500 hp?", created_at: LATER.toISOString() });
  }
});

test("a superseded draft names its successor; one that an operator answered by hand is already decided", () => {
  const bySuccessor = supersede(approval(), { by: "next", at: LATER }).approval;
  expect(refusal(() => decide(bySuccessor, approve, context()))).toMatchObject({ code: "stale", extra: { superseded_by: "next" } });
  expect(refusal(() => decide(supersede(approval(), { by: null, at: LATER }).approval, approve, context())).code).toBe("already_decided");
});

test("a version that is not the current one is refused", () => {
  const problem = refusal(() => decide(approval({ version: 4 }), approve, context({ ifVersion: 3 })));
  expect(problem).toMatchObject({ code: "version_mismatch", extra: { version: 4 } });
  expect(decide(approval({ version: 4 }), approve, context({ ifVersion: 4 })).approval.version).toBe(5);
});

describe("what cannot be approved as it is can be edited, rejected and escalated", () => {
  test.each<[string, Partial<Approval>]>([
    ["a placeholder", { degraded: "drafter_unavailable" }],
    [
      "a blocking finding",
      { findings: [{ code: "unsupported_link", text: "The draft states a link that no source contains.", blocks: true }] },
    ],
    ["an unfilled blank", { draftResponse: "Your order [needs: order number] left." }],
    ["an empty draft", { draftResponse: " \n" }],
  ])("%s", (_, more) => {
    expect(refusal(() => decide(approval(more), approve, context())).code).toBe("not_approvable");
    for (const command of [edit("Good words"), reject, escalate, redraft])
      expect(decide(approval(more), command, context()).event).not.toBeNull();
  });

  test("a finding that does not block is no reason", () => {
    expect(decide(approval({ findings: [{ code: "unsupported_date", text: "…" }] }), approve, context()).event).toBe("decided");
  });
});

test.each([
  ["", "invalid_payload"],
  [" \n\t", "invalid_payload"],
  ["\u2060", "invalid_payload"],
  ["x".repeat(150_001), "invalid_payload"],
  ["Your order [needs: order number] left", "not_approvable"],
])("an edit to %j is refused", (response, code) => {
  expect(refusal(() => decide(approval(), edit(response), context())).code).toBe(code);
});

test("an edit may have 150,000 characters, emoji counted as one", () => {
  expect(decide(approval(), edit("😀".repeat(150_000)), context()).approval.status).toBe("approved");
});

test("what PostgreSQL and Chatwoot cannot store is taken out before hashing", () => {
  expect(decide(approval(), edit("a\0b\ud800c"), context()).approval.finalResponse).toBe("ab\ufffdc");
});

describe("undo", () => {
  test("takes the decision back while the send is held", () => {
    const { approval: after, event } = undo(approved(), LATER);
    expect(event).toBe("undone");
    expect(after).toEqual(approval({ version: 3, updatedAt: LATER }));
  });
  test("is too late once sending began, and for anything that is not approved", () => {
    expect(refusal(() => undo(markSending(approved(), LATER).approval, LATER)).code).toBe("already_decided");
    for (const other of [approval(), decide(approval(), reject, context()).approval])
      expect(refusal(() => undo(other, LATER)).code).toBe("already_decided");
  });
});

describe("given back", () => {
  test("an unsent approval waits again, undecided, and says why", () => {
    const after = giveBack(approved(), { reason: "the conversation was resolved", at: LATER }).approval;
    expect(after).toMatchObject({
      status: "pending",
      version: 3,
      decision: null,
      decidedBy: null,
      approvedHash: null,
      finalResponse: null,
      replyStatus: "returned",
      replyError: "the conversation was resolved",
    });
  });
  test("edited words are kept for the operator, but approve nothing", () => {
    const after = giveBack(decide(approval(), edit("My words"), context()).approval, { reason: "…", at: LATER }).approval;
    expect(after).toMatchObject({ finalResponse: "My words", approvedHash: null, edited: false, decision: null });
    expect(decide(after, approve, context()).approval.finalResponse).toBe(approval().draftResponse);
  });
});

test("a superseded approval keeps the words that were approved and not sent", () => {
  expect(supersede(approved(), { by: "next", at: LATER }).approval).toMatchObject({
    status: "superseded",
    supersededBy: "next",
    replyStatus: "returned",
    finalResponse: approval().draftResponse,
  });
});

test("an expired approval whose message was deleted forgets it", () => {
  expect(expire(approval(), { at: LATER, eraseMessage: true }).approval).toMatchObject({ status: "expired", customerMessage: "" });
  expect(expire(approval(), { at: LATER }).approval.customerMessage).not.toBe("");
});

describe("a send that failed", () => {
  const failed = () =>
    markSendFailed(decide(approval(), edit("My words"), context()).approval, { error: "window closed", at: LATER }).approval;

  test("is back in the queue with the reason", () => {
    expect(failed()).toMatchObject({
      status: "send_failed",
      replyStatus: "failed",
      replyError: "window closed",
      finalResponse: "My words",
    });
  });
  test("is sent again with the same words when a person approves it, also from a placeholder", () => {
    const again = decide({ ...failed(), degraded: "drafter_unavailable" }, approve, context()).approval;
    expect(again).toMatchObject({
      status: "approved",
      decision: "edit",
      finalResponse: "My words",
      edited: true,
      replyStatus: "queued",
      replyError: null,
      approvedHash: sha256Hex("My words"),
    });
  });
  test("can be edited, rejected and escalated, but not drafted again", () => {
    expect(decide(failed(), edit("Shorter"), context()).approval).toMatchObject({ status: "approved", finalResponse: "Shorter" });
    expect(decide(failed(), reject, context()).approval.status).toBe("rejected");
    expect(decide(failed(), escalate, context()).approval.status).toBe("escalated");
    expect(refusal(() => decide(failed(), redraft, context())).code).toBe("already_decided");
  });
  test("put back by a person, it queues the same words; found in the conversation after all, it is sent", () => {
    expect(requeueSend(failed(), LATER).approval).toMatchObject({ status: "approved", replyStatus: "queued", finalResponse: "My words" });
    expect(markSent(failed(), { messageId: 950, at: LATER }).approval).toMatchObject({
      status: "sent",
      replyMessageId: 950,
      replyError: null,
    });
  });
  test("may be one that Chatwoot stored and the channel refused later", () => {
    const sent = markSent(markSending(approved(), LATER).approval, { messageId: 950, at: LATER }).approval;
    expect(markSendFailed(sent, { error: "blocked", at: LATER }).approval).toMatchObject({ status: "send_failed", replyMessageId: 950 });
  });
});

test("a new draft replaces only a pending one, its Liquid neutralised", () => {
  const change = replaceDraft(approval(), { ...approval(), draftResponse: "Dear {{contact.name}}" }, LATER);
  expect(change).toMatchObject({
    event: "redrafted",
    approval: { version: 2, status: "pending", draftResponse: "Dear {\u2060{contact.name}}" },
  });
  expect(refusal(() => replaceDraft(approved(), approval(), LATER)).code).toBe("already_decided");
});

test("no function touches the approval it was given", () => {
  const frozen = Object.freeze(approval());
  const changes: Change[] = [decide(frozen, approve, context()), supersede(frozen, { by: null, at: LATER }), expire(frozen, { at: LATER })];
  for (const change of changes) expect(change.approval).not.toBe(frozen);
  expect(frozen).toEqual(approval());
});
