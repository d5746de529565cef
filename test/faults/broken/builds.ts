import type { Fault } from "../plan.ts";
import type { BrokenBuild } from "./build.ts";
import { BROKEN_REPLIES } from "./replies.ts";

/** More of them than a short run has. */
const DELETIONS: Fault[] = [6, 10, 14, 18, 22, 26].map((second) => ({ at: second * 1_000, kind: "deletion", what: "contact" }));

/** Builds that are wrong about messages, drafts, jobs and processes. */
const BROKEN_WORK: Record<string, BrokenBuild> = {
  "no-reconcile": {
    breaks: "every customer message has exactly one visible end",
    faults: ["webhook storm"],
    patches: [
      { file: "flow/reconcile.ts", from: "for (const conversation of active) {", to: "for (const conversation of active.slice(0, 0)) {" },
    ],
  },
  "duplicates-taken": {
    breaks: "every customer message has exactly one visible end",
    faults: ["webhook storm"],
    patches: [],
    sql: ["drop index webhook_deliveries_one_message"],
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
  "spool-forgets": {
    breaks: "every delivery that was acknowledged is recorded",
    faults: ["database"],
    patches: [
      {
        file: "adapters/spool/spooled-ingest.ts",
        from: 'const toDisk = () => spool.append({ row, job }).then(() => "recorded" as const);',
        to: 'const toDisk = async () => "recorded" as const;',
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
  "no-look-before-note": {
    breaks: "a waiting draft has one visible note, an ended one none",
    faults: [],
    patches: [
      // Of every third note that was stored the answer is lost; nobody looks for it.
      {
        file: "flow/post-note.ts",
        from: "return (await helpdesk.postNote(note.conversationId, note.text, mark)).id;",
        to: 'const { id } = await helpdesk.postNote(note.conversationId, note.text, mark); if (id % 3 === 0) throw new HelpdeskError("unknown", "the answer is lost"); return id;',
      },
      { file: "flow/post-note.ts", from: "const found = note.attemptedAt ?", to: "const found = note.attemptedAt && false ?" },
      {
        file: "flow/post-note.ts",
        from: "if (note.attemptedAt && !found) waitForFate(note.attemptedAt, clock.now());",
        to: "if (waitForFate === null) return;",
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
  "late-draft": {
    breaks: "the waiting draft answers the whole newest burst",
    faults: ["frozen"],
    habit: 0.1, // approve
    plan: [
      { at: 4_000, kind: "frozen", ms: 22_000 },
      { at: 5_000, kind: "frozen", ms: 22_000 },
    ],
    patches: [
      // Whoever stood still does not notice, drafts take long enough to be caught by that, and none is too late.
      {
        file: "adapters/postgres/hold.ts",
        from: "if (!hasEnded && !controller.signal.aborted) controller.abort(new HoldLost(why));",
        to: 'if (why === "") controller.abort(new HoldLost(why));',
      },
      {
        file: "flow/draft-reply.ts",
        from: "hold.check();\n  await leave(",
        to: "await new Promise((resolve) => setTimeout(resolve, 2_500));\n  await leave(",
      },
      {
        file: "flow/draft-reply.ts",
        from: "if (!errand.again && latest && latest.messageId >= newestId)",
        to: "if (latest === null && newestId < 0)",
      },
    ],
  },
  "hand-unheard": {
    breaks: "the waiting draft answers the whole newest burst",
    faults: [],
    habit: 0.95, // answer by hand
    patches: [
      {
        file: "flow/capture-outcome.ts",
        from: "if (!reply || reply.deleted || reply.private) return;",
        to: "if (reply !== undefined) return;",
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
  "deletion-unnoticed": {
    breaks: "what was deleted in Chatwoot waits for nobody, and what was held of it is gone",
    faults: ["deletion"],
    plan: DELETIONS,
    patches: [{ file: "flow/reconcile.ts", from: "await lookAgain(ports, now);", to: "if (now === null) await lookAgain(ports, now);" }],
  },
  "deletion-remembered": {
    breaks: "what was deleted in Chatwoot waits for nobody, and what was held of it is gone",
    faults: ["deletion"],
    plan: DELETIONS,
    patches: [
      {
        file: "adapters/postgres/forget.ts",
        from: /const HELD = \[.*\] as const;/,
        to: 'const HELD = ["approvalNotes", "cxConversations"] as const;',
      },
    ],
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
  "orphans-left": {
    breaks: "no job is stuck",
    faults: ["kill"],
    patches: [
      { file: "adapters/postgres/hold.ts", from: /export const SILENCE_MS = [\d_]+;/, to: "export const SILENCE_MS = 8_000_000;" },
      { file: "adapters/postgres/queue.ts", from: /const HEARTBEAT_SECONDS = \d+;/, to: "const HEARTBEAT_SECONDS = 8_000;" },
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

/** Builds that are wrong on purpose, so that each invariant is seen to fail. Nothing of src knows of them. */
export const BROKEN: Record<string, BrokenBuild> = { ...BROKEN_WORK, ...BROKEN_REPLIES };
