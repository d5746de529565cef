import type { Approval } from "../../src/core/words.ts";
import type { StoredSource } from "../../src/ports/knowledge-tables.ts";
import { CONVERSATIONS, startApp, type TestApp, TOKENS } from "../support/app.ts";
import { anApproval } from "../support/approval.ts";
import { type Call, call } from "../support/call.ts";

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

const api = (path: string, options: Call = {}) => call(`${app.url}/api/v1${path}`, { token: TOKENS.ida, ...options });

let nextConversation = 1000;
const given = (changes: Partial<Approval>) => app.store.approvals.insert(anApproval({ conversationId: nextConversation++, ...changes }));

describe("knowledge gaps", () => {
  const noQuote = {
    score: 20,
    calibrated: false,
    decisions: 0,
    hidden: false,
    signals: [],
    caps: [{ name: "no_verified_quote", limit: 30 }],
  };

  beforeAll(async () => {
    const titanium = { customerMessage: "Do you sell titanium hose clamps?", sources: [] };
    await given({ ...titanium, conversationId: CONVERSATIONS.unseen });
    await given({ ...titanium, customerMessage: "Titanium clamps, please?", conversationId: CONVERSATIONS.seen });
    await given({ customerMessage: "A clamp of titanium for my hose?", status: "escalated", decision: "escalate" });
    await given({ customerMessage: "Are gift cards refundable?", confidence: noQuote });
    await given({ customerMessage: "The torque of the banjo bolt?", status: "rejected", decision: "reject", rejectReason: "wrong_fact" });
    // none of these says that knowledge is missing
    await given({ customerMessage: "It was answered well." });
    await given({ customerMessage: "I will sue you.", status: "escalated", flags: ["legal"] });
    await given({ customerMessage: "Knowledge was away.", sources: [], degraded: "knowledge_unavailable" });
    await given({ customerMessage: "A newer message came.", sources: [], status: "superseded" });
    await given({ customerMessage: "The tone was wrong.", status: "rejected", rejectReason: "wrong_tone" });
    await given({ customerMessage: "Long ago.", sources: [], createdAt: new Date("2020-01-01T00:00:00Z") });
  });

  test("are what nobody could answer, grouped, with counts and examples", async () => {
    const { status, body } = await api("/analytics/knowledge-gaps");
    expect(status).toBe(200);
    expect(body.questions).toBe(5);
    expect(body.data.map((gap: { count: number }) => gap.count)).toEqual([3, 1, 1]);
    expect(body.data[0]).toMatchObject({ words: expect.arrayContaining(["titanium"]), reasons: { no_source: 2, escalated: 1 } });
    expect(body.data[0].examples).toHaveLength(3);
    expect(body.data[0].examples[0]).toMatchObject({ question: expect.stringContaining("itanium"), conversation_id: expect.any(Number) });
    const reasons = body.data.slice(1).map((gap: { reasons: object }) => gap.reasons);
    expect(reasons).toEqual(expect.arrayContaining([{ no_quote: 1 }, { wrong_fact: 1 }]));
  });

  test("show an operator only examples from conversations that they may see", async () => {
    const { body } = await api("/analytics/knowledge-gaps", { token: TOKENS.olaf });
    const examples = body.data.flatMap((gap: { examples: { conversation_id: number }[] }) => gap.examples);
    expect(examples.map((example: { conversation_id: number }) => example.conversation_id)).toEqual([CONVERSATIONS.seen]);
    expect(body.data[0].count).toBe(3);
  });

  test("of another time are asked for by `from` and `to`; senseless ones are 400", async () => {
    const { body } = await api("/analytics/knowledge-gaps?from=2019-12-01T00:00:00Z&to=2020-02-01T00:00:00Z");
    expect(body).toMatchObject({
      questions: 1,
      from: "2019-12-01T00:00:00.000Z",
      data: [{ count: 1, examples: [{ question: "Long ago." }] }],
    });
    expect((await api("/analytics/knowledge-gaps?from=yesterday")).status).toBe(400);
    expect((await api("/analytics/knowledge-gaps?from=2020-02-01T00:00:00Z&to=2020-01-01T00:00:00Z")).status).toBe(400);
    expect((await call(`${app.url}/api/v1/analytics/knowledge-gaps`)).status).toBe(401);
  });
});

