import { type RawBuilder, sql } from "kysely";
import { Problem } from "../../core/problem.ts";

/** A value for a jsonb column; the driver would take an array for a PostgreSQL array. */
export function jsonb<T>(value: T): RawBuilder<T> {
  return sql<T>`${JSON.stringify(value)}::jsonb`;
}

/** A page's end as an opaque word: the sort value and the id of its last row. */
export function cursorOf(value: Date | null, id: string): string {
  return Buffer.from(JSON.stringify([value?.toISOString() ?? null, id])).toString("base64url");
}

/** Reads a cursor; a senseless one is the caller's mistake. */
export function readCursor(cursor: string): { at: Date | null; id: string } {
  try {
    const [at, id] = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8")) as [string | null, string];
    const date = at === null ? null : new Date(at);
    if (typeof id !== "string" || !/^[0-9a-f-]{36}$/.test(id) || (date && Number.isNaN(date.getTime()))) throw new Error("shape");
    return { at: date, id };
  } catch (cause) {
    throw new Problem("invalid_payload", "`cursor` is not one that this list handed out; start again without it.", { cause });
  }
}

/** What stands between the wildcards of an ILIKE, taken literally. */
export const likeLiteral = (text: string): string => text.replaceAll("\\", "\\\\").replaceAll("%", "\\%").replaceAll("_", "\\_");
