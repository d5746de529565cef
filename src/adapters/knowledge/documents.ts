import { readdir, readFile, stat } from "node:fs/promises";
import { extname, join, relative, sep } from "node:path";
import type { FailedDocument, LoadedDocument, SyncProgress } from "../../ports/knowledge.ts";
import { readApart } from "./apart.ts";
import { stemOf } from "./articles.ts";
import { idsIn } from "./front-matter.ts";
import { ENDINGS } from "./readers.ts";

/** Larger files are no help articles. */
export const MOST_FILE_BYTES = 10 * 1024 * 1024;

/**
 * Reads the documents of a folder and its subfolders, in the order of the files' names. What cannot be read is told, never thrown;
 * only the folder itself must be there. Hidden files, node_modules and other endings are passed over.
 */
export async function* readDocuments(
  folder: string,
  tell: (progress: SyncProgress) => void = () => {},
): AsyncGenerator<LoadedDocument | FailedDocument> {
  const files = await filesIn(folder);
  const idOf = new Map<string, string>();
  for (const [done, file] of files.entries()) {
    tell({ what: "files", done, total: files.length });
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
  tell({ what: "files", done: files.length, total: files.length });
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
    throw new Error(`KNOWLEDGE_DIR ${folder} cannot be read (${messageOf(error)}): name a folder with ${ENDINGS.join(", ")} files.`);
  });
  return entries
    .filter((entry) => (entry.isFile() || entry.isSymbolicLink()) && ENDINGS.includes(extname(entry.name).toLowerCase()))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .filter((file) => !file.split(sep).some((part) => part.startsWith(".") || part === "node_modules"))
    .sort();
}

async function readDocument(folder: string, file: string): Promise<(LoadedDocument | FailedDocument)[]> {
  const path = join(folder, file);
  const failed = (reason: string, mayBe: string[] = []): FailedDocument[] => [{ file, reason, mayBe: [stemOf(file), ...mayBe] }];
  try {
    const status = await stat(path); // through links: a mounted ConfigMap is made of them
    if (!status.isFile()) return [];
    const { size } = status;
    if (size > MOST_FILE_BYTES)
      return failed(`the file has ${Math.ceil(size / 1024 / 1024)} MB, more than ${MOST_FILE_BYTES / 1024 / 1024}: split it`);
    const text = textOf(await readFile(path));
    if (text === null) return failed("the file is not UTF-8 text: save it as UTF-8, or it is no document at all");
    try {
      return withFewFailures(file, await readApart(file, text));
    } catch (error) {
      return failed(messageOf(error), idsIn(text));
    }
  } catch (error) {
    return failed(messageOf(error));
  }
}

/** Nobody reads a thousand complaints about one file. */
const MOST_FAILURES = 50;

function withFewFailures(file: string, read: (LoadedDocument | FailedDocument)[]): (LoadedDocument | FailedDocument)[] {
  const failed = read.filter((document): document is FailedDocument => !("text" in document));
  if (failed.length <= MOST_FAILURES) return read;
  const reason = `${failed.length - MOST_FAILURES} more rows could not be read`;
  return [...read.filter((document) => "text" in document), ...failed.slice(0, MOST_FAILURES), { file, reason, mayBe: [] }];
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

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
