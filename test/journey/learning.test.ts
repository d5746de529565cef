import pg from "pg";
import { startHouse, type TestHouse } from "../support/house.ts";
import { answerByHand, ask, decide, QUESTION, reached } from "../support/trip.ts";

let house: TestHouse;
let database: pg.Pool;
beforeAll(async () => {
  house = await startHouse();
  database = new pg.Pool({ connectionString: house.databaseUrl, max: 1 });
});
afterAll(async () => {
  await database?.end();
  await house?.close();
});

const learned = async (approvalId: string) =>
  (await database.query("select question, source_ids, answer, outcome from answered_questions where approval_id = $1", [approvalId])).rows;

test("a reply that went out as drafted is remembered with the sources it quotes; one that was only decided on is not yet", async () => {
  const { approval } = await ask(house);
  expect(await learned(approval.id)).toEqual([]);
  await decide(house, approval, "approve");
  await reached(house, approval, "sent");
  const [row, ...more] = await learned(approval.id);
  expect(more).toEqual([]);
  expect(row).toMatchObject({ question: QUESTION, answer: approval.draft_response, outcome: "approved" });
  expect(row.source_ids).toContain(approval.citations[0].passage_id.split("#")[0]);
});

test("a rejected draft teaches nothing, an operator's own answer is remembered in its words", async () => {
  const rejected = await ask(house, "How long is the warranty on your hoses?");
  expect((await decide(house, rejected.approval, "reject", { reason: "other", comment: "no" })).status).toBe(200);
  const answered = await ask(house, "Can I pay with PayPal?");
  await answerByHand(house, answered.customer.conversationId, "Yes, PayPal is fine. Yours, Luis", { as: "luis" });
  await reached(house, answered.approval, "superseded");
  await house.settled();
  expect(await learned(rejected.approval.id)).toEqual([]);
  expect(await learned(answered.approval.id)).toMatchObject([
    { question: "Can I pay with PayPal?", answer: "Yes, PayPal is fine. Yours, Luis", outcome: "answered_by_hand" },
  ]);
});
