import { startApp, type TestApp, TOKENS } from "../support/app.ts";
import { call, signIn } from "../support/call.ts";

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

const me = (options: Parameters<typeof call>[1]) => call(`${app.url}/api/v1/session`, options);

describe("access tokens", () => {
  test("a Chatwoot access token says who one is", async () => {
    const answer = await me({ token: TOKENS.olaf });
    expect(answer).toMatchObject({ status: 200, body: { operator: { id: 2, name: "Olaf Operator", role: "agent" } } });
  });

  test("whoever calls with a token is linked, so that replies can go out under their name", async () => {
    await me({ token: TOKENS.olaf });
    expect(await app.store.operators.token(2)).toBe(TOKENS.olaf);
  });

  test.each([
    ["no token", {}],
    ["a wrong token", { token: TOKENS.nobody }],
    ["an empty one", { headers: { Authorization: "Bearer " } }],
    ["another scheme", { headers: { Authorization: "Basic aWRhLXRva2VuOg==" } }],
    ["a token of 5,000 characters", { token: "x".repeat(5_000) }],
    ["a cookie that is no session", { cookie: `countersign_session=${"A".repeat(43)}` }],
    ["a cookie that is nonsense", { cookie: "countersign_session=%00%ff; ;;=" }],
  ])("%s is 401 with a problem document", async (_name, options) => {
    const answer = await me(options);
    expect(answer).toMatchObject({ status: 401, body: { code: "unauthorized", status: 401 } });
    expect(answer.headers.get("www-authenticate")).toMatch(/^Bearer/);
  });

  test("401 comes before 400 and 404", async () => {
    for (const path of [
      "/api/v1/approvals?limit=nonsense",
      "/api/v1/approvals/nonsense",
      "/api/v1/knowledge/search",
      "/api/v1/deliveries?cursor=x",
    ]) {
      expect(await call(app.url + path)).toMatchObject({ status: 401 });
    }
    const answer = await call(`${app.url}/api/v1/approvals/nonsense/edit`, { method: "POST", headers: { "Content-Type": "text/plain" } });
    expect(answer.status).toBe(401);
  });

  test("Chatwoot being away is 503, not 401", async () => {
    await fetch(`${app.simulatorUrl}/simulator/faults`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ match: { path: "/api/v1/profile" }, fault: { status: 503 } }),
    });
    try {
      expect(await me({ token: "a-token-never-seen-before" })).toMatchObject({ status: 503, body: { code: "unavailable" } });
      expect(await call(`${app.url}/api/v1/session`, { json: { access_token: TOKENS.olaf } })).toMatchObject({ status: 503 });
    } finally {
      await fetch(`${app.simulatorUrl}/simulator/faults`, { method: "DELETE" });
    }
  });

  test("many wrong tokens from one address are 429, and say when to come back", async () => {
    const statuses = new Set<number>();
    for (let i = 0; i < 70; i++) statuses.add((await me({ token: `guess-${i}` })).status);
    expect([...statuses]).toEqual([401, 429]);
    const refused = await me({ token: "guess-again" });
    expect(refused.body.code).toBe("rate_limited");
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect((await me({ token: TOKENS.olaf })).status).toBe(200);
  });
});

