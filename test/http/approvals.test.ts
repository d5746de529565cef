import type { Approval } from "../../src/core/words.ts";
import { CONVERSATIONS, startApp, type TestApp, TOKENS } from "../support/app.ts";
import { anApproval } from "../support/approval.ts";
import { type Call, call } from "../support/call.ts";

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

let nextConversation = 100;
/** A pending approval in a conversation of its own, unless the changes say otherwise. */
async function given(changes: Partial<Approval> = {}): Promise<Approval> {
  const approval = anApproval({ conversationId: nextConversation++, ...changes });
  await app.store.approvals.insert(approval);
  return approval;
}

const api = (path: string, options: Call = {}) => call(`${app.url}/api/v1${path}`, { token: TOKENS.ida, ...options });
const decide = (id: string, kind: string, json: unknown = {}, options: Call = {}) => api(`/approvals/${id}/${kind}`, { json, ...options });

describe("reading", () => {
  test("an approval is JSON exactly as the design says", async () => {
    const approval = await given();
    const { status, body, headers } = await api(`/approvals/${approval.id}`);
    expect(status).toBe(200);
    expect(headers.get("etag")).toBe('"1"');
    const { events, ...json } = body;
    expect(events).toEqual([]);
    expect(json).toEqual({
      id: approval.id,
      version: 1,
      status: "pending",
      account_id: 1,
      conversation_id: approval.conversationId,
      message_id: 1,
      inbox_id: 1,
      customer: { id: 1, name: "Rosa Lind" },
      customer_message: approval.customerMessage,
      draft_response: approval.draftResponse,
      final_response: null,
      edited: false,
      confidence_score: 86,
      confidence: { calibrated: false, decisions: 12, version: null, hidden: false, signals: approval.confidence.signals, caps: [] },
      sources: approval.sources,
      citations: [
        {
          sentence: "an AN-6 feed line is right",
          passage_id: "an-sizes#horsepower",
          quote: "Up to 450 hp: AN-6 feed line.",
          verified: true,
        },
      ],
      intent: "product_question",
      sentiment: "neutral",
      language: "en",
      flags: [],
      findings: [],
      recommended_action: "send",
      priority: "normal",
      due_at: approval.dueAt?.toISOString(),
      degraded: null,
      superseded_by: null,
      note: { status: "posted", message_id: 90_420 },
      reply: { status: "none", message_id: null },
      decision: null,
      decided_by: null,
      decided_at: null,
      reject_reason: null,
      comment: null,
      drafter: "extractive",
      model: null,
      prompt_version: "1",
      created_at: approval.createdAt.toISOString(),
      updated_at: approval.updatedAt.toISOString(),
    });
  });

  test("a hidden score is told by nothing until the decision, and shown after it", async () => {
    const approval = await given({ confidence: { ...anApproval().confidence, hidden: true } });
    const hidden = { confidence_score: null, recommended_action: "review", confidence: { hidden: true, signals: [], caps: [] } };
    expect((await api(`/approvals/${approval.id}`)).body).toMatchObject(hidden);
    expect((await api("/approvals?limit=100")).body.data.find(({ id }: { id: string }) => id === approval.id)).toMatchObject(hidden);
    const page = await call(app.url, { headers: { Authorization: `Bearer ${TOKENS.ida}` } });
    const entry = page.text.split("<article").find((part) => part.includes(approval.id)) ?? "";
    expect(entry).toContain("Score hidden");
    expect(entry).not.toMatch(/86%|0\.94</);
    const decided = await decide(approval.id, "approve");
    expect(decided.body).toMatchObject({ confidence_score: 86, recommended_action: "send", confidence: { hidden: false } });
  });

  test("a list leaves out events and shortens nothing else", async () => {
    const approval = await given({ customerMessage: "long ".repeat(20_000) });
    const { body } = await api("/approvals?limit=100&sort=newest");
    const { events: _, ...whole } = (await api(`/approvals/${approval.id}`)).body;
    expect(body.data.find(({ id }: { id: string }) => id === approval.id)).toEqual(whole);
  });

  test("pages follow one another without losing or repeating anybody", async () => {
    await Promise.all(Array.from({ length: 7 }, () => given({ inboxId: 77 })));
    const seen: string[] = [];
    let cursor: string | null = "";
    while (cursor !== null) {
      const { body } = await api(`/approvals?inbox_id=77&limit=3${cursor && `&cursor=${cursor}`}`);
      seen.push(...body.data.map(({ id }: { id: string }) => id));
      cursor = body.next_cursor;
    }
    expect(seen).toHaveLength(7);
    expect(new Set(seen).size).toBe(7);
  });

  test("status may be several words, by commas or by repeating", async () => {
    const rejected = await given({ status: "rejected", inboxId: 78 });
    const pending = await given({ inboxId: 78 });
    await given({ status: "expired", inboxId: 78 });
    for (const query of ["status=pending,rejected", "status=pending&status=rejected"]) {
      const { body } = await api(`/approvals?inbox_id=78&${query}`);
      expect(body.data.map(({ id }: { id: string }) => id).sort()).toEqual([pending.id, rejected.id].sort());
    }
  });

  test("words are found in message and name, and wildcards are only characters", async () => {
    const approval = await given({ customerMessage: "Rabatt von 100%_ bitte" });
    const ids = async (q: string) =>
      (await api(`/approvals?q=${encodeURIComponent(q)}&limit=100`)).body.data.map(({ id }: { id: string }) => id);
    expect(await ids("100%_")).toEqual([approval.id]);
    expect(await ids("' or 1=1 --")).toEqual([]);
  });

  test.each([
    "status=nonsense",
    "status=",
    "status=pending,",
    "priority=medium",
    "priority=low&priority=high",
    "inbox_id=one",
    "inbox_id=0",
    "inbox_id=99999999999999999999",
    "inbox_id=1e3",
    "sort=oldest",
    "limit=0",
    "limit=101",
    "limit=-1",
    "limit=",
    "limit=5&limit=6",
    "cursor=nonsense",
    "cursor=",
    "q=%00",
  ])("a parameter that makes no sense (%s) is 400 and names itself", async (query) => {
    const answer = await api(`/approvals?${query}`);
    expect(answer).toMatchObject({ status: 400, body: { code: "invalid_payload" } });
    expect(answer.body.detail).toContain(query.split("=")[0]);
  });

  test("unknown ids are 404, whatever they look like", async () => {
    for (const id of ["00000000-0000-4000-8000-000000000000", "1", "nonsense", "%00"]) {
      expect((await api(`/approvals/${id}`)).status).toBe(404);
      expect((await api(`/approvals/${id}/events`)).status).toBe(404);
      expect((await decide(id, "approve")).status).toBe(404);
    }
  });
});

