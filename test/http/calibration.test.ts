import { randomUUID } from "node:crypto";
import { createExtractiveDrafter } from "../../src/adapters/extractive/drafter.ts";
import { learningOf } from "../../src/core/learning.ts";
import { DEFAULT_POLICY } from "../../src/core/policy.ts";
import type { Approval, Signal } from "../../src/core/words.ts";
import { fitNow } from "../../src/flow/calibrate.ts";
import { composeDraft } from "../../src/flow/compose-draft.ts";
import { trackRecord } from "../../src/flow/track-record.ts";
import { startApp, type TestApp, TOKENS } from "../support/app.ts";
import { anApproval } from "../support/approval.ts";
import { type Call, call } from "../support/call.ts";
import { draftRequest, foundPassage } from "../support/draft-request.ts";

const api = (app: TestApp, path: string, options: Call = {}) => call(`${app.url}/api/v1${path}`, { token: TOKENS.ida, ...options });

let conversation = 5000;

/** A draft with these signals that was sent as it was, or rejected. */
async function decided(app: TestApp, good: boolean, changes: Partial<Approval> & { value?: number; hidden?: boolean } = {}): Promise<void> {
  const { value = good ? 0.9 : 0.2, hidden = false, ...more } = changes;
  const signals: Signal[] = [{ name: "retrieval_strength", value, weight: 1.8 }];
  const approval = anApproval({
    conversationId: conversation++,
    status: good ? "sent" : "rejected",
    decision: good ? "approve" : "reject",
    finalResponse: good ? anApproval({}).draftResponse : null,
    rejectReason: good ? null : "wrong_fact",
    confidence: { score: 70, calibrated: false, decisions: 0, hidden, signals, caps: [] },
    ...more,
  });
  await app.store.approvals.insert(approval);
  await app.store.learning.insert(learningOf(approval, new Date()));
}

const fitting = (app: TestApp) => ({ store: app.store, clock: { now: () => new Date() }, settings: { accountId: 1 } });

test("without decisions every figure is null, never 0 or 100 %, and nobody without identity sees any", async () => {
  const app = await startApp();
  try {
    const { status, body } = await api(app, "/analytics/calibration");
    expect(status).toBe(200);
    expect(body).toMatchObject({ decisions: 0, ece: null, brier: null, auroc: null, since: null, calibrated: false, last_fit: null });
    expect(body.bins).toHaveLength(10);
    for (const bin of body.bins) expect(bin).toMatchObject({ decisions: 0, promised: null, came: null });
    expect(body.hidden).toMatchObject({ decisions: 0, ece: null });
    expect(await fitNow(fitting(app), { keep: true })).toBeNull();
    expect((await call(`${app.url}/api/v1/analytics/calibration`)).status).toBe(401);
    expect((await api(app, "/analytics/calibration?from=yesterday")).status).toBe(400);
  } finally {
    await app.close();
  }
});

