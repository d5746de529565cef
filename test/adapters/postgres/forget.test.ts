import { randomUUID } from "node:crypto";
import { learningOf } from "../../../src/core/learning.ts";
import type { Approval } from "../../../src/core/words.ts";
import type { NewDelivery } from "../../../src/ports/store.ts";
import { anApproval } from "../../support/approval.ts";
import { createTestDatabase } from "../../support/database.ts";
import { openTestRecords, type TestRecords } from "../../support/records.ts";

/** A word that only the customer of conversation 7 used. */
const WORD = "Xanthippe";
const OLD = new Date("2025-01-01T00:00:00Z");
const LATER = new Date("2025-06-01T00:00:00Z");

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let records: TestRecords;
beforeEach(async () => {
  database = await createTestDatabase();
  records = await openTestRecords(database.url);
});
afterEach(async () => {
  await records.close();
  await database.drop();
});

const delivery = (conversationId: number, messageId: number, changes: Partial<NewDelivery> = {}): NewDelivery => ({
  deliveryId: randomUUID(),
  accountId: 1,
  event: "message_created",
  conversationId,
  messageId,
  messageAt: OLD,
  body: JSON.stringify({ content: WORD }),
  receivedAt: OLD,
  source: "webhook",
  outcome: "accepted",
  reason: null,
  fromCustomer: true,
  ...changes,
});

/** Everything that a conversation leaves behind in the course of a year; answers its approval. */
async function live(conversationId: number, changes: Partial<Approval> = {}): Promise<Approval> {
  const { store } = records;
  const at = OLD;
  const approval = anApproval({
    conversationId,
    messageId: conversationId * 10,
    customerMessage: `${WORD} asks`,
    status: "sent",
    decision: "approve",
    finalResponse: WORD,
    createdAt: at,
    updatedAt: at,
    ...changes,
  });
  await store.approvals.insert(approval);
  if (approval.decision) await store.learning.insert(learningOf(approval, at));
  await store.approvalEvents.append({
    approvalId: approval.id,
    at,
    what: "created",
    surface: "system",
    actor: { type: "system" },
    oldVersion: null,
    newVersion: 1,
    detail: { said: WORD },
  });
  const note = { accountId: 1, conversationId, approvalVersion: 1, text: WORD, status: "posted" as const, messageId: null, replaces: null };
  const times = { attemptedAt: at, postedAt: at, createdAt: at };
  await store.notes.insert({ ...note, ...times, id: randomUUID(), approvalId: approval.id, kind: "draft" });
  await store.notes.insert({ ...note, ...times, id: randomUUID(), approvalId: null, kind: "notice" });
  await store.ingest(delivery(conversationId, conversationId * 10), null);
  await store.ingest(delivery(conversationId, conversationId * 10 + 1, { fromCustomer: false }), null);
  await store.ingest(delivery(conversationId, conversationId * 10 + 2, { outcome: "ignored", event: "message_updated" }), null);
  const learned = { question: `${WORD} asks`, sourceIds: ["an-sizes"], answer: WORD, answeredAt: at };
  await store.answered.learn([{ ...learned, outcome: "approved", approvalId: approval.id }]);
  await suggest(conversationId, "accepted");
  await store.lessons.suggest(
    {
      key: randomUUID(),
      kind: "tone",
      text: "Say hello.",
      removed: null,
      added: "hello",
      times: 3,
      chances: 4,
      examples: [{ approval_id: approval.id, before: "", after: `Hello ${WORD}` }],
      source: null,
    },
    at,
  );
  await records.query(
    `insert into cx_conversations (account_id, conversation_id, status, inbox_id, contact_name, seen_at) values (1, $1, 'resolved', 1, $2, $3)`,
    [conversationId, WORD, at],
  );
  await store.deadLetters.insert({
    id: randomUUID(),
    kind: "receive-delivery",
    data: { row: { body: WORD } },
    key: null,
    conversationId,
    approvalId: null,
    deliveryId: null,
    reason: "refused",
    lastResponse: null,
    attempts: 3,
    createdAt: at,
    redrivenAt: at,
    redrivenBy: "Ida",
    discardedAt: null,
    discardedBy: null,
    discardReason: null,
  });
  return approval;
}

