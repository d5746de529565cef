import { parse } from "yaml";
import { z } from "zod";

/** What the head of an article, or a row of a table, may say of it. */
export interface Matter {
  id: string | null;
  title: string | null;
  url: string | null;
  updatedAt: Date | null;
  safety: boolean;
  language: string | null;
}

/** A longer head is no head. */
const MOST_HEAD_CHARS = 64 * 1024;
const ID_CHARS = 200;

const optionalText = z
  .union([z.string(), z.number()])
  .transform((value) => String(value).trim())
  .nullish();
const shortId = (value: string | null | undefined) => !value || (value.length <= ID_CHARS && !/\p{Cc}/u.test(value));
const id = optionalText.refine(shortId, `must be one line of at most ${ID_CHARS} characters`);

/** The keys that we read, in front matter and in rows alike. Others are left alone. */
export const matterShape = {
  id,
  title: optionalText,
  url: z.url({ protocol: /^https?$/, error: "must be a web address (https://…)" }).nullish(),
  updated_at: z.coerce.date({ error: "must be a date (2026-05-02)" }).nullish(),
  safety: z.boolean({ error: "must be true or false" }).nullish(),
  language: z
    .string()
    .regex(/^[A-Za-z]{2}(?:[-_]|$)/, "must be a language code (en)")
    .nullish(),
};
const frontMatterSchema = z.object(matterShape);

/** Keys as they stand in a file, as we use them. */
export function matterOf(read: z.infer<typeof frontMatterSchema>): Matter {
  return {
    id: read.id || null,
    title: read.title || null,
    url: read.url ?? null,
    updatedAt: read.updated_at ?? null,
    safety: read.safety ?? false,
    language: read.language?.slice(0, 2).toLowerCase() ?? null,
  };
}

/** Parts a text from the YAML between two lines of `---` at its top. Throws a sentence about what is wrong with it. */
export function splitFrontMatter(text: string): { matter: Matter; body: string } {
  const { head, body } = splitHead(text);
  const { data, error } = frontMatterSchema.safeParse(head ?? {});
  if (!data) throw new Error(`front matter: ${explain(error)}`);
  return { matter: matterOf(data), body };
}

function splitHead(text: string): { head: unknown; body: string } {
  const opening = /^---[ \t]*\r?\n/.exec(text);
  if (!opening) return { head: null, body: text };
  const start = opening[0].length;
  const closing = /\r?\n---[ \t]*(?:\r?\n|$)/.exec(text.slice(start - 1, start + MOST_HEAD_CHARS));
  if (!closing) throw new Error(`front matter: it begins with "---" but never ends with "---" (within ${MOST_HEAD_CHARS / 1024} KB)`);
  const end = start - 1 + closing.index;
  try {
    return { head: parse(text.slice(start, Math.max(start, end)), { maxAliasCount: 20 }), body: text.slice(end + closing[0].length) };
  } catch (error) {
    if (error instanceof RangeError) throw new Error("front matter: it is nested too deeply");
    throw new Error(`front matter: ${error instanceof Error ? error.message.split("\n", 1)[0] : error}`);
  }
}

/** The ids a broken document seems to have meant. */
export function idsIn(text: string): string[] {
  const match = /^(?:id:[ \t]*["']?([^"'\r\n]{1,200}?)["']?[ \t]*$|.{0,200}"id"\s{0,9}:\s{0,9}"([^"]{1,200})")/m.exec(text.slice(0, 4000));
  const found = match?.[1] ?? match?.[2];
  return found ? [found.trim()] : [];
}

/** A schema's complaints in one line. */
export function explain(error: z.ZodError | undefined): string {
  return (error?.issues ?? []).map((issue) => `${issue.path.join(".") || "the row"}: ${issue.message}`).join("; ");
}
