import { parseArgs } from "node:util";
import { readConfig } from "../config.ts";
import { type Outcome, playStories } from "./play-story.ts";
import { readStories } from "./read-stories.ts";
import type { OtherServer } from "./story-server.ts";
import { storyJson, storyLines, summaryLine } from "./tell-story.ts";
import { untilSignal } from "./until-signal.ts";
import { UsageError } from "./usage.ts";

/**
 * Signs fixtures with now, sends them through the door and prints what comes of them: in a throw-away house, or with `--url` on a
 * running server. 0 when everything is as the fixtures expect.
 */
export async function run(args: string[]): Promise<number> {
  const { files, server, json } = readArguments(args);
  const stories = await readStories(files);
  const stopped = untilSignal().then(() => null);
  const playing = playStories(stories, server ? { server } : {});
  const outcomes: Outcome[] = [];
  try {
    for (;;) {
      const next = await Promise.race([playing.next(), stopped]);
      if (next === null) {
        process.stderr.write("Stopped before the last story.\n");
        return 1;
      }
      if (next.done) break;
      outcomes.push(next.value);
      process.stdout.write(json ? `${JSON.stringify(storyJson(next.value))}\n` : `${storyLines(next.value)}\n`);
    }
  } finally {
    await playing.return();
  }
  if (!json) process.stdout.write(summaryLine(outcomes));
  return outcomes.every(({ verdict }) => verdict.held) ? 0 : 1;
}

function readArguments(args: string[]): { files: string[]; server: OtherServer | null; json: boolean } {
  const options = { url: { type: "string" }, secret: { type: "string" }, token: { type: "string" }, json: { type: "boolean" } } as const;
  const { positionals: files, values } = parse(() => parseArgs({ args, allowPositionals: true, options }));
  if (files.length === 0) throw new UsageError("Name at least one fixture, e.g. fixtures/deliveries/product-torque.json.");
  if (values.url === undefined) {
    if (values.secret !== undefined || values.token !== undefined) throw new UsageError("--secret and --token belong to --url.");
    return { files, server: null, json: values.json ?? false };
  }
  if (!/^https?:\/\//.test(values.url)) throw new UsageError(`--url ${values.url}: is no http(s) URL.`);
  const secret = values.secret ?? readConfig().CHATWOOT_WEBHOOK_SECRET[0];
  if (!secret) throw new UsageError("--url needs the webhook's secret, in --secret or CHATWOOT_WEBHOOK_SECRET.");
  return {
    files,
    server: { url: values.url, secret, ...(values.token !== undefined && { token: values.token }) },
    json: values.json ?? false,
  };
}

/** Options that are not there are wrong usage, not a failure. */
function parse<Result>(read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    throw error instanceof TypeError ? new UsageError(error.message) : error;
  }
}
