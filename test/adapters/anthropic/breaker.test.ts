import { createCaller } from "../../../src/adapters/anthropic/call.ts";
import { createBreaker } from "../../../src/core/breaker.ts";
import { type ModelServer, startModelServer } from "../../support/model-server.ts";

let server: ModelServer;
beforeAll(async () => {
  server = await startModelServer();
});
afterAll(() => server.close());

function caller(failures = 2) {
  const clock = { now: 0 };
  const breaker = createBreaker({ failures, pauseMs: 5000, now: () => clock.now });
  const call = createCaller({ apiKey: "sk-test-key", baseUrl: server.url, timeoutMs: 300, breaker });
  const ask = () => call({ model: "claude-sonnet-5-5", system: "s", user: "u", maxTokens: 100, thinkingTokens: 0 });
  return { ask, breaker, clock };
}

test("a model that is down is not asked again and again, and costs nobody a timeout; when it is back it is used at once", async () => {
  const { ask, breaker, clock } = caller();
  server.script({ fault: "stalled headers" }, { fault: "stalled headers" });
  await expect(ask()).rejects.toMatchObject({ kind: "late" });
  await expect(ask()).rejects.toMatchObject({ kind: "late" });
  expect(breaker.standing().state).toBe("open");
  await expect(ask()).rejects.toMatchObject({ kind: "refused", retryAfterSeconds: 5 });
  expect(server.requests).toHaveLength(2);

  clock.now += 5000;
  server.script({ answer: {} }, { answer: {} });
  await ask();
  await ask();
  expect(breaker.standing().state).toBe("closed");
});

test.each([
  ["a rate limit", { status: 429, headers: { "retry-after": "3600" } }],
  ["a refused request", { status: 400 }],
  ["a wrong key", { status: 401 }],
  ["an overloaded model, for there is another one", { status: 529 }],
])("%s is no outage", async (_, turn) => {
  const { ask, breaker } = caller(1);
  server.script(turn);
  await expect(ask()).rejects.toThrow();
  expect(breaker.standing().state).toBe("closed");
});
