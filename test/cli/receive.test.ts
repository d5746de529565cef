import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { judgeStory } from "../../src/cli/judge-story.ts";
import { type Outcome, playStories, playStory } from "../../src/cli/play-story.ts";
import { type ReadStory, readStories } from "../../src/cli/read-stories.ts";
import { bodiesOf, type StoryBody, type StoryExpectation } from "../../src/cli/story.ts";
import { openStoryHouse } from "../../src/cli/story-house.ts";
import { createIds } from "../../src/cli/story-ids.ts";
import { moveToNow } from "../../src/cli/story-times.ts";
import { createTestDatabase } from "../support/database.ts";

const FIXTURES = join(import.meta.dirname, "..", "..", "fixtures");
const DELIVERIES = join(FIXTURES, "deliveries");

const stories = await readStories(
  readdirSync(DELIVERIES)
    .filter((file) => file.endsWith(".json"))
    .sort()
    .map((file) => join(DELIVERIES, file)),
);

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let house: Awaited<ReturnType<typeof openStoryHouse>>;
let folder: string | undefined;

beforeAll(async () => {
  database = await createTestDatabase();
  house = await openStoryHouse({ fixtures: FIXTURES, databaseUrl: database.url, logLevel: "error" });
});

afterAll(async () => {
  await house?.close();
  await database?.drop();
  if (folder) await rm(folder, { recursive: true });
});

test.each(stories)("receive: $story.story", async (story) => {
  const { verdict } = await playStory(house, story);
  expect(verdict.checks.filter(({ held }) => !held)).toEqual([]);
  expect(verdict.unchecked).toEqual([]);
  expect(verdict.checks.length).toBeGreaterThan(1);
});

test("a story played twice in one house comes to the same, under fresh ids", async () => {
  const story = named("product-torque");
  const [first, second] = [await playStory(house, story), await playStory(house, story)];
  expect([first.verdict.held, second.verdict.held]).toEqual([true, true]);
  const ids = ({ deliveries, found }: Outcome) => [deliveries[0]?.delivery_id, approvalOf(found).id, approvalOf(found).conversation_id];
  for (const [place, id] of ids(first).entries()) expect(ids(second)[place]).not.toEqual(id);
  expect(approvalOf(second.found).message_id).toBeGreaterThan(approvalOf(first.found).message_id);
});

/** Each is not what comes of that story. */
const WRONG: Partial<StoryExpectation>[] = [
  { delivery: { status: "ignored", reason: "private" } },
  { delivery: { status: "accepted", reason: "conversation_pending" } },
  { fate: "no_reply_needed" },
  { approval: null },
  { approvals: 2 },
  { pending: 0 },
  { note: null },
  { note: { contains: ["no such words"] } },
  { note: { excludes: ["AGENT SDK DRAFT"] } },
  { notes: 0 },
  { public_replies: 1 },
  { approval: { status: "sent" } },
  { approval: { decision: "approve" } },
  { approval: { intent: "complaint" } },
  { approval: { language: "de" } },
  { approval: { flags: ["vip"] } },
  { approval: { flags_include: ["legal"] } },
  { approval: { priority: "low" } },
  { approval: { priority_at_least: "urgent" } },
  { approval: { degraded: "attachment_only" } },
  { approval: { confidence_max: 0 } },
  { approval: { top_source: "gift-cards" } },
  { approval: { sources_include: ["gift-cards"] } },
  { approval: { no_sources: true } },
  { approval: { draft_contains: ["no such words"] } },
  { approval: { draft_excludes: ["AN-6"] } },
  { approval: { final_response: "never said" } },
  { approval: { customer_message_contains: "never asked" } },
  { approval: { customer_message_excludes: "350 Chevy" } },
  { approval: { answers: 2 } },
];

test("every kind of expectation can fail, and then says what was found", async () => {
  const { story } = named("product-350-chevy-an-size");
  const { deliveries, found } = await playStory(house, named("product-350-chevy-an-size"));
  for (const wrong of WRONG) {
    const expect_: StoryExpectation = { delivery: { status: "accepted" }, ...wrong };
    const { held, checks } = judgeStory({ ...story, expect: expect_ }, deliveries, found);
    expect({ wrong, held, failed: checks.filter((check) => !check.held).length }).toEqual({ wrong, held: false, failed: 1 });
  }
});

