import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { z } from "zod";
import { type ApiRequest, createClient } from "../../../src/adapters/chatwoot/client.ts";
import { createBreaker } from "../../../src/core/breaker.ts";
import { HelpdeskError } from "../../../src/ports/helpdesk.ts";

/** A server that answers as the test says and counts; the client's faults need bytes that no well-behaved Chatwoot sends. */
type Answer = (request: IncomingMessage, response: ServerResponse) => void;
interface Seen {
  method: string;
  url: string;
  headers: IncomingMessage["headers"];
  body: string;
}
let server: Server;
let baseUrl: string;
let answer: Answer;
let seen: Seen[];

beforeAll(async () => {
  server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    seen.push({ method: request.method ?? "", url: request.url ?? "", headers: request.headers, body });
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => {
  seen = [];
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const json =
  (status: number, body: unknown, headers: Record<string, string> = {}): Answer =>
  (_, response) => {
    response.writeHead(status, { "content-type": "application/json; charset=utf-8", ...headers });
    response.end(body === undefined ? "" : JSON.stringify(body));
  };
const plain =
  (status: number, text: string, headers: Record<string, string> = {}): Answer =>
  (_, response) => {
    response.writeHead(status, { "content-type": "text/html", ...headers });
    response.end(text);
  };
const hangUp: Answer = (_, response) => void response.socket?.destroy();
const silence: Answer = () => {};
const halfAnAnswer: Answer = (_, response) => {
  response.writeHead(200, { "content-type": "application/json", "content-length": "100" });
  response.write('{"id":');
  setImmediate(() => response.socket?.destroy());
};

const client = (timeoutMs = 5000) => createClient({ baseUrl: `${baseUrl}/`, token: "service-token", timeoutMs });
const READ: ApiRequest<{ id: number }> = { method: "GET", path: "/api/v1/x", answer: z.object({ id: z.number() }) };
const WRITE: ApiRequest<{ id: number }> = {
  method: "POST",
  path: "/api/v1/x",
  body: { content: "Geheimnis" },
  answer: z.object({ id: z.number() }),
};

async function failure(request: ApiRequest<unknown>, timeoutMs?: number): Promise<HelpdeskError> {
  const error = await client(timeoutMs)(request).then(
    () => new Error("the call went well"),
    (reason: unknown) => reason,
  );
  if (!(error instanceof HelpdeskError)) throw error;
  return error;
}

test("a call carries the token with hyphens, JSON, and the base URL's path without doubling the slash", async () => {
  answer = json(200, { id: 7, more: "is ignored" });
  expect(await client()(WRITE)).toEqual({ id: 7 });
  expect(await client()({ ...READ, token: "operator-token" })).toEqual({ id: 7 });
  expect(seen[0]).toMatchObject({
    method: "POST",
    url: "/api/v1/x",
    headers: { "api-access-token": "service-token", "content-type": "application/json" },
    body: '{"content":"Geheimnis"}',
  });
  expect(seen[1]).toMatchObject({ method: "GET", headers: { "api-access-token": "operator-token" }, body: "" });
});

test("an empty 200 that claims to be JSON is an answer", async () => {
  answer = json(200, undefined);
  expect(await client()({ ...WRITE, answer: z.unknown() })).toBeUndefined();
});

test.each([
  [401, { error: "Invalid Access Token" }, "refused"],
  [401, { errors: ["You need to sign in or sign up before continuing."] }, "refused"],
  [401, { error: "Access to this endpoint is not authorized for bots" }, "forbidden"],
  [401, { error: "You are not authorized to do this action" }, "forbidden"],
  [401, { error: "You are not authorized to access this account" }, "forbidden"],
  [401, { error: "Account is suspended" }, "forbidden"],
  [403, { error: "API access is not enabled for this account" }, "forbidden"],
  [404, { error: "Resource could not be found" }, "gone"],
  [402, { error: "Payment required" }, "invalid"],
  [422, { error: "Validation failed: Content is too long (maximum is 150000 characters)" }, "invalid"],
  [422, { message: "Url has already been taken", attributes: ["url"] }, "invalid"],
  [422, { error: "Validation failed: Too many messages" }, "busy"],
  [429, { error: "Retry later" }, "busy"],
])("%i %j is %s for reads and writes, and is not tried again", async (status, body, kind) => {
  answer = json(status, body);
  expect(await failure(READ)).toMatchObject({ kind, httpStatus: status });
  expect(await failure(WRITE)).toMatchObject({ kind, httpStatus: status });
  expect(seen).toHaveLength(2);
});

test.each([
  [400, "", "invalid"],
  [401, "<h1>proxy</h1>", "refused"],
  [429, "Retry later\n", "busy"],
])("%i with the text %j is %s", async (status, text, kind) => {
  answer = plain(status, text);
  expect(await failure(WRITE)).toMatchObject({ kind, httpStatus: status });
});

test("a proxy's own 404 is an outage, not a conversation that is gone", async () => {
  answer = plain(404, "404 page not found");
  expect((await failure(READ)).kind).toBe("unavailable");
  expect((await failure(WRITE)).kind).toBe("unavailable");
});

test.each([
  ["seconds", "17", 17],
  ["nothing", undefined, null],
  ["nonsense", "soon", null],
  ["a year", "31536000", 3600],
  ["a time that is past", "Wed, 21 Oct 2015 07:28:00 GMT", 0],
])("Retry-After in %s is understood", async (_, header, expected) => {
  answer = plain(429, "Retry later", header === undefined ? {} : { "retry-after": header });
  expect((await failure(WRITE)).retryAfterSeconds).toBe(expected);
});

test("Retry-After as a time is the seconds until then", async () => {
  answer = plain(429, "Retry later", { "retry-after": new Date(Date.now() + 90_000).toUTCString() });
  const { retryAfterSeconds } = await failure(WRITE);
  expect(retryAfterSeconds).toBeGreaterThan(60);
  expect(retryAfterSeconds).toBeLessThanOrEqual(90);
});

test("too many messages in a minute asks to wait that minute", async () => {
  answer = json(422, { error: "Validation failed: Too many messages" });
  expect((await failure(WRITE)).retryAfterSeconds).toBe(60);
});

describe.each([
  ["a 500", json(500, { status: 500, error: "Internal Server Error" })],
  ["a 502 of the proxy", plain(502, "<h1>Bad gateway</h1>")],
  ["a 408 of the proxy", plain(408, "")],
  ["a connection that is dropped", hangUp],
  ["half an answer", halfAnAnswer],
  ["a page where JSON was expected", plain(200, "<h1>Sign in</h1>")],
  ["JSON of another shape", json(200, { id: "seven" })],
])("%s", (_, trouble) => {
  test("leaves a write's fate unknown and is not sent again", async () => {
    answer = trouble;
    expect((await failure(WRITE)).kind).toBe("unknown");
    expect(seen).toHaveLength(1);
  });

  test("makes a read try three times, then say unavailable", async () => {
    answer = trouble;
    expect((await failure(READ)).kind).toBe("unavailable");
    expect(seen).toHaveLength(3);
  });
});

test("a read that fails twice and then works, worked", async () => {
  answer = (request, response) => (seen.length < 3 ? hangUp : json(200, { id: 7 }))(request, response);
  expect(await client()(READ)).toEqual({ id: 7 });
  expect(seen).toHaveLength(3);
});

test.each([
  ["says nothing", silence],
  ["begins an answer and stops", ((_, response) => void response.writeHead(200, { "content-length": "9" }).write("{")) as Answer],
])(
  "a Chatwoot that %s is given up in time: unknown for a write, unavailable for a read, which has no time left to try again",
  async (_, trouble) => {
    answer = trouble;
    expect((await failure(WRITE, 250)).kind).toBe("unknown");
    expect((await failure(READ, 250)).kind).toBe("unavailable");
    expect(seen).toHaveLength(2);
  },
);

test("where nobody listens nothing was written: unavailable for a write, too", async () => {
  const closed = createServer();
  await new Promise<void>((resolve) => closed.listen(0, "127.0.0.1", resolve));
  const { port } = closed.address() as AddressInfo;
  await new Promise((resolve) => closed.close(resolve));
  for (const host of ["127.0.0.1", "localhost"]) {
    const call = createClient({ baseUrl: `http://${host}:${port}`, token: "t" });
    await expect(call(WRITE)).rejects.toMatchObject({ kind: "unavailable", message: expect.stringContaining("ECONNREFUSED") });
  }
});

test("a redirect is not followed, for the token would go along", async () => {
  answer = plain(302, "", { location: `${baseUrl}/elsewhere` });
  const error = await failure(WRITE);
  expect(error).toMatchObject({ kind: "unavailable", httpStatus: 302, message: expect.stringContaining("CHATWOOT_BASE_URL") });
  expect(seen.map((request) => request.url)).toEqual(["/api/v1/x"]);
});

test.each(["", "two\nlines", "with space", "ümlaut", "x".repeat(513)])("the token %j is refused without asking Chatwoot", async (token) => {
  await expect(client()({ ...READ, token })).rejects.toMatchObject({ kind: "refused" });
  expect(seen).toHaveLength(0);
});

test("errors name the call and Chatwoot's reason, but no token, no body and no database row", async () => {
  const row = "PG::NotNullViolation: ERROR: null value\nDETAIL: Failing row contains (Geheimnis)";
  answer = json(422, { error: row });
  const error = await failure({ ...WRITE, token: "operator-token" });
  expect(error.message).toBe("Chatwoot answered 422 to POST /api/v1/x: PG::NotNullViolation: ERROR: null value");
  answer = hangUp;
  for (const said of [error, await failure({ ...WRITE, token: "operator-token" })]) {
    expect(`${said.message} ${JSON.stringify(said)} ${said.stack} ${String(said.cause)}`).not.toMatch(
      /Geheimnis|operator-token|service-token/,
    );
  }
});

describe("with a breaker", () => {
  test("failures in a row stop the calls; the next one that is answered opens the way again", async () => {
    const clock = { now: 0 };
    const breaker = createBreaker({ failures: 3, pauseMs: 5000, now: () => clock.now });
    const call = createClient({ baseUrl, token: "service-token", timeoutMs: 5000, breaker });
    answer = json(503, { error: "down" });
    await expect(call(READ)).rejects.toMatchObject({ kind: "unavailable" }); // three tries of one read
    expect(seen).toHaveLength(3);
    await expect(call(WRITE)).rejects.toMatchObject({ kind: "unavailable", retryAfterSeconds: 5 }); // surely nothing was written
    expect(seen).toHaveLength(3);

    clock.now += 5000;
    answer = json(404, { error: "Resource could not be found" });
    await expect(call(READ)).rejects.toMatchObject({ kind: "gone" }); // an answer all the same
    answer = json(200, { id: 1 });
    await expect(call(READ)).resolves.toEqual({ id: 1 });
    expect(seen).toHaveLength(5);
  });
});
