import type { NewDraft } from "../core/approval.ts";
import { customerMessageOf } from "../core/burst.ts";
import { confidenceOf, retrievalStrengthOf } from "../core/confidence.ts";
import { courtesiesIn } from "../core/courtesies.ts";
import { guard } from "../core/guard.ts";
import { isBuiltIn } from "../core/intents.ts";
import { draftFindings, moreCareful, moreUrgent, usageOf } from "../core/opinion.ts";
import { priorityOf } from "../core/priority.ts";
import { citationsOf, verifiedShare } from "../core/quotes.ts";
import { recommend } from "../core/recommend.ts";
import type { Citation, Conversation, Degradation, Draft, Findings, HouseStyle, Message, SourceShown, Triage } from "../core/words.ts";
import { DrafterError } from "../ports/drafter.ts";
import { type Hold, HoldLost } from "../ports/jobs.ts";
import type { Ports } from "../ports.ts";
import { NO_RECORD, type TrackRecord, trackRecord } from "./track-record.ts";

type Reach = Pick<Ports, "store" | "knowledge" | "drafter" | "policy" | "log" | "metrics">;

/** Everything that one drafting starts from. */
export interface DraftSubject {
  approvalId: string;
  conversation: Conversation;
  burst: Message[];
  history: Message[];
  triage: Triage;
  instruction: string | null;
  approvedBefore: string | null;
  houseStyle: HouseStyle;
  hidden: boolean;
  /** How many decisions people have made: shown with a score that is not calibrated on them yet. */
  decisions: number;
  earlierComplaints: number;
}

const PASSAGES = 6;
const EXCERPT_CHARACTERS = 400;

/** What stands in for a draft that could not be made, in the customer's language; it can be edited, rejected or escalated, not approved. */
function placeholderFor(degraded: Degradation, language: string): string {
  const { lookingInto, reviewing } = courtesiesIn(language);
  return degraded === "knowledge_unavailable" ? lookingInto : reviewing;
}

/** Asks the knowledge, has a draft written, verifies its quotes and says how far it can be trusted. Any part may fail; an approval comes of it. `laterSeconds`: when a drafter that failed asked to be tried again. Throws HoldLost alone. */
export async function composeDraft(
  ports: Reach,
  subject: DraftSubject,
  hold?: Hold,
): Promise<{ draft: NewDraft; laterSeconds: number | null }> {
  const customerMessage = customerMessageOf(subject.burst);
  const latencyMs: Record<string, number> = {};
  const timed = async <T>(stage: string, work: () => Promise<T>): Promise<T> => {
    const began = performance.now();
    try {
      return await work();
    } finally {
      const took = performance.now() - began;
      latencyMs[stage] = Math.round(took);
      ports.metrics.stageDuration(stage, took / 1000);
    }
  };
  const written = subject.burst.some((message) => message.text.trim() !== "");
  const found = written ? await timed("knowledge", () => search(ports, subject, customerMessage)) : NOTHING_FOUND;
  hold?.check();
  const drafted = written
    ? await timed("draft", () => write(ports, subject, customerMessage, found, hold))
    : { draft: null, degraded: "attachment_only" as const, failure: null };
  for (const call of drafted.draft?.calls ?? drafted.failure?.calls ?? []) {
    latencyMs[call.stage] = call.latencyMs;
    ports.metrics.modelUsage(call.model, call);
    ports.metrics.stageDuration(call.stage, call.latencyMs / 1000);
  }
  const record = drafted.draft ? await timed("record", () => recordOf(ports, subject, customerMessage, found, drafted.draft)) : NO_RECORD;
  return {
    draft: judge(ports, subject, customerMessage, found, drafted, record, latencyMs),
    laterSeconds: drafted.failure?.retryAfterSeconds ?? null,
  };
}

/** What came of asking for a draft. */
interface Drafted {
  draft: Draft | null;
  degraded: Degradation | null;
  failure: DrafterError | null;
}

const NOTHING_FOUND = { passages: [], contradictions: [], answerable: 0 } satisfies Findings;

/** What stands in the queue for a message that could not be drafted at all, judged by the rules alone. */
export function composePlaceholder(ports: Pick<Reach, "policy" | "drafter">, triage: Triage, customerMessage: string): NewDraft {
  const subject = { triage, hidden: false, decisions: 0, earlierComplaints: 0, instruction: null };
  return judge(ports, subject, customerMessage, null, { draft: null, degraded: "drafter_unavailable", failure: null }, NO_RECORD, {});
}

/** null when the knowledge base cannot be asked. */
async function search({ knowledge, log }: Reach, subject: DraftSubject, text: string): Promise<Findings | null> {
  try {
    return await knowledge.search(text, { limit: PASSAGES, language: subject.triage.language });
  } catch (error) {
    log.error({ err: error, approval: subject.approvalId }, "the knowledge base could not be asked");
    return null;
  }
}

