import type { Readable } from "node:stream";
import { parseArgs } from "node:util";
import { openClassifier } from "../compose.ts";
import type { Example, Verdict } from "../core/classifier/classifier.ts";
import type { IntentClassifier } from "../ports/triage.ts";
import { linesOf, parseQuestion } from "./lines.ts";
import { withRecords } from "./records.ts";
import { check } from "./triage/check.ts";
import { train } from "./triage/train.ts";
import { UsageError } from "./usage.ts";

/**
 * `train` takes labelled messages from standard input in place of those in the store (`--add`: beside them), `test` says what messages are about,
 * `check` how well the examples tell labels apart, `list` which labels there are, `export` prints the examples in use, to be edited and trained again, `reset` goes back to the built-in ones.
 */
export async function run(args: string[]): Promise<number> {
  const { positionals, values } = parseArgs({
    args,
    allowPositionals: true,
    options: { json: { type: "boolean", default: false }, add: { type: "boolean", default: false } },
  });
  const [action, ...words] = positionals;
  const { json, add } = values;
  const text = words.join(" ");
  if (add && action !== "train") throw new UsageError("--add belongs to `triage train`.");
  if (action === "test" && (text !== "" || json))
    return withClassifier((classifier) => (text !== "" ? testOne(classifier, text, json) : testAll(classifier, process.stdin)));
  if (text === "" && action === "train")
    return withRecords(({ records }) => train(records.store.triageExamples, process.stdin, { add, json }));
  if (text === "" && action === "list")
    return withRecords(async ({ records }) => list(await openClassifier(records.store).examples(), json));
  if (text === "" && action === "check")
    return withRecords(async ({ records }) => check(await openClassifier(records.store).examples(), json));
  if (text === "" && action === "export")
    return withRecords(async ({ records }) => exportAll(await openClassifier(records.store).examples()));
  if (text === "" && action === "reset")
    return withRecords(async ({ records }) => {
      await records.store.triageExamples.replace([]);
      return 0;
    });
  throw new UsageError(
    'Say `train` with JSON lines on standard input, `test "a message"`, `test --json` with JSON lines on standard input, `check`, `list`, `export` or `reset`.',
  );
}

function withClassifier(work: (classifier: IntentClassifier) => Promise<number>): Promise<number> {
  return withRecords(({ records }) => work(openClassifier(records.store)));
}

async function testOne(classifier: IntentClassifier, text: string, json: boolean): Promise<number> {
  const { label, confidence, in_scope } = answerOf(await classifier.classify(text));
  process.stdout.write(
    json
      ? `${JSON.stringify({ label, confidence, in_scope })}\n`
      : `${label}  (confidence ${confidence.toFixed(2)}, in scope ${in_scope.toFixed(2)})\n`,
  );
  return 0;
}

/** One answer per line, in order; a line that failed answers with its error and stops nobody. */
async function testAll(classifier: IntentClassifier, input: Readable): Promise<number> {
  for await (const line of linesOf(input)) {
    if (line.trim() === "") continue;
    process.stdout.write(`${JSON.stringify(await answerLine(classifier, line))}\n`);
  }
  return 0;
}

async function answerLine(classifier: IntentClassifier, line: string): Promise<object> {
  let id: unknown = null;
  try {
    const question = parseQuestion(line);
    id = question.id;
    if (question.text === null) return { id, error: "`text` must be a string" };
    return { id, ...answerOf(await classifier.classify(question.text)) };
  } catch (error) {
    return { id, error: error instanceof Error ? error.message : String(error) };
  }
}

const answerOf = ({ label, confidence, inScope }: Verdict) => ({ label, confidence: short(confidence), in_scope: short(inScope) });
const short = (value: number) => Math.round(value * 1e6) / 1e6;

async function list(examples: Example[], json: boolean): Promise<number> {
  const counts = [...Map.groupBy(examples, ({ label }) => label)].map(([label, { length }]) => ({ label, examples: length }));
  counts.sort((a, b) => b.examples - a.examples || (a.label < b.label ? -1 : 1));
  for (const row of counts) process.stdout.write(json ? `${JSON.stringify(row)}\n` : `${String(row.examples).padStart(6)}  ${row.label}\n`);
  return 0;
}

async function exportAll(examples: (Example & { id?: string })[]): Promise<number> {
  for (const { id, label, text } of examples) process.stdout.write(`${JSON.stringify({ id, label, text })}\n`);
  return 0;
}
