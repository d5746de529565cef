import { randomUUID } from "node:crypto";
import type { DeadLetter } from "../../src/ports/dead-letters.ts";
import { startApp, type TestApp, TOKENS } from "../support/app.ts";
import { anApproval } from "../support/approval.ts";
import { type Call, call } from "../support/call.ts";
import { customerMessage, post } from "../support/door.ts";

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

const api = (path: string, options: Call = {}) => call(`${app.url}/api/v1${path}`, { token: TOKENS.ida, ...options });

async function aDeadLetter(): Promise<DeadLetter> {
  const letter: DeadLetter = {
    id: randomUUID(),
    kind: "post-note",
    data: { noteId: randomUUID() },
    key: null,
    conversationId: 1,
    approvalId: null,
    deliveryId: null,
    reason: "Chatwoot answered 500 to POST messages.",
    attempts: 8,
    createdAt: new Date(),
    redrivenAt: null,
    redrivenBy: null,
    lastResponse: null,
    discardedAt: null,
    discardedBy: null,
    discardReason: null,
  };
  await app.store.deadLetters.insert(letter);
  return letter;
}

describe("administrators only", () => {
  test.each([
    ["GET", "/deliveries"],
    ["POST", `/deliveries/${randomUUID()}/replay`],
    ["GET", "/dead-letters"],
    ["POST", `/dead-letters/${randomUUID()}/redrive`],
    ["GET", "/learning/export"],
  ])("%s %s is 403 for an operator and 401 for nobody", async (method, path) => {
    expect(await api(path, { method, token: TOKENS.olaf })).toMatchObject({ status: 403, body: { code: "forbidden" } });
    expect(await call(`${app.url}/api/v1${path}`, { method })).toMatchObject({ status: 401 });
  });
});

describe("deliveries", () => {
  test("rows tell what came and what became of it, newest first, without its words", async () => {
    const deliveryId = randomUUID();
    const message = customerMessage();
    await post(app.url, JSON.stringify(message), { deliveryId });
    await post(app.url, JSON.stringify(customerMessage()), { secret: "wrong" });
    const { body, text } = await api("/deliveries?limit=1");
    expect(body.data).toEqual([
      {
        delivery_id: deliveryId,
        account_id: 1,
        event: "message_created",
        conversation_id: 1,
        message_id: message.id,
        outcome: "accepted",
        reason: null,
        fate: "waiting",
        source: "webhook",
        received_at: expect.stringMatching(/Z$/),
      },
    ]);
    expect(text).not.toContain("350 Chevy");
  });

  test("they can be filtered, and a senseless filter is 400", async () => {
    await post(app.url, JSON.stringify({ event: "contact_updated", id: 7, account: { id: 1 } }));
    const { body } = await api("/deliveries?outcome=ignored&event=contact_updated");
    expect(body.data.length).toBeGreaterThan(0);
    for (const query of ["outcome=lost", "conversation_id=x", "limit=1000", "cursor=x"])
      expect((await api(`/deliveries?${query}`)).status).toBe(400);
  });

  test("a replay is a delivery of its own", async () => {
    const deliveryId = randomUUID();
    await post(app.url, JSON.stringify(customerMessage()), { deliveryId });
    const answer = await api(`/deliveries/${deliveryId}/replay`, { json: {} });
    expect(answer.status).toBe(202);
    expect(answer.body.delivery_id).not.toBe(deliveryId);
    expect(await app.store.deliveries.get(answer.body.delivery_id)).toMatchObject({ source: "replay" });
    expect((await api(`/deliveries/${randomUUID()}/replay`, { json: {} })).status).toBe(404);
    expect((await api(`/deliveries/${deliveryId}/replay`, { json: { redraft: "yes" } })).status).toBe(400);
  });
});

