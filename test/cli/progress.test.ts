import { createProgress, progressLine } from "../../src/cli/progress.ts";

test.each([
  [{ what: "files", done: 120, total: 400 }, { seconds: 6, done: 120 }, "120 of 400 files, 30 %, about 14 s left"],
  [
    { what: "passages embedded", done: 64, total: 50_000 },
    { seconds: 2, done: 64 },
    "64 of 50000 passages embedded, 0 %, about 27 min left",
  ],
  [{ what: "files", done: 0, total: 400 }, { seconds: 0, done: 0 }, "0 of 400 files, 0 %"],
  [{ what: "files", done: 400, total: 400 }, { seconds: 9, done: 400 }, "400 of 400 files, 100 %"],
  [{ what: "articles", done: 25, total: null }, { seconds: 1, done: 25 }, "25 articles"],
])("progress is told in counts and time left: %j", (progress, so, line) => {
  expect(progressLine(progress, so)).toBe(line);
});

test("a terminal's line is rewritten and cleared at the end, a file gets a line only when there is something to wait for", () => {
  for (const [isTTY, written] of [
    [true, ["\r1 of 4 files, 25 %, about 1 s left", "\r3 of 4 files, 75 %, about 3 s left", `\r${" ".repeat(34)}\r`]],
    [false, ["3 of 4 files, 75 %, about 3 s left\n"]],
  ] as const) {
    let ms = 0;
    const lines: string[] = [];
    const progress = createProgress({ isTTY, write: (text) => void lines.push(text) }, () => ms);
    for (const [at, done] of [
      [50, 0],
      [120, 1],
      [6120, 3],
      [6150, 4],
    ] as const) {
      ms = at;
      progress.tell({ what: "files", done, total: 4 });
    }
    progress.end();
    expect(lines).toEqual(written);
  }
});
