/** A sentence, list item or table row of a Markdown text, with the very characters it was taken from. */
export interface Sentence {
  /** For people: without Markdown marks; a table row with its column names. */
  text: string;
  /** Verbatim from the text. */
  raw: string;
  kind: "sentence" | "item" | "row";
}

/** The sentences of a Markdown text in order; code and headings are left out. Linear in the text. */
export function sentencesOf(markdown: string): Sentence[] {
  const sentences: Sentence[] = [];
  let paragraph: string[] = [];
  let columns: string[] | null = null;
  let fence: string | null = null;

  const endParagraph = () => {
    for (const raw of splitSentences(paragraph.join("\n"))) sentences.push({ text: plainText(raw), raw, kind: "sentence" });
    paragraph = [];
  };

  for (const line of markdown.split(/\r\n|\r|\n/)) {
    const trimmed = line.trim();
    if (fence !== null || trimmed.startsWith("```") || trimmed.startsWith("~~~")) {
      if (fence === null) fence = trimmed.slice(0, 3);
      else if (trimmed.startsWith(fence)) fence = null;
      endParagraph();
      continue;
    }
    if (trimmed.startsWith("|")) {
      endParagraph();
      const cells = cellsOf(trimmed);
      if (columns === null) columns = cells;
      else if (!cells.every((cell) => RULE.test(cell))) sentences.push({ text: rowText(columns, cells), raw: trimmed, kind: "row" });
      continue;
    }
    columns = null;
    const item = ITEM.exec(line);
    if (trimmed === "" || trimmed.startsWith("#") || item) endParagraph();
    if (item) {
      const raw = line.slice(item[0].length).trim();
      if (raw !== "") sentences.push({ text: plainText(raw), raw, kind: "item" });
    } else if (trimmed !== "" && !trimmed.startsWith("#")) paragraph.push(trimmed);
  }
  endParagraph();
  return sentences.filter((sentence) => /[\p{L}\p{N}]/u.test(sentence.text));
}

/** Markdown as plain words: no emphasis, code or quote marks; a link becomes its words and, when it leads outside, its address. */
export function plainText(markdown: string): string {
  return markdown
    .replace(/!\[[^[\]]*\]\([^()]*\)/g, "")
    .replace(/\[([^[\]]*)\]\(([^()\s]*)(?:\s[^()]*)?\)/g, (_, words: string, target: string) =>
      /^https?:\/\//.test(target) ? `${words} (${target})` : words,
    )
    .replace(/(?<![\p{L}\p{N}])[*_]{1,3}(?=\S)|(?<=\S)[*_]{1,3}(?![\p{L}\p{N}])/gu, "")
    .replace(/`/g, "")
    .replace(/^> ?/gm, "")
    .replace(/\\(?=[\p{P}\p{S}])/gu, "")
    .replace(/\s+/g, " ")
    .trim();
}

const ITEM = /^\s{0,12}(?:[-*+•]|\d{1,9}[.)])\s+/;
const RULE = /^:?-*:?$/;
const BOUNDARY = /[.!?…]["”»')\]*_]*\s+/g;
const NEXT = /^["“„«'([*_¿¡-]*[\p{Lu}\p{N}]/u;
/** Words whose full stop ends no sentence. */
const ABBREVIATIONS = new Set(
  `e.g i.e etc vs approx no nr st mr mrs ms dr prof inc ltd fig max min incl excl z.b d.h u.a bzw ca evtl ggf inkl zzgl usw abs art tel std
  p.ej sr sra ud uds núm aprox p.ex par ex env c.-à-d m mme mlle n.º`.split(/\s+/),
);

function splitSentences(text: string): string[] {
  const parts: string[] = [];
  let start = 0;
  for (const match of text.matchAll(BOUNDARY)) {
    const end = match.index + match[0].length;
    if (!NEXT.test(text.slice(end, end + 8)) || (match[0].startsWith(".") && isAbbreviation(text, match.index))) continue;
    parts.push(text.slice(start, end).trim());
    start = end;
  }
  parts.push(text.slice(start).trim());
  return parts.filter((part) => part !== "");
}

function isAbbreviation(text: string, dot: number): boolean {
  let begin = dot;
  while (begin > 0 && dot - begin < 12 && !/[\s(]/.test(text[begin - 1] ?? " ")) begin -= 1;
  const word = text.slice(begin, dot).toLowerCase();
  return ABBREVIATIONS.has(word) || /^\p{L}$/u.test(word);
}

function cellsOf(row: string): string[] {
  return row
    .replace(/^\|/, "")
    .replace(/\|$/, "")
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim());
}

function rowText(columns: string[], cells: string[]): string {
  return cells
    .map((cell, index) => [plainText(columns[index] ?? ""), plainText(cell)].filter((part) => part !== "").join(": "))
    .filter((part) => part !== "")
    .join(", ");
}
