import { mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setInterval } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { readApart } from "../../../src/adapters/knowledge/apart.ts";
import { readDocuments } from "../../../src/adapters/knowledge/documents.ts";
import { syncOrigins } from "../../../src/adapters/knowledge/sync.ts";
import type { FailedDocument, LoadedDocument, SyncReport } from "../../../src/ports/knowledge.ts";
import type { KnowledgeTable } from "../../../src/ports/knowledge-tables.ts";

const MB = 1024 * 1024;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "countersign-hostile-"));
  await writeFile(join(folder, "good.md"), "Fine words.");
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function read(): Promise<{ documents: LoadedDocument[]; failed: FailedDocument[] }> {
  const all: (LoadedDocument | FailedDocument)[] = [];
  for await (const document of readDocuments(folder)) all.push(document);
  return {
    documents: all.filter((document) => "text" in document),
    failed: all.filter((document): document is FailedDocument => !("text" in document)),
  };
}

const zipBomb = gzipSync(Buffer.alloc(20 * MB));
const zip = Buffer.concat([Buffer.from("PK\u0003\u0004"), zipBomb]);

test.each<[string, string, string | Buffer, string]>([
  ["an archive that would unpack to much", "bomb.json", zipBomb, "not UTF-8 text"],
  ["an archive under the ending of a page", "bomb.html", zip, "not UTF-8 text"],
  ["a picture under the ending of a table", "picture.csv", Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), "not UTF-8 text"],
  ["a binary that is valid UTF-8", "binary.jsonl", Buffer.from('{"id": "x"}\n\0\0\0'), "not UTF-8 text"],
  ["rows nested a million lists deep", "deep.json", `${"[".repeat(MB)}${"]".repeat(MB)}`, "expected object"],
  ["a row nested a million objects deep", "deep.jsonl", `${'{"a":'.repeat(MB)}1${"}".repeat(MB)}`, "text:"],
  ["a table whose quote never ends", "quote.csv", `id,text\n1,"${"word ".repeat(MB)}`, "Max Record Size"],
  ["a page of nothing but an open tag", "tag.html", "<a ".repeat(MB), "the document is empty"],
])("%s ends in an error of its own and stops no other", async (_, file, content, reason) => {
  await writeFile(join(folder, file), content);
  const { documents, failed } = await read();
  expect(documents.map(({ id }) => id)).toEqual(["good"]);
  expect(failed).toMatchObject([{ file: expect.stringContaining(file), reason: expect.stringContaining(reason) }]);
  expect(failed[0]?.reason.length).toBeLessThan(300);
});

test("a file of 60 MB is refused by its size, without being read", async () => {
  const file = await open(join(folder, "huge.md"), "w");
  await file.truncate(60 * MB); // a hole: it takes no room on the disk
  await file.close();
  const { documents, failed } = await read();
  expect(documents.map(({ id }) => id)).toEqual(["good"]);
  expect(failed).toEqual([{ file: "huge.md", reason: "the file has 60 MB, more than 10: split it", mayBe: ["huge"] }]);
});

test("a page's entities of its own are not expanded, and its scripts, handlers and frames leave no trace", async () => {
  const levels = Array.from({ length: 10 }, (_, level) => `<!ENTITY l${level + 1} "${`&l${level};`.repeat(10)}">`).join("");
  await writeFile(
    join(folder, "evil.html"),
    `<!DOCTYPE x [<!ENTITY l0 "lol">${levels}]><body onload="alert(1)"><p onclick="alert(2)">The torque is 25 Nm. &l10;</p>
<script>alert(3)</script><iframe src="javascript:alert(4)"></iframe><a href="javascript:alert(5)">Read on</a><svg onload="alert(6)"></svg></body>`,
  );
  const { documents, failed } = await read();
  expect(failed).toEqual([]);
  const text = documents.find(({ id }) => id === "evil")?.text ?? "";
  expect(text).toContain("The torque is 25 Nm.");
  expect(text).toContain("Read on");
  expect(text).not.toMatch(/alert|javascript|lollol/);
  expect(text.length).toBeLessThan(1000);
});

test("a document that would be more passages than any article has is refused, and loses no other", async () => {
  await writeFile(join(folder, "dump.md"), "# a\nb\n".repeat(20_000));
  const stored: string[] = [];
  const table = {
    sources: async () => [],
    replace: async ({ id }: { id: string }) => void stored.push(id),
    verified: async () => {},
    exclusively: (work: () => Promise<SyncReport>) => work(),
  } as unknown as KnowledgeTable;
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const report = await syncOrigins([{ name: "folder", documents: () => readDocuments(folder) }], { table, log });
  expect(report).toMatchObject({
    added: 1,
    failed: [{ file: "dump.md", reason: "it would be 20000 passages, more than 10000: split it" }],
  });
  expect(stored).toEqual(["good"]);
});

test("while a document of 5 MB is read, others get their turn", async () => {
  const section = (number: number) => `<h2>Section ${number}</h2>${"<p>Tighten the hose end with the right torque.</p>".repeat(20)}`;
  const page = Array.from({ length: (5 * MB) / 1000 }, (_, number) => section(number)).join("");
  let turns = 0;
  const others = new AbortController();
  const counting = (async () => {
    for await (const _ of setInterval(1, undefined, { signal: others.signal })) turns += 1;
  })().catch(() => {});
  const [document] = await readApart("large.html", page);
  others.abort();
  await counting;
  expect(document).toMatchObject({ id: "large", text: expect.stringMatching(/^## Section 0/) });
  expect(turns).toBeGreaterThan(10);
});

test("what a long text fails of is told as if it had been short", async () => {
  await expect(readApart("a.json", `[${" ".repeat(MB)}`)).rejects.toThrow("the file is no JSON");
});