describe("who sees what", () => {
  test("an operator meets only approvals of conversations that Chatwoot shows them", async () => {
    const seen = await given({ conversationId: CONVERSATIONS.seen, inboxId: 1 });
    const unseen = await given({ conversationId: CONVERSATIONS.unseen, inboxId: 2 });
    const olaf = { token: TOKENS.olaf };
    const listed = (await api("/approvals?limit=100", olaf)).body.data.map(({ id }: { id: string }) => id);
    expect(listed).toContain(seen.id);
    expect(listed).not.toContain(unseen.id);
    expect((await api(`/approvals/${seen.id}`, olaf)).status).toBe(200);
    expect((await api(`/approvals/${unseen.id}`, olaf)).status).toBe(404);
    expect((await api(`/approvals/${unseen.id}/events`, olaf)).status).toBe(404);
    expect((await decide(unseen.id, "approve", {}, olaf)).status).toBe(404);
    expect((await api(`/conversations/${CONVERSATIONS.unseen}/draft`, { json: {}, ...olaf })).status).toBe(404);
    expect((await api(`/approvals/${unseen.id}`)).status).toBe(200);
  });

  test("a page is full although others may not be seen", async () => {
    const soon = new Date(Date.now() - 60_000);
    for (let i = 0; i < 4; i++) await given({ conversationId: 5_000 + i, inboxId: 79, dueAt: soon });
    const mine = await given({ conversationId: CONVERSATIONS.seen, inboxId: 79, status: "rejected" });
    const { body } = await api("/approvals?inbox_id=79&limit=1", { token: TOKENS.olaf });
    expect(body.data.map(({ id }: { id: string }) => id)).toEqual([mine.id]);
  });
});

