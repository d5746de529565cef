import { setTimeout } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import type { FailedDocument, LoadedDocument } from "../../ports/knowledge.ts";
import { cutIntoPassages, type Piece } from "./passages.ts";
import { readText } from "./readers.ts";

/** What can be done with a text; both take time in proportion to it. */
export interface Work {
  read: { file: string; text: string };
  cut: { text: string; title: string };
}
export interface Done {
  read: (LoadedDocument | FailedDocument)[];
  cut: Piece[];
}

/** Shorter texts take a few milliseconds, about as long as it takes to hand them over. */
const LONG_CHARS = 200_000;
/** The largest document that is allowed takes a second or two. */
const MOST_MS = 60_000;
const MOST_MEMORY_MB = 512;

/** The documents in a file's text. A long one is read in a thread of its own, so that it holds up nobody and may fail as badly as it likes. */
export async function readApart(file: string, text: string): Promise<Done["read"]> {
  return text.length < LONG_CHARS ? readText(file, text) : inThread("read", { file, text });
}

/** A document's passages; a long one is cut in a thread of its own. */
export async function cutApart(text: string, title: string): Promise<Piece[]> {
  return text.length < LONG_CHARS ? cutIntoPassages(text, title) : inThread("cut", { text, title });
}

function inThread<Kind extends keyof Work>(kind: Kind, work: Work[Kind]): Promise<Done[Kind]> {
  const thread = new Worker(new URL("./apart-thread.ts", import.meta.url), {
    workerData: { kind, work },
    resourceLimits: { maxOldGenerationSizeMb: MOST_MEMORY_MB },
    env: {},
  });
  const tooLong = new AbortController();
  return new Promise<Done[Kind]>((resolve, reject) => {
    thread.once("message", resolve);
    thread.once("error", (error: Error & { code?: string }) =>
      reject(error.code === "ERR_WORKER_OUT_OF_MEMORY" ? new Error("it takes more memory than a document may: split it") : error),
    );
    thread.once("exit", () => reject(new Error("it could not be read to its end")));
    setTimeout(MOST_MS, undefined, { signal: tooLong.signal }).then(
      () => reject(new Error(`it takes longer than ${MOST_MS / 1000} s to read: split it`)),
      () => {},
    );
  }).finally(() => {
    tooLong.abort();
    return thread.terminate();
  });
}
