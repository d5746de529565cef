import pg from "pg";
import { startHouse, type TestHouse } from "../support/house.ts";
import { answer, courtesy, fact, fromPassages } from "../support/model-answers.ts";
import { type ModelServer, startModelServer, type Turn } from "../support/model-server.ts";
import { approvalNow, ask, draftNotes, type Json } from "../support/trip.ts";

/** Whatever the model's endpoint does, the operator finds an approval that says so, and no call is bought twice over. The real SDK against a local server. */
let model: ModelServer;
let house: TestHouse;
let database: pg.Pool;
beforeAll(async () => {
  model = await startModelServer();
  house = await startHouse({
    env: {
      ANTHROPIC_API_KEY: "sk-test",
      ANTHROPIC_BASE_URL: model.url,
      ANTHROPIC_TIMEOUT_SECONDS: "1",
      MODEL_USD_PER_DAY: "1000",
      HIDDEN_SCORE_SHARE: "0",
    },
  });
  database = new pg.Pool({ connectionString: house.databaseUrl, max: 1 });
});
afterAll(async () => {
  await database?.end();
  await house?.close();
  await model?.close();
});

const good = fromPassages();
const status = (code: number, headers: Record<string, string> = {}): Turn => ({ status: code, headers });
const german = answer([courtesy("Hallo, vielen Dank für Ihre Nachricht. Wir sehen uns das für Sie an und melden uns dann bei Ihnen.")], {
  language: "de",
});
const forged = answer([fact("AN-10 is right for it.", "words that stand in no passage of ours")]);
const rowOf = async (approval: Json) => (await database.query("select * from agent_approvals where id = $1", [approval.id])).rows[0];
const callsOf = async (approval: Json) =>
  (await database.query("select * from model_calls where approval_id = $1 order by at", [approval.id])).rows;

/** Scripts the model, lets a customer write, and checks how often the model was asked. */
async function drafted(turns: Turn[], calls = turns.length): Promise<Json> {
  model.script(...turns);
  const { approval } = await ask(house);
  expect(model.requests).toHaveLength(calls);
  return approval;
}

const codes = (approval: Json): string[] => approval.findings.map(({ code }: Json) => code);

describe("a good draft, in as many calls as it takes", () => {
  test.each<[string, Turn[]]>([
    ["at once", [good]],
    ["408, then an answer", [status(408), good]],
    ["409, then an answer", [status(409), good]],
    ["429 without retry-after, then an answer", [status(429), good]],
    ["429 that asks for a second, then an answer", [status(429, { "retry-after": "1" }), good]],
    ["500, then an answer", [status(500), good]],
    ["529, then the fallback model's answer", [status(529), good]],
    ["a refusal, then the fallback model's answer", [{ answer: "", stop: "refusal" }, good]],
    ["truncated, then an answer", [{ answer: '{"sentences": [', stop: "max_tokens" }, good]],
    ["a cut stream, then an answer", [{ fault: "cut body" }, good]],
    ["invalid JSON, then an answer", [{ answer: "Certainly! Here you go." }, good]],
    ["empty text, then an answer", [{ answer: "" }, good]],
    ["200 KB, then an answer", [{ answer: answer([courtesy("word ".repeat(40_000))]) }, good]],
    ["the wrong language, then an answer", [{ answer: german }, good]],
    ["quotes from nowhere, then an answer", [{ answer: forged }, good]],
    ["numbers out of range", [fromPassages({ self_rating: 1e9 })]],
  ])("%s", async (_, turns) => {
    const approval = await drafted(turns);
    expect(approval).toMatchObject({ status: "pending", degraded: null, drafter: "anthropic", prompt_version: "anthropic-4" });
    expect(approval.citations).toMatchObject([{ verified: true }]);
    expect(codes(approval)).not.toContain("wrong_language");
    const [row, calls] = [await rowOf(approval), await callsOf(approval)];
    expect(calls.every(({ outcome }) => outcome !== "under_way")).toBe(true);
    expect(row.input_tokens).toBe(calls.reduce((sum, call) => sum + call.input_tokens, 0));
    for (const { stage } of calls) expect(row.latency_ms[stage]).toBeGreaterThanOrEqual(0);
    expect(row.latency_ms).toMatchObject({ knowledge: expect.any(Number), draft: expect.any(Number) });
  });
});

