import { whyNotApprovable } from "./approvable.ts";
import { CALIBRATED_FROM_DECISIONS, strongestReasons } from "./confidence.ts";
import { neutralise } from "./liquid.ts";
import { cut, framed, inline } from "./note-text.ts";
import type { Approval, Degradation, SourceShown } from "./words.ts";

/** Characters a note may have; Chatwoot takes 150,000. */
export const LONGEST_NOTE = 149_000;

/** Sources and findings a note names; the console shows all. */
const SHOWN = 5;

/**
 * The private note that shows an approval in Chatwoot: score, the draft exactly as it would be sent between two rules, sources with
 * relevance and age, reasons, findings and the commands. Nothing in it is rendered as Liquid or can pass for the note's own frame.
 */
export function draftNote(approval: Approval, { now, operatorLinked }: { now: Date; operatorLinked: boolean | null }): string {
  const below = [
    sourcesPart(approval.sources, now),
    reasonsPart(approval),
    warningsPart(approval),
    `⌨️ Answer with a private note: ${commandsOf(approval)}`,
    operatorLinked ? "" : "Whoever has not signed in to the Countersign console sends in the name of the service user.",
  ].filter((part) => part !== "");
  const frame = [headline(approval), "---", "---", ...below].join("\n\n");
  const returned = approval.finalResponse !== null && approval.replyStatus === "returned" ? framed(approval.finalResponse) : "";
  const room = LONGEST_NOTE - neutralise(frame).length - 500; // 500: the sentences about what was cut, and blank lines
  const draft = cutDraft(neutralise(framed(approval.draftResponse)), returned === "" ? room : Math.floor(room / 2));
  const parts = [
    headline(approval),
    "---",
    draft.text,
    "---",
    draft.warning,
    returnedPart(approval, neutralise(returned), room - draft.text.length),
    ...below,
  ];
  return neutralise(parts.filter((part) => part !== "").join("\n\n"));
}

/** ✅ from 80, ⚠️ from 60, 🔴 below or without a real draft; a hidden score shows neither number nor sign. */
function headline({ confidence, confidenceScore, degraded }: Approval): string {
  if (confidence.hidden) return "🤖 AGENT SDK DRAFT";
  const sign = degraded || confidenceScore < 60 ? "🔴" : confidenceScore < 80 ? "⚠️" : "✅";
  return `🤖 AGENT SDK DRAFT ${sign} (${confidenceScore}% confidence)`;
}

function cutDraft(text: string, room: number): { text: string; warning: string } {
  if (text.length <= room) return { text, warning: "" };
  return {
    text: cut(text, room),
    warning: "✂️ The draft is longer than a note can be. Read all of it in the console before you approve it.",
  };
}

/** Words that were approved but not sent belong to the operator who wrote them. */
function returnedPart(approval: Approval, words: string, room: number): string {
  if (approval.replyStatus !== "returned") return "";
  const reason = `↩️ Not sent: ${inline(approval.replyError ?? "the conversation moved on")}.`;
  return words === ""
    ? reason
    : `${reason} These words were approved; to send them write \`/edit\` and the text:\n\n${cut(words, Math.max(0, room))}`;
}

function sourcesPart(sources: SourceShown[], now: Date): string {
  if (sources.length === 0) return "📚 Knowledge Sources\n- none found";
  const lines = sources.slice(0, SHOWN).map((source) => {
    const link =
      source.url !== null && /^https?:\/\/\S{1,500}$/.test(source.url)
        ? ` · ${source.url.replace(/[<>`*[\]()]/g, encodeURIComponent)}`
        : "";
    return `- ${inline(source.title)} · ${Math.round(source.relevance * 100)}% relevant · ${ageOf(source.updated_at, now)}${link}`;
  });
  const more = sources.length > SHOWN ? [`- and ${sources.length - SHOWN} more in the console`] : [];
  return ["📚 Knowledge Sources", ...lines, ...more].join("\n");
}

function reasonsPart({ confidence }: Approval): string {
  if (confidence.hidden) return "The score of this draft is hidden until you decide, so that scores can be checked.";
  const reasons = strongestReasons(confidence, 2).map((reason) => `- ${reason}`);
  const uncalibrated = confidence.calibrated
    ? []
    : [
        `- uncalibrated: ${Math.min(confidence.decisions, CALIBRATED_FROM_DECISIONS)} of the ${CALIBRATED_FROM_DECISIONS} decisions it takes to mean something`,
      ];
  return ["Why this score", ...reasons, ...uncalibrated].join("\n");
}

const PLACEHOLDERS: Record<Degradation, string> = {
  knowledge_unavailable: "the knowledge base could not be asked; these words rest on no source",
  drafter_unavailable: "no draft could be written; this is only a placeholder",
  attachment_only: "the customer sent only an attachment; this is only a placeholder",
  no_draft: "no draft was written because of what the message is about; this is only a placeholder",
};

function warningsPart(approval: Approval): string {
  const lines = [
    ...(approval.degraded ? [`- ${PLACEHOLDERS[approval.degraded]}`] : []),
    ...(approval.flags.length > 0 ? [`- flags: ${approval.flags.map((flag) => flag.replaceAll("_", " ")).join(", ")}`] : []),
    ...approval.findings.slice(0, SHOWN).map(({ text, evidence }) => `- ${inline(text)}${evidence ? ` (“${inline(evidence, 80)}”)` : ""}`),
    ...(approval.findings.length > SHOWN ? [`- and ${approval.findings.length - SHOWN} more findings in the console`] : []),
  ];
  return lines.length === 0 ? "" : ["🚩 Mind", ...lines].join("\n");
}

function commandsOf(approval: Approval): string {
  const all = ["`/edit <text>`", "`/reject <reason>`", "`/escalate [team] [note]`", "`/redraft [instruction]`"];
  return (whyNotApprovable(approval) ? ["cannot be approved as it is", ...all] : ["`/approve`", ...all]).join(" · ");
}

const DAY_MS = 86_400_000;

/** How old a source is, in the unit a person would use. */
function ageOf(updatedAt: string | null, now: Date): string {
  const days = updatedAt === null ? Number.NaN : Math.floor((now.getTime() - Date.parse(updatedAt)) / DAY_MS);
  if (Number.isNaN(days)) return "age unknown";
  if (days < 1) return "updated today";
  if (days < 60) return `${days} ${days === 1 ? "day" : "days"} old`;
  if (days < 730) return `${Math.floor(days / 30.44)} months old`;
  return `${Math.floor(days / 365.25)} years old`;
}
