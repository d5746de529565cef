import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { migrate } from "../../src/adapters/postgres/migrate.ts";
import { startHouse, type TestHouse } from "../support/house.ts";
import { approvalsOf, ask, decide, fates, newCustomer, posted, QUESTION, reached, replies } from "../support/trip.ts";

/** A newer version migrates while this one works: it goes on without noticing, with the connections and statements that it has. */
const LATER = `
  alter table webhook_deliveries add column later_word text not null default 'x', add column later_number bigint;
  alter table agent_approvals add column later_word text not null default 'x';
  alter table approval_notes add column later_word text;
  alter table approval_events add column later jsonb not null default '{}';
  alter table agent_sdk_learning_data add column later real;
  alter table cx_conversations add column later timestamptz;
  alter table dead_letters add column later text[] not null default '{}';
  alter table operators add column later text;
  alter table sessions add column later text;
  create index later_index on webhook_deliveries (later_number);
  create table later_table (id uuid primary key, at timestamptz not null);
`;

let house: TestHouse;
let folder: string;
beforeAll(async () => {
  house = await startHouse();
  folder = await mkdtemp(join(tmpdir(), "countersign-migrations-"));
  await cp(join(import.meta.dirname, "..", "..", "migrations"), folder, { recursive: true });
  await writeFile(join(folder, "900_later.sql"), LATER);
}, 60_000);
afterAll(async () => {
  await house?.close();
  await rm(folder, { recursive: true, force: true });
});

test("while a newer version migrates, every message goes on to be recorded, drafted, decided and answered, once", async () => {
  const waiting = await ask(house); // every statement has been used before
  await decide(house, (await ask(house)).approval, "approve");
  let migrated = false;
  const customers = Array.from({ length: 8 }, async () => {
    const customer = await newCustomer(house);
    await customer.write(QUESTION);
    for (let more = 0; !migrated || more < 2; more++) {
      await posted(house, customer.conversationId);
      await customer.write(`And question ${more}: which AN size for a 454 big block?`);
    }
    return customer;
  });
  const pool = new pg.Pool({ connectionString: house.databaseUrl });
  expect(await migrate({ pool, directory: folder })).toEqual(["900_later.sql"]);
  migrated = true;
  await pool.end();

  for (const { conversationId } of await Promise.all(customers)) {
    await house.settled();
    const approval = await posted(house, conversationId);
    await decide(house, approval, "edit", { response: "One answer to all." });
    await reached(house, approval, "sent");
    expect((await replies(house, conversationId)).map(({ content }) => content)).toEqual(["One answer to all."]);
    expect(new Set(await fates(house, conversationId))).toEqual(new Set(["drafted"]));
    expect((await approvalsOf(house, conversationId)).filter(({ status }) => status === "pending")).toEqual([]);
  }
  await decide(house, waiting.approval, "approve");
  await reached(house, waiting.approval, "sent");
  expect((await house.api("/api/v1/dead-letters", { as: "ida" })).json.data).toEqual([]);
  expect(((await (await fetch(`${house.url}/readyz`)).json()) as { status: string }).status).toBe("ok");
}, 120_000);
