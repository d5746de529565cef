import { startApp, type TestApp } from "../support/app.ts";
import { call } from "../support/call.ts";

interface Operation {
  operationId?: string;
  summary?: string;
  parameters?: { in: string; name: string; required?: boolean }[];
  security?: object[];
  responses: Record<string, { description: string; content?: Record<string, { schema: object }> }>;
  requestBody?: { content: Record<string, { schema: object }> };
}

let app: TestApp;
let document: {
  openapi: string;
  info: object;
  paths: Record<string, Record<string, Operation>>;
  components: Record<string, Record<string, object>>;
};
let operations: { path: string; method: string; operation: Operation }[];

beforeAll(async () => {
  app = await startApp();
  document = (await call(`${app.url}/openapi.json`)).body;
  operations = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ path, method, operation })),
  );
});
afterAll(() => app.close());

/** Design §4 as far as this house goes, with the door and what watches the house. */
const PROMISED = [
  "POST /webhooks/chatwoot",
  "POST /webhooks/chatwoot/{path_secret}",
  "GET /api/v1/approvals",
  "GET /api/v1/approvals/{id}",
  "POST /api/v1/approvals/{id}/approve",
  "POST /api/v1/approvals/{id}/edit",
  "POST /api/v1/approvals/{id}/reject",
  "POST /api/v1/approvals/{id}/escalate",
  "POST /api/v1/approvals/{id}/redraft",
  "POST /api/v1/approvals/{id}/undo",
  "GET /api/v1/approvals/{id}/events",
  "POST /api/v1/conversations/{id}/draft",
  "GET /api/v1/events",
  "GET /api/v1/deliveries",
  "POST /api/v1/deliveries/{id}/replay",
  "GET /api/v1/dead-letters",
  "GET /api/v1/dead-letters/{id}",
  "POST /api/v1/dead-letters/redrive",
  "POST /api/v1/dead-letters/{id}/discard",
  "POST /api/v1/dead-letters/{id}/redrive",
  "GET /api/v1/knowledge/search",
  "GET /api/v1/knowledge/sources",
  "GET /api/v1/analytics/knowledge-gaps",
  "GET /api/v1/analytics/calibration",
  "GET /api/v1/knowledge/suggestions",
  "POST /api/v1/knowledge/suggestions/{id}/accept",
  "POST /api/v1/knowledge/suggestions/{id}/reject",
  "POST /api/v1/knowledge/search",
  "GET /api/v1/learning/export",
  "GET /api/v1/lessons",
  "GET /api/v1/lessons/style",
  "GET /api/v1/lessons/{id}/events",
  "POST /api/v1/lessons/{id}/accept",
  "POST /api/v1/lessons/{id}/reject",
  "POST /api/v1/lessons/{id}/revoke",
  "POST /api/v1/session",
  "GET /api/v1/session",
  "DELETE /api/v1/session",
  "GET /healthz",
  "GET /readyz",
  "GET /metrics",
  "GET /openapi.json",
];

test("it is OpenAPI 3.1 and holds every route that was promised, and no other", () => {
  expect(document.openapi).toMatch(/^3\.1\./);
  expect(operations.map(({ path, method }) => `${method.toUpperCase()} ${path}`).sort()).toEqual([...PROMISED].sort());
});

test("every operation in it is really there", async () => {
  for (const { path, method } of operations) {
    const address = app.url + path.replace("{path_secret}", "guess").replace("{id}", "00000000-0000-4000-8000-000000000000");
    const response = await fetch(address, { method: method.toUpperCase() });
    expect({ path, method, status: response.status }).not.toMatchObject({ status: 405 });
    if (!path.includes("{path_secret}")) expect({ path, method, status: response.status }).not.toMatchObject({ status: 404 });
    await response.body?.cancel();
  }
});

test("every operation has a name of its own, says what it does and describes its answers", () => {
  const ids = operations.map(({ operation }) => operation.operationId);
  expect(new Set(ids).size).toBe(operations.length);
  for (const { path, operation } of operations) {
    expect(operation.operationId).toMatch(/^[a-z][A-Za-z]+$/);
    expect(operation.summary?.length).toBeGreaterThan(9);
    expect({ path, statuses: Object.keys(operation.responses) }).toMatchObject({
      statuses: expect.arrayContaining([expect.stringMatching(/^2/)]),
    });
    for (const response of Object.values(operation.responses)) expect(response.description).not.toBe("");
  }
});

test("every parameter of a path is declared, and every reference stays inside and leads somewhere", () => {
  for (const { path, operation } of operations) {
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    const declared = (operation.parameters ?? []).filter((parameter) => parameter.in === "path");
    expect(declared.map(({ name }) => name)).toEqual(inPath);
    for (const parameter of declared) expect(parameter.required).toBe(true);
  }
  for (const reference of referencesIn(document)) {
    expect(reference).toMatch(/^#\//);
    const target = reference
      .slice(2)
      .split("/")
      .reduce<unknown>((at, key) => (at as Record<string, unknown>)?.[key], document);
    expect(target).toBeDefined();
  }
});

test("where identity is needed 401 is described, and nowhere else is it asked for", () => {
  for (const { path, operation } of operations) {
    const protectedByUs = path.startsWith("/api/") && !(path === "/api/v1/session" && operation.operationId !== "getSession");
    expect({ path, security: (operation.security ?? []).length > 0 }).toEqual({ path, security: protectedByUs });
    if (protectedByUs) expect(operation.responses["401"]?.content).toHaveProperty("application/problem+json");
  }
});

test("limits and words of a list are described as they are enforced", () => {
  const list = document.paths["/api/v1/approvals"]?.get;
  const parameter = (name: string) => list?.parameters?.find((candidate) => candidate.name === name) as { schema: object } | undefined;
  expect(parameter("limit")?.schema).toMatchObject({ type: "integer", minimum: 1, maximum: 100 });
  expect(parameter("status")?.schema).toMatchObject({ type: "array", items: { enum: expect.arrayContaining(["pending", "send_failed"]) } });
});

test("the pages for people load without a line of inline script, from our own server", async () => {
  const { text, headers } = await call(`${app.url}/docs`);
  expect(headers.get("content-type")).toMatch(/^text\/html/);
  expect(text).not.toMatch(/<script>|https?:\/\//);
  const assets = [...text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address]) => address ?? "");
  expect(assets.length).toBeGreaterThan(2);
  for (const asset of assets) expect((await fetch(app.url + asset)).status).toBe(200);
});

function referencesIn(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => (key === "$ref" && typeof inner === "string" ? [inner] : referencesIn(inner)));
}
