import { z } from "zod";
import "zod-openapi";

/** The largest number that every id column holds (PostgreSQL's integer). */
const MAX_ID = 2_147_483_647;

/** Chatwoot's own limit for a message's content, in characters. */
export const MAX_MESSAGE_LENGTH = 150_000;

/** Text as PostgreSQL can store it: no NUL, no half of a surrogate pair. */
export function text(limits: { min?: number; max: number }) {
  return z
    .string()
    .max(limits.max)
    .refine((value) => value.trim().length >= (limits.min ?? 0), "must not be blank")
    .refine((value) => !value.includes("\u0000") && value.isWellFormed(), "holds characters that are no text");
}

/** A whole number as it stands in a URL: digits and nothing else. */
export function digits(limits: { min: number; max: number }) {
  return z
    .string()
    .regex(/^\d{1,15}$/, "must be a whole number")
    .transform(Number)
    .pipe(z.int().min(limits.min).max(limits.max))
    .meta({ override: { type: "integer", pattern: undefined, minimum: limits.min, maximum: limits.max } });
}

/** An id of Chatwoot's inside a URL. */
export const idInUrl = digits({ min: 1, max: MAX_ID });

/** An id of Chatwoot's inside a JSON body. */
export const idInBody = z.int().min(1).max(MAX_ID);

/** Several words of a list, separated by commas or given by repeating the parameter. */
export function words<const Word extends string>(allowed: readonly [Word, ...Word[]]) {
  return z
    .union([z.string(), z.array(z.string())])
    .transform((given) => (Array.isArray(given) ? given : [given]).flatMap((part) => part.split(",")).map((part) => part.trim()))
    .pipe(z.array(z.enum(allowed)).min(1))
    .meta({ override: { type: "array", items: { type: "string", enum: [...allowed] }, anyOf: undefined } });
}

/** How many rows a list answers at most. */
export const limit = digits({ min: 1, max: 100 }).prefault("25");

/** Where the next page begins, as an earlier answer's `next_cursor` said. */
export const cursor = text({ min: 1, max: 500 });

export const uuid = z.guid().transform((id) => id.toLowerCase());
export const time = z.iso.datetime();

/** Every list: rows and where the next page begins, null on the last. */
export function listOf<Row extends z.ZodType>(row: Row) {
  return z.object({ data: z.array(row), next_cursor: z.string().nullable() });
}

/** RFC 9457 with a stable `code`. */
export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.string().meta({ description: "Stable; programs decide by it." }),
    detail: z.string(),
  })
  .meta({ id: "Problem" });
