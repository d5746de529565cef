import { basename, extname } from "node:path";
import { languageOf } from "../../core/language.ts";
import type { LoadedDocument } from "../../ports/knowledge.ts";
import { type Matter, splitFrontMatter } from "./front-matter.ts";
import { markdownOfHtml } from "./html.ts";
import { firstHeading } from "./passages.ts";

/** A .md, .mdx or .txt file: one document, with or without front matter. */
export function readArticle(file: string, text: string): LoadedDocument[] {
  const { matter, body } = splitFrontMatter(text);
  const words = withoutComments(extname(file).toLowerCase() === ".mdx" ? withoutModuleLines(body) : body);
  return [documentOf(file, matter, words)];
}

/** A .html file: its words as Markdown; title, address, language and date from its head where front matter does not say. */
export function readPage(file: string, text: string): LoadedDocument[] {
  const { matter, body } = splitFrontMatter(text);
  const page = markdownOfHtml(body);
  const language = /^[a-z]{2}(?=[-_]|$)/i.exec(page.language ?? "")?.[0].toLowerCase() ?? null;
  const modified = new Date(page.modified ?? Number.NaN);
  const fromHead: Matter = {
    ...matter,
    title: matter.title ?? firstHeading(page.markdown) ?? page.title,
    url: matter.url ?? (URL.canParse(page.canonical ?? "") && /^https?:/i.test(page.canonical ?? "") ? page.canonical : null),
    updatedAt: matter.updatedAt ?? (Number.isNaN(modified.getTime()) ? null : modified),
    language: matter.language ?? language,
  };
  return [documentOf(file, fromHead, page.markdown)];
}

function documentOf(file: string, matter: Matter, text: string): LoadedDocument {
  const words = text.trim();
  if (words === "") throw new Error("the document is empty");
  return {
    id: matter.id ?? stemOf(file),
    title: matter.title ?? firstHeading(words) ?? stemOf(file),
    url: matter.url,
    updatedAt: matter.updatedAt,
    safety: matter.safety,
    language: matter.language ?? languageOf(words),
    text: words,
    file,
  };
}

/** A file's name without its ending: its id where it names no other. */
export function stemOf(file: string): string {
  return basename(file, extname(file));
}

function withoutComments(text: string): string {
  const kept: string[] = [];
  let from = 0;
  for (;;) {
    const open = text.indexOf("<!--", from);
    const close = open < 0 ? -1 : text.indexOf("-->", open + 4);
    if (close < 0) return [...kept, text.slice(from)].join("");
    kept.push(text.slice(from, open));
    from = close + 3;
  }
}

/** MDX without its import and export lines: they are code, not words. */
function withoutModuleLines(text: string): string {
  return text.replace(/^(?:import|export)\s.*$/gm, "");
}
