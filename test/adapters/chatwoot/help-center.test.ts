import { CamelCasePlugin } from "kysely";
import { createHelpCenter, type HelpdeskKnowledge } from "../../../src/adapters/chatwoot/help-center.ts";
import { createKnowledge } from "../../../src/adapters/knowledge/knowledge.ts";
import { type Database, openDatabase } from "../../../src/adapters/postgres/database.ts";
import { knowledgeTable } from "../../../src/adapters/postgres/knowledge.ts";
import type { Schema } from "../../../src/adapters/postgres/tables.ts";
import type { FailedDocument, Knowledge, LoadedDocument } from "../../../src/ports/knowledge.ts";
import type { KnowledgeTable } from "../../../src/ports/knowledge-tables.ts";
import { SHOP } from "../../../src/simulator/shop.ts";
import { type Simulator, startSimulator } from "../../../src/simulator/start.ts";
import { createTestDatabase } from "../../support/database.ts";

const log = { debug() {}, info() {}, warn() {}, error() {} };
const HELP = "/portals/nordhose-help";

let simulator: Simulator;
let testDatabase: Awaited<ReturnType<typeof createTestDatabase>>;
let database: Database<Schema>;
let table: KnowledgeTable;
let knowledge: Knowledge;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = openDatabase<Schema>({ url: testDatabase.url, poolSize: 4 });
  table = knowledgeTable(database.db.withPlugin(new CamelCasePlugin({ maintainNestedObjectKeys: true })));
});
afterAll(async () => {
  await database?.close();
  await testDatabase?.drop();
});
beforeEach(async () => {
  for (const source of await table.sources()) await table.remove(source.id);
  simulator = await startSimulator({ seed: "shop" });
  knowledge = createKnowledge({ directory: null, origins: [center()], table, log });
});
afterEach(async () => {
  await simulator.close();
});

const center = (kinds: HelpdeskKnowledge[] = ["articles", "canned"], token: string = SHOP.people.countersign.token) =>
  createHelpCenter({ baseUrl: simulator.url, accountId: 1, token, kinds, timeoutMs: 2000 });

async function chatwoot(path: string, method = "GET", body?: object): Promise<{ payload: { id: number } & { id: number }[] }> {
  const response = await fetch(`${simulator.url}/api/v1/accounts/1${path}`, {
    method,
    headers: { "api-access-token": SHOP.people.ida.token, "content-type": "application/json" },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return JSON.parse(text || "{}");
}

async function fault(match: object, fault: object): Promise<void> {
  const response = await fetch(`${simulator.url}/simulator/faults`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ match, fault }),
  });
  expect(response.ok).toBe(true);
}

async function all(origin = center()): Promise<(LoadedDocument | FailedDocument)[]> {
  const documents: (LoadedDocument | FailedDocument)[] = [];
  for await (const document of origin.documents(() => {})) documents.push(document);
  return documents;
}

test("articles come with their address, date and language, canned responses with their short code", async () => {
  const documents = await all();
  expect(documents).toHaveLength(7);
  const article = documents.find((document) => "title" in document && document.title === "Returning an order") as LoadedDocument;
  expect(article).toMatchObject({
    id: expect.stringMatching(/^article:\d+$/),
    url: expect.stringMatching(new RegExp(`^${simulator.url}/hc/nordhose-help/articles/\\d+-returning-an-order$`)),
    safety: false,
    language: "en",
    text: expect.stringContaining("**30 days**"),
  });
  expect(Math.abs((article.updatedAt?.getTime() ?? 0) - Date.now())).toBeLessThan(60_000);
  expect(documents).toContainEqual(
    expect.objectContaining({ id: "canned:return-label", title: "return-label", text: expect.stringContaining("**Orders**") }),
  );
});

test("drafts and archived articles stay where they are", async () => {
  await chatwoot(`${HELP}/articles`, "POST", { title: "Half-written", content: "Not yet.", status: 0 });
  await chatwoot(`${HELP}/articles`, "POST", { title: "Outdated", content: "No more.", status: 2 });
  const titles = (await all(center(["articles"]))).map((document) => "title" in document && document.title);
  expect(titles).toHaveLength(4);
  expect(titles).not.toContain("Half-written");
});