describe("after sixty decisions that the score of 70 did not foresee", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startApp();
    for (let nth = 0; nth < 60; nth++) {
      const good = nth % 2 === 0;
      await decided(app, good, {
        hidden: nth < 6,
        intent: nth < 20 ? "order_status" : "product_question",
        customerMessage: "Which AN size do I need?",
      });
    }
    await decided(app, false, { degraded: "drafter_unavailable", value: 0 });
  });
  afterAll(() => app?.close());

  test("reliability is told with intervals, apart for hidden scores, intents and versions; placeholders do not count", async () => {
    const { body } = await api(app, "/analytics/calibration");
    expect(body).toMatchObject({ decisions: 60, ece: 0.2, auroc: 0.5, calibrated: false });
    expect(body.bins[7]).toMatchObject({
      decisions: 60,
      promised: 0.7,
      came: { share: 0.5, low: expect.any(Number), high: expect.any(Number) },
    });
    expect(body.bins[7].came.low).toBeGreaterThan(0.3);
    expect(body.bins[7].came.high).toBeLessThan(0.7);
    expect(body.hidden).toMatchObject({ decisions: 6, ece: expect.closeTo(0.2) });
    expect(body.intents.map(({ intent, decisions }: { intent: string; decisions: number }) => [intent, decisions])).toEqual([
      ["product_question", 40],
      ["order_status", 20],
    ]);
    expect(body.versions).toEqual([expect.objectContaining({ calibration_version: null, drafter: anApproval({}).drafter, decisions: 60 })]);
    expect(Date.parse(body.since)).toBeGreaterThan(Date.now() - 60_000);
  });

  test("the metric shows the error", async () => {
    const { text } = await call(`${app.url}/metrics`);
    expect(text).toMatch(/^countersign_calibration_error_ratio 0\.2/m);
  });

  test("a dry run keeps nothing; a fit is kept with its version, and from then on drafts are scored with it", async () => {
    const dry = await fitNow(fitting(app), { keep: false });
    expect(dry).toMatchObject({ version: null, taken: true, decisions: 60 });
    const { drafter } = anApproval({});
    expect(await app.store.calibrations.serving(1, drafter)).toEqual({ version: null, weights: null, decisions: 0 });

    const fit = await fitNow(fitting(app), { keep: true });
    expect(fit).toMatchObject({ taken: true, decisions: 60, fittedOn: 60 });
    expect(await app.store.calibrations.serving(1, drafter)).toEqual({ version: fit?.version, weights: fit?.weights, decisions: 60 });
    expect(await app.store.calibrations.serving(1, "another drafter")).toMatchObject({ version: fit?.version, decisions: 0 });
    expect(await app.store.calibrations.serving(2, drafter)).toMatchObject({ version: null });

    const { body } = await api(app, "/analytics/calibration");
    expect(body.calibrated).toBe(true);
    expect(body.last_fit).toMatchObject({
      version: fit?.version,
      taken: true,
      held_back: { before: { decisions: 12 }, after: { decisions: 12 } },
    });
    expect(body.current.log_loss).toBeLessThan(body.prior.log_loss);
  });

  test("earlier decisions on like questions with the same best source are a signal", async () => {
    const draft = { approvalId: "x", accountId: 1, drafter: "extractive", intent: "product_question" as const };
    const [source] = anApproval({}).sources;
    const ports = { store: app.store, log: { error() {}, warn() {}, info() {}, debug() {} } };
    const of = async (question: string, sourceId: string | null) => (await trackRecord(ports, { ...draft, question, sourceId })).history;
    expect(await of("Which AN size do I need?", source?.source_id ?? null)).toBeCloseTo(0.5, 1);
    expect(await of("Can I pay with PayPal?", source?.source_id ?? null)).toBeNull();
    expect(await of("Which AN size do I need?", "another-source")).toBeNull();
    expect(await of("Which AN size do I need?", null)).toBeNull();
  });

  test("the export tells of each decision what made the draft, its label and what became of it; `since` leaves older ones out", async () => {
    const { text } = await api(app, "/learning/export");
    const rows = text
      .trim()
      .split("\n")
      .map((line: string) => JSON.parse(line));
    expect(rows).toHaveLength(61);
    const { drafter, model, promptVersion } = anApproval({});
    expect(rows[0]).toMatchObject({
      decision: "approve",
      label: 1,
      question: "Which AN size do I need?",
      edit_ratio: 0,
      drafter,
      model,
      prompt_version: promptVersion,
      calibration_version: null,
      features: { retrieval_strength: 0.9, score: 70, hidden: 1 },
    });
    expect(rows[0].sources[0]).toMatchObject({
      source_id: expect.any(String),
      passage_id: expect.any(String),
      excerpt: expect.any(String),
    });
    expect(rows[1]).toMatchObject({ decision: "reject", label: 0, reject_reason: "wrong_fact", final_version: null });
    expect(rows[60].label).toBeNull();
    expect((await api(app, `/learning/export?since=${new Date(Date.now() + 60_000).toISOString()}`)).text).toBe("");
    expect((await api(app, "/learning/export", { token: TOKENS.olaf })).status).toBe(403);
  });

  test("what was kept long enough goes with its approvals, and the fit stays", async () => {
    const later = new Date(Date.now() + 60_000);
    await app.store.purge(later, later);
    expect((await api(app, "/learning/export")).text).toBe("");
    expect((await api(app, "/analytics/calibration")).body).toMatchObject({ decisions: 0, ece: null, last_fit: { taken: true } });
  });
});

test("a draft counts earlier decisions under the intent that its approval shows: the team's own, whatever the model says", async () => {
  const app = await startApp();
  try {
    const [source] = anApproval({}).sources;
    const question = "Which AN size do I need?";
    await decided(app, true, { intent: "sizing", customerMessage: question });
    const passage = foundPassage({ passageId: source?.passage_id ?? "", text: "Up to 450 hp: AN-6 feed line.", relevance: 0.9 });
    const request = draftRequest(question, [passage], { triage: { intent: "sizing" } });
    const { draft } = await composeDraft(
      {
        store: app.store,
        log: { error() {}, warn() {}, info() {}, debug() {} },
        metrics: { stageDuration() {}, modelUsage() {} } as never,
        policy: () => DEFAULT_POLICY,
        knowledge: { search: async () => ({ ...request.findings, answerable: 0.7 }), sync: () => Promise.reject(new Error("not here")) },
        drafter: {
          name: "extractive",
          draft: async (given) => ({ ...(await createExtractiveDrafter().draft(given)), intent: "product_question" }),
        },
      },
      { ...request, approvalId: randomUUID(), hidden: false, decisions: 1, earlierComplaints: 0 },
    );
    expect(draft.intent).toBe("sizing");
    const value = (signal: string) => draft.confidence.signals.find(({ name }) => name === signal)?.value;
    expect(value("history")).toBeCloseTo(2 / 3);
    // the search's score for the passage times its probability that there is an answer
    expect(value("retrieval_strength")).toBeCloseTo(0.63);
  } finally {
    await app.close();
  }
});
