import type { Request } from "express";
import { Problem } from "../core/problem.ts";

/**
 * Reads the bytes of a body as they came, at most `limit` of them, and calls back once. Problems: `payload_too_large` (what is still to
 * come is not read), `invalid_payload` when the sender left before the end.
 */
export function readBody(req: Request, limit: number, done: (error: Problem | null, body: Buffer) => void): void {
  const chunks: Buffer[] = [];
  let length = 0;

  function end(error: Problem | null): void {
    req.off("data", take).off("end", whole).off("close", early);
    if (error) req.pause();
    const [first] = chunks;
    done(error, chunks.length === 1 && first ? first : Buffer.concat(chunks));
  }
  function take(chunk: Buffer): void {
    chunks.push(chunk);
    length += chunk.length;
    if (length > limit) end(tooLarge());
  }
  const whole = () => end(null);
  const early = () => end(new Problem("invalid_payload", "The body ended early."));

  if (Number(req.headers["content-length"]) > limit) end(tooLarge());
  else req.on("data", take).on("end", whole).on("close", early).on("error", ignore);
}

const tooLarge = (): Problem => new Problem("payload_too_large", "The body is larger than this address accepts.");

/** `close` follows and tells what there is to tell. */
const ignore = (): void => {};