test("a dead letter is a failure, whatever else a story expects", async () => {
  const { story } = named("event-typing");
  const { deliveries, found } = await playStory(house, named("event-typing"));
  expect(judgeStory(story, deliveries, found).held).toBe(true);
  expect(judgeStory(story, deliveries, { ...found, deadLetters: ["draft-reply: broken"] }).held).toBe(false);
});

describe("on a running server", () => {
  const server = () => ({ url: `${house.url}/`, secret: house.secret });

  test("the door's answers are checked, and the rest is said to be unseen", async () => {
    const { deliveries, verdict } = await only(playStories([named("product-torque")], { server: server() }));
    expect(deliveries).toMatchObject([{ event: "message_created", status: "accepted" }]);
    expect(verdict).toMatchObject({ held: true, unchecked: ["approval", "approvals", "pending", "notes", "public_replies"] });
  });

  test("with an administrator's token it is seen what became of the message", async () => {
    const { found, verdict } = await only(playStories([named("product-torque")], { server: { ...server(), token: house.token } }));
    expect(found).toMatchObject({ approvals: [], fate: "conversation_gone" }); // that Chatwoot has no conversation of this number
    expect(verdict.held).toBe(false);
  });

  test("a wrong secret is the door's refusal, and no success", async () => {
    const { deliveries, verdict } = await only(playStories([named("product-torque")], { server: { ...server(), secret: "another" } }));
    expect(deliveries).toMatchObject([{ status: "refused with 401", reason: expect.stringContaining("bad_signature") }]);
    expect(verdict.held).toBe(false);
  });

  test("a token that is nobody's is named", async () => {
    const playing = playStories([named("product-torque")], { server: { ...server(), token: "nobody" } });
    await expect(only(playing)).rejects.toThrow("is --token an administrator's access token?");
  });
});

describe("the times of bodies", () => {
  const bodies = stories.flatMap(({ story }) => bodiesOf(story));
  const now = new Date("2031-05-06T07:08:09.500Z");

  test("move to now together, keeping their distances and their form", () => {
    expect(bodies.length).toBeGreaterThan(90);
    for (const body of bodies) {
      const [moved] = moveToNow([body], now);
      const before = timesIn(body);
      const after = timesIn(moved);
      expect(after.length).toBe(before.length);
      if (before.length === 0) continue;
      const shifts = new Set(after.map(({ ms }, place) => Math.round(ms - (before[place]?.ms ?? 0))));
      expect(shifts.size).toBe(1);
      const newest = Math.max(...after.filter(({ key }) => key !== "snoozed_until").map(({ ms }) => ms));
      expect(now.getTime() - newest).toBeGreaterThanOrEqual(0);
      expect(now.getTime() - newest).toBeLessThan(1000);
      expect(moved?.content).toEqual(body.content);
    }
  });

  test("keep the distance between bodies of one run", () => {
    const burst = bodiesOf(named("burst-three-messages").story);
    const createdAt = (list: StoryBody[]) => list.map((body) => Date.parse(String(body.created_at)));
    const [a = 0, b = 0, c = 0] = createdAt(moveToNow(burst, now));
    const [x = 0, y = 0, z = 0] = createdAt(burst);
    expect([b - a, c - b]).toEqual([y - x, z - y]);
  });
});

test("every id of a body becomes another one, the same everywhere, and nothing else changes", () => {
  for (const { story } of stories) {
    const withIds = createIds((_kind, told) => told + 1_000_000);
    for (const body of bodiesOf(story)) {
      const renamed = withIds(body);
      for (const { path, before, after } of differences(body, renamed)) {
        expect({ path, after }).toEqual({ path, after: before + 1_000_000 });
        expect(path).toMatch(/(^|\.|_)id(\.(previous|current)_value)?$|in_reply_to$/);
      }
      const message = renamed as { id?: number; conversation?: { messages?: { id: number; conversation_id: number }[]; id: number } };
      if (!String(body.event).startsWith("message_")) continue;
      expect(message.id).toBeGreaterThan(1_000_000);
      expect(message.conversation?.messages?.[0]?.conversation_id).toBe(message.conversation?.id);
    }
  }
});

