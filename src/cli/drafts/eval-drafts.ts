import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { removeEmbedded } from "../../adapters/postgres/embedded.ts";
import { openRecords } from "../../compose.ts";
import { readConfig } from "../../config.ts";
import type { HouseStyle } from "../../core/words.ts";
import { createLog } from "../../log.ts";
import { readSet } from "../retrieval/set.ts";
import { UsageError } from "../usage.ts";
import { type SavedRun, savedRunSchema } from "./observation.ts";
import { differenceOf, differenceText, reportOf, textOf } from "./report.ts";
import { runSet } from "./run-set.ts";

/**
 * `eval drafts FOLDER…` has drafts written for sets of real questions, by Claude when ANTHROPIC_API_KEY is set and from the sources' own words
 * otherwise, and measures them. `--save FILE` keeps a run; `--against FILE` compares with a kept one question by question; `--rules FILE` adds
 * house rules, one a line. The database is one of its own, gone afterwards.
 */
export async function run(args: string[]): Promise<number> {
  const { positionals: folders, values } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      limit: { type: "string" },
      json: { type: "boolean", default: false },
      save: { type: "string" },
      against: { type: "string" },
      rules: { type: "string" },
    },
  });
  if (folders.length === 0) throw new UsageError("Say `eval drafts` and the folder of a set, or several.");
  const limit = values.limit === undefined ? Number.POSITIVE_INFINITY : Number(values.limit);
  if (!(limit >= 1)) throw new UsageError(`--limit ${values.limit}: must be a number from 1 on.`);
  const earlier = values.against === undefined ? null : await readRun(values.against);
  const houseStyle = values.rules === undefined ? { version: 0, rules: [] } : await readRules(values.rules);
  const runs = await draftAll(folders, { limit, houseStyle });

  const { drafter, model, promptVersion } = runs[0] as SavedRun; // there is a folder
  const observations = runs.flatMap((one) => one.observations);
  if (values.save) await writeFile(values.save, `${JSON.stringify({ drafter, model, promptVersion, observations } satisfies SavedRun)}\n`);
  if (values.json) {
    const sets = runs.map((one) => reportOf(one.observations));
    const difference = earlier && differenceOf(observations, earlier);
    process.stdout.write(`${JSON.stringify({ drafter, model, promptVersion, sets, ...(difference && { difference }) })}\n`);
    return 0;
  }
  process.stdout.write(`${drafter}${model ? ` · ${model}` : ""} · ${promptVersion} · 95 % bootstrap intervals\n`);
  for (const one of runs) process.stdout.write(textOf(one.observations));
  if (earlier) process.stdout.write(differenceText(observations, earlier));
  return 0;
}

/** One set after the other, each in a database of its own: what one set's articles say is no answer to another's questions. */
async function draftAll(folders: string[], { limit, houseStyle }: { limit: number; houseStyle: HouseStyle }): Promise<SavedRun[]> {
  const runs: SavedRun[] = [];
  for (const folder of folders) {
    const set = await readSet(folder);
    const dataDir = await mkdtemp(join(tmpdir(), "countersign-eval-"));
    const log = createLog({ level: "warn", to: "stderr" });
    const given = readConfig();
    const config = {
      ...given,
      DATA_DIR: dataDir,
      DATABASE_URL: undefined,
      CHATWOOT_BASE_URL: undefined,
      ENCRYPTION_KEY: randomBytes(32).toString("hex"),
    };
    try {
      const records = await openRecords(config, log, { supervise: false });
      try {
        await records.prepare();
        runs.push(await runSet({ records, config, log }, { folder, set, limit, houseStyle }));
      } finally {
        await records.close();
      }
    } finally {
      await removeEmbedded(dataDir);
      await rm(dataDir, { recursive: true, force: true });
    }
  }
  return runs;
}

async function readRun(file: string): Promise<SavedRun> {
  const { data, error } = savedRunSchema.safeParse(
    await readFile(file, "utf8")
      .then(JSON.parse)
      .catch((cause: Error) => {
        throw new UsageError(`--against ${file} cannot be read: ${cause.message}`);
      }),
  );
  if (!data) throw new UsageError(`--against ${file} was not saved by this command: ${error.issues[0]?.message}`);
  return data;
}

async function readRules(file: string): Promise<HouseStyle> {
  const text = await readFile(file, "utf8").catch((error: Error) => {
    throw new UsageError(`--rules ${file} cannot be read: ${error.message}`);
  });
  return {
    version: 1,
    rules: text
      .split("\n")
      .map((rule) => rule.trim())
      .filter(Boolean),
  };
}
