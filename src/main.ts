#!/usr/bin/env -S node --max-semi-space-size=16 --initial-old-space-size=128
import { enableCompileCache } from "node:module";
import { UsageError } from "./cli/usage.ts";
import { ConfigError, compiledCodeFolder } from "./config.ts";

/** `countersign <command>`: each command is a file that exports `run(args)`; it is loaded only when it is called. */
const COMMANDS: Record<string, { summary: string; load: () => Promise<{ run(args: string[]): Promise<number> }> }> = {
  serve: {
    summary: "run the server: door, API, console and worker (--no-worker: without the worker)",
    load: () => import("./cli/serve.ts"),
  },
  worker: { summary: "run a worker without HTTP", load: () => import("./cli/worker.ts") },
  migrate: { summary: "bring the database up to date", load: () => import("./cli/migrate.ts") },
  demo: {
    summary: "run a simulator and a server with ten stories, to look at (--fault NAME breaks something: chatwoot-500, …)",
    load: () => import("./cli/demo.ts"),
  },
  simulator: {
    summary: "run a Chatwoot that behaves like the real one (--port N [--installation FILE])",
    load: () => import("./cli/simulator.ts"),
  },
  knowledge: {
    summary: 'sync | search ["question"] [--json] [--limit N] | learn [--from-chatwoot --since DAY] [--json] < answered.jsonl | forget ID…',
    load: () => import("./cli/knowledge.ts"),
  },
  triage: {
    summary: 'train [--add] [--json] < labelled.jsonl | test "a message" | test --json < messages.jsonl | check | list | export | reset',
    load: () => import("./cli/triage.ts"),
  },
  lessons: { summary: "mine | list [--json]: what operators keep changing in drafts", load: () => import("./cli/lessons.ts") },
  receive: {
    summary:
      "sign fixtures, send them through the door and judge what comes of it (FIXTURE… [--json] [--url URL [--secret S] [--token T]])",
    load: () => import("./cli/receive.ts"),
  },
  replay: { summary: "run a recorded delivery through the house again (DELIVERY_ID [--redraft])", load: () => import("./cli/replay.ts") },
  reconcile: { summary: "look for messages that no webhook told of ([--since TIME])", load: () => import("./cli/reconcile.ts") },
  "dead-letters": {
    summary: "list | show ID | redrive ID… (--all [--kind KIND]) | discard ID… --reason WHY",
    load: () => import("./cli/dead-letters.ts"),
  },
  eval: {
    summary: "retrieval | drafts | triage FOLDER… | flags | injection: measure our judgement on real questions ([--json]; see each kind)",
    load: () => import("./cli/eval.ts"),
  },
  calibrate: {
    summary: "fit the confidence on what people decided ([--dry-run] [--json])",
    load: () => import("./cli/calibrate.ts"),
  },
  export: { summary: "print what every decision taught, one JSON object a line ([--since TIME])", load: () => import("./cli/export.ts") },
  openapi: { summary: "print the OpenAPI document", load: () => import("./cli/openapi.ts") },
};

/** Those that people wait for after a crash or during a rolling restart: they start from code that is compiled already. */
const IN_A_HURRY = new Set(["serve", "worker"]);

/** A call to an outside service that does not answer would keep a process alive that has ended all of its own. */
const LINGER_MS = 500;

process.stdout.on("error", endWhenNobodyReads);
process.exitCode = await main(process.argv.slice(2));
setTimeout(exitOnceWritten, LINGER_MS).unref();

/** What is written to a pipe waits for its reader, who may be slower than we are. */
function exitOnceWritten(): void {
  if (process.stdout.writableLength + process.stderr.writableLength === 0) process.exit();
  setTimeout(exitOnceWritten, LINGER_MS).unref();
}

/** `countersign … | head`: who has read enough closes the pipe. */
function endWhenNobodyReads(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") throw error;
  process.exit();
}

/** Exit code 0 done, 1 failed, 2 wrong usage. */
async function main([name, ...args]: string[]): Promise<number> {
  const command = name === undefined ? undefined : COMMANDS[name];
  if (!command) {
    process.stderr.write(usage(name));
    return name === "--help" || name === "help" ? 0 : 2;
  }
  if (args.includes("--help")) {
    process.stdout.write(`usage: countersign ${name}: ${command.summary}\n`);
    return 0;
  }
  if (IN_A_HURRY.has(name ?? "")) enableCompileCache(compiledCodeFolder());
  try {
    return await (await command.load()).run(args);
  } catch (error) {
    if (error instanceof UsageError || isWrongOption(error)) {
      process.stderr.write(`${error.message}\nusage: countersign ${name}: ${command.summary}\n`);
      return 2;
    }
    process.stderr.write(
      error instanceof ConfigError ? `The configuration is not right:\n${error.message}\n` : `${name} failed: ${describe(error)}\n`,
    );
    return error instanceof ConfigError ? 2 : 1;
  }
}

/** What `parseArgs` throws when an option is not there or lacks its value. */
function isWrongOption(error: unknown): error is Error {
  return error instanceof Error && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS_");
}

function usage(name: string | undefined): string {
  const wrong = name === undefined || name.includes("help") ? "" : `There is no command "${name}".\n`;
  const lines = Object.entries(COMMANDS).map(([command, { summary }]) => `  ${command.padEnd(13)} ${summary}`);
  return `${wrong}usage: countersign <command>\n${lines.join("\n")}\n`;
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
