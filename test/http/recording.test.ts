import { readFileSync } from "node:fs";
import { createReader } from "../../src/adapters/chatwoot/reader.ts";
import type { DeliveryRow } from "../../src/ports/store.ts";
import { startApp, type TestApp } from "../support/app.ts";

interface Recorded {
  step: string;
  to: string;
  headers: Record<string, string>;
  body: string;
}

/** What a real Chatwoot sent, to three kinds of endpoints, in the order it was sent. */
const webhooks = readFileSync("fixtures/captured/webhooks.jsonl", "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as Recorded);
const secrets = Object.values(JSON.parse(readFileSync("fixtures/captured/secrets.json", "utf8")) as Record<string, string>);
const CENTURY_SECONDS = 100 * 365 * 24 * 3600;

let app: TestApp;
const answers: { recorded: Recorded; status: number; body: { status: string; delivery_id: string; code?: string } }[] = [];
beforeAll(async () => {
  app = await startApp({ reader: createReader({ secrets, toleranceSeconds: CENTURY_SECONDS, clock: { now: () => new Date() } }) });
  for (const recorded of webhooks) {
    const { "Content-Length": _, Host: __, ...headers } = recorded.headers;
    const response = await fetch(`${app.url}/webhooks/chatwoot`, { method: "POST", headers, body: recorded.body });
    answers.push({ recorded, status: response.status, body: (await response.json()) as (typeof answers)[number]["body"] });
  }
}, 60_000);
afterAll(() => app.close());

test("every recorded webhook passes the door, but for the unsigned and the shortened", () => {
  const refused = answers.filter(({ status }) => status !== 202);
  expect(refused.map(({ body, recorded }) => `${recorded.to} ${body.code}`).sort()).toEqual([
    "account bad_signature",
    "api-inbox bad_signature",
    "automation missing_signature",
    "macro missing_signature",
  ]);
});

test("a customer's message becomes one accepted delivery although it came through two or three endpoints; nothing else becomes one", async () => {
  const told = answers.map((answer) => ({ ...answer, message: JSON.parse(answer.recorded.body) }));
  const isCustomers = ({ message }: (typeof told)[number]) =>
    message.event === "message_created" && message.message_type === "incoming" && message.private === false;
  const ids = new Set(told.filter(isCustomers).map(({ message }) => message.id));
  expect(ids.size).toBe(44);
  const accepted = [...ids].filter((id) => {
    const outcomes = told.filter((answer) => isCustomers(answer) && answer.message.id === id).map(({ body }) => body.status);
    return outcomes.filter((outcome) => outcome === "accepted").length === 1 && outcomes.indexOf("accepted") === 0;
  });
  const ignored = [...ids].filter((id) => told.every((answer) => answer.message.id !== id || answer.body.status !== "accepted"));
  expect(accepted.length + ignored.length).toBe(44);
  expect(ignored.length).toBeLessThan(5); // automatic replies and what came without a seal
  const rows = await fromCustomers();
  expect(rows.map(({ messageId }) => messageId).sort()).toEqual(accepted.sort());
});

async function fromCustomers(): Promise<DeliveryRow[]> {
  const rows: DeliveryRow[] = [];
  for (let cursor: string | null = ""; cursor !== null; ) {
    const page = await app.store.deliveries.list({ outcome: "accepted", limit: 100, ...(cursor && { cursor }) });
    rows.push(...page.data.filter(({ fromCustomer }) => fromCustomer));
    cursor = page.nextCursor;
  }
  return rows;
}

test("each answer is what the database holds", async () => {
  const held = answers.filter(({ body, status }) => status === 202 && body.status !== "duplicate");
  expect(held.length).toBeGreaterThan(300);
  for (const { body } of held) {
    expect(await app.store.deliveries.get(body.delivery_id)).toMatchObject({ outcome: body.status });
  }
});
