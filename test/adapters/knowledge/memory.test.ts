import fc from "fast-check";
import { CamelCasePlugin } from "kysely";
import { createKnowledge } from "../../../src/adapters/knowledge/knowledge.ts";
import { createMemory } from "../../../src/adapters/knowledge/memory.ts";
import { answeredTable } from "../../../src/adapters/postgres/answered.ts";
import { type Database, openDatabase } from "../../../src/adapters/postgres/database.ts";
import { knowledgeTable } from "../../../src/adapters/postgres/knowledge.ts";
import type { Schema } from "../../../src/adapters/postgres/tables.ts";
import type { AnsweredQuestion } from "../../../src/core/answered.ts";
import type { AnsweredTable, KnowledgeTable, StoredAnswer, StoredSource } from "../../../src/ports/knowledge-tables.ts";
import { createTestDatabase } from "../../support/database.ts";

/** What an article says besides: a corrected word among these is no news. */
const MORE =
  "Open the menu, choose the account, look at the name of the server, its port and how it is protected, then try once more and wait.";
const log = { debug() {}, info() {}, warn() {}, error() {} };
const NOW = new Date("2026-11-21T00:00:00Z");
const answered = (question: string, ...sourceIds: string[]): AnsweredQuestion => ({
  question,
  sourceIds,
  answer: null,
  outcome: "imported",
  answeredAt: NOW,
  approvalId: null,
});

describe("in the process", () => {
  const rows = (questions: [string, string][]): StoredAnswer[] =>
    questions.map(([question, source], number) => ({ ...answered(question, source), id: String(number), removed: false }));
  const HISTORY: [string, string][] = [
    ["my messages are grouped into conversations, how do I turn that off", "threading"],
    ["stop grouping messages in conversations", "threading"],
    ["messages suddenly grouped in conversations again", "threading"],
    ["I cannot receive mail any more", "receiving"],
    ["no new mail arrives, cannot receive", "receiving"],
    ["receive no mail since the update", "receiving"],
  ];
  const memoryOf = (history: StoredAnswer[]) => {
    const memory = createMemory(() => NOW);
    for (const row of history) memory.put(row);
    return memory;
  };

  test("a new question is led to the source that answered those like it, whatever the source's own words are", () => {
    const { votes, reliability, nearest } = memoryOf(rows(HISTORY)).recall("why are conversations grouped");
    expect(reliability).toBe(1);
    expect(votes.get("threading")).toBeGreaterThan(0.3);
    expect(votes.get("threading")).toBeGreaterThan(3 * (votes.get("receiving") ?? 0));
    expect(nearest[0]?.row.sourceIds).toEqual(["threading"]);
  });

  test("a history in which every question was answered by another source has no say", () => {
    const scattered = rows(HISTORY.map(([question], number) => [question, `source-${number}`]));
    const { votes, reliability } = memoryOf(scattered).recall("why are conversations grouped");
    expect(reliability).toBe(0);
    for (const vote of votes.values()) expect(vote).toBe(0);
  });

  test("what is removed or replaced leaves no trace, as if it had never been there", () => {
    const all = rows(HISTORY);
    const memory = memoryOf([...all, { ...answered("grouped conversations", "wrong"), id: "x", removed: false }]);
    memory.recall("grouped");
    memory.put({ ...answered("", "wrong"), sourceIds: [], id: "x", removed: true });
    expect(memory.size()).toBe(all.length);
    const left = memory.recall("why are conversations grouped");
    expect(left.votes.has("wrong")).toBe(false);
    expect(left.nearest.map(({ row }) => row.id)).not.toContain("x");
  });

  test("no text makes it throw", () => {
    const memory = memoryOf(rows(HISTORY));
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => {
        expect(memory.recall(text).nearness).toBeLessThanOrEqual(1);
      }),
      { numRuns: 2000 },
    );
    for (const text of ["__proto__ constructor", "grouped ".repeat(50_000), ""]) expect(memory.recall(text).votes).toBeInstanceOf(Map);
  });
});