describe("countersign receive", () => {
  test("plays fixtures in a throw-away house, prints a line for each and ends with 0", async () => {
    const files = ["command-approve", "event-typing"].map((name) => join(DELIVERIES, `${name}.json`));
    const { code, stdout } = await receive(...files, "--json");
    const [approved, typing, ...more] = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(more).toEqual([]);
    expect(approved).toMatchObject({ held: true, public_replies: 1, fate: "drafted", approval: { status: "sent" }, fixture: files[0] });
    expect(approved.confidence.signals.length).toBeGreaterThan(0);
    expect(approved.sources[0].relevance).toBeGreaterThan(0);
    expect(typing).toMatchObject({ held: true, approval: null, deliveries: [{ status: "ignored", reason: "event_not_used" }] });
    expect(code).toBe(0);
  });

  test("ends with 1 and says what was found when a story does not come to what it expects", async () => {
    const { story } = named("product-torque");
    const file = await written({
      ...story,
      expect: { delivery: { status: "ignored", reason: "private" }, approval: { intent: "complaint" } },
    });
    const { code, stdout } = await receive(file);
    expect(stdout).toContain(`✗ ${file}`);
    expect(stdout).toContain('delivery: expected {"status":"ignored","reason":"private"}, found {"status":"accepted"}');
    expect(stdout).toContain('approval.intent: expected "complaint", found "product_question"');
    expect(stdout).toContain("0 of 1 story came to what was expected. Not:");
    expect(code).toBe(1);
  });

  test("ends with 2 before anything starts, naming each file and key, when a fixture is none", async () => {
    const { story } = named("product-torque");
    const body = story.body as StoryBody;
    const files = [
      await written({ ...story, expect: { ...story.expect, aproval: null } }),
      await written({ ...story, body: { ...body, conversation: { ...(body.conversation as object), status: "asleep" } } }),
      await written("{"),
      join(FIXTURES, "none.json"),
    ];
    const { code, stdout, stderr } = await receive(...files);
    for (const file of files) expect(stderr).toContain(`${file}: `);
    expect(stderr).toContain("aproval");
    expect(stderr).toContain("conversation.status");
    expect(stderr).toContain("is not JSON");
    expect(stderr).toContain("cannot be read (ENOENT)");
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  });

  test.each([
    [[]],
    [["--colour"]],
    [["x.json", "--token", "t"]],
    [["x.json", "--url", "localhost"]],
    [["x.json", "--url", "http://127.0.0.1:9"]],
  ])("called as %j ends with 2", async (args) => {
    const { code, stderr } = await receive(...args);
    expect(stderr).toContain("usage: countersign receive");
    expect(code).toBe(2);
  });
});

function named(name: string): ReadStory {
  const found = stories.find(({ file }) => file.endsWith(`/${name}.json`));
  if (!found) throw new Error(`There is no fixture ${name}.`);
  return found;
}

function approvalOf({ approvals }: Outcome["found"]) {
  const newest = approvals?.[0];
  if (!newest) throw new Error("The story has no approval.");
  return newest;
}

async function only(playing: AsyncIterable<Outcome>): Promise<Outcome> {
  const outcomes: Outcome[] = [];
  for await (const outcome of playing) outcomes.push(outcome);
  expect(outcomes.length).toBe(1);
  return outcomes[0] as Outcome;
}

/** Every time in a body, in order: text in ISO 8601, or Unix seconds under a key that says so. */
function timesIn(value: unknown, key = ""): { key: string; ms: number }[] {
  if (typeof value === "object" && value !== null) return Object.entries(value).flatMap(([name, inner]) => timesIn(inner, name));
  if (typeof value === "string" && /^20\d\d-.*T.*(Z|\+00:00)$/.test(value)) return [{ key, ms: Date.parse(value) }];
  if (typeof value === "number" && value > 1e9 && value < 1e11 && /_at$|^timestamp$|_since$|_until$/.test(key))
    return [{ key, ms: value * 1000 }];
  return [];
}

function differences(before: unknown, after: unknown, path = ""): { path: string; before: number; after: unknown }[] {
  if (typeof before === "object" && before !== null) {
    expect(Object.keys(after as object)).toEqual(Object.keys(before));
    return Object.entries(before).flatMap(([key, inner]) => differences(inner, (after as Record<string, unknown>)[key], `${path}.${key}`));
  }
  return before === after ? [] : [{ path, before: before as number, after }];
}

async function written(story: unknown): Promise<string> {
  folder ??= await mkdtemp(join(tmpdir(), "countersign-fixtures-"));
  const file = join(folder, `${randomUUID()}.json`);
  await writeFile(file, typeof story === "string" ? story : JSON.stringify(story));
  return file;
}

async function receive(...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [join(import.meta.dirname, "../../src/main.ts"), "receive", ...args], {
    cwd: tmpdir(),
    env: { PATH: process.env.PATH, TMPDIR: tmpdir() },
  });
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), child.exitCode ?? once(child, "close")]);
  return { code: child.exitCode, stdout, stderr };
}
