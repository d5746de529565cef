import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { z } from "zod";
import { cutIntoPassages } from "../../adapters/knowledge/passages.ts";
import type { AnsweredQuestion } from "../../core/answered.ts";
import { languageOf } from "../../core/language.ts";
import type { Passage } from "../../core/words.ts";
import { UsageError } from "../usage.ts";

/** A set of real questions with the articles that answer them. */
export interface EvaluationSet {
  name: string;
  articles: { id: string; title: string; text: string }[];
  passages: (Passage & { language: string | null })[];
  questions: EvaluationQuestion[];
}

export interface EvaluationQuestion {
  id: string;
  text: string;
  relevant: string[];
  answerable: boolean;
  answer: string | null;
  at: Date | null;
}

const article = z.object({ id: z.string(), title: z.string().default(""), text: z.string() });
const question = z.object({
  id: z.string(),
  text: z.string(),
  relevant: z.array(z.string()),
  answerable: z.boolean(),
  reference_answer: z.string().nullish(),
  created: z.coerce.date().nullish().catch(null),
});
const answered = z.object({
  question: z.string().trim().min(1),
  source_ids: z.array(z.string().min(1)).min(1),
  answer: z.string().nullish(),
  at: z.coerce.date().nullish(),
});

/** Reads `kb.jsonl` and `queries.jsonl` of a folder. */
export async function readSet(folder: string): Promise<EvaluationSet> {
  const articles = await readRows(join(folder, "kb.jsonl"), article);
  const questions = await readRows(join(folder, "queries.jsonl"), question);
  const passages = articles.flatMap(({ id, title, text }) => {
    const language = languageOf(text);
    return cutIntoPassages(text, title).map(({ slug, titlePath, text: piece }) => ({
      sourceId: id,
      passageId: `${id}#${slug}`,
      title,
      titlePath,
      text: piece,
      url: null,
      updatedAt: null,
      safety: false,
      language,
    }));
  });
  return {
    name: basename(resolve(folder)),
    articles,
    passages,
    questions: questions.map(({ reference_answer, created, ...rest }) => ({
      ...rest,
      answer: reference_answer ?? null,
      at: created ?? null,
    })),
  };
}

/** Reads `{question, source_ids, answer?, at?}` lines. */
export async function readAnswered(file: string, now: Date): Promise<AnsweredQuestion[]> {
  return (await readRows(file, answered)).map((row) => answeredOf(row, now));
}

/** An imported row as what was learned. */
export function answeredOf(row: z.infer<typeof answered>, now: Date): AnsweredQuestion {
  const { question: asked, source_ids, answer, at } = row;
  return { question: asked, sourceIds: source_ids, answer: answer ?? null, outcome: "imported", answeredAt: at ?? now, approvalId: null };
}

/** Reads one row of an answered history; throws what is wrong with it. */
export function parseAnswered(line: string): z.infer<typeof answered> {
  return parseRow(line, answered);
}

/** Which of `folds` parts a question falls in: the same at every run. */
export function foldOf(id: string, folds: number): number {
  return createHash("sha256").update(`fold:${id}`).digest().readUInt32BE() % folds;
}

/** Reads a JSON Lines file, each row as the schema says; throws a UsageError that names the line that is wrong. */
export async function readRows<Row>(file: string, schema: z.ZodType<Row>): Promise<Row[]> {
  const text = await readFile(file, "utf8").catch((error: Error) => {
    throw new UsageError(`${file} cannot be read: ${error.message}`);
  });
  return text.split("\n").flatMap((line, index) => {
    if (line.trim() === "") return [];
    try {
      return [parseRow(line, schema)];
    } catch (error) {
      throw new UsageError(`${file}:${index + 1}: ${error instanceof Error ? error.message : error}`);
    }
  });
}

function parseRow<Row>(line: string, schema: z.ZodType<Row>): Row {
  let row: unknown;
  try {
    row = JSON.parse(line);
  } catch {
    throw new Error("the line is no JSON");
  }
  const { data, error } = schema.safeParse(row);
  if (error) throw new Error(error.issues.map(({ path, message }) => `${path.join(".") || "the row"}: ${message}`).join("; "));
  return data;
}
