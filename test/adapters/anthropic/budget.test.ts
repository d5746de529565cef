import { randomUUID } from "node:crypto";
import { createAnthropicDrafter } from "../../../src/adapters/anthropic/drafter.ts";
import { mostCostOf } from "../../../src/adapters/anthropic/pricing.ts";
import { DrafterError } from "../../../src/ports/drafter.ts";
import type { ModelCallsTable } from "../../../src/ports/model-calls.ts";
import { budgetWith } from "../../support/budget.ts";
import { createTestDatabase } from "../../support/database.ts";
import { draftRequest, foundPassage } from "../../support/draft-request.ts";
import { type ModelServer, startModelServer, type Turn } from "../../support/model-server.ts";
import { openTestRecords, type TestRecords } from "../../support/records.ts";

let server: ModelServer;
let database: Awaited<ReturnType<typeof createTestDatabase>>;
let processes: [TestRecords, TestRecords];
beforeAll(async () => {
  server = await startModelServer();
});
afterAll(() => server.close());
beforeEach(async () => {
  database = await createTestDatabase();
  processes = [await openTestRecords(database.url), await openTestRecords(database.url)];
});
afterEach(async () => {
  await Promise.all(processes.map((records) => records.close()));
  await database.drop();
});

const TODAY = new Date("2026-11-21T18:30:00Z");
const MIDNIGHT = new Date("2026-11-21T00:00:00Z");
const warnings: string[] = [];
const quiet = () => {};
const log = { debug: quiet, info: quiet, error: quiet, warn: (_: object, message: string) => void warnings.push(message) };
const calls = (): ModelCallsTable => processes[0].store.modelCalls;

const passage = foundPassage({ passageId: "returns#term", text: "You have 30 days to return unused fittings." });
const request = draftRequest("How long do I have to return unused fittings?", [passage]);
const answer = (quote: string) => ({
  sentences: [{ text: "You have 30 days.", kind: "fact", passage_id: "P1", quote, new_paragraph: false }],
  intent: "return_refund",
  sentiment: "neutral",
  urgency: "normal",
  language: "en",
  missing: [],
  self_rating: 0.9,
  recommended_action: "send",
});
const GOOD = answer("You have 30 days to return unused fittings");
const FORGED = answer("from nowhere at all");

type Limits = Parameters<typeof budgetWith>[1];
const drafterWith = (limits: Limits, { now = () => TODAY, table = calls(), timeoutMs = 1500 } = {}) =>
  createAnthropicDrafter({
    apiKey: "k",
    baseUrl: server.url,
    model: "claude-sonnet-5-5",
    fallbackModel: null,
    maxTokens: 4000,
    thinkingTokens: 0,
    timeoutMs,
    budget: budgetWith(log, limits, table, now),
    log,
  });

async function refusal(turns: Turn[], drafter: ReturnType<typeof drafterWith>): Promise<DrafterError> {
  server.script(...turns);
  const error = await drafter.draft(request).then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(DrafterError);
  return error as DrafterError;
}

const planned = (tokens: number, at = TODAY) => ({
  id: randomUUID(),
  approvalId: null,
  at,
  stage: "model" as const,
  model: "claude-sonnet-5-5",
  tokens,
  usd: tokens / 1000,
});

test("forty calls of two processes at once never get more than the day's room", async () => {
  const day = { since: MIDNIGHT, tokens: 1000, usd: null };
  const granted = await Promise.all(
    Array.from({ length: 40 }, (_, turn) => processes[turn % 2 === 0 ? 0 : 1].store.modelCalls.reserve(planned(100), day)),
  );
  expect(granted.filter((room) => room === "reserved")).toHaveLength(10);
  expect(new Set(granted)).toEqual(new Set(["reserved", "set_aside"])); // they may need less than was set aside for them
  expect(await calls().chargedSince(MIDNIGHT)).toEqual({ tokens: 1000, usd: expect.closeTo(1) });
  expect(await calls().reserve(planned(1), { since: MIDNIGHT, tokens: null, usd: 1 })).toBe("set_aside");
  expect(await calls().reserve(planned(1), { since: MIDNIGHT, tokens: 1001, usd: 1.01 })).toBe("reserved");
  expect(await calls().reserve(planned(5000), day)).toBe("used_up"); // whatever the others need
});

test("what was set aside for a call that never ended counts until its day is over, and no longer", async () => {
  const day = { since: MIDNIGHT, tokens: 1000, usd: null };
  expect(await calls().reserve(planned(900), day)).toBe("reserved"); // and the process dies
  expect(await calls().reserve(planned(200), day)).toBe("set_aside");
  expect(await calls().reserve(planned(200, new Date("2026-11-21T18:46:00Z")), day)).toBe("used_up");
  const tomorrow = new Date("2026-11-22T00:00:00Z");
  expect(await calls().reserve(planned(200, tomorrow), { ...day, since: tomorrow })).toBe("reserved");
});

