import pg from "pg";
import { forgetGone } from "../../src/flow/forget-gone.ts";
import { eventually } from "../support/eventually.ts";
import { startHouse, type TestHouse } from "../support/house.ts";
import { ask, clearFaults, decide, draftNotes, newCustomer, posted, QUESTION, reached, restFault } from "../support/trip.ts";

let house: TestHouse;
beforeAll(async () => {
  house = await startHouse();
});
afterAll(() => house?.close());

afterEach(async () => {
  await fetch(`${house.simulator.url}/simulator/webhook-faults`, { method: "DELETE" });
});

async function loseWebhooks(event: string): Promise<void> {
  await fetch(`${house.simulator.url}/simulator/webhook-faults`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ match: { event }, fault: "never" }),
  });
}

async function look(): Promise<void> {
  await house.server.house.ports.store.jobs.send({ kind: "reconcile", data: {} });
  await house.settled();
}

const approvalsOf = async (conversationId: number) =>
  (await house.api("/api/v1/approvals?limit=100")).json.data.filter(
    (one: { conversation_id: number }) => one.conversation_id === conversationId,
  );

test("a message whose webhook never came is found, drafted once and recorded as reconciled", async () => {
  await loseWebhooks("message_created");
  const rosa = await house.customer("Rosa Unheard");
  const messageId = await rosa.write("How long do I have to return unused fittings?");
  await house.settled();
  expect(await approvalsOf(rosa.conversationId)).toHaveLength(0);

  await look();
  await look();
  expect(await approvalsOf(rosa.conversationId)).toMatchObject([{ status: "pending", message_id: messageId }]);
  const { json } = await house.api("/api/v1/deliveries?limit=100", { as: "ida" });
  const mine = json.data.filter((row: { message_id: number }) => row.message_id === messageId);
  expect(mine).toMatchObject([{ event: "message_created", outcome: "accepted", source: "reconcile" }]);
});

test("a message whose webhook never came is found behind a later one that was delivered", async () => {
  const otto = await house.customer("Otto Overtaken");
  await loseWebhooks("message_created");
  const lost = await otto.write("Is PTFE hose fine with E85?");
  await house.settled();
  await fetch(`${house.simulator.url}/simulator/webhook-faults`, { method: "DELETE" });
  const later = await otto.write("And how tight do I torque an AN-6 hose end?");
  await house.settled();

  await look();
  const { json } = await house.api("/api/v1/deliveries?limit=100", { as: "ida" });
  const mine = json.data.filter((row: { message_id: number }) => [lost, later].includes(row.message_id));
  expect(mine.map((row: { message_id: number; source: string }) => [row.message_id, row.source]).toSorted()).toEqual([
    [lost, "reconcile"],
    [later, "webhook"],
  ]);
});

test("a conversation that Chatwoot cannot show holds no other one up, and is found as soon as it can", async () => {
  await loseWebhooks("message_created");
  const broken = [await newCustomer(house), await newCustomer(house)] as const;
  const heard = await newCustomer(house);
  await broken[0].write(QUESTION);
  await heard.write(QUESTION);
  await broken[1].write(QUESTION);
  await house.settled();
  for (const { conversationId } of broken)
    await restFault(
      house,
      { method: "GET", path: `/api/v1/accounts/1/conversations/${conversationId}/messages` },
      { status: 500, body: {} },
    );
  await house.server.house.ports.store.jobs.send({ kind: "reconcile", data: {} });
  await posted(house, heard.conversationId);

  await clearFaults(house);
  await house.settled();
  for (const { conversationId } of broken) expect(await approvalsOf(conversationId)).toMatchObject([{ status: "pending" }]);
});

