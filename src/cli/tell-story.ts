import type { ApprovalJson } from "../http/approval-json.ts";
import type { Answer, Check } from "./judge-story.ts";
import type { Outcome } from "./play-story.ts";

/** A played story for people: what came of it, then every expectation that did not hold with what was found instead. */
export function storyLines({ file, story, deliveries, found, verdict }: Outcome): string {
  const approval = found.approvals?.[0];
  const failed = verdict.checks.filter(({ held }) => !held);
  const fields: [string, string][] = [
    ...deliveries.map((answer): [string, string] => ["delivery", answerLine(answer)]),
    ...(approval
      ? approvalFields(approval)
      : [["approval", found.approvals ? "none" : "not looked at: needs --token"] as [string, string]]),
    ...(found.notes ?? []).map((note): [string, string] => ["note", note]),
    ...(found.publicReplies ? [["replies", `${found.publicReplies} public`] as [string, string]] : []),
    ...(found.fate ? [["fate", found.fate] as [string, string]] : []),
    ["expected", expectedLine(verdict.checks.length, failed.length, verdict.unchecked)],
    ...failed.map((check): [string, string] => ["not held", checkLine(check)]),
  ];
  return `${[`${verdict.held ? "✓" : "✗"} ${file}`, `  ${story}`, ...fields.map(([name, text]) => field(name, text))].join("\n")}\n`;
}

/** A played story for machines: one object, its words those of the API. */
export function storyJson({ file, story, deliveries, found, verdict }: Outcome): object {
  const approval = found.approvals?.[0] ?? null;
  return {
    fixture: file,
    story,
    held: verdict.held,
    deliveries,
    sources: approval?.sources.map(({ source_id, relevance }) => ({ source_id, relevance })) ?? null,
    confidence: approval && { score: approval.confidence_score, signals: approval.confidence.signals, caps: approval.confidence.caps },
    flags: approval?.flags ?? null,
    intent: approval?.intent ?? null,
    priority: approval?.priority ?? null,
    note: found.notes?.at(-1) ?? null,
    approval,
    approvals: found.approvals?.length ?? null,
    public_replies: found.publicReplies,
    fate: found.fate,
    checks: verdict.checks,
    unchecked: verdict.unchecked,
  };
}

/** The last line: how many stories came to what they expect, and which did not. */
export function summaryLine(outcomes: Outcome[]): string {
  const failed = outcomes.filter(({ verdict }) => !verdict.held).map(({ file }) => file);
  const count = `${outcomes.length - failed.length} of ${outcomes.length} ${outcomes.length === 1 ? "story" : "stories"} came to what was expected`;
  return failed.length === 0 ? `${count}.\n` : `${count}. Not:\n${failed.map((file) => `  ${file}\n`).join("")}`;
}

const answerLine = ({ event, status, reason, delivery_id }: Answer) =>
  `${event} → ${status}${reason === undefined ? "" : ` (${reason})`} · ${delivery_id}`;

function approvalFields(approval: ApprovalJson): [string, string][] {
  const { confidence_score: score, confidence, sources, flags } = approval;
  const signals = confidence.signals.map(({ name, value, weight }) => `${name} ${value.toFixed(2)} × ${weight}`);
  const caps = confidence.caps.map(({ name, limit }) => `${name} ≤ ${limit}`);
  const parts = [
    `${score}`,
    ...(confidence.calibrated ? [] : ["uncalibrated"]),
    ...signals,
    ...(caps.length > 0 ? [`capped: ${caps.join(", ")}`] : []),
  ];
  return [
    ["sources", sources.map(({ source_id, relevance }) => `${source_id} ${Math.round(relevance * 100)}%`).join(" · ") || "none"],
    ["confidence", parts.join(" · ")],
    ["triage", `${approval.intent} · ${approval.language} · ${approval.priority} · ${flags.length > 0 ? flags.join(", ") : "no flags"}`],
    [
      "approval",
      `${approval.status}${approval.degraded ? ` (${approval.degraded})` : ""} · ${approval.recommended_action} · ${approval.id}`,
    ],
    ["draft", approval.draft_response],
    ...(approval.final_response === null || !approval.edited ? [] : [["sent as", approval.final_response] as [string, string]]),
  ];
}

function expectedLine(all: number, failed: number, unchecked: string[]): string {
  const looked = failed === 0 ? `all ${all} held` : `${all - failed} of ${all} held`;
  return unchecked.length === 0 ? looked : `${looked}; not looked at: ${unchecked.join(", ")}`;
}

const checkLine = ({ key, expected, found }: Check) => `${key}: expected ${JSON.stringify(expected)}, found ${JSON.stringify(found)}`;

const NAME_WIDTH = 12;

/** A field with its further lines below the first. */
function field(name: string, text: string): string {
  const [first = "", ...more] = text.split("\n");
  return [`  ${name.padEnd(NAME_WIDTH)}${first}`, ...more.map((line) => `  ${" ".repeat(NAME_WIDTH)}${line}`.trimEnd())].join("\n");
}
