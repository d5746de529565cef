import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { text as textOf } from "node:stream/consumers";
import { startHouse, type TestHouse } from "../support/house.ts";
import { approvalsOf, ask, clearFaults, newCustomer, posted, QUESTION, setStatus, webhookFault } from "../support/trip.ts";

const MAIN = new URL("../../src/main.ts", import.meta.url).pathname;

/** The commands beside a running house, on its database. */
let house: TestHouse;
beforeAll(async () => {
  house = await startHouse();
}, 60_000);
afterAll(() => house?.close());

async function countersign(...args: string[]) {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { PATH: process.env.PATH, ...house.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [stdout, stderr, [code]] = await Promise.all([textOf(child.stdout), textOf(child.stderr), once(child, "close")]);
  return { code, stdout, stderr };
}

const DAYS = 5 * 86_400_000;

/** A customer who wrote days ago, before the installation; nobody told of it. */
async function whoWroteBefore(): Promise<number> {
  await webhookFault(house, {}, "never");
  const customer = await newCustomer(house);
  await customer.write(QUESTION);
  await house.settled();
  await clearFaults(house);
  const { conversations, messages, contacts } = house.simulator.state;
  const conversation = [...conversations.values()].find(({ display_id }) => display_id === customer.conversationId);
  if (!conversation) throw new Error("the simulator has lost the conversation");
  const contact = contacts.get(conversation.contact_id);
  for (const row of [conversation, contact, ...[...messages.values()].filter((one) => one.conversation_id === conversation.id)])
    for (const key of ["created_at", "updated_at", "last_activity_at", "waiting_since"])
      if (row && key in row) Object.assign(row, { [key]: Number(Reflect.get(row, key)) - DAYS });
  return customer.conversationId;
}

test("reconcile --since reaches back before the installation, and finds nothing twice", async () => {
  const conversationId = await whoWroteBefore();
  expect(await countersign("reconcile")).toMatchObject({ code: 0, stdout: expect.stringContaining("where the last look ended") });
  await house.settled();
  expect(await approvalsOf(house, conversationId)).toEqual([]);
  for (const _ of [1, 2]) {
    const since = new Date(Date.now() - 2 * DAYS).toISOString();
    expect(await countersign("reconcile", "--since", since)).toMatchObject({ code: 0, stdout: expect.stringContaining(since) });
    await posted(house, conversationId);
    await house.settled();
    expect(await approvalsOf(house, conversationId)).toMatchObject([{ status: "pending", version: 1, customer_message: QUESTION }]);
  }
}, 60_000);

test("replay runs a recorded delivery again, without a second draft", async () => {
  const { customer, approval } = await ask(house);
  const { json } = await house.api(`/api/v1/deliveries?conversation_id=${customer.conversationId}&event=message_created`, { as: "ida" });
  const delivery = json.data.find((row: { message_id: number }) => row.message_id === approval.message_id);
  const replayed = await countersign("replay", delivery.delivery_id.toUpperCase());
  expect(replayed.code).toBe(0);
  await house.settled();
  expect(await approvalsOf(house, customer.conversationId)).toMatchObject([{ id: approval.id, version: approval.version }]);
  await setStatus(house, customer.conversationId, "resolved");
}, 60_000);

test.each([
  [["reconcile", "--since", "yesterday"], 2, "--since yesterday: is no time"],
  [["reconcile", "--since", "2199-01-01"], 2, "--since 2199-01-01: lies in the future"],
  [["reconcile", "now"], 2, "usage: countersign reconcile"],
  [["replay"], 2, "Name one delivery id"],
  [["replay", "17"], 2, "17: is no delivery id"],
  [["replay", randomUUID()], 1, "There is no delivery with this id"],
])(
  "%j ends with %d and says why",
  async (args, code, why) => {
    const answer = await countersign(...args);
    expect(answer).toMatchObject({ code, stdout: "" });
    expect(answer.stderr).toContain(why);
  },
  60_000,
);