test("a webhook that comes after all is a duplicate of what was reconciled", async () => {
  await loseWebhooks("message_created");
  const tom = await house.customer("Tom Late");
  const messageId = await tom.write("Do you ship to Canada?");
  await look();
  const late = await house.server.house.ports.store.ingest(
    {
      deliveryId: crypto.randomUUID(),
      accountId: 1,
      event: "message_created",
      conversationId: tom.conversationId,
      messageId,
      messageAt: new Date(),
      body: "{}",
      receivedAt: new Date(),
      source: "webhook",
      outcome: "accepted",
      reason: null,
      fromCustomer: true,
    },
    null,
  );
  expect(late).toBe("duplicate");
});

test("an operator's reply and a resolution that nobody told of put the waiting drafts right", async () => {
  const answered = await house.customer("Ada Answered");
  const resolved = await house.customer("Rex Resolved");
  await answered.write("How tight do I torque an AN-6 hose end?");
  await resolved.write("Is PTFE hose fine with E85?");
  await house.settled();
  await loseWebhooks("message_created");
  await loseWebhooks("conversation_status_changed");
  await house.chatwoot(`/conversations/${answered.conversationId}/messages`, { method: "POST", body: { content: "16 Nm in aluminium." } });
  await house.chatwoot(`/conversations/${resolved.conversationId}/toggle_status`, { method: "POST", body: { status: "resolved" } });
  await house.settled();
  expect(await approvalsOf(answered.conversationId)).toMatchObject([{ status: "pending" }]);
  expect(await approvalsOf(resolved.conversationId)).toMatchObject([{ status: "pending" }]);

  await look();
  expect(await approvalsOf(answered.conversationId)).toMatchObject([{ status: "superseded", superseded_by: null }]);
  expect(await approvalsOf(resolved.conversationId)).toMatchObject([{ status: "expired" }]);
});

test("an operator's reply that stands behind our own note is seen by nobody waiting any more", async () => {
  const { customer, approval } = await ask(house);
  await loseWebhooks("message_created");
  await house.chatwoot(`/conversations/${customer.conversationId}/messages`, { method: "POST", body: { content: "By hand." } });
  await decide(house, approval, "redraft");
  await eventually(
    "the new note stands behind the reply",
    async () => (await draftNotes(house, customer.conversationId)).at(-1)?.content !== undefined,
  );
  await house.settled();
  await look();
  expect(await approvalsOf(customer.conversationId)).toMatchObject([{ status: "superseded", superseded_by: null }]);
});