test("a dead letter is shown, put back once, and then no longer open", async () => {
  const letter = await aDeadLetter();
  const counted = async () => /^countersign_dead_letters (\d+)$/m.exec((await call(`${app.url}/metrics`)).text)?.[1];
  expect(await counted()).toBe("1");
  const open = await api("/dead-letters");
  expect(open.body.data).toEqual([expect.objectContaining({ id: letter.id, kind: "post-note", attempts: 8, redriven_at: null })]);
  expect(open.text).not.toContain(String(letter.data.noteId));
  const redriven = await api(`/dead-letters/${letter.id}/redrive`, { json: {} });
  expect(redriven).toMatchObject({
    status: 200,
    body: { id: letter.id, redriven_by: expect.any(String), redriven_at: expect.any(String) },
  });
  expect((await api("/dead-letters")).body.data).toEqual([]);
  expect(await counted()).toBe("0");
  expect((await api("/dead-letters?open=false")).body.data).toHaveLength(1);
  expect((await api("/dead-letters?open=maybe")).status).toBe(400);
  expect((await api(`/dead-letters/${randomUUID()}/redrive`, { json: {} })).status).toBe(404);
  for (const kind of ["%00", "drafts"]) expect((await api(`/dead-letters?kind=${kind}`)).status).toBe(400);
  expect((await api("/dead-letters/1")).status).toBe(404);
  const other = randomUUID();
  const many = await api("/dead-letters/redrive", { json: { ids: [other] } });
  expect(many).toMatchObject({ status: 404, body: { code: "not_found", detail: expect.stringContaining(other) } });
  for (const senseless of [{ ids: [] }, { ids: ["x"] }, { ids: "all" }, { kind: "" }, { kind: "drafts" }])
    expect((await api("/dead-letters/redrive", { json: senseless })).status).toBe(400);
  for (const reason of [undefined, "", "  ", "a\u0000b", "x".repeat(501), 7])
    expect((await api(`/dead-letters/${letter.id}/discard`, { json: { reason } })).status).toBe(400);
});

describe("knowledge", () => {
  beforeAll(() => {
    app.findings = {
      passages: [
        {
          sourceId: "an-sizes",
          passageId: "an-sizes#horsepower",
          title: "AN sizes by horsepower",
          titlePath: ["AN sizes", "By horsepower"],
          text: "Up to 450 hp: AN-6 feed line.",
          url: null,
          updatedAt: new Date("2026-05-02T00:00:00Z"),
          safety: false,
          relevance: 0.9,
          coverage: 0.4,
          why: "an, size, chevy",
          verifiedAt: new Date("2026-11-20T08:00:00Z"),
        },
      ],
      contradictions: [{ passageIds: ["an-sizes#horsepower", "old#an"], text: "AN-6 or AN-8" }],
      answerable: 0.6,
    };
  });

  test("a search shows what the drafter would see, by GET and by POST alike", async () => {
    const expected = {
      data: [
        {
          source_id: "an-sizes",
          passage_id: "an-sizes#horsepower",
          title: "AN sizes by horsepower",
          url: null,
          relevance: 0.9,
          excerpt: "Up to 450 hp: AN-6 feed line.",
          updated_at: "2026-05-02T00:00:00.000Z",
          verified_at: "2026-11-20T08:00:00.000Z",
          why: "an, size, chevy",
        },
      ],
      answerable: expect.closeTo(0.6),
      contradictions: [{ passage_ids: ["an-sizes#horsepower", "old#an"], text: "AN-6 or AN-8" }],
      took_ms: expect.any(Number),
    };
    const token = TOKENS.olaf;
    expect((await api("/knowledge/search?q=which+size&limit=3", { token })).body).toEqual(expected);
    expect((await api("/knowledge/search", { token, json: { query: "which size", limit: 3 } })).body).toEqual(expected);
  });

  test("a search for nothing, or for too much, is 400", async () => {
    for (const query of ["", "?q=", "?q=+", "?q=a&limit=0", "?q=a&limit=51", "?q=a&q=b", "?q=%00"]) {
      expect((await api(`/knowledge/search${query}`)).status).toBe(400);
    }
    for (const json of [{}, { query: "" }, { query: 1 }, { query: "a", limit: "3" }]) {
      expect((await api("/knowledge/search", { json })).status).toBe(400);
    }
  });

  test("a knowledge base that cannot be asked is 503", async () => {
    app.findings = null;
    expect(await api("/knowledge/search?q=which+size")).toMatchObject({ status: 503, body: { code: "unavailable" } });
  });
});

