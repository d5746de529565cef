import { fold } from "../../core/language.ts";

/** A document's text, cut into the pieces that are retrieved and quoted. */
export interface Piece {
  /** Stands behind the `#` of the passage id and survives an edit elsewhere in the document. */
  slug: string;
  /** Headings from the document's top to this piece, the document's own title left out. */
  titlePath: string[];
  text: string;
}

/** Words a passage should not exceed: more blurs what it is about and what a quote proves. */
const MOST_WORDS = 400;
/** Words from which on a new paragraph may begin a new passage. */
const ENOUGH_WORDS = 150;

/**
 * Cuts Markdown (or plain text) by heading, then by paragraph to about 150–400 words. Code, tables and lists stay whole, however long.
 * Linear in the text.
 */
export function cutIntoPassages(markdown: string, title: string): Piece[] {
  const pieces: Piece[] = [];
  const taken = new Map<string, number>();
  for (const section of sectionsOf(markdown, title)) {
    const slug = slugOf(section.titlePath.at(-1) ?? title);
    for (const text of packBlocks(section.blocks)) pieces.push({ slug: freeSlug(slug, taken), titlePath: section.titlePath, text });
  }
  return pieces;
}

/** The slug, or the slug with the next number: a heading may come twice, a section may be cut, and "A-2" may be a heading of its own. */
function freeSlug(slug: string, taken: Map<string, number>): string {
  let number = (taken.get(slug) ?? 0) + 1;
  taken.set(slug, number);
  if (number === 1) return slug;
  while (taken.has(`${slug}-${number}`)) number += 1;
  taken.set(slug, number);
  taken.set(`${slug}-${number}`, 1);
  return `${slug}-${number}`;
}

/** The first heading of a document when it is of the first level: its title. */
export function firstHeading(markdown: string): string | null {
  const line = markdown.split("\n", 50).find((candidate) => candidate.trim() !== "");
  const heading = line ? headingOf(line) : null;
  return heading?.level === 1 ? heading.text : null;
}

interface Section {
  titlePath: string[];
  blocks: string[];
}

function sectionsOf(markdown: string, title: string): Section[] {
  const sections: Section[] = [];
  const path: { level: number; text: string }[] = [];
  let blocks: string[] = [];
  let block: string[] = [];
  let fence: string | null = null;

  const endBlock = () => {
    if (block.length > 0) blocks.push(block.join("\n"));
    block = [];
  };
  const endSection = () => {
    endBlock();
    if (blocks.length > 0) sections.push({ titlePath: path.map((heading) => heading.text), blocks });
    blocks = [];
  };

  for (const rawLine of markdown.split(/\r\n|\r|\n/)) {
    const line = rawLine.trimEnd();
    if (fence !== null) {
      block.push(line);
      if (line.trimStart().startsWith(fence)) fence = null;
      continue;
    }
    const heading = headingOf(line);
    if (heading) {
      endSection();
      while ((path.at(-1)?.level ?? 0) >= heading.level) path.pop();
      if (!(heading.level === 1 && fold(heading.text) === fold(title))) path.push(heading);
      continue;
    }
    fence = fenceOf(line);
    if (line.trim() === "") {
      // a list goes on after an empty line: what follows decides
      if (block.length > 0 && kindOf(block[0] ?? "") === "list") block.push("");
      else endBlock();
    } else {
      if (block.at(-1) === "" && kindOf(line) !== "list" && !INDENTED.test(line)) endBlock();
      block.push(line);
    }
  }
  endSection();
  for (const section of sections) section.blocks = section.blocks.map((text) => text.trim()).filter((text) => text !== "");
  return sections.filter((section) => section.blocks.length > 0);
}

function packBlocks(blocks: string[]): string[] {
  const packed: string[] = [];
  let current: string[] = [];
  let words = 0;
  const end = () => {
    if (current.length > 0) packed.push(current.join("\n\n"));
    current = [];
    words = 0;
  };
  for (const block of blocks.flatMap(cutLongParagraph)) {
    const more = countWords(block);
    // an introduction stays with the list or table it introduces
    const introduces = kindOf(block) !== "paragraph" && words < ENOUGH_WORDS;
    if (words > 0 && words + more > MOST_WORDS && !introduces) end();
    else if (words >= ENOUGH_WORDS && kindOf(block) === "paragraph" && words + more > (MOST_WORDS + ENOUGH_WORDS) / 2) end();
    current.push(block);
    words += more;
  }
  end();
  return packed;
}

/** A paragraph beyond the limit is cut between sentences; one without sentences between words. */
function cutLongParagraph(block: string): string[] {
  if (kindOf(block) !== "paragraph" || countWords(block) <= MOST_WORDS) return [block];
  const parts: string[] = [];
  let start = 0;
  let words = 0;
  for (const gap of block.matchAll(/\s+/g)) {
    words += 1;
    const endsSentence = /[.!?:;)"”»]/.test(block[gap.index - 1] ?? "");
    if ((words >= MOST_WORDS / 2 && endsSentence) || words >= MOST_WORDS) {
      parts.push(block.slice(start, gap.index).trim());
      start = gap.index;
      words = 0;
    }
  }
  parts.push(block.slice(start).trim());
  return parts.filter((part) => part !== "");
}

const INDENTED = /^(?: {2}|\t)/;
const LIST_ITEM = /^ {0,3}(?:[-*+•]|\d{1,9}[.)])(?: |\t)/;

function kindOf(block: string): "list" | "table" | "code" | "paragraph" {
  if (LIST_ITEM.test(block)) return "list";
  if (block.startsWith("|")) return "table";
  return fenceOf(block) ? "code" : "paragraph";
}

function fenceOf(line: string): string | null {
  const trimmed = line.trimStart();
  return trimmed.startsWith("```") ? "```" : trimmed.startsWith("~~~") ? "~~~" : null;
}

function headingOf(line: string): { level: number; text: string } | null {
  if (!line.startsWith("#")) return null;
  let level = 0;
  while (line[level] === "#") level += 1;
  if (level > 6 || (line[level] !== " " && line[level] !== "\t")) return null;
  let end = line.length;
  while (line[end - 1] === "#") end -= 1;
  const text = line.slice(level, end).trim();
  return text === "" ? null : { level, text };
}

function slugOf(heading: string): string {
  const slug = fold(heading)
    .replace(/[^\p{L}\p{N}]+/gu, "-")
    .slice(0, 80)
    .replace(/^-+|-+$/g, "");
  return slug === "" ? "passage" : slug;
}

/** Every ASCII white space lies at or below it. */
const SPACE = 0x20;

/** Counts by characters: on a word of megabytes a regular expression runs out of stack. */
function countWords(text: string): number {
  let words = 0;
  let inWord = false;
  for (let at = 0; at < text.length; at++) {
    const isSpace = text.charCodeAt(at) <= SPACE;
    if (!isSpace && !inWord) words += 1;
    inWord = !isSpace;
  }
  return words;
}
