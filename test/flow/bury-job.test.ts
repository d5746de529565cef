import { randomUUID } from "node:crypto";
import { silent } from "../../src/adapters/postgres/silent.ts";
import { DEFAULT_POLICY } from "../../src/core/policy.ts";
import { type BuryReach, buryJob } from "../../src/flow/bury-job.ts";
import { conversationKey } from "../../src/flow/keys.ts";
import { createTestDatabase } from "../support/database.ts";
import { openTestRecords, type TestRecords } from "../support/records.ts";

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let records: TestRecords;
beforeAll(async () => {
  database = await createTestDatabase();
  records = await openTestRecords(database.url);
});
afterAll(async () => {
  await records?.close();
  await database?.drop();
});

test("a message that breaks the placeholder, too, becomes a dead letter all the same and frees its conversation", async () => {
  const { store } = records;
  const at = new Date();
  const [deliveryId, conversationId, messageId] = [randomUUID(), 7, 70];
  const key = conversationKey(1, conversationId);
  const row = { deliveryId, accountId: 1, event: "message_created", conversationId, messageId, messageAt: at, body: "{}", receivedAt: at };
  await store.ingest(
    { ...row, source: "webhook", outcome: "accepted", reason: null, fromCustomer: true },
    { kind: "draft-reply", id: deliveryId, key, data: { deliveryId, conversationId, messageId } },
  );
  const ports = {
    store,
    clock: { now: () => at },
    settings: { accountId: 1 },
    policy: () => DEFAULT_POLICY,
    drafter: { name: "extractive" },
    log: silent,
    reader: {
      writerOf: () => {
        throw new RangeError("a message that no rule foresaw");
      },
    },
  } as unknown as BuryReach;
  const job = { id: deliveryId, kind: "draft-reply" as const, key, data: { deliveryId, conversationId, messageId }, attempt: 60 };
  await buryJob(ports, { job, reason: "RangeError", lastResponse: null });

  const { data } = await store.deadLetters.list({ open: true, limit: 10 });
  expect(data).toMatchObject([{ kind: "draft-reply", conversationId, deliveryId, approvalId: null, reason: "RangeError" }]);
  expect(await store.jobs.counts()).toEqual([]);
  expect(await store.deliveries.newestCustomerMessage(1, conversationId)).toMatchObject({ fate: "dead_letter" });
});