describe("sessions", () => {
  test("signing in hands out a cookie that scripts cannot read, and the cookie signs in", async () => {
    const answer = await call(`${app.url}/api/v1/session`, { json: { access_token: TOKENS.olaf } });
    expect(answer).toMatchObject({ status: 200, body: { operator: { id: 2, name: "Olaf Operator", role: "agent" } } });
    const cookie = answer.headers.getSetCookie()[0] ?? "";
    expect(cookie).toMatch(/^countersign_session=[\w-]{43}; /);
    expect(cookie).toMatch(/HttpOnly/);
    expect(cookie).toMatch(/SameSite=Lax/);
    expect(cookie).toMatch(/Path=\//);
    expect(answer.text).not.toContain(TOKENS.olaf);
    expect(await me({ cookie: cookie.split(";")[0] ?? "" })).toMatchObject({ status: 200, body: { operator: { id: 2 } } });
  });

  test("over https the cookie may live in Chatwoot's frame", async () => {
    const https = await startApp({ cookieSecure: true });
    try {
      const answer = await call(`${https.url}/api/v1/session`, { json: { access_token: TOKENS.ida } });
      const cookie = answer.headers.getSetCookie()[0] ?? "";
      for (const attribute of ["HttpOnly", "Secure", "SameSite=None", "Partitioned"]) expect(cookie).toContain(attribute);
    } finally {
      await https.close();
    }
  });

  test("signing out ends the session on the server; signing out twice is no error", async () => {
    const cookie = await signIn(app.url, TOKENS.olaf);
    expect((await me({ cookie, method: "DELETE" })).status).toBe(204);
    expect((await me({ cookie })).status).toBe(401);
    expect((await me({ cookie, method: "DELETE" })).status).toBe(204);
    expect((await me({ method: "DELETE" })).status).toBe(204);
  });

  test("a session ends with the operator's token, and signing in again links it again", async () => {
    const cookie = await signIn(app.url, TOKENS.olaf);
    await app.store.operators.unlink(2);
    expect((await me({ cookie })).status).toBe(401);
    expect((await me({ cookie: await signIn(app.url, TOKENS.olaf) })).status).toBe(200);
  });

  test.each([
    ["nothing", undefined, 400],
    ["an empty object", {}, 400],
    ["a number", { access_token: 17 }, 400],
    ["a list", [], 400],
    ["an empty token", { access_token: "" }, 400],
    ["a token with a line break", { access_token: "ida-token\r\nX-Evil: 1" }, 401],
    ["a wrong token", { access_token: "wrong" }, 401],
  ])("signing in with %s is refused", async (_name, json, status) => {
    const answer = await call(`${app.url}/api/v1/session`, { method: "POST", json });
    expect(answer.status).toBe(status);
    expect(answer.headers.getSetCookie()).toEqual([]);
  });

  test("another site cannot use the cookie to change anything", async () => {
    const cookie = await signIn(app.url, TOKENS.olaf);
    const path = `${app.url}/api/v1/approvals/00000000-0000-4000-8000-000000000000/approve`;
    const foreign: Record<string, string>[] = [
      { Origin: "https://evil.example" },
      { "Sec-Fetch-Site": "cross-site" },
      { "Sec-Fetch-Site": "same-site" },
      { Origin: "null" },
    ];
    for (const headers of foreign) {
      expect(await call(path, { cookie, headers, json: {} })).toMatchObject({ status: 403, body: { code: "forbidden" } });
    }
    const own: Record<string, string>[] = [{ Origin: app.url }, { "Sec-Fetch-Site": "same-origin", Origin: "https://proxied.example" }, {}];
    for (const headers of own) {
      expect(await call(path, { cookie, headers, json: {} })).toMatchObject({ status: 404 });
    }
  });

  test("ten failed sign-ins in a minute are enough", async () => {
    const own = await startApp();
    try {
      const statuses: number[] = [];
      for (let i = 0; i < 12; i++) statuses.push((await call(`${own.url}/api/v1/session`, { json: { access_token: "wrong" } })).status);
      expect(statuses).toEqual([...Array(10).fill(401), 429, 429]);
    } finally {
      await own.close();
    }
  });

  test("no token stands in the log", () => {
    for (const token of Object.values(TOKENS)) expect(app.logged).not.toContain(token);
  });
});

describe("headers", () => {
  test("only we and Chatwoot's dashboard may frame a page, and nothing inline runs", async () => {
    const { headers } = await call(`${app.url}/`);
    const policy = headers.get("content-security-policy") ?? "";
    expect(policy).toContain(`frame-ancestors 'self' ${app.simulatorUrl}`);
    expect(policy).not.toMatch(/unsafe/);
    expect(headers.get("x-frame-options")).toBeNull();
    expect(headers.get("x-powered-by")).toBeNull();
    expect(headers.get("x-content-type-options")).toBe("nosniff");
  });

  test("an unknown path is 404 and a wrong method 405, both as problem documents", async () => {
    expect(await call(`${app.url}/api/v1/nothing`)).toMatchObject({ status: 404, body: { code: "not_found" } });
    const wrong = await call(`${app.url}/api/v1/approvals`, { method: "DELETE" });
    expect(wrong).toMatchObject({ status: 405, body: { code: "method_not_allowed" } });
    expect(wrong.headers.get("allow")).toBe("GET, HEAD");
    expect(await call(`${app.url}/%E0%A4%A`)).toMatchObject({ status: 404 });
  });
});
