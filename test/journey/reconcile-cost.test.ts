import { once } from "node:events";
import { createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import pg from "pg";
import { createHelpdesk } from "../../src/adapters/chatwoot/helpdesk.ts";
import { reconcile } from "../../src/flow/reconcile.ts";
import { SHOP } from "../../src/simulator/shop.ts";
import { startHouse, type TestHouse } from "../support/house.ts";
import type { Customer } from "../support/surroundings.ts";
import { answerByHand, ask, clearFaults, decide, draftNotes, note, reached, restFault, webhookFault } from "../support/trip.ts";

/** What a look at Chatwoot costs, and what becomes of looks that fail. */
let house: TestHouse;
let counter: Server;
let calls: string[] = [];
beforeAll(async () => {
  house = await startHouse();
  counter = createServer((incoming, outgoing) => {
    calls.push(`${incoming.method} ${incoming.url}`);
    const { method, headers, url } = incoming;
    incoming.pipe(
      request(`${house.simulator.url}${url}`, { method, headers }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(outgoing);
      }),
    );
  }).listen(0, "127.0.0.1");
  await once(counter, "listening");
});
afterAll(async () => {
  counter?.closeAllConnections();
  counter?.close();
  await house?.close();
});
afterEach(() => clearFaults(house));

/** One look as a worker does it, through a wire that counts; the mark is set as if the last look was a minute ago. */
async function look(): Promise<string[]> {
  await house.settled();
  await sql("update reconcile_marks set until = now() - interval '1 minute'");
  calls = [];
  const { port } = counter.address() as AddressInfo;
  const helpdesk = createHelpdesk({ baseUrl: `http://127.0.0.1:${port}`, accountId: 1, token: SHOP.people.countersign.token });
  await reconcile({ ...house.server.house.ports, helpdesk }, { data: {}, attempt: 1 });
  return calls;
}

async function sql(query: string): Promise<pg.QueryResult> {
  const client = new pg.Client({ connectionString: house.databaseUrl });
  await client.connect();
  return client.query(query).finally(() => client.end());
}

const messagesOfOne = (conversationId: number) => expect.stringMatching(new RegExp(`^GET .*/conversations/${conversationId}/messages`));
const LIST = expect.stringMatching(/^GET .*\/conversations\?status=all&updated_within=\d+$/);
const SEEN_AGAIN = expect.stringMatching(/^GET .*\/conversations\/\d+$/);
/** Nobody wrote for so long that it lies before the last look. */
const quiet = (customers: Customer[]) => {
  const displayed = new Set(customers.map(({ conversationId }) => conversationId));
  const { conversations, contacts, messages } = house.simulator.state;
  for (const conversation of conversations.values()) {
    if (!displayed.has(conversation.display_id)) continue;
    const contact = contacts.get(conversation.contact_id);
    if (contact?.last_activity_at) contact.last_activity_at -= 300_000;
    for (const message of messages.values()) if (message.conversation_id === conversation.id) message.created_at -= 300_000;
  }
};

test("two calls at most where all is known, however many conversations move; one more for each in which a customer wrote", async () => {
  const waiting = await Promise.all([ask(house), ask(house), ask(house)]);
  const answered = await ask(house);
  await decide(house, answered.approval, "approve");
  await reached(house, answered.approval, "sent");
  await house.settled();
  const customers = [...waiting, answered].map(({ customer }) => customer);
  // Everybody has just written, and each of them is known.
  const first = await look();
  expect(first.filter((call) => /\/messages/.test(call))).toHaveLength(4);
  expect(first.length).toBeLessThanOrEqual(2 + 4);

  quiet(customers);
  await sql("update webhook_deliveries set message_at = message_at - interval '300 seconds' where message_at is not null");
  await sql("update cx_conversations set seen_at = seen_at - interval '1 hour'");
  // Our own note moves a conversation, and so does an operator's.
  await note(house, customers[0]?.conversationId ?? 0, "I will call them tomorrow.", { as: "luis" });
  expect(await look()).toEqual([LIST, SEEN_AGAIN]);
  expect(await look()).toEqual([LIST, SEEN_AGAIN]); // the next one that was not looked at for long

  await webhookFault(house, { event: "message_created" }, "never");
  await customers[1]?.write("And the hose?");
  await customers[3]?.write("One more thing: the seal?");
  const again = await look();
  expect(again[0]).toEqual(LIST);
  expect(again.slice(1, 3)).toEqual(expect.arrayContaining([1, 3].map((at) => messagesOfOne(customers[at]?.conversationId ?? 0))));
  expect(again.length).toBeLessThanOrEqual(2 + 2);
});

