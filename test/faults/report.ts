import type { Evidence } from "./evidence.ts";
import type { Violation } from "./violation.ts";

/** What a run came to. */
export interface Outcome {
  seed: number;
  broken: string | null;
  seconds: number;
  endedEarly: boolean;
  figures: Record<string, string | number>;
  /** Per invariant what broke it; empty when it held. */
  results: Record<string, Violation[]>;
  evidence: Evidence;
  complaints: Map<string, number>;
  lastLines: string[];
}

const MOST_SHOWN = 5;

/** The report as people read it; a broken promise names seed, conversation, message and the trail. */
export function reportOf(outcome: Outcome): string {
  const { seed, broken, seconds, endedEarly, figures, results, evidence, complaints } = outcome;
  const failed = Object.entries(results).filter(([, violations]) => violations.length > 0);
  const lines = [
    `# Fault run, seed ${seed}${broken ? `, broken on purpose: ${broken}` : ""}${endedEarly ? ", ended early" : ""}`,
    "",
    `${seconds} s in all. ${Object.keys(results).length - failed.length} of ${Object.keys(results).length} promises held.`,
    "",
    ...Object.entries(results).map(
      ([name, violations]) =>
        `${violations.length === 0 ? "ok    " : "BROKEN"} ${name}${violations.length ? ` (${violations.length})` : ""}`,
    ),
    "",
    ...Object.entries(figures).map(([name, value]) => `${name}: ${value}`),
    "",
    "Warnings and errors logged (40 warning, 50 error):",
    ...[...complaints]
      .sort((a, b) => b[1] - a[1])
      .slice(0, 30)
      .map(([words, count]) => `  ${count} × ${words}`),
  ];
  for (const [name, violations] of failed) {
    lines.push("", `## ${name}`);
    for (const violation of violations.slice(0, MOST_SHOWN))
      lines.push("", `seed ${seed}: ${described(violation)}`, ...trailOf(evidence, violation));
    if (violations.length > MOST_SHOWN) lines.push("", `… and ${violations.length - MOST_SHOWN} more`);
  }
  if (failed.length > 0) lines.push("", "## The last lines of the processes", ...outcome.lastLines.slice(-60));
  return `${lines.join("\n")}\n`;
}

function described({ conversation, message, approval, what }: Violation): string {
  const where = [
    conversation && `conversation ${conversation}`,
    message && `message ${message}`,
    approval && `approval ${approval}`,
  ].filter(Boolean);
  return `${where.join(", ")}${where.length ? ": " : ""}${what}`;
}

/** Everything known of the conversation of a broken promise, in the order in which it happened. */
function trailOf(evidence: Evidence, violation: Violation): string[] {
  const conversation =
    violation.conversation ??
    evidence.approvals.find(({ id }) => id === violation.approval)?.conversation_id ??
    evidence.messages.find(({ id }) => id === violation.message)?.conversation;
  if (conversation === undefined) return [];
  const approvals = evidence.approvals.filter((row) => row.conversation_id === conversation);
  const ids = new Set(approvals.map(({ id }) => id));
  const happened: { at: number; text: string }[] = [
    ...evidence.messages
      .filter((message) => message.conversation === conversation && message.type !== "activity")
      .map(({ at, id, type, private: isPrivate, content, mark, deleted, sender }) => ({
        at,
        text: `chatwoot: ${type}${isPrivate ? " note" : ""} ${id}${deleted ? " (deleted)" : ""} by ${sender?.type} ${sender?.id}${mark ? ` mark ${mark.kind} ${mark.approvalId.slice(0, 8)} ${mark.ref}` : ""}: ${content.replaceAll("\n", " ").slice(0, 110)}`,
      })),
    ...evidence.deliveries
      .filter((row) => row.conversation_id === conversation && row.from_customer)
      .map((row) => ({
        at: row.received_at.getTime(),
        text: `delivery: ${row.delivery_id} of message ${row.message_id} by ${row.source}, ${row.outcome}, fate ${row.fate}`,
      })),
    ...evidence.events
      .filter((event) => ids.has(event.approval_id))
      .map((event) => ({
        at: event.at.getTime(),
        text: `approval ${event.approval_id.slice(0, 8)}: ${event.what} by ${event.actor.type} ${event.actor.id ?? ""} ${JSON.stringify(event.detail).slice(0, 160)}`,
      })),
  ];
  const trail = happened.sort((a, b) => a.at - b.at).map(({ at, text }) => `  ${new Date(at).toISOString().slice(11, 23)} ${text}`);
  const ends = approvals.map(
    (row) =>
      `  at the end: approval ${row.id} ${row.status}, message ${row.message_id}, reply ${row.reply_status}, note ${row.note_status}`,
  );
  const letters = evidence.deadLetters
    .filter((row) => row.conversation_id === conversation)
    .map((row) => `  dead letter: ${row.kind} after ${row.attempts}: ${row.reason}`);
  return [...trail, ...ends, ...letters];
}

/** Median, 95th and highest of some seconds, for people. */
export function spread(seconds: number[]): string {
  if (seconds.length === 0) return "none";
  const sorted = seconds.toSorted((a, b) => a - b);
  const at = (share: number) => (sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0).toFixed(1);
  return `p50 ${at(0.5)} · p95 ${at(0.95)} · max ${at(1)} (${sorted.length})`;
}
