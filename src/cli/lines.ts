import type { Readable } from "node:stream";

/**
 * The lines of a stream of UTF-8, without their ends. Only "\n" and "\r\n" end one: JSON may hold the line separators U+2028 and U+2029 as they
 * are, which `node:readline` takes for line ends. A byte order mark at the beginning is dropped. Time grows with the input only.
 */
export async function* linesOf(input: Readable): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let begun: string[] = [];
  for await (const chunk of input) {
    const [rest = "", ...further] = (typeof chunk === "string" ? chunk : decoder.decode(chunk, { stream: true })).split("\n");
    begun.push(rest);
    for (const next of further) {
      yield withoutReturn(begun.join(""));
      begun = [next];
    }
  }
  const last = begun.join("") + decoder.decode();
  if (last !== "") yield withoutReturn(last);
}

/** Reads a `{id, text}` line; `text` is null when it is none. Throws when the line is no JSON object. */
export function parseQuestion(line: string): { id: unknown; text: string | null } {
  const question = parseJson(line);
  if (typeof question !== "object" || question === null) throw new Error("the line is no JSON object");
  const { id, text } = question as { id?: unknown; text?: unknown };
  return { id: id ?? null, text: typeof text === "string" ? text : null };
}

/** The value of a line of JSON. Throws a sentence without any of the line's words. */
export function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw new Error("the line is no JSON");
  }
}

const withoutReturn = (line: string) => (line.endsWith("\r") ? line.slice(0, -1) : line);
