import { parseArgs } from "node:util";
import { openKnowledge } from "../compose.ts";
import type { Findings } from "../core/words.ts";
import type { Knowledge } from "../ports/knowledge.ts";
import { forget, learn } from "./learn.ts";
import { linesOf, parseQuestion } from "./lines.ts";
import { mine } from "./mine.ts";
import { createProgress } from "./progress.ts";
import { withRecords } from "./records.ts";
import { UsageError } from "./usage.ts";

/** `sync` brings `KNOWLEDGE_DIR` and the helpdesk's articles in and ends when all is searchable; `learn` takes a history of answered questions in; `search` asks one question, or with `--json` JSON lines from standard input. */
export async function run(args: string[]): Promise<number> {
  const { positionals, values } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      json: { type: "boolean", default: false },
      limit: { type: "string", default: "10" },
      "from-chatwoot": { type: "boolean", default: false },
      since: { type: "string" },
    },
  });
  const [action, ...words] = positionals;
  const limit = Number(values.limit);
  if (!Number.isInteger(limit) || limit < 1 || limit > 100)
    throw new UsageError(`--limit ${values.limit}: must be a number from 1 to 100.`);
  const question = words.join(" ");
  if (action === "sync" && question === "") return withKnowledge((knowledge) => sync(knowledge, values.json));
  if (action === "search" && question !== "") return withKnowledge((knowledge) => ask(knowledge, question, limit, values.json));
  if (action === "search" && values.json) return withKnowledge((knowledge) => askAll(knowledge, limit));
  if (action === "learn" && question === "" && values["from-chatwoot"]) return mine({ since: values.since, json: values.json });
  if (action === "learn" && question === "") return withRecords(({ records }) => learn(records.store.answered, process.stdin, values.json));
  if (action === "forget" && question !== "") return withRecords(({ records }) => forget(records.store.answered, words));
  throw new UsageError(
    'Say `sync`, `search "a question"`, `search --json` or `learn` with JSON lines on standard input, `learn --from-chatwoot --since DAY`, or `forget ID…`.',
  );
}

function withKnowledge(work: (knowledge: Knowledge) => Promise<number>): Promise<number> {
  return withRecords(({ records, config, log }) => work(openKnowledge(config, records.store, log)));
}

async function sync(knowledge: Knowledge, json: boolean): Promise<number> {
  const progress = createProgress(process.stderr);
  const report = await knowledge.sync(progress.tell).finally(progress.end);
  const { added, changed, removed, unchanged, failed } = report;
  process.stdout.write(
    json
      ? `${JSON.stringify(report)}\n`
      : `added ${added}, changed ${changed}, removed ${removed}, unchanged ${unchanged}, failed ${failed.length}\n`,
  );
  for (const warning of report.warnings ?? []) process.stderr.write(`${warning}\n`);
  for (const { file, reason } of failed) process.stderr.write(`${file}: ${reason}\n`);
  return failed.length > 0 ? 1 : 0;
}

async function ask(knowledge: Knowledge, question: string, limit: number, json: boolean): Promise<number> {
  const findings = await knowledge.search(question, { limit });
  if (json) process.stdout.write(`${JSON.stringify({ hits: hits(findings, limit), answerable: findings.answerable })}\n`);
  else
    for (const { relevance, title, passageId, why } of findings.passages)
      process.stdout.write(`${relevance.toFixed(2)}  ${title}  (${passageId})  ${why}\n`);
  return 0;
}

/** One answer per line, in order; a question that failed answers with its error and stops nobody. */
async function askAll(knowledge: Knowledge, limit: number): Promise<number> {
  for await (const line of linesOf(process.stdin)) {
    if (line.trim() === "") continue;
    process.stdout.write(`${JSON.stringify(await answerLine(knowledge, line, limit))}\n`);
  }
  return 0;
}

async function answerLine(knowledge: Knowledge, line: string, limit: number): Promise<object> {
  let id: unknown = null;
  try {
    const question = parseQuestion(line);
    id = question.id;
    if (question.text === null) return { id, error: "`text` must be a string" };
    const findings = await knowledge.search(question.text, { limit: limit * PASSAGES_PER_SOURCE });
    return { id, hits: hits(findings, limit), answerable: findings.answerable };
  } catch (error) {
    return { id, error: error instanceof Error ? error.message : String(error) };
  }
}

/** Enough passages to fill the limit with distinct sources. */
const PASSAGES_PER_SOURCE = 4;

/** Distinct sources, best first. */
function hits({ passages }: Findings, limit: number): { source_id: string; relevance: number }[] {
  const best = new Map<string, number>();
  for (const { sourceId, relevance } of passages) if (!best.has(sourceId)) best.set(sourceId, relevance);
  return [...best].slice(0, limit).map(([source_id, relevance]) => ({ source_id, relevance }));
}