test("the learning export is one JSON object a line, one per decision", async () => {
  expect((await api("/learning/export")).text).toBe("");
  const approvals = [anApproval({ conversationId: 301 }), anApproval({ conversationId: 302, draftResponse: "Zwei\nZeilen" })];
  for (const approval of approvals) {
    await app.store.approvals.insert(approval);
    await api(`/approvals/${approval.id}/reject`, { json: { reason: "outdated" } });
  }
  const { status, text, headers } = await api("/learning/export");
  expect(status).toBe(200);
  expect(headers.get("content-type")).toMatch(/^application\/x-ndjson/);
  const rows = text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(rows.map(({ approval_id }) => approval_id)).toEqual(approvals.map(({ id }) => id));
  expect(rows[1]).toMatchObject({ decision: "reject", reject_reason: "outdated", draft_version: "Zwei\nZeilen", was_sent: false });
});

describe("the house", () => {
  test("healthz says that the process lives, readyz whether deliveries can be taken", async () => {
    expect(await call(`${app.url}/healthz`)).toMatchObject({ status: 200, body: { status: "ok" } });
    expect(await call(`${app.url}/readyz`)).toMatchObject({ status: 200, body: { status: "ok", parts: { database: "ok" } } });
    const unready = await startApp({
      health: { check: async () => ({ ready: false, status: "degraded", parts: { database: "unreachable" } }) },
    });
    try {
      expect(await call(`${unready.url}/readyz`)).toMatchObject({ status: 503, body: { status: "unavailable" } });
    } finally {
      await unready.close();
    }
  });

  test("while the database is away a request is 503, asked to come again, and not called a fault of its own", async () => {
    const away = await startApp({
      health: { check: async () => ({ ready: true, status: "degraded", parts: { database: "unreachable" } }) },
    });
    try {
      away.store.approvals.list = () => Promise.reject(new Error("connect ECONNREFUSED"));
      const answer = await call(`${away.url}/api/v1/approvals`, { token: TOKENS.ida });
      expect(answer).toMatchObject({ status: 503, body: { code: "unavailable" } });
      expect(answer.headers.get("retry-after")).toBe("5");
      expect(away.logged).not.toContain("nobody named");
    } finally {
      await away.close();
    }
  });

  test("every family of metrics shows its type before its first sample", async () => {
    const fresh = await startApp();
    try {
      const { text } = await call(`${fresh.url}/metrics`);
      for (const family of FAMILIES) expect(text).toMatch(new RegExp(`^# TYPE ${family} (counter|gauge|histogram)$`, "m"));
      for (const priority of ["urgent", "high", "normal", "low"])
        expect(text).toContain(`countersign_approvals_pending{priority="${priority}"} 0`);
      expect(text).not.toMatch(/^countersign_calibration_error_ratio /m);
    } finally {
      await fresh.close();
    }
  });

  test("gauges are what the store says at this moment, decisions are counted by kind and band", async () => {
    await app.store.approvals.insert(anApproval({ conversationId: 400, priority: "urgent", createdAt: new Date(Date.now() - 60_000) }));
    const { text } = await call(`${app.url}/metrics`);
    expect(text).toMatch(/countersign_approvals_pending\{priority="urgent"\} 1/);
    const oldest = Number(/countersign_approvals_oldest_pending_seconds\{priority="urgent"\} ([\d.]+)/.exec(text)?.[1]);
    expect(oldest).toBeGreaterThanOrEqual(60);
    expect(text).toMatch(/countersign_decisions_total\{decision="reject",band="[^"]+"\} 2/);
    expect(text).toMatch(/countersign_jobs\{kind="draft-reply",state="waiting"\} [1-9]/);
    expect(text).toMatch(/countersign_dead_letters 0/);
    expect(text).toMatch(/countersign_door_duration_seconds_bucket\{le="0\.01"\} \d/);
  });
});

const FAMILIES = [
  "countersign_deliveries_total",
  "countersign_door_duration_seconds",
  "countersign_stage_duration_seconds",
  "countersign_approvals_pending",
  "countersign_approvals_oldest_pending_seconds",
  "countersign_decisions_total",
  "countersign_calibration_error_ratio",
  "countersign_sla_total",
  "countersign_jobs",
  "countersign_dead_letters",
  "countersign_reconcile_found_total",
  "countersign_reconcile_age_seconds",
  "countersign_spool_deliveries",
  "countersign_model_tokens_total",
  "countersign_model_cost_usd_total",
  "countersign_breaker_state",
  "countersign_event_loop_lag_seconds",
];