async function write(
  { drafter, policy, log }: Reach,
  subject: DraftSubject,
  customerMessage: string,
  findings: Findings | null,
  hold?: Hold,
): Promise<Drafted> {
  if (!findings) return { draft: null, degraded: "knowledge_unavailable", failure: null };
  try {
    const request = {
      approvalId: subject.approvalId,
      conversation: subject.conversation,
      history: subject.history,
      burst: subject.burst,
      customerMessage,
      triage: subject.triage,
      findings,
      style: policy().style,
      instruction: subject.instruction,
      approvedBefore: subject.approvedBefore,
      houseStyle: subject.houseStyle,
    };
    return { draft: await drafter.draft(request, hold), degraded: null, failure: null };
  } catch (error) {
    if (error instanceof HoldLost) throw error;
    const failure = error instanceof DrafterError ? error : null;
    if (!failure) log.error({ err: error, approval: subject.approvalId }, "the drafter broke");
    else log.warn({ err: failure, approval: subject.approvalId }, `no draft: ${failure.message}`);
    return { draft: null, degraded: "drafter_unavailable", failure };
  }
}

function recordOf(
  ports: Reach,
  subject: DraftSubject,
  question: string,
  found: Findings | null,
  draft: Draft | null,
): Promise<TrackRecord> {
  return trackRecord(ports, {
    approvalId: subject.approvalId,
    accountId: subject.conversation.accountId,
    drafter: draft?.drafter ?? ports.drafter.name,
    question,
    intent: intentOf(subject.triage, draft),
    sourceId: found?.passages[0]?.sourceId ?? null,
  });
}

/** An intent of the team's own says more than the model's, which knows the built-in ones alone. */
const intentOf = ({ intent }: Triage, draft: Draft | null) => (isBuiltIn(intent) ? (draft?.intent ?? intent) : intent);

function judge(
  { policy, drafter }: Pick<Reach, "policy" | "drafter">,
  subject: Pick<DraftSubject, "triage" | "hidden" | "decisions" | "earlierComplaints" | "instruction">,
  customerMessage: string,
  found: Findings | null,
  { draft, degraded, failure }: Drafted,
  { serving, history }: TrackRecord,
  latencyMs: Record<string, number>,
): NewDraft {
  const findings = found ?? NOTHING_FOUND;
  const citations: Citation[] = draft ? citationsOf(draft, findings.passages) : [];
  const share = draft ? verifiedShare(draft, citations) : null;
  const triage: Triage = {
    ...subject.triage,
    intent: intentOf(subject.triage, draft),
    sentiment: draft?.sentiment ?? subject.triage.sentiment,
    urgency: moreUrgent(subject.triage.urgency, draft?.urgency ?? null),
    language: draft?.language ?? subject.triage.language,
  };
  const text = draft?.text ?? placeholderFor(degraded ?? "drafter_unavailable", triage.language);
  const guarded = draft
    ? guard({ draftText: text, citations, passages: findings.passages, triage, policy: policy(), customerText: customerMessage })
    : [];
  const contradicted = findings.contradictions.map(({ text: said }) => ({ code: "contradicting_sources", text: said }));
  const best = findings.passages[0];
  const scored = confidenceOf({
    retrievalStrength: retrievalStrengthOf(findings),
    questionCoverage: best?.coverage ?? 0,
    verifiedShare: share,
    selfRating: draft?.selfRating ?? null,
    history,
    caps: {
      noVerifiedQuote: !citations.some(({ verified }) => verified),
      contradiction: contradicted.length > 0,
      refusalOrTruncation: !draft || draft.trouble !== null,
      unsupportedFact: guarded.some(({ code, blocks }) => code.startsWith("unsupported_") || (blocks && code !== "unfilled_blank")),
    },
    calibration: serving,
    hidden: subject.hidden,
  });
  const confidence = { ...scored, decisions: scored.calibrated ? scored.decisions : subject.decisions };
  const { priority, reason } = priorityOf({
    triage,
    confidence: draft ? confidence.score : null,
    repeatedComplaint: triage.flags.includes("complaint") && subject.earlierComplaints > 0,
  });
  const allFindings = [
    ...(failure ? [{ code: failure.code, text: failure.message }] : []),
    ...guarded,
    ...contradicted,
    ...(draft ? draftFindings(draft, { customerText: customerMessage, asked: subject.instruction !== null }) : []),
  ];
  const recommended = recommend({
    triage,
    score: confidence.score,
    verifiedShare: share,
    hasSources: findings.passages.length > 0,
    findings: allFindings,
    degraded: degraded !== null,
    policy: policy(),
  });
  return {
    draftResponse: text,
    confidenceScore: confidence.score,
    confidence,
    sources: findings.passages.map(sourceShown),
    citations,
    findings: allFindings,
    intent: triage.intent,
    sentiment: triage.sentiment,
    language: triage.language,
    flags: triage.flags,
    recommendedAction: moreCareful(recommended, draft?.recommendedAction ?? null),
    priority,
    priorityReason: reason,
    route: null,
    degraded,
    drafter: draft?.drafter ?? drafter.name,
    model: draft?.model ?? null,
    promptVersion: draft?.promptVersion ?? "none",
    ...usageOf(draft?.calls ?? failure?.calls ?? []),
    latencyMs,
  };
}

function sourceShown(passage: Findings["passages"][number]): SourceShown {
  const text = passage.text.trim();
  return {
    source_id: passage.sourceId,
    passage_id: passage.passageId,
    title: passage.title,
    url: passage.url,
    relevance: Math.round(passage.relevance * 1000) / 1000,
    excerpt: text.length > EXCERPT_CHARACTERS ? `${text.slice(0, EXCERPT_CHARACTERS).trimEnd()}…` : text,
    updated_at: passage.updatedAt?.toISOString() ?? null,
    verified_at: passage.verifiedAt?.toISOString() ?? null,
  };
}