async function suggest(conversationId: number, status: "accepted" | "rejected"): Promise<void> {
  const { store } = records;
  const id = randomUUID();
  const asked = { question: `${WORD} asked by hand`, answer: WORD, sourceIds: ["an-sizes"], answeredAt: OLD };
  const suggestion = {
    ...asked,
    id,
    accountId: 1,
    conversationId,
    messageId: conversationId * 100 + (status === "accepted" ? 1 : 2),
    createdAt: OLD,
  };
  expect(await store.suggestions.add(suggestion)).toBe(1);
  const decidedBy = { type: "operator" as const, id: 1, name: "Ida" };
  await store.suggestions.decide({ ...suggestion, status, decidedBy, decidedAt: OLD });
  if (status === "accepted") await store.answered.learn([{ ...asked, outcome: "answered_by_hand", approvalId: null }]);
}

/** Tables of ours in which the word stands, whatever the column. */
async function tablesWithTheWord(): Promise<string[]> {
  const tables = await records.query(
    "select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE' order by 1",
  );
  const found: string[] = [];
  for (const { name } of tables) {
    const [row] = await records.query(`select count(*)::int as count from "${name}" as one where one::text like '%${WORD}%'`);
    if (Number(row?.count) > 0) found.push(String(name));
  }
  return found;
}

test("of a conversation that is forgotten no table holds a word", async () => {
  await live(7);
  expect((await tablesWithTheWord()).length).toBeGreaterThanOrEqual(10);
  await records.store.forget(1, 7);
  expect(await tablesWithTheWord()).toEqual([]);
  const left = await records.query("select conversation_id from webhook_deliveries");
  expect(left).toEqual([]);
});

test("forgetting one conversation leaves the others as they are", async () => {
  const other = await live(8);
  await records.store.forget(1, 7);
  expect(await records.store.approvals.get(other.id)).toMatchObject({ customerMessage: `${WORD} asks` });
  expect((await records.query("select examples from lessons"))[0]).toMatchObject({ examples: [{ approval_id: other.id }] });
  expect(await records.query("select 1 as one from webhook_deliveries")).toHaveLength(3);
});

test("a purge leaves only what was learned, what people accepted and what still waits for a person", async () => {
  await live(7);
  await suggest(7, "rejected");
  const waiting = await live(9, { status: "pending", decision: null, finalResponse: null });
  const { query, store } = records;
  const counts = await store.purge(LATER, LATER);
  expect(counts).toMatchObject({ approvals: 1, deliveries: 6, notices: 2, conversations: 1, letters: 2, suggestions: 1 });
  expect(await query("select id from agent_approvals")).toEqual([{ id: waiting.id }]);
  expect(await query("select conversation_id::int as id from cx_conversations")).toEqual([{ id: 9 }]);
  expect((await query("select examples from lessons order by examples = '[]'")).map(({ examples }) => examples)).toEqual([
    [expect.objectContaining({ approval_id: waiting.id })],
    [],
  ]);
  expect((await store.suggestions.list({ status: "rejected", limit: 10 })).data).toEqual([]);
  expect((await store.suggestions.list({ status: "accepted", limit: 10 })).data).toHaveLength(2);
});

test("a purge of more than one statement deletes takes all of it", async () => {
  await records.query(
    `insert into model_calls (id, at, stage, model, counted_tokens, counted_usd)
     select gen_random_uuid(), '2025-01-01', 'model', 'm', 1, 0 from generate_series(1, 4500)`,
  );
  expect(await records.store.purge(LATER, LATER)).toMatchObject({ modelCalls: 4500 });
});

test("what is held of one conversation is found by indexes, however many deliveries there are", async () => {
  const { query } = records;
  await query(
    `insert into webhook_deliveries (delivery_id, account_id, event, conversation_id, message_id, message_at, from_customer, body, received_at, source, outcome)
     select gen_random_uuid(), 1, 'message_created', n % 2000, n, now(), n % 3 = 0, 'x', now(), 'webhook', 'accepted' from generate_series(1, 20000) as n`,
  );
  await query("analyze webhook_deliveries");
  for (const which of ["from_customer and outcome = 'accepted'", "not (from_customer and outcome = 'accepted')"]) {
    const plan = await query(`explain delete from webhook_deliveries where account_id = 1 and conversation_id = 7 and ${which}`);
    expect(JSON.stringify(plan)).not.toContain("Seq Scan");
  }
});
