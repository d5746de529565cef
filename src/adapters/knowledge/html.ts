import { Parser } from "htmlparser2";

/** A page's words, and what its head says of it. */
export interface Page {
  markdown: string;
  title: string | null;
  canonical: string | null;
  modified: string | null;
  language: string | null;
}

/** Nobody nests so deeply who wants to be read. */
const DEEPEST = 2000;
/** What is not the article: code, frames, forms and the furniture around it. */
const UNREAD = new Set(
  "script style noscript template svg math iframe object embed canvas audio video nav footer form select textarea button".split(" "),
);
const BLOCKS = new Set(
  "p div section article main aside header blockquote figure figcaption dl dt dd details summary address hr ul ol table tbody thead tr".split(
    " ",
  ),
);

/**
 * Turns HTML into the Markdown that passages are cut from: headings, lists, tables and code keep their shape, scripts, frames and what is
 * hidden are left out. One pass without recursion, linear in the text. Throws on a page that is nested too deeply.
 */
export function markdownOfHtml(html: string): Page {
  const page: Page = { markdown: "", title: null, canonical: null, modified: null, language: null };
  /** Where text goes: the page, or a heading, cell, link or code block that is not closed yet. */
  const buffers: string[][] = [[]];
  const lists: { ordered: boolean; items: number }[] = [];
  const rows: string[][] = [];
  const links: (string | null)[] = [];
  let rowsInTable = 0;
  let depth = 0;
  let unreadFrom = 0; // the depth of the outermost element that is not read
  let pre = 0;

  const write = (text: string) => void buffers.at(-1)?.push(text);
  const open = () => void buffers.push([]);
  const close = () => (buffers.length > 1 ? (buffers.pop() ?? []).join("") : "");
  const oneLine = (text: string) => text.replace(/\s+/g, " ").trim();

  const parser = new Parser({
    onopentag(name, attributes) {
      depth += 1;
      if (depth > DEEPEST) throw new Error(`the page is nested more than ${DEEPEST} elements deep`);
      if (unreadFrom > 0) return;
      if (UNREAD.has(name) || isHidden(attributes)) {
        unreadFrom = depth;
        return;
      }
      readHead(page, name, attributes);
      if (/^h[1-6]$/.test(name) || name === "title" || name === "td" || name === "th") open();
      else if (name === "pre") {
        pre += 1;
        open();
      } else if (name === "a") {
        links.push(/^(?:https?:|mailto:|tel:)/i.test(attributes.href ?? "") ? (attributes.href ?? null) : null);
        open();
      } else if (name === "code" && pre === 0) write("`");
      else if (name === "br") write("\n");
      else if (name === "img" && attributes.alt) write(oneLine(attributes.alt));
      else if (name === "li") {
        const list = lists.at(-1);
        if (list) list.items += 1;
        write(`\n${"  ".repeat(Math.max(0, lists.length - 1))}${list?.ordered ? `${list.items}.` : "-"} `);
      } else if (name === "tr") rows.push([]);
      if (name === "table") rowsInTable = 0;
      if (name === "ul" || name === "ol") lists.push({ ordered: name === "ol", items: 0 });
      if (BLOCKS.has(name) && name !== "tr" && (lists.length < 2 || (name !== "ul" && name !== "ol")))
        write(lists.length > 0 && name === "p" ? "" : "\n\n");
    },
    ontext(text) {
      if (unreadFrom === 0) write(pre > 0 ? text : text.replace(/\s+/g, " "));
    },
    onclosetag(name) {
      depth -= 1;
      if (unreadFrom > 0) {
        if (depth < unreadFrom) unreadFrom = 0;
        return;
      }
      if (/^h[1-6]$/.test(name)) {
        const heading = oneLine(close());
        if (heading) write(`\n\n${"#".repeat(Number(name[1]))} ${heading}\n\n`);
      } else if (name === "title") page.title ??= oneLine(close()) || null;
      else if (name === "pre") {
        pre -= 1;
        write(`\n\n\`\`\`\n${close().replaceAll("```", "'''").trim()}\n\`\`\`\n\n`);
      } else if (name === "a") {
        const words = oneLine(close());
        const href = links.pop();
        write(href && words ? `[${words}](${href})` : words);
      } else if (name === "code" && pre === 0) write("`");
      else if (name === "td" || name === "th") rows.at(-1)?.push(oneLine(close()).replaceAll("|", "\\|"));
      else if (name === "tr") {
        const cells = rows.pop() ?? [];
        if (cells.some((cell) => cell !== "")) {
          rowsInTable += 1;
          write(
            `${rowsInTable === 1 ? "\n\n" : "\n"}| ${cells.join(" | ")} |${rowsInTable === 1 ? `\n|${" --- |".repeat(cells.length)}` : ""}`,
          );
        }
      } else if (name === "ul" || name === "ol") {
        lists.pop();
        write(lists.length === 0 ? "\n\n" : "\n");
      } else if (BLOCKS.has(name) && lists.length === 0 && name !== "tbody" && name !== "thead") write("\n\n");
    },
  });
  parser.write(html);
  parser.end();
  while (buffers.length > 1) write(close());
  page.markdown = tidy(buffers[0]?.join("") ?? "");
  return page;
}

function isHidden(attributes: Record<string, string>): boolean {
  return (
    "hidden" in attributes ||
    attributes["aria-hidden"] === "true" ||
    /(?:display\s{0,9}:\s{0,9}none|visibility\s{0,9}:\s{0,9}hidden)/i.test(attributes.style ?? "")
  );
}

function readHead(page: Page, name: string, attributes: Record<string, string>): void {
  if (name === "html") page.language ??= attributes.lang ?? null;
  if (name === "link" && attributes.rel === "canonical") page.canonical ??= attributes.href ?? null;
  if (name === "meta" && (attributes.property ?? attributes.name) === "article:modified_time") page.modified ??= attributes.content ?? null;
}

/** At most one empty line in a row, no spaces around lines but inside code and before list items. */
function tidy(text: string): string {
  const lines: string[] = [];
  let inCode = false;
  for (const raw of text.replaceAll("\0", "").split("\n")) {
    if (raw.startsWith("```")) inCode = !inCode;
    const line = inCode || LIST_ITEM.test(raw) ? raw.trimEnd() : raw.trim();
    if (line !== "" || (lines.length > 0 && lines.at(-1) !== "")) lines.push(line);
  }
  return lines.join("\n").trim();
}

const LIST_ITEM = /^ {0,60}(?:-|\d{1,9}\.) /;
