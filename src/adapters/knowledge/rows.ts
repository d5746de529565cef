import { type Info, parse } from "csv-parse/sync";
import { z } from "zod";
import { languageOf } from "../../core/language.ts";
import type { FailedDocument, LoadedDocument } from "../../ports/knowledge.ts";
import { explain, idsIn, matterOf, matterShape } from "./front-matter.ts";

type Read = LoadedDocument | FailedDocument;

const rowSchema = z.object({
  ...matterShape,
  id: matterShape.id
    .unwrap()
    .unwrap()
    .refine((id) => id !== "", "must not be empty"),
  text: z.string(),
});
const ROW = "{id, title, text, url?, updated_at?, safety?, language?}";

/** A .jsonl file: each line a row and a document of its own; a broken one loses no other. */
export function readJsonLines(file: string, text: string): Read[] {
  return text.split("\n").flatMap((line, index): Read[] => {
    if (line.trim() === "") return [];
    const place = `${file}:${index + 1}`;
    let row: unknown;
    try {
      row = JSON.parse(line);
    } catch {
      return [{ file: place, reason: `the line is no JSON: each line must be one row ${ROW}`, mayBe: idsIn(line) }];
    }
    return [documentOf(place, row)];
  });
}

/** A .json file: one row, or an array of rows. Throws when it is neither. */
export function readJson(file: string, text: string): Read[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error(`the file is no JSON: it must be one row ${ROW} or an array of them`);
  }
  if (!Array.isArray(value)) return [documentOf(file, value)];
  return value.map((row, index) => documentOf(`${file}:${index + 1}`, row));
}

/** Larger records are an unclosed quote or a dump. */
const MOST_RECORD_CHARS = 2 * 1024 * 1024;
const MOST_BROKEN_RECORDS = 1000;

/** A .csv file with a head line that names `id` and `text`; parted by commas, semicolons or tabs. Broken records lose no others. */
export function readCsv(file: string, text: string): Read[] {
  const failed: FailedDocument[] = [];
  const records = parse(text, {
    bom: true,
    delimiter: delimiterOf(text),
    columns: (head: string[]) => head.map((name) => name.trim().toLowerCase()),
    info: true,
    skip_empty_lines: true,
    max_record_size: MOST_RECORD_CHARS,
    skip_records_with_error: true,
    on_skip: (error) => {
      if (failed.length >= MOST_BROKEN_RECORDS) throw new Error(`more than ${MOST_BROKEN_RECORDS} records are broken: this is no table`);
      failed.push({ file: error ? `${file}:${error.lines}` : file, reason: error?.message ?? "the record is broken", mayBe: [] });
    },
  }) as unknown as { record: Record<string, string>; info: Info }[];
  const names = Object.keys(records[0]?.record ?? { id: "", text: "" });
  const missing = ["id", "text"].filter((name) => !names.includes(name));
  if (missing.length > 0)
    throw new Error(
      `the head line names no column ${missing.join(" and none ")}: it must name id and text, and may name title, url, updated_at, safety, language`,
    );
  return [...records.map(({ record, info }) => documentOf(`${file}:${info.lines}`, rowOfCsv(record))), ...failed];
}

/** Empty cells say nothing; truth is told in words. */
function rowOfCsv(record: Record<string, string>): Record<string, unknown> {
  const row: Record<string, unknown> = Object.fromEntries(Object.entries(record).filter(([, cell]) => cell.trim() !== ""));
  const safety = String(row.safety ?? "")
    .trim()
    .toLowerCase();
  if (safety !== "") row.safety = { true: true, yes: true, "1": true, false: false, no: false, "0": false }[safety] ?? safety;
  return { text: "", ...row };
}

function delimiterOf(text: string): string {
  const head = text.slice(0, 4000).split(/\r?\n/, 1)[0] ?? "";
  const count = (delimiter: string) => head.split(delimiter).length;
  return [",", ";", "\t"].reduce((best, delimiter) => (count(delimiter) > count(best) ? delimiter : best));
}

function documentOf(place: string, row: unknown): Read {
  const { data, error } = rowSchema.safeParse(row);
  const words = data?.text.replaceAll("\0", "").trim();
  if (!data || !words) {
    const id = typeof row === "object" && row !== null && "id" in row ? row.id : null;
    const mayBe = typeof id === "string" || typeof id === "number" ? [String(id).trim()] : [];
    return { file: place, reason: data ? "the text is empty" : explain(error), mayBe };
  }
  const { title, url, updatedAt, safety, language } = matterOf(data);
  return {
    id: data.id,
    title: title ?? data.id,
    url,
    updatedAt,
    safety,
    language: language ?? languageOf(words),
    text: words,
    file: place,
  };
}
