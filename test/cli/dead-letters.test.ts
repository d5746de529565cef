import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { text as textOf } from "node:stream/consumers";
import pg from "pg";
import { createTestDatabase } from "../support/database.ts";

const MAIN = new URL("../../src/main.ts", import.meta.url).pathname;
const WORDS = "My secretword leaks.";

/** The real command on a real database, as an administrator without the console has it. */
let database: Awaited<ReturnType<typeof createTestDatabase>>;
let client: pg.Client;
beforeAll(async () => {
  database = await createTestDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
  expect(await deadLetters("list")).toMatchObject({ code: 0, stdout: "There are no dead letters.\n" });
}, 60_000);
afterAll(async () => {
  await client?.end();
  await database?.drop();
});
beforeEach(() => client.query("delete from dead_letters"));

async function deadLetters(...args: string[]) {
  const child = spawn(process.execPath, [MAIN, "dead-letters", ...args], {
    env: { PATH: process.env.PATH, DATABASE_URL: database.url, DATA_DIR: tmpdir(), ENCRYPTION_KEY: "ab".repeat(32) },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [stdout, stderr, [code]] = await Promise.all([textOf(child.stdout), textOf(child.stderr), once(child, "close")]);
  return { code, stdout, stderr };
}

async function given(kind = "remove-note", data: object = { noteId: randomUUID() }): Promise<string> {
  const id = randomUUID();
  await client.query(
    `insert into dead_letters (id, kind, data, conversation_id, delivery_id, reason, attempts, created_at, last_response)
     values ($1, $2, $3, 17, $4, 'Chatwoot answered 500.', 12, now(), '{"kind": "unknown", "status": 500, "retry_after_seconds": null}')`,
    [id, kind, JSON.stringify(data), kind === "receive-delivery" ? id : null],
  );
  return id;
}

const row = async (id: string) => (await client.query("select * from dead_letters where id = $1", [id])).rows[0];
const jobs = async (kind: string) => (await client.query("select 1 from pgboss.job where name = $1", [kind])).rows.length;

test("what waits is listed for people and for machines, and one is shown with all that is known, without anybody's words", async () => {
  const plain = await given();
  const refused = await given("receive-delivery", {
    row: {
      deliveryId: randomUUID(),
      accountId: 1,
      event: "message_created",
      conversationId: 17,
      messageId: 4711,
      messageAt: "2026-11-20T10:00:00.000Z",
      body: JSON.stringify({ content: WORDS }),
      receivedAt: "2026-11-20T10:00:01.000Z",
      source: "webhook",
      outcome: "accepted",
      reason: null,
      fromCustomer: true,
    },
    job: null,
  });
  const listed = await deadLetters("list");
  expect(listed.code).toBe(0);
  expect(listed.stdout).toMatch(new RegExp(`${plain} .* remove-note  12 attempts  conversation 17  Chatwoot answered 500\\.`));
  const machine = await deadLetters("list", "--json", "--kind", "remove-note");
  expect(
    machine.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line)),
  ).toEqual([expect.objectContaining({ id: plain, kind: "remove-note", conversation_id: 17, attempts: 12, redriven_at: null })]);
  const shown = await deadLetters("show", refused.toUpperCase());
  expect(JSON.parse(shown.stdout)).toMatchObject({
    id: refused,
    reason: "Chatwoot answered 500.",
    attempts: 12,
    last_response: { kind: "unknown", status: 500 },
    delivery: { event: "message_created", message_id: 4711, received_at: "2026-11-20T10:00:01.000Z" },
  });
  expect(shown.stdout + listed.stdout).not.toContain("secretword");
}, 60_000);

test("some are put back or let go by name; one that cannot be is told and holds up none of the others", async () => {
  const [first, second, third, nobody] = [await given(), await given(), await given(), randomUUID()];
  const before = await jobs("remove-note");
  const redriven = await deadLetters("redrive", first, nobody, second);
  expect(redriven).toMatchObject({ code: 1, stdout: `${first} is back in the queue.\n${second} is back in the queue.\n` });
  expect(redriven.stderr).toContain(`There is no dead letter ${nobody}`);
  expect(await jobs("remove-note")).toBe(before + 2);
  expect(await row(second)).toMatchObject({ redriven_by: "command line", redriven_at: expect.any(Date) });

  const discarded = await deadLetters("discard", second, third, "--reason", " they called ");
  expect(discarded).toMatchObject({ code: 1, stdout: `${third} is let go.\n` });
  expect(discarded.stderr).toContain("command line put this dead letter back");
  expect(await row(third)).toMatchObject({ discarded_by: "command line", discard_reason: "they called" });
  expect(await row(second)).toMatchObject({ discarded_at: null });
}, 60_000);

test("all of them, or all of a kind, are put back however many there are", async () => {
  await client.query(
    `insert into dead_letters (id, kind, data, reason, attempts, created_at)
     select gen_random_uuid(), 'remove-note', '{"noteId": "11111111-1111-4111-8111-111111111111"}', 'Chatwoot answered 500.', 12, now()
     from generate_series(1, 230)`,
  );
  const other = await given("post-note");
  const ofAKind = await deadLetters("redrive", "--all", "--kind", "remove-note");
  expect(ofAKind.code).toBe(0);
  expect(ofAKind.stdout.trim().split("\n")).toHaveLength(230);
  expect(await row(other)).toMatchObject({ redriven_at: null });
  expect(await deadLetters("redrive", "--all")).toMatchObject({ code: 0, stdout: `${other} is back in the queue.\n` });
  expect(await deadLetters("redrive", "--all")).toMatchObject({ code: 0, stdout: "There are no dead letters to put back.\n" });
}, 60_000);

test.each([
  [["show", "not-an-id"], "not-an-id: is no id of a dead letter"],
  [["redrive", "1"], "1: is no id"],
  [["list", "--kind", "draft"], "--kind draft: there is no such kind. There are draft-reply, "],
  [["redrive", "--all", "--kind", ""], "there is no such kind"],
  [["redrive"], "Say `list"],
  [["redrive", "--all", "11111111-1111-4111-8111-111111111111"], "Say `list"],
  [["redrive", "11111111-1111-4111-8111-111111111111", "--kind", "post-note"], "Say `list"],
  [["discard", "11111111-1111-4111-8111-111111111111"], "Say `list"],
  [["discard", "11111111-1111-4111-8111-111111111111", "--reason", "  "], "Say `list"],
  [["bury"], "Say `list"],
  [[], "Say `list"],
])(
  "%j is wrong usage, says why, and changes nothing",
  async (args, why) => {
    const answer = await deadLetters(...args);
    expect(answer).toMatchObject({ code: 2, stdout: "" });
    expect(answer.stderr).toContain(why);
    expect(answer.stderr).toContain("usage: countersign dead-letters");
  },
  60_000,
);
