import type { Readable } from "node:stream";
import { type AnsweredQuestion, withoutPersonalData } from "../core/answered.ts";
import type { AnsweredTable } from "../ports/knowledge-tables.ts";
import { linesOf } from "./lines.ts";
import { answeredOf, parseAnswered } from "./retrieval/set.ts";

/** Rows taken in with one commit. */
const BATCH = 500;

/**
 * Takes `{question, source_ids, answer?, at?}` lines in; they count from the next search on. A line that is none is named and stops no other:
 * exit code 1 then. With `json` one line `{line, error}` for each of those and one `{learned, new, failed}` at the end.
 */
export async function learn(table: Pick<AnsweredTable, "learn">, input: Readable, json: boolean): Promise<number> {
  const counts = { learned: 0, new: 0, failed: 0 };
  let batch: AnsweredQuestion[] = [];
  const flush = async () => {
    counts.new += await table.learn(batch);
    counts.learned += batch.length;
    batch = [];
  };
  let line = 0;
  for await (const text of linesOf(input)) {
    line += 1;
    if (text.trim() === "") continue;
    try {
      const row = answeredOf(parseAnswered(text.replaceAll("\\u0000", "")), new Date());
      batch.push({
        ...row,
        question: withoutPersonalData(row.question).toWellFormed(),
        answer: row.answer === null ? null : withoutPersonalData(row.answer).toWellFormed(),
      });
    } catch (error) {
      counts.failed += 1;
      const reason = error instanceof Error ? error.message : String(error);
      if (json) process.stdout.write(`${JSON.stringify({ line, error: reason })}\n`);
      else process.stderr.write(`line ${line}: ${reason}\n`);
    }
    if (batch.length === BATCH) await flush();
  }
  await flush();
  process.stdout.write(
    json
      ? `${JSON.stringify(counts)}\n`
      : `learned ${counts.learned} answered questions, ${counts.new} of them new, ${counts.failed} lines failed\n`,
  );
  return counts.failed > 0 ? 1 : 0;
}

/** Takes answered questions out by their ids. */
export async function forget(table: Pick<AnsweredTable, "remove">, ids: string[]): Promise<number> {
  const gone = await table.remove(ids.filter((id) => UUID.test(id)));
  process.stdout.write(`forgot ${gone} of ${ids.length}\n`);
  return gone === ids.length ? 0 : 1;
}

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