describe("deciding", () => {
  test("approving answers with the approval, and with the same again", async () => {
    const approval = await given();
    const first = await decide(approval.id, "approve");
    expect(first).toMatchObject({
      status: 200,
      body: { status: "approved", decision: "approve", final_response: approval.draftResponse, decided_by: { type: "operator", id: 1 } },
    });
    expect(first.headers.get("etag")).toBe(`"${first.body.version}"`);
    expect(await decide(approval.id, "approve")).toMatchObject({ status: 200, body: first.body });
    expect((await decide(approval.id, "reject", { reason: "policy" })).body).toMatchObject({ status: 409, code: "already_decided" });
  });

  test("an edit sends the operator's words; the same words again are the same decision, others are not", async () => {
    const approval = await given();
    const response = "AN-6 it is.\n\nBest\nDana";
    expect(await decide(approval.id, "edit", { response })).toMatchObject({
      status: 200,
      body: { status: "approved", final_response: response, edited: true },
    });
    expect((await decide(approval.id, "edit", { response })).status).toBe(200);
    expect((await decide(approval.id, "edit", { response: "Something else" })).body).toMatchObject({ code: "already_decided" });
  });

  test("a reason ends a draft, an escalation hands it over", async () => {
    const rejected = await given();
    expect(await decide(rejected.id, "reject", { reason: "wrong_tone", comment: "too stiff" })).toMatchObject({
      status: 200,
      body: { status: "rejected", reject_reason: "wrong_tone", comment: "too stiff" },
    });
    const escalated = await given();
    expect(await decide(escalated.id, "escalate", { team_id: 1, note: "please look" })).toMatchObject({
      status: 200,
      body: { status: "escalated" },
    });
  });

  test("undo takes an approval back while it is held, and is too late for everything else", async () => {
    const approval = await given();
    expect((await decide(approval.id, "undo")).body).toMatchObject({ code: "already_decided" });
    await decide(approval.id, "approve");
    expect(await decide(approval.id, "undo")).toMatchObject({
      status: 200,
      body: { status: "pending", decision: null, final_response: null },
    });
    const { body } = await api(`/approvals/${approval.id}/events`);
    expect(body.data.map(({ what }: { what: string }) => what)).toEqual(["decided", "undone"]);
    expect(body.data[0]).toMatchObject({ surface: "http", actor: { type: "operator", id: 1 }, old_version: 1, new_version: 2 });
  });

  test("a placeholder cannot be approved, only edited", async () => {
    const approval = await given({ degraded: "drafter_unavailable", draftResponse: "Reviewing your message…" });
    expect(await decide(approval.id, "approve")).toMatchObject({ status: 409, body: { code: "not_approvable" } });
    expect((await decide(approval.id, "edit", { response: "Yes, we do." })).status).toBe(200);
  });

  test("If-Match holds a decision to the version that was seen", async () => {
    const match = (id: string, tag: string) => decide(id, "reject", { reason: "other" }, { headers: { "If-Match": tag } });
    for (const tag of ['"2"', 'W/"7"', '"nonsense"', "0", '"2", "3"']) {
      expect(await match((await given()).id, tag)).toMatchObject({ status: 412, body: { code: "version_mismatch" } });
    }
    for (const tag of ['"1"', 'W/"1"', "1", "*", '"9", "1"']) expect(await match((await given()).id, tag)).toMatchObject({ status: 200 });
  });

  test("a request that names itself is carried out once, and its name is not taken for another", async () => {
    const approval = await given();
    const headers = { "Idempotency-Key": `key-${approval.id}` };
    const first = await decide(approval.id, "reject", { reason: "other" }, { headers });
    expect(await decide(approval.id, "reject", { reason: "other" }, { headers })).toMatchObject({ status: 200, body: first.body });
    expect(await decide((await given()).id, "reject", { reason: "other" }, { headers })).toMatchObject({ status: 400 });
    expect((await decide(approval.id, "reject", { reason: "other" }, { headers: { "Idempotency-Key": "k".repeat(300) } })).status).toBe(
      400,
    );
  });

  test.each([
    ["edit", {}, "response"],
    ["edit", { response: "" }, "response"],
    ["edit", { response: "  \n " }, "response"],
    ["edit", { response: 17 }, "response"],
    ["edit", { response: ["a"] }, "response"],
    ["edit", { response: "x".repeat(150_001) }, "response"],
    ["edit", { response: "a\u0000b" }, "response"],
    ["edit", { response: "\ud83d" }, "response"],
    ["reject", {}, "reason"],
    ["reject", { reason: "because" }, "reason"],
    ["reject", { reason: "other", comment: "x".repeat(2_001) }, "comment"],
    ["escalate", { team_id: "technical" }, "team_id"],
    ["escalate", { team_id: 1, assignee_id: 2 }, "team_id"],
    ["escalate", { team_id: 1.5 }, "team_id"],
    ["escalate", { assignee_id: 2 ** 40 }, "assignee_id"],
    ["escalate", { team_id: 4711 }, "team_id"],
    ["escalate", { assignee_id: 4711 }, "assignee_id"],
    ["redraft", { instruction: 1 }, "instruction"],
    ["approve", [], "body"],
    ["approve", "yes", "body"],
  ])("%s with %j is 400, names %s and changes nothing", async (kind, json, field) => {
    const approval = await given();
    const answer = await decide(approval.id, kind, json);
    expect(answer).toMatchObject({ status: 400, body: { code: "invalid_payload" } });
    expect(answer.body.detail).toContain(field);
    expect((await app.store.approvals.get(approval.id))?.version).toBe(1);
  });

  test("the longest reply that Chatwoot takes is taken", async () => {
    const response = "ß".repeat(150_000);
    expect((await decide((await given()).id, "edit", { response })).body.final_response).toBe(response);
  });

  test("a body that is no JSON, another type or too large is refused in its own way", async () => {
    const { id } = await given();
    const send = (body: string, headers: Record<string, string>) =>
      fetch(`${app.url}/api/v1/approvals/${id}/edit`, {
        method: "POST",
        body,
        headers: { Authorization: `Bearer ${TOKENS.ida}`, ...headers },
      });
    const json = { "Content-Type": "application/json" };
    for (const [response, status, code] of [
      [await send('{"response":', json), 400, "invalid_json"],
      [await send("response=hi", { "Content-Type": "application/x-www-form-urlencoded" }), 415, "unsupported_media_type"],
      [await send("{}", { ...json, "Content-Encoding": "gzip" }), 415, "unsupported_media_type"],
      [await send(JSON.stringify({ response: "x".repeat(3_000_000) }), json), 413, "payload_too_large"],
      [await send(`${"[".repeat(100_000)}`, json), 400, "invalid_json"],
    ] as const) {
      expect(response.status).toBe(status);
      expect(await response.json()).toMatchObject({ code });
    }
    expect((await send('{"__proto__":{"response":"x"},"response":"fine"}', json)).status).toBe(200);
  });

  test("a body may be left out where nothing is needed", async () => {
    expect((await call(`${app.url}/api/v1/approvals/${(await given()).id}/approve`, { method: "POST", token: TOKENS.ida })).status).toBe(
      200,
    );
  });

  test("asking for a draft where one waits is refused, with its id; elsewhere it answers with the id to come", async () => {
    const { id } =
      (await app.store.approvals.pendingOf(1, CONVERSATIONS.unseen)) ?? (await given({ conversationId: CONVERSATIONS.unseen }));
    expect(await api(`/conversations/${CONVERSATIONS.unseen}/draft`, { json: {} })).toMatchObject({
      status: 409,
      body: { approval_id: id },
    });
    await decide(id, "reject", { reason: "other" });
    const answer = await api(`/conversations/${CONVERSATIONS.unseen}/draft`, { json: { instruction: "shorter" } });
    expect(answer).toMatchObject({ status: 202, body: { approval_id: expect.stringMatching(/^[0-9a-f-]{36}$/) } });
    expect((await api("/conversations/4711/draft", { json: {} })).status).toBe(404);
    expect((await api("/conversations/nonsense/draft", { json: {} })).status).toBe(404);
  });
});

test("the OpenAPI document promises exactly the fields that an approval has", async () => {
  const { body } = await call(`${app.url}/openapi.json`);
  const promised = Object.keys(body.components.schemas.Approval.properties);
  const { events: _, ...json } = (await api(`/approvals/${(await given()).id}`)).body;
  expect(Object.keys(json)).toEqual(promised);
});
