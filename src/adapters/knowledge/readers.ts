import { extname } from "node:path";
import type { FailedDocument, LoadedDocument } from "../../ports/knowledge.ts";
import { readArticle, readPage } from "./articles.ts";
import { readCsv, readJson, readJsonLines } from "./rows.ts";

type Reader = (file: string, text: string) => (LoadedDocument | FailedDocument)[];

const READERS: Record<string, Reader | undefined> = {
  ".md": readArticle,
  ".mdx": readArticle,
  ".txt": readArticle,
  ".html": readPage,
  ".htm": readPage,
  ".json": readJson,
  ".jsonl": readJsonLines,
  ".csv": readCsv,
};

/** The endings of files that are read. */
export const ENDINGS = Object.keys(READERS);

/** The documents in a file's text, by the file's ending. Throws a sentence about a file that is wrong as a whole. */
export function readText(file: string, text: string): (LoadedDocument | FailedDocument)[] {
  return READERS[extname(file).toLowerCase()]?.(file, text) ?? [];
}