test("more than a page of articles is read whole, each once", async () => {
  for (let i = 0; i < 60; i++) await chatwoot(`${HELP}/articles`, "POST", { title: `Part ${i}`, content: `Part number ${i}.`, status: 1 });
  const told: string[] = [];
  const ids: string[] = [];
  for await (const document of center(["articles"]).documents(({ what, done, total }) => void told.push(`${what} ${done}/${total}`)))
    if ("id" in document) ids.push(document.id);
  expect(ids).toHaveLength(64);
  expect(new Set(ids).size).toBe(64);
  expect(told).toEqual(["articles 25/64", "articles 50/64", "articles 64/64"]);
});

test("an article in a safety category is of the safety class, an empty one is told, and Liquid never becomes a draft's words", async () => {
  const { payload } = await chatwoot(`${HELP}/categories`, "POST", { name: "Safety", slug: "safety", locale: "de" });
  await chatwoot(`${HELP}/articles`, "POST", { title: "Fuel", content: "Motor aus.", status: 1, category_id: payload.id });
  await chatwoot(`${HELP}/articles`, "POST", { title: "Empty", content: " ", status: 1 });
  await chatwoot("/canned_responses", "POST", { short_code: "hi", content: "Hello {{ contact.name }}, {% if x %}we are here{% endif %}." });
  const documents = await all();
  expect(documents).toContainEqual(expect.objectContaining({ title: "Fuel", safety: true, language: "de" }));
  expect(documents).toContainEqual({ file: expect.stringMatching(/^article \d+$/), reason: "the article is empty", mayBe: [] });
  expect(documents).toContainEqual(expect.objectContaining({ id: "canned:hi", text: "Hello, we are here." }));
});

test("a sync of the help center is incremental: unchanged costs nothing, changed is replaced, unpublished disappears", async () => {
  expect(await knowledge.sync()).toEqual({ added: 7, changed: 0, removed: 0, unchanged: 0, failed: [] });
  const revision = await table.revision();
  expect(await knowledge.sync()).toEqual({ added: 0, changed: 0, removed: 0, unchanged: 7, failed: [] });
  expect(await table.revision()).toBe(revision);

  const articles = (await chatwoot(`${HELP}/articles?status=1`)).payload as unknown as { id: number; title: string }[];
  const id = (title: string) => articles.find((article) => article.title === title)?.id;
  await chatwoot(`${HELP}/articles/${id("Shipping times")}`, "PATCH", { content: "# Shipping\n\nParcels leave by balloon." });
  await chatwoot(`${HELP}/articles/${id("Returning an order")}`, "PATCH", { status: 2 });
  await chatwoot(`${HELP}/articles`, "POST", { title: "Gaskets", content: "Gaskets are blue.", status: 1 });
  expect(await knowledge.sync()).toEqual({ added: 1, changed: 1, removed: 1, unchanged: 5, failed: [] });
  expect((await knowledge.search("balloon", { limit: 1 })).passages[0]).toMatchObject({ sourceId: `article:${id("Shipping times")}` });
  expect((await knowledge.search("unused parts within 30 days", { limit: 9 })).passages.map(({ title }) => title)).not.toContain(
    "Returning an order",
  );
});

test("a help center that cannot be read takes no canned response away", async () => {
  await fault({ path: "/portals" }, { status: 404, body: { error: "Resource could not be found" } });
  await expect(knowledge.sync()).rejects.toThrow("404");
  expect((await table.sources()).map(({ id }) => id)).toEqual(["canned:greeting", "canned:return-label", "canned:tracking"]);
});

test("a Chatwoot that is away, or a token that is refused, removes nothing and says so", async () => {
  await knowledge.sync();
  await fault({ path: "/articles" }, { status: 503 });
  await expect(knowledge.sync()).rejects.toThrow("503");
  expect(await table.sources()).toHaveLength(7);
  const refused = createKnowledge({ directory: null, origins: [center(["articles"], "nobodys-token")], table, log });
  await expect(refused.sync()).rejects.toThrow("401");
  expect(await table.sources()).toHaveLength(7);
});
