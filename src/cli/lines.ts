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

const withoutReturn = (line: string) => (line.endsWith("\r") ? line.slice(0, -1) : line);