test("a note behind our reply costs one call for that conversation, and only until it was looked at", async () => {
  const { customer, approval } = await ask(house);
  await decide(house, approval, "approve");
  await reached(house, approval, "sent");
  quiet([customer]);
  await sql("update webhook_deliveries set message_at = message_at - interval '300 seconds' where message_at is not null");
  await sql("update cx_conversations set seen_at = now()");
  const ofIt = (cost: string[]) => cost.filter((call) => call.includes(`/conversations/${customer.conversationId}/`));
  expect(ofIt(await look())).toEqual([]);
  await note(house, customer.conversationId, "They called, too.");
  expect(ofIt(await look())).toEqual([messagesOfOne(customer.conversationId)]);
  for (const message of house.simulator.state.messages.values()) if (message.content === "They called, too.") message.created_at -= 90_000;
  expect(ofIt(await look())).toEqual([]);
});

test("an operator's own reply behind our note costs one call for that conversation", async () => {
  const { customer, approval } = await ask(house);
  quiet([customer]);
  await sql("update webhook_deliveries set message_at = message_at - interval '300 seconds' where message_at is not null");
  await sql("update cx_conversations set seen_at = now()");
  await webhookFault(house, { event: "message_created" }, "never");
  await answerByHand(house, customer.conversationId, "By hand.");
  await decide(house, approval, "redraft");
  await house.settled();
  expect((await draftNotes(house, customer.conversationId)).length).toBe(1);
  const cost = await look();
  expect(cost.filter((call) => call.includes(`/conversations/${customer.conversationId}/`))).toHaveLength(1);
  await reached(house, approval, "superseded");
});

describe("a scheduled look that fails", () => {
  const conversations = { method: "GET", path: "/api/v1/accounts/1/conversations" };
  const letters = async () => (await house.server.house.ports.store.deadLetters.list({ open: false, kind: "reconcile", limit: 10 })).data;
  const send = (data: object) => house.server.house.ports.store.jobs.send({ kind: "reconcile", data: { ...data } });

  test.each([
    ["Chatwoot is down", { status: 502 }],
    ["the service user may not", { status: 401, body: { error: "You are not authorized to do this action" } }],
    ["Chatwoot does not understand", { status: 422, body: { error: "no" } }],
  ])(
    "leaves it to the next one and is no dead letter, since there would be one every minute: %s",
    async (_, fault) => {
      await restFault(house, conversations, fault);
      await send({});
      await send({});
      await house.settled();
      expect(await letters()).toEqual([]);
    },
    60_000,
  );

  test("is told of when none has succeeded for long, and no more when one has", async () => {
    const part = async () => ((await (await fetch(`${house.url}/readyz`)).json()) as { parts: Record<string, string> }).parts.reconciling;
    expect(await part()).toBe("ok");
    await restFault(house, conversations, { status: 401, body: { errors: ["Invalid Access Token"] } });
    await sql("update reconcile_marks set until = now() - interval '6 minutes'");
    const text = await (await fetch(`${house.url}/metrics`)).text();
    expect(Number(/^countersign_reconcile_age_seconds ([\d.]+)$/m.exec(text)?.[1])).toBeGreaterThanOrEqual(360);
    expect(await part()).toMatch(/^no look at Chatwoot has succeeded since .* UTC: check .*CHATWOOT_API_TOKEN/);
    await clearFaults(house);
    await send({});
    await house.settled();
    expect(await part()).toBe("ok");
  });

  test("one that a person asked for becomes a dead letter, so that it can be put back", async () => {
    await restFault(house, conversations, { status: 422, body: { error: "no" } });
    await send({ since: "2026-01-01T00:00:00.000Z" });
    await house.settled();
    expect(await letters()).toMatchObject([{ kind: "reconcile", reason: expect.stringContaining("422") }]);
  });

  test("for one conversation's sake for an hour goes on without it", async () => {
    const { customer } = await ask(house);
    await restFault(
      house,
      { method: "GET", path: `/api/v1/accounts/1/conversations/${customer.conversationId}/messages` },
      { status: 500 },
    );
    const until = async () => (await sql("select until from reconcile_marks")).rows[0].until as Date;
    await sql("update reconcile_marks set until = now() - interval '30 minutes'");
    const before = await until();
    await send({});
    await house.settled();
    expect(await until()).toEqual(before);
    await sql("update reconcile_marks set until = now() - interval '61 minutes'");
    await send({});
    await house.settled();
    expect(Date.now() - (await until()).getTime()).toBeLessThan(60_000);
  }, 60_000);
});