describe("in the database", () => {
  let testDatabase: Awaited<ReturnType<typeof createTestDatabase>>;
  let database: Database<Schema>;
  let table: KnowledgeTable;
  let memory: AnsweredTable;

  beforeAll(async () => {
    testDatabase = await createTestDatabase();
    database = openDatabase<Schema>({ url: testDatabase.url, poolSize: 4 });
    const db = database.db.withPlugin(new CamelCasePlugin({ maintainNestedObjectKeys: true }));
    table = knowledgeTable(db);
    memory = answeredTable(db);
  });
  afterAll(async () => {
    await database?.close();
    await testDatabase?.drop();
  });
  beforeEach(async () => {
    await memory.remove((await stored()).map(({ id }) => id));
    await article("sending", "Sending mail", "When a server refuses what you send, check its name and port.");
    await article("receiving", "Receiving mail", "When nothing arrives, check the account's settings within 30 days.");
  });

  async function stored(): Promise<StoredAnswer[]> {
    const rows: StoredAnswer[] = [];
    for await (const row of memory.changedAfter(0)) if (!row.removed) rows.push(row);
    return rows;
  }

  async function article(id: string, title: string, text: string): Promise<void> {
    const source: StoredSource = {
      id,
      title,
      url: null,
      contentHash: text,
      updatedAt: null,
      safety: false,
      language: "en",
      origin: "folder",
      file: null,
    };
    const passage = {
      sourceId: id,
      passageId: `${id}#1`,
      title,
      titlePath: [],
      text: `${text} ${MORE}`,
      url: null,
      updatedAt: null,
      safety: false,
    };
    await table.replace(source, [passage]);
  }

  const HISTORY = [
    answered("the little red dot will not go away", "receiving"),
    answered("a red dot stays on the icon", "receiving"),
    answered("red dot on my icon all day", "receiving"),
  ];

  test("what was learned counts from the next search on, also in another process that has searched before", async () => {
    const knowledge = createKnowledge({ directory: null, table, answered: memory, log });
    const before = await knowledge.search("red dot on the icon", { limit: 5, language: "en" });
    expect(before.passages).toEqual([]);
    expect(await memory.learn(HISTORY)).toBe(3);
    const after = await knowledge.search("how to lose that red dot, I check all settings", { limit: 5, language: "en" });
    expect(after.passages[0]).toMatchObject({ sourceId: "receiving", why: expect.stringContaining("answered such questions before") });
  });

  test("the same question with the same sources is one, and an older telling does not replace a newer one", async () => {
    await memory.learn(HISTORY);
    const [first] = HISTORY;
    if (!first) throw new Error("no history");
    expect(await memory.learn([{ ...first, question: "  The LITTLE red dot — will not go away!", answer: "Restart it." }])).toBe(0);
    expect(await memory.learn([{ ...first, answer: "old words", answeredAt: new Date("2020-01-01") }])).toBe(0);
    const rows = await stored();
    expect(rows).toHaveLength(3);
    expect(rows.map(({ answer }) => answer).filter((answer) => answer !== null)).toEqual(["Restart it."]);
  });

  test("many who learn at once lose nothing", async () => {
    await Promise.all(Array.from({ length: 12 }, (_, n) => memory.learn([answered(`question number ${n}`, "receiving"), ...HISTORY])));
    expect(await stored()).toHaveLength(15);
  });

  test("a source that changes materially takes its evidence away, a corrected word does not", async () => {
    await memory.learn(HISTORY.map((row) => ({ ...row, answer: "Wait 30 days." })));
    await article("receiving", "Receiving mail", "When nothing arrives, check the accounts settings within 30 days.");
    expect((await stored()).every(({ sourceIds }) => sourceIds.includes("receiving"))).toBe(true);
    await article("receiving", "Receiving mail", "When nothing arrives, check the accounts settings within 14 days.");
    expect((await stored()).map(({ sourceIds, answer }) => ({ sourceIds, answer }))).toEqual(
      HISTORY.map(() => ({ sourceIds: [], answer: null })),
    );
  });

  test("earlier answers to like questions are offered as examples, nearest first, and gone once removed", async () => {
    await memory.learn([
      { ...answered("the red dot will not go away", "receiving"), answer: "Open the inbox once." },
      { ...answered("which port for sending", "sending"), answer: "Port 587." },
    ]);
    const knowledge = createKnowledge({ directory: null, table, answered: memory, log });
    const { examples } = await knowledge.search("my red dot will not go away", { limit: 5, language: "en" });
    expect(examples).toEqual([{ question: "the red dot will not go away", answer: "Open the inbox once.", answeredAt: NOW }]);
    await memory.remove((await stored()).map(({ id }) => id));
    expect((await knowledge.search("my red dot will not go away", { limit: 5 })).examples).toBeUndefined();
  });
});
