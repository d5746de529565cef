import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { cutIntoPassages } from "../../../src/adapters/knowledge/passages.ts";

const words = (text: string): string[] => text.match(/\S+/g) ?? [];

test("an article is cut by heading, each piece with the path of its headings and an id that people can read", () => {
  const pieces = cutIntoPassages(
    "# AN sizes\n\nIntro.\n\n## By horsepower ##\n\nAN-6.\n\n### Für E85\n\nAN-8.\n\n## Empty\n\n## By horsepower\n\nAgain.",
    "AN sizes",
  );
  expect(pieces).toEqual([
    { slug: "an-sizes", titlePath: [], text: "Intro." },
    { slug: "by-horsepower", titlePath: ["By horsepower"], text: "AN-6." },
    { slug: "fur-e85", titlePath: ["By horsepower", "Für E85"], text: "AN-8." },
    { slug: "by-horsepower-2", titlePath: ["By horsepower"], text: "Again." },
  ]);
});

test("no two pieces share an id, whatever the headings are called", () => {
  const slugs = cutIntoPassages("## A\n\n1\n\n## A\n\n2\n\n## A-2\n\n3\n\n## A\n\n4\n\n## a 3\n\n5\n\n## ???\n\n6", "T").map(
    (piece) => piece.slug,
  );
  expect(new Set(slugs).size).toBe(6);
  expect(slugs.slice(0, 2)).toEqual(["a", "a-2"]);
});

test("an edit elsewhere leaves the ids of other sections as they were", () => {
  const before = cutIntoPassages("# T\n\none\n\n## A\n\ntwo\n\n## B\n\nthree", "T");
  const after = cutIntoPassages(`# T\n\none\n\n## A\n\n${"new words. ".repeat(900)}\n\n## B\n\nthree`, "T");
  expect(after.length).toBeGreaterThan(before.length);
  expect(after.map((piece) => piece.slug)).toEqual(expect.arrayContaining(["t", "a", "b"]));
  expect(after.at(-1)).toEqual(before.at(-1));
});

test("long text becomes passages of at most 400 words, none needlessly small", () => {
  const paragraph = `${"Ten words are in this sentence about hoses, I believe. ".repeat(8)}`;
  const sizes = cutIntoPassages(Array.from({ length: 40 }, () => paragraph).join("\n\n"), "T").map((piece) => words(piece.text).length);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(400);
  expect(Math.min(...sizes.slice(0, -1))).toBeGreaterThanOrEqual(150);
});

test("code, tables and lists stay whole, however long, and with the sentence that introduces them", () => {
  const list = Array.from({ length: 120 }, (_, index) => `${index + 1}. Step number ${index + 1} of the long list of steps.`).join("\n");
  const table = `| a | b |\n| --- | --- |\n${Array.from({ length: 300 }, (_, index) => `| ${index} | x |`).join("\n")}`;
  const code = `\`\`\`\n# no heading\n\n${"line of code\n\n".repeat(300)}\`\`\``;
  const pieces = cutIntoPassages(`Do this:\n\n${list}\n\n## Table\n\n${table}\n\n## Code\n\n${code}`, "T");
  expect(pieces.map((piece) => piece.text)).toEqual([`Do this:\n\n${list}`, table, code]);
});

test("a list whose items are set apart by empty lines is one list", () => {
  expect(cutIntoPassages("- one\n\n- two\n\n  still two\n\nAfter.", "T")[0]?.text).toBe("- one\n\n- two\n\n  still two\n\nAfter.");
});

test("no word of any document is lost or doubled", () => {
  const line = fc.oneof(
    fc.constantFrom(
      "",
      "- item one",
      "2. item two",
      "| a | b |",
      "```",
      "# Heading",
      "plain words here. And more.",
      "    indented",
      "> quoted",
    ),
    fc.string({ maxLength: 60 }),
  );
  fc.assert(
    fc.property(fc.array(line, { maxLength: 60 }), (lines) => {
      const text = lines.join("\n");
      const pieces = cutIntoPassages(text, "T");
      const kept = pieces.flatMap((piece) => words(piece.text));
      // headings live in the title path; what is not one must be in a piece, in order
      let from = 0;
      const all = words(text);
      for (const word of kept) {
        from = all.indexOf(word, from) + 1;
        expect(from).toBeGreaterThan(0);
      }
      expect(new Set(pieces.map((piece) => piece.slug)).size).toBe(pieces.length);
    }),
    { numRuns: 500 },
  );
  const folder = new URL("../../../fixtures/knowledge/", import.meta.url);
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".md"))) {
    const body = readFileSync(new URL(file, folder), "utf8").replace(/^---\n[\s\S]*?\n---\n/, "");
    const expected = words(body.replace(/^#+ .*$/gm, ""));
    expect(cutIntoPassages(body, "T").flatMap((piece) => words(piece.text))).toEqual(expected);
  }
});

test("5 MB of one line, of one word or of headings are cut to the end", () => {
  expect(cutIntoPassages("word ".repeat(1_000_000), "T").length).toBeGreaterThan(2000);
  expect(cutIntoPassages("x".repeat(5_000_000), "T")).toHaveLength(1);
  expect(cutIntoPassages("# a\nb\n".repeat(100_000), "T")).toHaveLength(100_000);
  expect(cutIntoPassages("[".repeat(1_000_000), "T")).toHaveLength(1);
});