test("a call is charged what it used, so that the rest of what was set aside is there for others", async () => {
  server.script({ answer: GOOD });
  const draft = await drafterWith({ tokensPerDay: 10_000, usdPerDay: 1 }).draft(request);
  expect(draft.calls).toMatchObject([{ inputTokens: 1000, outputTokens: 200 }]);
  expect(await calls().chargedSince(MIDNIGHT)).toEqual({ tokens: 1200, usd: expect.closeTo((1000 * 2 + 200 * 10) / 1e6, 9) });
});

test("a day's budget that is used up costs nothing more, says until when, and holds no longer than the day", async () => {
  const longAgo = new Date("2026-11-21T09:00:00Z");
  expect(await calls().reserve(planned(9_000, longAgo), { since: MIDNIGHT, tokens: null, usd: null })).toBe("reserved");
  const limits = { tokensPerDay: 10_000 };
  const error = await refusal([{ answer: GOOD }], drafterWith(limits));
  expect(error).toMatchObject({ code: "model_budget", retryAfterSeconds: 5.5 * 3600, calls: [] });
  expect(error.message).toContain("used up until 2026-11-22 00:00 UTC");
  expect(server.requests).toHaveLength(0);

  const tomorrow = await drafterWith(limits, { now: () => new Date("2026-11-22T00:00:01Z") }).draft(request);
  expect(tomorrow.trouble).toBeNull();
});

test("room that others may give back is worth another try soon", async () => {
  expect(await calls().reserve(planned(9_000), { since: MIDNIGHT, tokens: null, usd: null })).toBe("reserved");
  const error = await refusal([{ answer: GOOD }], drafterWith({ tokensPerDay: 10_000 }));
  expect(error).toMatchObject({ code: "model_budget", retryAfterSeconds: 60 });
  expect(error.message).toContain("set aside for drafts under way");
  expect(server.requests).toHaveLength(0);
});

test.each<[string, Turn[], number]>([
  ["unusable twice", [{ answer: "no" }, { answer: "no" }], 2 * 1200],
  ["refused", [{ answer: "", stop: "refusal" }], 1200],
  [
    "cut off twice",
    [
      { answer: "{", stop: "max_tokens" },
      { answer: "{", stop: "max_tokens" },
    ],
    2 * 1200,
  ],
  ["a bad request", [{ status: 400 }], 0],
  ["overloaded", [{ status: 529 }], 0],
  ["down for good", [{ status: 500 }, { status: 500 }, { status: 500 }], 0],
])("what was paid for in vain is charged, what cost nothing is not: %s", async (_, turns, tokens) => {
  server.script(...turns);
  await drafterWith({ tokensPerDay: 100_000 })
    .draft(request)
    .catch((error: DrafterError) => expect(error.calls).toHaveLength(turns.length === 3 ? 1 : turns.length));
  expect((await calls().chargedSince(MIDNIGHT)).tokens).toBe(tokens);
});

test.each(["stalled body", "cut body"] as const)("a call whose end nobody knows is charged at its worst: %s", async (fault) => {
  const error = await refusal([{ fault }, { fault }], drafterWith({ tokensPerDay: 100_000 }, { timeoutMs: 300 }));
  const { tokens } = await calls().chargedSince(MIDNIGHT);
  expect(tokens).toBeGreaterThan(4000 * error.calls.length); // max_tokens of each, and what was sent
  expect(error.calls.every(({ costUsd }) => costUsd === null)).toBe(true);
});

test("a draft's own budget shortens the answer, and leaves out what it cannot pay for", async () => {
  server.script({ answer: FORGED }, { answer: GOOD });
  const short = await drafterWith({ tokensPerDraft: 6_000 }).draft(request);
  expect(server.requests[0]?.body.max_tokens).toBeLessThan(4000);
  expect(server.requests[1]?.body.max_tokens).toBeLessThan(server.requests[0]?.body.max_tokens ?? 0);
  expect(short.calls).toHaveLength(2);

  server.script({ answer: FORGED, usage: { input_tokens: 5_000 } }, { answer: GOOD });
  const kept = await drafterWith({ tokensPerDraft: 6_000 }).draft(request); // no room for asking once more: the first answer is kept
  expect(server.requests).toHaveLength(1);
  expect(kept.text).toBe("You have 30 days.");

  const error = await refusal([{ answer: GOOD }], drafterWith({ usdPerDraft: 0.001 }));
  expect(error).toMatchObject({ code: "model_budget", retryAfterSeconds: null });
  expect(error.message).toContain("MODEL_USD_PER_DRAFT");
  expect(server.requests).toHaveLength(0);
});

test("a model whose price we do not know counts as the dearest we know", () => {
  expect(mostCostOf("claude-somebody-9", 1000, 1000)).toBeGreaterThanOrEqual(mostCostOf("claude-opus-5", 1000, 1000));
});

test("an account that cannot be corrected leaves the draft alone and the call at its worst", async () => {
  server.script({ answer: GOOD });
  const table = { ...calls(), settle: () => Promise.reject(new Error("database gone")) };
  const draft = await drafterWith({ tokensPerDay: 100_000 }, { table }).draft(request);
  expect(draft.trouble).toBeNull();
  expect(warnings.join()).toContain("counts at its worst");
  expect((await calls().chargedSince(MIDNIGHT)).tokens).toBeGreaterThan(4000);
});
