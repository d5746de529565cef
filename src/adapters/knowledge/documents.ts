import { readdir, readFile, stat } from "node:fs/promises";
import { basename, extname, join, relative, sep } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { languageOf } from "../../core/language.ts";
import { firstHeading } from "./passages.ts";

/** A knowledge source as it lies in a file. */
export interface LoadedDocument {
  id: string;
  title: string;
  url: string | null;
  updatedAt: Date | null;
  safety: boolean;
  language: string | null;
  text: string;
  /** Path below the folder, with the line for a row of a .jsonl file. */
  file: string;
}

/** A document that could not be read, and the ids it may have had: what was known under them is kept. */
export interface FailedDocument {
  file: string;
  reason: string;
  mayBe: string[];
}

/** Larger files are no help articles. */
export const MOST_FILE_BYTES = 10 * 1024 * 1024;

/**
 * Reads the .md, .mdx, .txt and .jsonl files of a folder and its subfolders, in the order of their names. What cannot be read is told, never thrown;
 * only the folder itself must be there. Hidden files and node_modules are passed over.
 */
export async function* readDocuments(folder: string): AsyncGenerator<LoadedDocument | FailedDocument> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
    throw new Error(`KNOWLEDGE_DIR ${folder} cannot be read (${messageOf(error)}): name a folder with .md, .mdx, .txt or .jsonl files.`);
  });
  const files = entries
    .filter((entry) => (entry.isFile() || entry.isSymbolicLink()) && READERS[extname(entry.name).toLowerCase()] !== undefined)
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .filter((file) => !file.split(sep).some((part) => part.startsWith(".") || part === "node_modules"))
    .sort();
  const idOf = new Map<string, string>();
  for (const file of files)
    for (const document of await readDocument(folder, file)) {
      const first = "text" in document ? idOf.get(document.id) : undefined;
      if (!("text" in document)) yield document;
      else if (first !== undefined)
        yield {
          file: document.file,
          reason: `the id "${document.id}" is already used by ${first}: give one of them another id`,
          mayBe: [document.id],
        };
      else {
        idOf.set(document.id, document.file);
        yield document;
      }
    }
}

type Reader = (file: string, text: string) => (LoadedDocument | FailedDocument)[];

const READERS: Record<string, Reader | undefined> = { ".md": readArticle, ".mdx": readArticle, ".txt": readArticle, ".jsonl": readRows };

async function readDocument(folder: string, file: string): Promise<(LoadedDocument | FailedDocument)[]> {
  const path = join(folder, file);
  const failed = (reason: string, mayBe: string[] = []): FailedDocument[] => [{ file, reason, mayBe: [stemOf(file), ...mayBe] }];
  try {
    const status = await stat(path); // through links: a mounted ConfigMap is made of them
    if (!status.isFile()) return [];
    const { size } = status;
    if (size > MOST_FILE_BYTES)
      return failed(`the file has ${Math.ceil(size / 1024 / 1024)} MB, more than ${MOST_FILE_BYTES / 1024 / 1024}: split it`);
    const bytes = await readFile(path);
    const text = textOf(bytes);
    if (text === null) return failed("the file is not UTF-8 text: save it as UTF-8, or it is no document at all");
    try {
      return READERS[extname(file).toLowerCase()]?.(file, text) ?? [];
    } catch (error) {
      return failed(messageOf(error), idsIn(text));
    }
  } catch (error) {
    return failed(messageOf(error));
  }
}

const optionalText = z
  .union([z.string(), z.number()])
  .transform((value) => String(value).trim())
  .nullish();
const webAddress = z.url({ protocol: /^https?$/, error: "must be a web address (https://…)" }).nullish();
const ID_CHARS = 200;
const id = optionalText.refine(
  (value) => !value || (value.length <= ID_CHARS && !/\p{Cc}/u.test(value)),
  `must be one line of at most ${ID_CHARS} characters`,
);

