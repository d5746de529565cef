import { createHmac } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { bodiesOf, storySchema } from "../src/cli/story.ts";
import { policySchema } from "../src/core/policy.ts";

const FIXTURES = join(import.meta.dirname, "../fixtures");
const HELP = "https://help.nordhose.example/articles/";

const stories = readdirSync(join(FIXTURES, "deliveries")).map((file) => ({ file, json: readJson(join("deliveries", file)) }));
const articles = readdirSync(join(FIXTURES, "knowledge")).map((file) => readArticle(file));
const ids = new Set(articles.map((article) => article.front.id));

test("there are at least forty stories, and each is told in the form that the README explains", () => {
  expect(stories.length).toBeGreaterThanOrEqual(40);
  const wrong = stories.flatMap(({ file, json }) => {
    const result = storySchema.safeParse(json);
    return result.success ? [] : [`${file}: ${z.prettifyError(result.error)}`];
  });
  expect(wrong).toEqual([]);
});

test("a story with a key that nobody checks, without a delivery, or with one too few is refused", () => {
  const story = { story: "A story that is long enough to pass.", body: { event: "x" }, expect: { delivery: { status: "ignored" } } };
  expect(storySchema.safeParse(story).success).toBe(true);
  expect(storySchema.safeParse({ ...story, expect: { ...story.expect, aproval: null } }).success).toBe(false);
  expect(storySchema.safeParse({ ...story, expect: { ...story.expect, approval: { top_sources: "x" } } }).success).toBe(false);
  expect(storySchema.safeParse({ ...story, expect: { approval: null } }).success).toBe(false);
  expect(storySchema.safeParse({ ...story, body: undefined, bodies: [story.body, story.body] }).success).toBe(false);
  expect(storySchema.safeParse({ ...story, body: undefined, bodies: [story.body, { wait_for: "rain" }] }).success).toBe(false);
});

test("every body that carries a message has Chatwoot's keys, in Chatwoot's order and of account 1", () => {
  const recorded = recordedKeys();
  for (const { file, json } of stories) {
    for (const body of bodiesOf(storySchema.parse(json))) {
      if (body.event !== "message_created" && body.event !== "message_updated") continue;
      const keys = Object.keys(body).filter((key) => key !== "attachments");
      expect({ file, keys }).toEqual({ file, keys: recorded.message });
      expect({ file, keys: Object.keys(body.conversation as object) }).toEqual({ file, keys: recorded.conversation });
      expect(body.account).toEqual({ id: 1, name: "Nordhose Performance" });
    }
  }
});

test("every source that a story names is an article", () => {
  const named = stories.flatMap(({ json }) => {
    const { approval } = storySchema.parse(json).expect;
    return [...(approval?.sources_include ?? []), ...(approval?.top_source ? [approval.top_source] : [])];
  });
  expect(named.length).toBeGreaterThan(20);
  expect(named.filter((id) => !ids.has(id))).toEqual([]);
});

test("the shop's policy is a policy, and makes a VIP of those whom the stories call so", () => {
  const { vip } = policySchema.parse(parse(readFileSync(join(FIXTURES, "policy.yaml"), "utf8")));
  expect(vip).toEqual({ labels: ["vip"], custom_attributes: { customer_tier: ["premium"] }, contact_ids: [] });
});

test("there are at least forty articles, each with its own id, address and date", () => {
  expect(articles.length).toBeGreaterThanOrEqual(40);
  expect(ids.size).toBe(articles.length);
  for (const { file, front, text } of articles) {
    expect(file).toBe(`${front.id}.md`);
    expect(front.url).toBe(HELP + front.id);
    expect(text.startsWith(`# ${front.title}\n`)).toBe(true);
  }
});

test("every link between articles leads to an article", () => {
  const links = articles.flatMap(({ text }) => [...text.matchAll(/\]\((\S+?)\)/g)].map((match) => match[1] ?? ""));
  expect(links.length).toBeGreaterThan(20);
  expect(links.filter((link) => !link.startsWith(HELP) || !ids.has(link.slice(HELP.length)))).toEqual([]);
});

test("exactly two pairs of articles contradict each other, and both sides say so", () => {
  const pairs = articles.flatMap(({ front }) => (front.contradicts ? [[front.id, front.contradicts]] : []));
  expect(pairs.filter(([, other]) => !ids.has(other ?? ""))).toEqual([]);
  const oneWay = pairs.filter(([id, other]) => !pairs.some(([left, right]) => left === other && right === id));
  expect(oneWay).toEqual([]);
  expect(new Set(pairs.map((pair) => [...pair].sort().join(" and ")))).toEqual(
    new Set(["warranty and warranty-claims", "how-to-order and shipping-costs"]),
  );
});

test("of the recorded webhooks exactly the four that the README names do not verify", () => {
  const secrets = z.record(z.string(), z.string()).parse(readJson("captured/secrets.json"));
  const unverified = recordedWebhooks().filter(({ to, headers, body }) => {
    const seal = createHmac("sha256", secrets[to] ?? "");
    return headers["X-Chatwoot-Signature"] !== `sha256=${seal.update(`${headers["X-Chatwoot-Timestamp"]}.${body}`).digest("hex")}`;
  });
  expect(unverified.map(({ step, to }) => `${to}: ${step}`).sort()).toEqual([
    "account: note of 150000 characters",
    "api-inbox: note of 150000 characters",
    "automation: automation rule: note and webhook on a message",
    "macro: macro sends a webhook",
  ]);
});

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(join(FIXTURES, path), "utf8"));
}

function readArticle(file: string) {
  const [, front = "", text = ""] = /^---\n(.*?)\n---\n\n(.*)$/s.exec(readFileSync(join(FIXTURES, "knowledge", file), "utf8")) ?? [];
  const schema = z.strictObject({
    id: z.string().min(1),
    title: z.string().min(1),
    url: z.url(),
    updated_at: z.iso.date(),
    safety: z.literal(true).optional(),
    language: z.enum(["de", "es", "fr"]).optional(),
    contradicts: z.string().optional(),
  });
  return { file, front: schema.parse(parse(front)), text };
}

function recordedWebhooks() {
  const schema = z.object({ step: z.string(), to: z.string(), headers: z.record(z.string(), z.string()), body: z.string() });
  const lines = readFileSync(join(FIXTURES, "captured/webhooks.jsonl"), "utf8").trim().split("\n");
  return lines.map((line) => schema.parse(JSON.parse(line)));
}

/** The keys of a real customer message's webhook and of the conversation in it. */
function recordedKeys(): { message: string[]; conversation: string[] } {
  for (const { body } of recordedWebhooks()) {
    const json = JSON.parse(body);
    if (json.event !== "message_created" || json.message_type !== "incoming" || json.attachments) continue;
    return { message: Object.keys(json), conversation: Object.keys(json.conversation) };
  }
  throw new Error("fixtures/captured/webhooks.jsonl holds no customer message.");
}
