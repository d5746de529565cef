import type { Fault } from "../plan.ts";

/** One protection taken away: what is changed in which file of src as it is loaded, and the promise that must then be seen to break. */
export interface BrokenBuild {
  breaks: string;
  /** Which faults bring it out; people and customers do the rest. */
  faults: Fault["kind"][];
  patches: { file: string; from: string | RegExp; to: string }[];
  /** What operators do all the time, as `operators.ts` draws it. */
  habit?: number;
  /** Settings that give it time to show. */
  env?: Record<string, string>;
  /** Statements for the database once the house has prepared it. */
  sql?: string[];
}

/** Builds that are wrong on purpose, so that each invariant is seen to fail. Nothing of src knows of them. */
export const BROKEN: Record<string, BrokenBuild> = {
  "no-reconcile": {
    breaks: "every customer message has exactly one visible end",
    faults: ["webhook storm"],
    patches: [
      { file: "flow/reconcile.ts", from: "for (const conversation of active) {", to: "for (const conversation of active.slice(0, 0)) {" },
    ],
  },
  "answer-before-commit": {
    breaks: "every delivery that was acknowledged is recorded",
    faults: ["kill"],
    patches: [
      {
        file: "flow/receive-delivery.ts",
        from: "const result = await store.ingest(row, job);",
        to: 'setTimeout(() => void store.ingest(row, job).catch(() => {}), 400); const result: string = "recorded";',
      },
    ],
  },
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
  "notes-stay": {
    breaks: "a waiting draft has one visible note, an ended one none",
    faults: [],
    patches: [
      {
        file: "flow/remove-note.ts",
        from: "const refused = await takeAway(helpdesk, note);",
        to: "const refused = helpdesk === null ? await takeAway(helpdesk, note) : false;",
      },
    ],
  },
  "drafts-overlap": {
    breaks: "drafts of one conversation never ran at the same time",
    faults: [],
    patches: [{ file: "adapters/postgres/queue.ts", from: '"key_strict_fifo"', to: '"standard"' }],
  },
  "only-the-newest": {
    breaks: "the waiting draft answers the whole newest burst",
    faults: [],
    patches: [
      {
        file: "core/burst.ts",
        from: /const burst = ordered\.filter\(\(message, place\) => isQuestion\(message\) && !isAnswered\(message, place\)\);/,
        to: "const burst = ordered.filter((message, place) => isQuestion(message) && !isAnswered(message, place)).slice(-1);",
      },
    ],
  },
  "no-unique-index": {
    breaks: "no conversation has two pending approvals",
    faults: [],
    patches: [
      {
        file: "adapters/postgres/approvals.ts",
        from: "return rows.map((row) => fromRow(row));\n    },\n    async latestOf",
        to: "return rows.map((row) => fromRow(row)).slice(0, 0);\n    },\n    async latestOf",
      },
    ],
    sql: ["drop index agent_approvals_one_pending"],
  },
  "no-second-try": {
    breaks: "no job is stuck",
    faults: ["chatwoot storm"],
    patches: [
      {
        file: "adapters/postgres/queue.ts",
        from: "set start_after = now() + make_interval(secs =>",
        to: "set start_after = now() + make_interval(days => 3650) + 0 * make_interval(secs =>",
      },
    ],
  },
  "log-text": {
    breaks: "no secret and nobody's words are in the logs",
    faults: [],
    patches: [
      {
        file: "flow/receive-delivery.ts",
        from: "const result = await store.ingest(row, job);",
        to: "console.log(JSON.stringify({ msg: given.body })); const result = await store.ingest(row, job);",
      },
    ],
  },
  "dies-on-sigterm": {
    breaks: "no process ended by itself, and told to end each ended in order",
    faults: ["rolling restart"],
    patches: [
      { file: "cli/until-signal.ts", from: "process.on(signal, () => resolve());", to: "process.on(signal, () => process.exit(7));" },
    ],
  },
};