describe("a conversation that was deleted", () => {
  const sql = async (query: string, values: unknown[] = []) => {
    const client = new pg.Client({ connectionString: house.databaseUrl });
    await client.connect();
    const { rows } = await client.query(query, values);
    await client.end();
    return rows;
  };
  const held = async (word: string): Promise<string[]> => {
    const tables = await sql(
      "select table_name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'",
    );
    const found: string[] = [];
    for (const { table_name: table } of tables)
      if ((await sql(`select 1 from ${table} t where t::text like $1 limit 1`, [`%${word}%`])).length > 0) found.push(table);
    return found.sort();
  };
  const dayPasses = () => sql("update cx_conversations set gone_at = gone_at - interval '25 hours' where gone_at is not null");
  const forget = async () => {
    await house.server.house.ports.store.jobs.send({ kind: "forget-gone", data: {} });
    await house.settled();
  };
  const lookedAtLongAgo = (conversationId: number) =>
    sql("update cx_conversations set seen_at = seen_at - interval '1 hour' where conversation_id = $1", [conversationId]);

  test("takes its waiting draft along, and a day later all that is held of it and of its contact's others", async () => {
    const customer = await newCustomer(house);
    await customer.write("My quokkaword is leaking, which seal do I need?");
    const approval = await posted(house, customer.conversationId);
    await decide(house, approval, "edit", { response: "The quokkaword takes the blue seal." });
    await reached(house, approval, "sent");
    await customer.write("And the quokkaword hose?");
    await posted(house, customer.conversationId);
    await house.settled();
    expect(await held("quokkaword")).toEqual(
      expect.arrayContaining(["agent_approvals", "agent_sdk_learning_data", "answered_questions", "webhook_deliveries"]),
    );

    const other = await newCustomer(house);
    await other.write("A wombatword of mine drips.");
    await decide(house, await posted(house, other.conversationId), "reject", { reason: "not_needed" });
    await house.settled();
    await sql("update cx_conversations set contact_id = $1 where conversation_id in ($2, $3)", [
      9_999,
      customer.conversationId,
      other.conversationId,
    ]);
    for (const { conversationId } of [customer, other]) {
      const { status } = await house.chatwoot(`/conversations/${conversationId}`, { as: "ida", method: "DELETE" });
      expect(status).toBe(200);
    }
    await lookedAtLongAgo(customer.conversationId);
    await look();
    expect((await approvalsOf(customer.conversationId)).map((one: { status: string }) => one.status)).toEqual(
      expect.arrayContaining(["expired", "sent"]),
    );

    await forget();
    expect(await held("quokkaword")).not.toEqual([]); // an hour's wrong answer costs nothing
    await dayPasses();
    await forget();
    expect(await held("quokkaword")).toEqual([]);
    expect(await held("wombatword")).not.toEqual([]);
    await dayPasses();
    await forget();
    expect(await held("wombatword")).toEqual([]);
  });

  test("is noticed although nothing waits in it, and all that is held of its contact goes", async () => {
    const customer = await newCustomer(house);
    await customer.write("My numbatword is leaking, which seal do I need?");
    const approval = await posted(house, customer.conversationId);
    await decide(house, approval, "edit", { response: "The numbatword takes the blue seal." });
    await reached(house, approval, "sent");
    const stays = await newCustomer(house);
    await stays.write("My bilbyword is leaking, which seal do I need?");
    await decide(house, await posted(house, stays.conversationId), "reject", { reason: "not_needed" });
    await house.settled();
    const row = [...house.simulator.state.conversations.values()].find((one) => one.display_id === customer.conversationId);
    const seen = () => sql("select seen_at from cx_conversations where conversation_id = $1", [stays.conversationId]);
    const before = await seen();
    const deleted = await house.chatwoot(`/contacts/${row?.contact_id}`, { as: "ida", method: "DELETE" });
    expect(deleted.status).toBe(200);

    const { ports } = house.server.house;
    const aDayOfRuns = async () => {
      for (let hour = 0; hour < 24; hour++) await forgetGone({ ...ports, clock: { now: () => new Date(Date.now() + hour * 3_600_000) } });
    };
    await aDayOfRuns();
    expect(await held("numbatword")).not.toEqual([]); // an hour's wrong answer costs nothing
    await dayPasses();
    await dayPasses(); // the hours of the runs, too
    await forget();
    expect(await held("numbatword")).toEqual([]);
    expect(await held("bilbyword")).not.toEqual([]);
    expect(await seen()).toEqual(before); // nothing is kept longer for having been looked at
  });

  test("is kept while Chatwoot has hardly any of ours, as another one under the same address would", async () => {
    await sql(`insert into cx_conversations (account_id, conversation_id, status, inbox_id, seen_at)
      select 1, 100000 + n, 'open', 1, now() from generate_series(1, 60) n`);
    const customer = await newCustomer(house);
    await customer.write("My potorooword is leaking, which seal do I need?");
    await decide(house, await posted(house, customer.conversationId), "reject", { reason: "not_needed" });
    await house.settled();
    await house.chatwoot(`/conversations/${customer.conversationId}`, { as: "ida", method: "DELETE" });
    const { ports } = house.server.house;
    for (let hour = 0; hour < 24; hour++) await forgetGone({ ...ports, clock: { now: () => new Date(Date.now() + hour * 3_600_000) } });
    await dayPasses();
    await dayPasses();
    await forget();
    expect(await held("potorooword")).not.toEqual([]);
    expect((await sql("select count(*)::int as n from cx_conversations where conversation_id > 100000"))[0].n).toBe(60);
    await sql("delete from cx_conversations where conversation_id > 100000");
    await forget();
    expect(await held("potorooword")).toEqual([]);
  });

  test("holds no other one up when Chatwoot refuses to say", async () => {
    const [refused, deleted] = [await newCustomer(house), await newCustomer(house)];
    for (const [customer, word] of [
      [refused, "quollword"],
      [deleted, "dunnartword"],
    ] as const) {
      await customer.write(`My ${word} is leaking, which seal do I need?`);
      await decide(house, await posted(house, customer.conversationId), "reject", { reason: "not_needed" });
    }
    await house.settled();
    await house.chatwoot(`/conversations/${deleted.conversationId}`, { as: "ida", method: "DELETE" });
    await sql("update cx_conversations set gone_at = now() - interval '25 hours' where conversation_id in ($1, $2)", [
      refused.conversationId,
      deleted.conversationId,
    ]);
    await restFault(
      house,
      { method: "GET", path: `/api/v1/accounts/1/conversations/${refused.conversationId}` },
      { status: 401, body: { error: "You are not authorized to do this action" } },
    );
    await forget();
    await clearFaults(house);
    expect(await held("dunnartword")).toEqual([]);
    expect(await held("quollword")).not.toEqual([]);
  });

  test("is kept when Chatwoot has it after all", async () => {
    const { customer, approval } = await ask(house);
    await sql("update cx_conversations set gone_at = now() where conversation_id = $1", [customer.conversationId]);
    await dayPasses();
    await forget();
    await dayPasses();
    await forget();
    expect(await approvalsOf(customer.conversationId)).toMatchObject([{ id: approval.id, status: "pending" }]);
  });
});

