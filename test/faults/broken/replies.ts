import type { BrokenBuild } from "./build.ts";

/** Builds that are wrong about what reaches customers, and who decides that. */
export const BROKEN_REPLIES: Record<string, BrokenBuild> = {
  "no-look-before-send": {
    breaks: "each approved reply reached the customer exactly once, in the approved bytes",
    faults: ["chatwoot storm"],
    habit: 0.35, // edit
    patches: [
      { file: "flow/send-reply.ts", from: "if (stored) return arrive(", to: "if (stored && false) return arrive(" },
      {
        file: "flow/send-reply.ts",
        from: "if (approval.sendAttemptedAt) waitForFate(",
        to: "if (false as boolean) waitForFate(approval.sendAttemptedAt ?? new Date(0), new Date()); if (false as boolean) waitForFate(",
      },
    ],
  },
  "no-hash-check": {
    breaks: "each approved reply reached the customer exactly once, in the approved bytes",
    faults: [],
    patches: [
      {
        file: "flow/send-reply.ts",
        from: "if (sha256Hex(approval.finalResponse) !== approval.approvedHash)",
        to: "if (sha256Hex === null)",
      },
    ],
    // Words that change between decision and send, as a mistake elsewhere might change them.
    sql: [
      `create function tamper() returns trigger language plpgsql as $$ begin new.final_response := new.final_response || ' And more.'; return new; end $$`,
      `create trigger tamper before update on agent_approvals for each row when (old.status = 'pending' and new.status = 'approved') execute function tamper()`,
    ],
  },
  "liquid-rendered": {
    breaks: "each approved reply reached the customer exactly once, in the approved bytes",
    faults: [],
    habit: 0.35, // edit
    patches: [
      {
        file: "core/liquid.ts",
        from: 'return neutralise(text.replaceAll("\\0", "").toWellFormed());',
        to: 'return text.replaceAll("\\0", "").toWellFormed();',
      },
    ],
  },
  "undo-forgotten": {
    breaks: "what was taken back or not approved did not reach the customer",
    faults: [],
    habit: 0.78, // decide, and undo it
    env: { SEND_HOLD_SECONDS: "5" },
    patches: [
      {
        file: "flow/send-reply.ts",
        from: /if \(approval\?\.status !== "approved" \|\| approval\.decidedAt\?\.toISOString\(\) !== job\.data\.decidedAt\) return;/,
        to: "if (!approval) return;",
      },
      { file: "flow/send-reply.ts", from: "if (!unchanged || approval.finalResponse === null) throw", to: "if (!approval) throw" },
      {
        file: "flow/send-reply.ts",
        from: "if (sha256Hex(approval.finalResponse) !== approval.approvedHash) throw",
        to: 'if (!unchanged) return approval.finalResponse ?? approval.draftResponse; if (sha256Hex(approval.finalResponse ?? "") !== approval.approvedHash) throw',
      },
      { file: "flow/send-reply.ts", from: "return approval.finalResponse;", to: 'return approval.finalResponse ?? "";' },
    ],
  },
  "public-notes": {
    breaks: "nothing was public that no person had asked for",
    faults: [],
    patches: [
      {
        file: "adapters/chatwoot/helpdesk.ts",
        from: "{ text, mark, private: true, token: null }",
        to: "{ text, mark, private: false, token: null }",
      },
    ],
  },
  "no-last-look": {
    breaks: "nothing was sent when somebody had answered meanwhile",
    faults: [],
    habit: 0.95, // answer by hand, some after deciding
    env: { SEND_HOLD_SECONDS: "9" },
    patches: [
      { file: "flow/send-reply.ts", from: "if (obstacle) return returnToQueue(", to: "if (obstacle === undefined) return returnToQueue(" },
    ],
  },
  "service-users-name": {
    breaks: "a reply is in the name of whoever decided it",
    faults: ["token renewed"],
    plan: [3, 7, 11, 15, 19, 23].map((second) => ({ at: second * 1_000, kind: "token renewed", ms: 1_000 })),
    habit: 0.35, // edit
    patches: [
      {
        file: "flow/send-reply.ts",
        from: "await forgetToken(ports, approval.decidedBy.id, token);",
        to: "await forgetToken(ports, approval.decidedBy.id, token); return post(ports, approval, words, mark, null);",
      },
    ],
  },
  "both-decide": {
    breaks: "of several who decide at once one does",
    faults: [],
    habit: 0.7, // two at once
    patches: [
      {
        file: "adapters/postgres/approvals.ts",
        from: 'return fromRow(await all().where("id", "=", id).forUpdate().executeTakeFirst());',
        to: 'const seen = fromRow(await all().where("id", "=", id).executeTakeFirst()); await new Promise((resolve) => setTimeout(resolve, 50)); return seen;',
      },
    ],
  },
  "refusal-unheard": {
    breaks: "what a channel refused came back, and what was sent again arrived",
    faults: ["channel refuses"],
    plan: [{ at: 1_000, kind: "channel refuses", ms: 26_000, share: 0.6 }],
    habit: 0.35, // edit
    patches: [
      {
        file: "flow/capture-outcome.ts",
        from: "if (message.externalError !== null) return notDelivered(",
        to: "if (message === null) return notDelivered(",
      },
    ],
  },
};