describe("a draft that says what is wrong with it", () => {
  test.each<[string, Turn, (approval: Json) => void]>([
    [
      "the wrong language twice",
      { answer: german },
      (approval) => {
        expect(codes(approval)).toContain("wrong_language");
        expect(approval.recommended_action).not.toBe("send");
      },
    ],
    ["quotes from nowhere twice", { answer: forged }, (approval) => expect(approval.citations).toMatchObject([{ verified: false }])],
    ["truncated twice", { answer: "{", stop: "max_tokens" }, (approval) => expect(approval.confidence_score).toBeLessThanOrEqual(20)],
    ["refused by both models", { answer: "", stop: "refusal" }, (approval) => expect(approval.confidence_score).toBeLessThanOrEqual(20)],
  ])("%s", async (_, turn, holds) => {
    const approval = await drafted([turn, turn]);
    expect(approval.degraded).toBeNull();
    expect(approval.confidence_score).toBeLessThanOrEqual(30);
    holds(approval);
    expect(await rowOf(approval)).toMatchObject({ input_tokens: 2000, output_tokens: 400 });
  });
});

describe("a placeholder that names the reason to the operator", () => {
  const hour = () => new Date(Date.now() + 3_600_000).toUTCString();
  // the last figure: calls that were entered in the account, retries of one that cost nothing being the same call
  test.each<[string, () => Turn[], number, string, number]>([
    ["400", () => [status(400)], 1, "400", 1],
    ["401", () => [status(401)], 1, "ANTHROPIC_API_KEY is wrong", 1],
    ["408 for ever", () => [status(408), status(408), status(408)], 3, "408", 1],
    ["409 for ever", () => [status(409), status(409), status(409)], 3, "409", 1],
    ["429 for ever", () => [status(429), status(429), status(429)], 3, "429", 1],
    ["429 that asks for an hour", () => [status(429, { "retry-after": "3600" })], 1, "3600 seconds", 1],
    ["429 that names a date", () => [status(429, { "retry-after": hour() })], 1, "asked to wait", 1],
    ["500 for ever", () => [status(500), status(500), status(500)], 3, "500", 1],
    ["both models overloaded", () => [status(529), status(529)], 2, "overloaded", 2],
    ["stalled headers", () => [{ fault: "stalled headers" }], 1, "in time", 1],
    ["a stalled body", () => [{ fault: "stalled body" }], 1, "in time", 1],
    ["a cut stream twice", () => [{ fault: "cut body" }, { fault: "cut body" }], 2, "whole", 2],
    ["invalid JSON twice", () => [{ answer: "no" }, { answer: "no" }], 2, "JSON", 2],
    ["empty text twice", () => [{ answer: "" }, { answer: "" }], 2, "empty", 2],
  ])("%s", async (_, turns, calls, reason, bought) => {
    const approval = await drafted([...turns(), good], calls);
    expect(approval).toMatchObject({ status: "pending", degraded: "drafter_unavailable", draft_response: "Reviewing your message…" });
    expect(approval.sources.length).toBeGreaterThan(0);
    const [finding] = approval.findings;
    expect(finding.code).toBe("model_failed");
    expect(finding.text).toContain(reason);
    const [shown] = await draftNotes(house, approval.conversation_id);
    expect(shown.content).toContain(reason);
    expect(await callsOf(approval)).toHaveLength(bought);
  });
});

test("the one later try waits as long as the model asked, buys one draft, and none after that", async () => {
  const approval = await drafted([status(429, { "retry-after": "3600" }), good], 1);
  const due = () =>
    database.query("select start_after from pgboss.job where name = 'draft-reply' and data->>'approvalId' = $1 and state = 'created'", [
      approval.id,
    ]);
  const [job] = (await due()).rows;
  expect(job.start_after.getTime() - Date.now()).toBeGreaterThan(3_500_000);
  await database.query("update pgboss.job set start_after = now() where data->>'approvalId' = $1", [approval.id]);
  const upgraded = await approvalNow(house, approval.id, "has a real draft", ({ degraded }) => degraded === null);
  expect(upgraded.findings).toEqual([]);
  expect(model.requests).toHaveLength(2);
  expect((await due()).rows).toEqual([]);
});

test("paid calls that came to nothing are counted in the metrics, too", async () => {
  const spent = async () => {
    const text = await (await fetch(`${house.url}/metrics`)).text();
    const line = text
      .split("\n")
      .find((one) => one.startsWith('countersign_model_tokens_total{model="claude-sonnet-5-5",direction="input"}'));
    return Number(line?.split(" ").at(-1) ?? 0);
  };
  const before = await spent();
  await drafted([{ answer: "no" }, { answer: "no" }]);
  expect((await spent()) - before).toBe(2000);
});
