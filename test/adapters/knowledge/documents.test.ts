import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { MOST_FILE_BYTES, readDocuments } from "../../../src/adapters/knowledge/documents.ts";
import type { FailedDocument, LoadedDocument } from "../../../src/ports/knowledge.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "countersign-knowledge-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function read(files: Record<string, string | Buffer>): Promise<{ documents: LoadedDocument[]; failed: FailedDocument[] }> {
  for (const [file, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), content);
  }
  const all: (LoadedDocument | FailedDocument)[] = [];
  for await (const document of readDocuments(folder)) all.push(document);
  return {
    documents: all.filter((document) => "text" in document),
    failed: all.filter((document): document is FailedDocument => !("text" in document)),
  };
}

test("an article with front matter is read with all it says", async () => {
  const { documents, failed } = await read({
    "a.md":
      "---\nid: an-sizes\ntitle: AN sizes\nurl: https://help.example/an\nupdated_at: 2026-05-02\nsafety: true\nlanguage: en-US\ncontradicts: x\n---\n# AN sizes\n\nText.",
  });
  expect(failed).toEqual([]);
  expect(documents).toEqual([
    {
      id: "an-sizes",
      title: "AN sizes",
      url: "https://help.example/an",
      updatedAt: new Date("2026-05-02T00:00:00Z"),
      safety: true,
      language: "en",
      text: "# AN sizes\n\nText.",
      file: "a.md",
    },
  ]);
});

test("without front matter the file's name is the id, the first heading the title, the words tell the language", async () => {
  const { documents } = await read({
    "sub/versand.md": "\ufeff# Versand\n\nDer Versand dauert zwei Tage und ist für Sie kostenlos.",
    "plain.txt": "We ship on the same day.",
    "page.mdx": 'import Box from "./box"\n\n# Page\n\n<!-- secret\nremark -->Words.\n\nexport const a = 1\n',
  });
  expect(documents).toMatchObject([
    { id: "page", title: "Page", text: "# Page\n\nWords.", file: "page.mdx" },
    { id: "plain", title: "plain", language: "en" },
    { id: "versand", title: "Versand", language: "de", file: join("sub", "versand.md") },
  ]);
});

test("rows of a .jsonl file are documents of their own, and a broken row loses no other", async () => {
  const { documents, failed } = await read({
    "kb.jsonl":
      '{"id": "one", "title": "One", "text": "First.", "url": "https://a.example/1"}\nnot json\n\n{"id": 2, "text": "Second."}\n{"id": "three", "title": "T"}\n{"id": "four", "text": " "}\n',
  });
  expect(documents).toMatchObject([
    { id: "one", title: "One", text: "First.", url: "https://a.example/1", file: "kb.jsonl:1" },
    { id: "2", title: "2", text: "Second.", file: "kb.jsonl:4" },
  ]);
  expect(failed.map(({ file, reason }) => `${file} ${reason}`)).toEqual([
    expect.stringContaining("kb.jsonl:2 the line is no JSON"),
    expect.stringContaining("kb.jsonl:5 text:"),
    "kb.jsonl:6 the text is empty",
  ]);
  expect(failed.map(({ mayBe }) => mayBe)).toEqual([[], ["three"], ["four"]]);
});

test.each<[string, string | Buffer, string]>([
  ["too large", Buffer.alloc(MOST_FILE_BYTES + 1, "x"), "more than 10: split it"],
  ["binary", Buffer.from([0x50, 0x4b, 3, 4, 0, 0]), "not UTF-8 text"],
  ["latin-1", Buffer.from("Größe", "latin1"), "not UTF-8 text"],
  ["empty", "", "the document is empty"],
  ["front matter only", "---\ntitle: x\n---\n", "the document is empty"],
  ["front matter without an end", "---\ntitle: x\n\nText.", 'never ends with "---"'],
  ["front matter that is no YAML", "---\ntitle: [x\n---\nText.", "front matter: "],
  ["front matter that is a list", "---\n- x\n---\nText.", "front matter: "],
  ["a script as its address", "---\nurl: javascript:alert(1)\n---\nText.", "url: must be a web address"],
  ["a date that is none", "---\nupdated_at: soon\n---\nText.", "updated_at: must be a date"],
  ["safety that is no truth value", "---\nsafety: maybe\n---\nText.", "safety: must be true or false"],
  ["an endless id", `---\nid: ${"x".repeat(300)}\n---\nText.`, "id: must be one line"],
  [
    "aliases that multiply",
    `---\na: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c]\n---\nText.`,
    "front matter: ",
  ],
])("a document that is %s ends in its own error and stops no other", async (_, content, reason) => {
  const { documents, failed } = await read({ "bad.md": content, "good.md": "Fine words." });
  expect(documents.map((document) => document.id)).toEqual(["good"]);
  expect(failed).toMatchObject([{ file: "bad.md", reason: expect.stringContaining(reason) }]);
  expect(failed[0]?.mayBe).toContain("bad");
});

test("the id of a broken article is remembered, so that what was known under it is kept", async () => {
  const { failed } = await read({ "bad.md": "---\nid: returns\nupdated_at: soon\n---\nText." });
  expect(failed[0]?.mayBe).toEqual(["bad", "returns"]);
});

test("two documents with one id: the first counts, the second is told about the first", async () => {
  const { documents, failed } = await read({ "a.md": "---\nid: same\n---\nOne.", "b.md": "---\nid: same\n---\nTwo." });
  expect(documents.map((document) => document.text)).toEqual(["One."]);
  expect(failed).toMatchObject([{ file: "b.md", reason: expect.stringContaining("already used by a.md"), mayBe: ["same"] }]);
});

test("hidden files, node_modules and other endings are passed over", async () => {
  const { documents, failed } = await read({
    ".git/x.md": "x",
    "node_modules/y/z.md": "x",
    "pic.png": "x",
    ".hidden.md": "x",
    "a.MD": "Text.",
  });
  expect(documents.map((document) => document.id)).toEqual(["a"]);
  expect(failed).toEqual([]);
});

test("links to files are read, as a mounted ConfigMap has them; broken ones are told", async () => {
  await writeFile(join(folder, "..data"), "# Linked\n\nWords.");
  await symlink("..data", join(folder, "linked.md"));
  await symlink("nowhere", join(folder, "broken.md"));
  const { documents, failed } = await read({});
  expect(documents).toMatchObject([{ id: "linked", title: "Linked" }]);
  expect(failed).toMatchObject([{ file: "broken.md", reason: expect.stringContaining("ENOENT") }]);
});

test("a folder that is not there is an error that says what to do", async () => {
  await expect(readDocuments(join(folder, "missing")).next()).rejects.toThrow(/KNOWLEDGE_DIR .*missing cannot be read.*name a folder/);
});
