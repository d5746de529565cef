import { join } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { DEFAULT_POLICY } from "../../core/policy.ts";
import { triage } from "../../core/triage.ts";
import type { Flag } from "../../core/words.ts";
import { readRows } from "../retrieval/set.ts";

const FILE = join(import.meta.dirname, "../../../fixtures/triage/flags.jsonl");

const FLAGS = ["safety", "legal", "privacy", "fraud", "human_requested", "complaint", "injection"] as const satisfies readonly Flag[];
/** A sentence that was written as a trap is an everyday one: none of these may be raised by it. */
const HARD = FLAGS.filter((flag) => flag !== "complaint");

const sentence = z.strictObject({ text: z.string().min(1), language: z.string().length(2), flag: z.enum(FLAGS), expected: z.boolean() });
type Sentence = z.infer<typeof sentence>;

interface Count {
  flag: string;
  language: string;
  raising: number;
  missed: number;
  traps: number;
  false_alarms: number;
}

/** `eval flags [FILE]` counts which sentences of `{text, language, flag, expected}` lines raise their flag, and which raise one they should not. */
export async function run(args: string[]): Promise<number> {
  const { positionals, values } = parseArgs({ args, allowPositionals: true, options: { json: { type: "boolean", default: false } } });
  const sentences = (await Promise.all((positionals.length > 0 ? positionals : [FILE]).map((file) => readRows(file, sentence)))).flat();
  const wrong = sentences.filter(isWrong);
  const flags = [...new Set(sentences.map(({ flag }) => flag))];
  const languages = [...new Set(sentences.map(({ language }) => language))];
  const counts = flags.flatMap((flag) => ["all", ...languages].map((language) => countOf(sentences, wrong, flag, language)));
  if (values.json) {
    process.stdout.write(`${JSON.stringify({ counts, wrong: wrong.map((row) => ({ ...row, reasons: judge(row.text).reasons })) })}\n`);
    return 0;
  }
  process.stdout.write(`${"flag".padEnd(17)}${"language".padEnd(10)}${"recall".padStart(16)}${"false alarms".padStart(16)}\n`);
  for (const count of counts) process.stdout.write(lineOf(count));
  for (const { text, flag, expected } of wrong)
    process.stdout.write(`${expected ? `missed ${flag}` : `false alarm, ${judge(text).reasons.join("; ")}`}: ${text}\n`);
  return 0;
}

function countOf(sentences: Sentence[], wrong: Sentence[], flag: string, language: string): Count {
  const ours = (rows: Sentence[], expected: boolean) =>
    rows.filter((row) => row.flag === flag && (language === "all" || row.language === language) && row.expected === expected).length;
  return {
    flag,
    language,
    raising: ours(sentences, true),
    missed: ours(wrong, true),
    traps: ours(sentences, false),
    false_alarms: ours(wrong, false),
  };
}

function lineOf({ flag, language, raising, missed, traps, false_alarms: alarms }: Count): string {
  const share = (part: number, whole: number) => (whole === 0 ? "–" : `${((100 * part) / whole).toFixed(0)} %`);
  const recall = `${share(raising - missed, raising)} (${raising - missed}/${raising})`;
  return `${flag.padEnd(17)}${language.padEnd(10)}${recall.padStart(16)}${`${share(alarms, traps)} (${alarms}/${traps})`.padStart(16)}\n`;
}

function isWrong({ text, flag, expected }: Sentence): boolean {
  const { flags } = judge(text);
  return expected ? !flags.includes(flag) : flags.some((raised) => raised === flag || HARD.some((hard) => hard === raised));
}

const judge = (text: string) =>
  triage({
    text,
    channel: "Channel::Email",
    hmacVerified: true,
    contact: { id: 0, customAttributes: {} },
    labels: [],
    customAttributes: {},
    earlierComplaints: 0,
    policy: DEFAULT_POLICY,
  });
