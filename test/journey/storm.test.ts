import { startHouse, type TestHouse } from "../support/house.ts";
import { openTestRecords } from "../support/records.ts";
import {
  answerByHand,
  approvalsOf,
  decide,
  draftNotes,
  newCustomer,
  note,
  QUESTION,
  replies,
  setStatus,
  webhookFault,
} from "../support/trip.ts";

let house: TestHouse;
beforeAll(async () => {
  house = await startHouse();
  await webhookFault(house, {}, "duplicate_new_id");
});
afterAll(() => house.close());

/** What people do in a conversation, each at a moment of its own. Seeded: the same storm every time, but for the machine's own timing. */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1664525 + 1013904223) % 4294967296;
    return state / 4294967296;
  };
}

test("customers, operators, commands and status changes all at once leave every conversation in one clear state", async () => {
  const random = dice(20261121);
  const wordsApproved = new Map<number, Set<string>>();
  const byHand = new Map<number, Set<string>>();
  const conversations = await Promise.all(
    Array.from({ length: 15 }, async () => {
      const customer = await newCustomer(house);
      wordsApproved.set(customer.conversationId, new Set());
      byHand.set(customer.conversationId, new Set());
      return customer;
    }),
  );
  const act = async ({ conversationId, write }: (typeof conversations)[number], turn: number): Promise<void> => {
    const roll = random();
    if (roll < 0.35) return void (await write(`${QUESTION} (${turn})`));
    if (roll < 0.4) return void (await setStatus(house, conversationId, "resolved"));
    if (roll < 0.45) {
      const words = `By hand ${conversationId}-${turn}.`;
      byHand.get(conversationId)?.add(words);
      return void (await answerByHand(house, conversationId, words));
    }
    if (roll < 0.55) return void (await note(house, conversationId, roll < 0.5 ? "/approve" : "/redraft"));
    const approval = await house.server.house.ports.store.approvals.pendingOf(1, conversationId);
    if (!approval) return void (await write(`${QUESTION} (${turn})`));
    if (roll < 0.65) return void (await decide(house, approval, "redraft"));
    if (roll < 0.7) return void (await decide(house, approval, "reject", { reason: "other" }));
    if (roll < 0.75) return void (await decide(house, approval, "escalate", { note: "please" }));
    const response = `Edited ${conversationId}-${turn}.`;
    const as = roll < 0.85 ? "dana" : "luis";
    const answers = await Promise.all([decide(house, approval, "edit", { response }, { as }), decide(house, approval, "undo", {}, { as })]);
    if (answers[0].status === 200) wordsApproved.get(conversationId)?.add(response);
  };
  await Promise.all(
    conversations.map(async (customer) => {
      for (let turn = 0; turn < 12; turn++) {
        await act(customer, turn);
        await new Promise((resolve) => setTimeout(resolve, random() * 60));
      }
    }),
  );
  await house.settled();

  for (const { conversationId } of conversations) {
    const approvals = await approvalsOf(house, conversationId);
    const pending = approvals.filter(({ status }) => status === "pending");
    expect(pending.length).toBeLessThanOrEqual(1);
    expect(approvals.filter(({ status }) => status === "approved")).toEqual([]);
    expect((await draftNotes(house, conversationId)).map(({ id }) => id)).toEqual(pending.map(({ note: { message_id: id } }) => id));

    const sent = approvals.filter(({ status }) => status === "sent");
    const ours = (await replies(house, conversationId)).filter(({ content_attributes: { countersign_id: id } }) => id);
    expect(ours.map(({ content }) => content).toSorted()).toEqual(sent.map((approval) => approval.final_response).toSorted());
    const others = (await replies(house, conversationId)).filter(({ content_attributes: { countersign_id: id } }) => !id);
    expect(new Set(others.map(({ content }) => content))).toEqual(byHand.get(conversationId));
    for (const approval of sent) {
      if (approval.edited) expect(wordsApproved.get(conversationId)).toContain(approval.final_response);
    }
  }
  expect(await deadlocks()).toBe(0);
  expect((await house.api("/api/v1/dead-letters", { as: "ida" })).json.data).toEqual([]);
}, 60_000);

async function deadlocks(): Promise<number> {
  const records = await openTestRecords(house.databaseUrl);
  const [row] = await records.query("select deadlocks::int from pg_stat_database where datname = current_database()");
  await records.close();
  return Number(row?.deadlocks);
}
