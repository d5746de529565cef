import { readdir, readFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { verifyQuote } from "../../core/quotes.ts";
import { sentencesOf } from "../../core/sentences.ts";
import { readSet } from "../retrieval/set.ts";
import { CHANGES, NOISES } from "./quote-noise.ts";

const KNOWLEDGE = join(import.meta.dirname, "../../../fixtures/knowledge");
/** A quote of fewer words is refused by rule, however true. */
const FEWEST_WORDS = 4;

interface Count {
  kind: string;
  tried: number;
  accepted: number;
}

/** `eval quotes [FOLDER…]` counts how many real sentences are accepted as quotes after what typing does to them, and how many with one word changed. */
export async function run(args: string[]): Promise<number> {
  const { positionals, values } = parseArgs({
    args,
    allowPositionals: true,
    options: { json: { type: "boolean", default: false }, show: { type: "boolean", default: false } },
  });
  const sets = positionals.length === 0 ? [await ownArticles()] : await Promise.all(positionals.map(articlesOf));
  const results = sets.map(({ name, texts }) => ({ set: name, ...measure(texts) }));
  for (const { set, real, changed, wrong } of values.json ? [] : results) {
    process.stdout.write(`${set}\n`);
    for (const [what, counts] of [
      ["real sentences accepted", real],
      ["one word changed accepted", changed],
    ] as const) {
      process.stdout.write(`  ${what.padEnd(28)}${shareOf(sum(counts))}\n`);
      for (const count of counts) process.stdout.write(`    ${count.kind.padEnd(26)}${shareOf(count)}\n`);
    }
    if (values.show) for (const line of wrong) process.stdout.write(`  ${line}\n`);
  }
  const pooled = { real: sum(results.flatMap(({ real }) => real)), changed: sum(results.flatMap(({ changed }) => changed)) };
  if (values.json) process.stdout.write(`${JSON.stringify({ sets: results.map(({ wrong, ...rest }) => rest), pooled })}\n`);
  else
    process.stdout.write(
      `all\n  ${"real sentences accepted".padEnd(28)}${shareOf(pooled.real)}\n  ${"one word changed accepted".padEnd(28)}${shareOf(pooled.changed)}\n`,
    );
  return 0;
}

/** Every sentence under every noise and every change; the choices depend on the sentence alone, so that each run is the same. */
function measure(texts: string[]): { real: Count[]; changed: Count[]; wrong: string[] } {
  const words = [...new Set(texts.flatMap((text) => text.match(/\p{L}{4,}/gu) ?? []))].sort();
  const sentences = texts.flatMap((text) =>
    sentencesOf(text)
      .filter(({ raw, kind }) => kind !== "row" && (raw.match(/[\p{L}\p{N}]+/gu)?.length ?? 0) >= FEWEST_WORDS)
      .map(({ raw }) => ({ raw, text })),
  );
  const real = new Map<string, Count>();
  const changed = new Map<string, Count>();
  const wrong: string[] = [];
  const count = (counts: Map<string, Count>, kind: string, accepted: boolean) => {
    const so = counts.get(kind) ?? { kind, tried: 0, accepted: 0 };
    counts.set(kind, { kind, tried: so.tried + 1, accepted: so.accepted + (accepted ? 1 : 0) });
  };
  for (const [place, { raw, text }] of sentences.entries()) {
    for (const [kind, noise] of Object.entries(NOISES)) {
      const quote = noise(raw, place);
      if (quote === null) continue;
      const accepted = verifyQuote(quote, text);
      count(real, kind, accepted);
      if (!accepted) wrong.push(`refused, ${kind}: ${quote}`);
    }
    for (const [kind, change] of Object.entries(CHANGES)) {
      const quote = change(raw, place, words);
      // a change that makes another sentence of the same article is none
      if (quote === null || quote === raw || plain(text).includes(plain(quote))) continue;
      const accepted = verifyQuote(quote, text);
      count(changed, kind, accepted);
      if (accepted) wrong.push(`accepted, ${kind}: ${quote} ← ${raw}`);
    }
  }
  return { real: [...real.values()], changed: [...changed.values()], wrong };
}

const plain = (text: string) => text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, " ");

function sum(counts: Count[]): Count {
  return counts.reduce((all, { tried, accepted }) => ({ kind: "all", tried: all.tried + tried, accepted: all.accepted + accepted }), {
    kind: "all",
    tried: 0,
    accepted: 0,
  });
}

const shareOf = ({ tried, accepted }: Count) =>
  `${tried === 0 ? "–" : `${((100 * accepted) / tried).toFixed(3)} %`} (${accepted}/${tried})`.padStart(26);

async function articlesOf(folder: string): Promise<{ name: string; texts: string[] }> {
  const { name, articles } = await readSet(folder);
  return { name: basename(resolve(name)), texts: articles.map(({ text }) => text) };
}

async function ownArticles(): Promise<{ name: string; texts: string[] }> {
  const files = (await readdir(KNOWLEDGE)).filter((file) => file.endsWith(".md")).sort();
  const texts = await Promise.all(files.map((file) => readFile(join(KNOWLEDGE, file), "utf8")));
  return { name: "fixtures/knowledge", texts: texts.map((text) => text.replace(/^---\n[\s\S]*?\n---\n/, "")) };
}