describe("knowledge sources", () => {
  const source = (id: string, changes: Partial<StoredSource> = {}): StoredSource => {
    return {
      id,
      title: id,
      url: null,
      contentHash: "x",
      updatedAt: null,
      safety: false,
      language: "en",
      origin: "folder",
      file: null,
      ...changes,
    };
  };
  const quoting = (id: string): Partial<Approval> => ({
    sources: [
      { source_id: id, passage_id: `${id}#1`, title: id, url: null, relevance: 0.9, excerpt: "…", updated_at: null },
      { source_id: "bystander", passage_id: "bystander#1", title: "x", url: null, relevance: 0.5, excerpt: "…", updated_at: null },
    ],
    citations: [{ sentence: "s", passageId: `${id}#1`, quote: "q", verified: true }],
  });

  beforeAll(async () => {
    const passage = (sourceId: string) => {
      return {
        sourceId,
        passageId: `${sourceId}#1`,
        title: sourceId,
        titlePath: [],
        text: "Words.",
        url: null,
        updatedAt: null,
        safety: false,
      };
    };
    await app.store.knowledge.replace(source("fine", { updatedAt: new Date("2026-01-01T00:00:00Z"), title: "b" }), [passage("fine")]);
    await app.store.knowledge.replace(source("trouble", { origin: "helpdesk", safety: true, title: "C" }), [passage("trouble")]);
    await app.store.knowledge.replace(source("bystander", { title: "a" }), []);
    await given({ ...quoting("fine"), status: "sent", decision: "approve" });
    await given({ ...quoting("trouble"), status: "sent", decision: "approve", edited: true });
    await given({ ...quoting("trouble"), status: "rejected", decision: "reject", rejectReason: "outdated" });
    await given({ ...quoting("trouble"), status: "sent", decision: "approve" });
  });

  test("are listed with age, last look and the fate of the drafts that quoted them, troubled ones first", async () => {
    const { status, body } = await api("/knowledge/sources");
    expect(status).toBe(200);
    expect(body.next_cursor).toBeNull();
    expect(body.data.map((row: { source_id: string }) => row.source_id)).toEqual(["trouble", "bystander", "fine"]);
    expect(body.data[0]).toEqual({
      source_id: "trouble",
      title: "C",
      url: null,
      origin: "helpdesk",
      safety: true,
      language: "en",
      passages: 1,
      updated_at: null,
      synced_at: expect.any(String),
      verified_at: expect.any(String),
      age_days: 0,
      withdrawn: false,
      quoted: { drafts: 3, approved: 1, edited: 1, rejected: 1 },
    });
    expect(body.data[1].quoted).toEqual({ drafts: 0, approved: 0, edited: 0, rejected: 0 });
    expect(body.data[2].age_days).toBeGreaterThan(100);
  });

  test("come in pages and in the order that is asked for", async () => {
    const ids = async (path: string) => (await api(path)).body.data.map((row: { source_id: string }) => row.source_id);
    expect(await ids("/knowledge/sources?sort=oldest")).toEqual(["fine", "trouble", "bystander"]);
    expect(await ids("/knowledge/sources?sort=title")).toEqual(["bystander", "fine", "trouble"]);
    const { body } = await api("/knowledge/sources?sort=title&limit=2");
    expect(await ids(`/knowledge/sources?sort=title&limit=2&cursor=${body.next_cursor}`)).toEqual(["trouble"]);
    expect((await api("/knowledge/sources?sort=colour")).status).toBe(400);
    expect((await call(`${app.url}/api/v1/knowledge/sources`)).status).toBe(401);
  });
});