describe("webhooks that do not come", () => {
  const readiness = async () => (await (await fetch(`${house.url}/readyz`)).json()) as { status: string; parts: Record<string, string> };
  const ago = async (seconds: number) => {
    const client = new pg.Client({ connectionString: house.databaseUrl });
    await client.connect();
    await client.query(`update reconcile_marks set silent_since = silent_since - make_interval(secs => $1)`, [seconds]);
    await client.query(`update webhook_deliveries set received_at = received_at - make_interval(secs => $1)`, [seconds]);
    await client.end();
  };

  test.each([
    ["all of them", ["message_created", "conversation_created", "conversation_updated", "contact_updated"]],
    ["those about messages", ["message_created"]],
  ])("(%s) are told of once customers write without them, until the next one comes", async (_which, events) => {
    await look();
    expect((await readiness()).parts.webhooks).toBe("ok");
    for (const event of events) await loseWebhooks(event);
    const silent = await newCustomer(house);
    await silent.write("Does anybody hear me?");
    await house.settled();
    // what was written just now may still be told of
    const { store } = house.server.house.ports;
    const message = house.simulator.state.messages;
    for (const row of message.values()) if (row.content === "Does anybody hear me?") row.created_at -= 20_000;
    await look();
    expect((await store.reconcileMarks.get(1))?.silentSince).not.toBeNull();
    expect((await readiness()).parts.webhooks).toBe("ok"); // not for long yet
    await ago(301);
    await newCustomer(house); // other webhooks, where they come, change nothing
    await house.settled();
    await look();
    expect(await readiness()).toMatchObject({ status: "degraded", parts: { webhooks: expect.stringContaining("check the webhook") } });

    await fetch(`${house.simulator.url}/simulator/webhook-faults`, { method: "DELETE" });
    await silent.write("Hello?");
    await house.settled();
    await look();
    expect((await readiness()).parts.webhooks).toBe("ok");
  });
});

test("conversations older than the installation are left alone", async () => {
  const { json } = await house.api("/api/v1/approvals?limit=100");
  expect(json.data.every((one: { conversation_id: number }) => one.conversation_id > 4)).toBe(true);
});
