import { eventually } from "../support/eventually.ts";
import { type ProcessHouse, startProcessHouse } from "../support/process-house.ts";
import { approvalNow, approvalsOf, decide, draftNotes, newCustomer, QUESTION, replies, restFault } from "../support/trip.ts";
import { type Story, stories, timesPosted } from "./kill-stories.ts";

/**
 * Servers are killed with SIGKILL and started again. Sends and notes whose fate is unknown are looked for until 20 s after they began,
 * so the tests wait that long, side by side.
 */
const LONG = 90_000;
const houses: ProcessHouse[] = [];
afterAll(() => Promise.all(houses.map((house) => house.close())));

async function processHouse(env: Record<string, string> = {}): Promise<ProcessHouse> {
  const house = await startProcessHouse(env);
  houses.push(house);
  return house;
}

async function areAtTheirPoints(house: ProcessHouse, all: Story[]): Promise<string[]> {
  const missing: string[] = [];
  for (const story of all) {
    const [sql, ...values] = story.point();
    if ((await house.query(sql, values)).length === 0) missing.push(story.name);
  }
  return missing;
}

test.concurrent(
  "a server killed between any two steps and started again finishes every trip exactly once",
  async () => {
    const house = await processHouse({ SEND_HOLD_SECONDS: "2", DRAFT_DEBOUNCE_SECONDS: "1" });
    const server = await house.start();
    const all = stories(house);
    await Promise.all(all.map((story) => story.begin()));
    for (const wave of [all.filter(({ fleeting }) => !fleeting), all.filter(({ fleeting }) => fleeting)]) {
      await Promise.all(wave.map((story) => story.move()));
      let missing: string[] = [];
      await eventually(
        () => `these reach their points: ${missing.join("; ")}`,
        async () => {
          missing = await areAtTheirPoints(house, wave);
          return missing.length === 0;
        },
      );
    }
    await server.kill();
    expect(await areAtTheirPoints(house, all)).toEqual([]);

    await house.start();
    const failed: string[] = [];
    for (const story of all) await story.after().catch((error: Error) => failed.push(`${story.name}: ${error.message}`));
    expect(failed).toEqual([]);
    await house.settled(); // no job is stuck
    expect(await house.query("select kind, reason from dead_letters")).toEqual([]);
    const conversations = await house.query("select distinct conversation_id from approval_notes where kind = 'notice'");
    for (const { conversation_id: id } of conversations) expect(await timesPosted(house, Number(id), "notice")).toBe(1);
  },
  LONG,
);

test.concurrent(
  "of two servers on one database both work; when one is killed, the other finishes what it had begun",
  async () => {
    const house = await processHouse();
    await house.start();
    const second = await house.start({ port: 0 });
    const customers = await Promise.all(Array.from({ length: 9 }, () => newCustomer(house)));
    // More drafts at once than one server takes on: both are at work when the second dies.
    await restFault(house, { method: "GET", path: "/api/v1/accounts/1/conversations/*/messages", times: 9 }, { delay_ms: 3000 });
    await Promise.all(customers.map((customer) => customer.write(QUESTION)));
    await eventually(
      "both are at work",
      async () => (await house.query("select 1 from pgboss.job where name = 'draft-reply' and state = 'active'")).length > 6,
    );
    await second.kill();
    for (const { conversationId } of customers) {
      await eventually("it is drafted", async () => (await approvalsOf(house, conversationId))[0]?.note.status === "posted", 40_000);
      expect((await approvalsOf(house, conversationId)).map(({ status }) => status)).toEqual(["pending"]);
      expect(await timesPosted(house, conversationId, "note")).toBe(1);
    }
    await house.settled();
  },
  LONG,
);

test.concurrent(
  "a server killed again and again at any moment under load loses nothing and sends nothing twice",
  async () => {
    const house = await processHouse();
    let server = await house.start();
    const customers = await Promise.all(Array.from({ length: 12 }, () => newCustomer(house)));
    const trips = customers.map(async ({ conversationId, write }, place) => {
      await new Promise((resolve) => setTimeout(resolve, place * 350));
      // A webhook that meets a dead server is lost (reconciling finds it later): the customer writes again until one is taken.
      await eventually("a message is taken", async () => {
        await write(QUESTION);
        return holds(() => eventually("it is taken", () => isTaken(house, conversationId), 500));
      });
      await eventually("a decision is taken", () => isDecided(house, conversationId), 40_000);
    });
    for (const pause of [700, 1100, 450, 900]) {
      await new Promise((resolve) => setTimeout(resolve, pause));
      await server.kill();
      server = await house.start();
    }
    await Promise.all(trips);
    for (const { conversationId } of customers) {
      const [approval] = await approvalsOf(house, conversationId);
      await approvalNow(house, approval.id, "is sent", ({ status }) => status === "sent", 40_000);
      expect((await replies(house, conversationId)).map(({ content }) => content)).toEqual([wordsFor(conversationId)]);
    }
    await house.settled();
    for (const { conversationId } of customers) expect(await draftNotes(house, conversationId)).toEqual([]);
    expect(await house.query("select kind, reason from dead_letters")).toEqual([]);
  },
  LONG,
);

const holds = (promise: () => Promise<unknown>): Promise<boolean> =>
  promise().then(
    () => true,
    () => false,
  );

const wordsFor = (conversationId: number) => `Approved words for conversation ${conversationId}.`;

async function isTaken(house: ProcessHouse, conversationId: number): Promise<boolean> {
  const rows = await house.query("select 1 from webhook_deliveries where conversation_id = $1 and from_customer", [conversationId]);
  return rows.length > 0;
}

/** Decides as an operator would who tries again when no answer comes: the same words for whatever draft waits. */
async function isDecided(house: ProcessHouse, conversationId: number): Promise<boolean> {
  const [row] = await house.query("select id from agent_approvals where conversation_id = $1 order by created_at desc limit 1", [
    conversationId,
  ]);
  return (
    row !== undefined &&
    holds(async () => {
      const { status } = await decide(house, row, "edit", { response: wordsFor(conversationId) });
      if (status !== 200) throw new Error(`not decided: ${status}`);
    })
  );
}
