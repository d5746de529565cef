import { randomUUID } from "node:crypto";
import { copyFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { openDrafter, openKnowledge, type Records } from "../../compose.ts";
import type { Config } from "../../config.ts";
import { DEFAULT_POLICY } from "../../core/policy.ts";
import { triage } from "../../core/triage.ts";
import type { Conversation, Draft, Findings, HouseStyle } from "../../core/words.ts";
import { composeDraft } from "../../flow/compose-draft.ts";
import type { Drafter } from "../../ports/drafter.ts";
import type { Knowledge } from "../../ports/knowledge.ts";
import type { Log, Metrics } from "../../ports.ts";
import type { EvaluationQuestion, EvaluationSet } from "../retrieval/set.ts";
import type { Observation, SavedRun } from "./observation.ts";
import { overlapOf } from "./overlap.ts";

/** Questions that a model is asked at once. */
const AT_ONCE = 4;

/** Drafts for the questions of a set as the server would: our search over its articles, the drafter, every check; on records of their own. */
export async function runSet(
  { records, config, log }: { records: Records; config: Config; log: Log },
  { folder, set, limit, houseStyle }: { folder: string; set: EvaluationSet; limit: number; houseStyle: HouseStyle },
): Promise<SavedRun> {
  const articles = join(config.DATA_DIR, `articles-${set.name}`);
  await mkdir(articles);
  await copyFile(join(folder, "kb.jsonl"), join(articles, "kb.jsonl"));
  const knowledge = openKnowledge({ ...config, KNOWLEDGE_DIR: articles }, records.store, log);
  await knowledge.sync();
  const drafter = openDrafter(config, null, log);
  const questions = set.questions.slice(0, limit);
  const asked: { observation: Observation; draft: Draft | null }[] = [];
  for (let from = 0; from < questions.length; from += AT_ONCE)
    asked.push(
      ...(await Promise.all(
        questions.slice(from, from + AT_ONCE).map((question) => ask({ records, knowledge, drafter, log }, set.name, question, houseStyle)),
      )),
    );
  const made = asked.find(({ draft }) => draft !== null)?.draft;
  return {
    drafter: drafter.name,
    model: made?.model ?? null,
    promptVersion: made?.promptVersion ?? "none",
    observations: asked.map(({ observation }) => observation),
  };
}

type Reach = { records: Records; knowledge: Knowledge; drafter: Drafter; log: Log };

async function ask(
  { records: { store }, knowledge, drafter, log }: Reach,
  set: string,
  question: EvaluationQuestion,
  houseStyle: HouseStyle,
) {
  const { id, text, relevant, answerable } = question;
  let findings: Findings | null = null;
  let made: Draft | null = null;
  const conversation = CONVERSATION;
  const began = performance.now();
  const { draft } = await composeDraft(
    {
      store,
      log,
      metrics: UNCOUNTED,
      policy: () => DEFAULT_POLICY,
      knowledge: {
        ...knowledge,
        async search(...given) {
          findings = await knowledge.search(...given);
          return findings;
        },
      },
      drafter: {
        name: drafter.name,
        async draft(request) {
          made = await drafter.draft(request);
          return made;
        },
      },
    },
    {
      approvalId: randomUUID(),
      conversation,
      burst: [messageOf(text)],
      history: [messageOf(text)],
      triage: triage({ ...conversation, text, earlierComplaints: 0, policy: DEFAULT_POLICY }),
      instruction: null,
      approvedBefore: null,
      houseStyle,
      hidden: false,
      decisions: 0,
      earlierComplaints: 0,
    },
  );
  const { citations, confidenceScore, degraded } = draft;
  const facts = (made as Draft | null)?.sentences.filter(({ kind }) => kind === "fact") ?? [];
  const quoted = citations.map(({ passageId }) => passageId.split("#")[0] ?? "");
  const overlap =
    question.answer !== null && facts.length > 0 ? overlapOf(facts.map((fact) => fact.text).join(" "), question.answer) : null;
  const observation: Observation = {
    set,
    id,
    answerable,
    found: round((findings as Findings | null)?.answerable ?? 0),
    confidence: made === null ? 0 : confidenceScore / 100,
    facts: facts.length,
    verified: citations.filter(({ verified }) => verified).length,
    rightSource: answerable && quoted.length > 0 ? quoted.some((source) => relevant.includes(source)) : null,
    findings: draft.findings.map(({ code }) => code),
    blocked: draft.findings.some(({ blocks }) => blocks),
    degraded,
    tokenF1: overlap && round(overlap.tokenF1),
    rougeL: overlap && round(overlap.rougeL),
    tokens: draft.inputTokens + draft.outputTokens,
    costUsd: draft.costUsd,
    ms: Math.round(performance.now() - began),
  };
  return { observation, draft: made as Draft | null };
}

const round = (value: number) => Math.round(value * 1e6) / 1e6;

const AT = new Date("2026-01-01T10:00:00Z");

const messageOf = (text: string) => ({
  id: 1,
  type: "incoming" as const,
  private: false,
  text,
  createdAt: AT,
  sender: { type: "contact" as const, id: 1, name: null },
  attachments: [],
  mark: null,
  deleted: false,
  autoReply: false,
  externalError: null,
});

const CONVERSATION: Conversation = {
  accountId: 1,
  id: 1,
  inboxId: 1,
  channel: "Channel::Api",
  status: "open",
  canReply: true,
  muted: false,
  labels: [],
  priority: null,
  contact: { id: 1, name: null, email: null, phone: null, blocked: false, customAttributes: {} },
  assigneeId: null,
  teamId: null,
  waitingSince: AT,
  hmacVerified: true,
  customAttributes: {},
};

const nothing = () => {};
/** What is measured here is not the server's. */
const UNCOUNTED: Metrics = {
  delivery: nothing,
  doorDuration: nothing,
  stageDuration: nothing,
  decision: nothing,
  reconcileFound: nothing,
  modelUsage: nothing,
  render: async () => ({ contentType: "text/plain", text: "" }),
};
