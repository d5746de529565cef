import { Readable } from "node:stream";
import { linesOf, parseQuestion } from "../../src/cli/lines.ts";

async function read(chunks: (string | Buffer)[]): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of linesOf(Readable.from(chunks))) lines.push(line);
  return lines;
}

test("a line of JSON stays one line when it holds a line separator, as Python and browsers write it", async () => {
  const line = JSON.stringify({ id: 1, text: "one\u2028two\u2029three\u0085four" });
  expect(line).toContain("\u2028");
  expect(await read([`${line}\n${line}\n`])).toEqual([line, line]);
});

test("lines end at \\n and \\r\\n wherever the chunks are cut, also inside a letter, and the last one needs no end", async () => {
  const bytes = Buffer.from("größe 📦\r\n\nzwei\nlast");
  for (let size = 1; size <= bytes.length; size++) {
    const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) => bytes.subarray(at * size, (at + 1) * size));
    expect(await read(chunks)).toEqual(["größe 📦", "", "zwei", "last"]);
  }
});

test("a byte order mark is no part of the first line, and nothing has no lines", async () => {
  expect(await read([Buffer.from("\ufeff{}\n")])).toEqual(["{}"]);
  expect(await read([])).toEqual([]);
});

test("what is no question is named in a sentence that repeats none of its words", () => {
  expect(parseQuestion('{"id": 7, "text": "Where?"}')).toEqual({ id: 7, text: "Where?" });
  expect(parseQuestion('{"text": 5}')).toEqual({ id: null, text: null });
  for (const line of ["null", "5", "Anna, Mainstreet 5"]) expect(() => parseQuestion(line)).toThrow(/^the line is no JSON( object)?$/);
});