const frontMatterSchema = z.object({
  id,
  title: optionalText,
  url: webAddress,
  updated_at: z.coerce.date({ error: "must be a date (2026-05-02)" }).nullish(),
  safety: z.boolean({ error: "must be true or false" }).nullish(),
  language: z
    .string()
    .regex(/^[A-Za-z]{2}(?:[-_]|$)/, "must be a language code (en)")
    .nullish(),
});

const rowSchema = z.object({ id: id.unwrap().unwrap(), title: optionalText, text: z.string(), url: webAddress });

function readArticle(file: string, text: string): LoadedDocument[] {
  const { matter, body } = splitFrontMatter(text);
  const { data, error } = frontMatterSchema.safeParse(matter ?? {});
  if (!data) throw new Error(`front matter: ${explain(error)}`);
  const words = withoutComments(extname(file) === ".mdx" ? withoutModuleLines(body) : body).trim();
  if (words === "") throw new Error("the document is empty");
  return [
    {
      id: data.id || stemOf(file),
      title: data.title || firstHeading(words) || stemOf(file),
      url: data.url ?? null,
      updatedAt: data.updated_at ?? null,
      safety: data.safety ?? false,
      language: data.language?.slice(0, 2).toLowerCase() ?? languageOf(words),
      text: words,
      file,
    },
  ];
}

function readRows(file: string, text: string): (LoadedDocument | FailedDocument)[] {
  return text.split("\n").flatMap((line, index): (LoadedDocument | FailedDocument)[] => {
    if (line.trim() === "") return [];
    const place = `${file}:${index + 1}`;
    let row: unknown;
    try {
      row = JSON.parse(line);
    } catch {
      return [{ file: place, reason: "the line is no JSON: each line must be one row {id, title, text, url?}", mayBe: idsIn(line) }];
    }
    const { data, error } = rowSchema.safeParse(row);
    const words = data?.text.replaceAll("\0", "").trim();
    if (!data || !words) return [{ file: place, reason: data ? "the text is empty" : explain(error), mayBe: idsIn(line) }];
    const title = data.title || data.id;
    return [
      { id: data.id, title, url: data.url ?? null, updatedAt: null, safety: false, language: languageOf(words), text: words, file: place },
    ];
  });
}

function splitFrontMatter(text: string): { matter: unknown; body: string } {
  const opening = /^---[ \t]*\r?\n/.exec(text);
  if (!opening) return { matter: null, body: text };
  const closing = /\r?\n---[ \t]*(?:\r?\n|$)/.exec(text.slice(opening[0].length - 1));
  if (!closing) throw new Error('front matter: it begins with "---" but never ends with "---"');
  const start = opening[0].length;
  const end = start - 1 + closing.index;
  try {
    return { matter: parse(text.slice(start, Math.max(start, end)), { maxAliasCount: 20 }), body: text.slice(end + closing[0].length) };
  } catch (error) {
    throw new Error(`front matter: ${messageOf(error).split("\n", 1)[0]}`);
  }
}

/** UTF-8 without a byte order mark, null for anything else. */
function textOf(bytes: Uint8Array): string | null {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return text.includes("\0") ? null : text;
  } catch {
    return null;
  }
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

function stemOf(file: string): string {
  return basename(file, extname(file));
}

/** The ids a broken document seems to have meant. */
function idsIn(text: string): string[] {
  const match = /^(?:id:[ \t]*["']?([^"'\r\n]{1,200}?)["']?[ \t]*$|.{0,200}"id"\s{0,9}:\s{0,9}"([^"]{1,200})")/m.exec(text.slice(0, 4000));
  const found = match?.[1] ?? match?.[2];
  return found ? [found.trim()] : [];
}

function explain(error: z.ZodError | undefined): string {
  return (error?.issues ?? []).map((issue) => `${issue.path.join(".") || "the row"}: ${issue.message}`).join("; ");
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
