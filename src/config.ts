import { readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { z } from "zod";

/** What is wrong with the configuration, one line per variable; the start stops with it. */
export class ConfigError extends Error {
  constructor(problems: string[]) {
    super(problems.join("\n"));
    this.name = "ConfigError";
  }
}

/** Decimal digits only: no "0x50", no "1e3". */
const number = (limits: z.ZodNumber) =>
  z
    .string()
    .regex(/^\d+(\.\d+)?$/, "must be a number")
    .transform(Number)
    .pipe(limits);
const seconds = (fallback: number) => number(z.number().max(86_400)).default(fallback);
const folder = z
  .string()
  .transform((path) => resolve(path))
  .refine((path) => statSync(path, { throwIfNoEntry: false })?.isDirectory(), "is no folder that can be read");
const file = z
  .string()
  .transform((path) => resolve(path))
  .refine((path) => statSync(path, { throwIfNoEntry: false })?.isFile(), "is no file that can be read");
const flag = z.enum(["true", "false", "1", "0"]).transform((value) => value === "true" || value === "1");
const httpUrl = z.url({ protocol: /^https?$/, error: "must be an http(s) URL" }).transform((url) => url.replace(/\/+$/, ""));
const optionalText = z.string().min(1).optional();

/** Every variable, as `.env.example` explains them. */
const schema = z.object({
  PORT: number(z.int().max(65_535)).default(3000),
  HOST: z.string().default("127.0.0.1"),
  PUBLIC_URL: httpUrl.optional(),
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/, error: "must be a postgresql:// URL" }).optional(),
  DATA_DIR: z
    .string()
    .default("./data")
    .transform((path) => resolve(path)),
  CHATWOOT_BASE_URL: httpUrl.optional(),
  CHATWOOT_ACCOUNT_ID: number(z.int().positive()).optional(),
  CHATWOOT_API_TOKEN: optionalText,
  CHATWOOT_WEBHOOK_SECRET: z
    .string()
    .optional()
    .transform((list) =>
      (list ?? "")
        .split(",")
        .map((secret) => secret.trim())
        .filter(Boolean),
    ),
  WEBHOOK_PATH_SECRET: z.string().min(24, "must have at least 24 characters: it stands in for a signature").optional(),
  SIGNATURE_TOLERANCE_SECONDS: number(z.int().min(1)).default(300),
  ENCRYPTION_KEY: z
    .string()
    .regex(/^[0-9a-f]{64}$/i, "must be 64 hex digits, e.g. from `openssl rand -hex 32`")
    .optional(),
  ANTHROPIC_API_KEY: optionalText,
  ANTHROPIC_BASE_URL: httpUrl.optional(),
  ANTHROPIC_MODEL: z.string().default("claude-sonnet-5-5"),
  ANTHROPIC_FALLBACK_MODEL: z
    .string()
    .default("claude-haiku-5-5")
    .transform((model) => (model === "none" ? null : model)),
  ANTHROPIC_MAX_TOKENS: number(z.int().min(500).max(64_000)).default(4_000),
  ANTHROPIC_THINKING_TOKENS: number(
    z
      .int()
      .max(64_000)
      .refine((tokens) => tokens === 0 || tokens >= 1024, "must be 0 or at least 1024"),
  ).default(0),
  ANTHROPIC_TIMEOUT_SECONDS: number(z.number().min(1).max(600)).default(45),
  MODEL_TOKENS_PER_DAY: number(z.int().positive()).optional(),
  MODEL_USD_PER_DAY: number(z.number().positive()).optional(),
  MODEL_TOKENS_PER_DRAFT: number(z.int().positive()).optional(),
  MODEL_USD_PER_DRAFT: number(z.number().positive()).optional(),
  KNOWLEDGE_DIR: folder.optional(),
  CHATWOOT_KNOWLEDGE: z
    .string()
    .default("articles,canned")
    .transform((list) => (list === "none" ? [] : list.split(",").map((kind) => kind.trim())))
    .pipe(z.array(z.enum(["articles", "canned"], { error: "must be `articles`, `canned`, `articles,canned` or `none`" }))),
  KNOWLEDGE_RETRIEVER: file.optional(),
  EMBEDDINGS_URL: httpUrl.optional(),
  EMBEDDINGS_MODEL: optionalText,
  EMBEDDINGS_API_KEY: optionalText,
  RERANK_URL: httpUrl.optional(),
  RERANK_MODEL: optionalText,
  RERANK_API_KEY: optionalText,
  POLICY_FILE: z
    .string()
    .optional()
    .transform((path) => path && resolve(path)),
  DRAFTING: z.enum(["on", "paused"]).default("on"),
  DRAFT_DEBOUNCE_SECONDS: seconds(2),
  SEND_HOLD_SECONDS: seconds(5),
  APPROVAL_EXPIRY_HOURS: number(z.number().positive()).default(72),
  WEBHOOK_SILENCE_MINUTES: number(z.number().positive()).default(5),
  RETENTION_DAYS: number(z.int().positive()).default(365),
  HIDDEN_SCORE_SHARE: number(z.number().max(1)).default(0.1),
  LOG_LEVEL: z.enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"]).default("info"),
  COOKIE_SECURE: flag.optional(),
});

/** An endpoint without the name of its model would be asked for nothing. */
const complete = schema.superRefine((config, context) => {
  for (const kind of ["EMBEDDINGS", "RERANK"] as const)
    if (config[`${kind}_URL`] && !config[`${kind}_MODEL`])
      context.addIssue({ code: "custom", path: [`${kind}_MODEL`], message: `is missing; ${kind}_URL is set` });
});

/** The configuration as the house uses it; secrets are plain text in memory only. */
export type Config = z.infer<typeof schema>;

/** What talking to Chatwoot needs, besides what every command needs. */
export type ServerConfig = Config &
  Required<Pick<Config, "CHATWOOT_BASE_URL" | "CHATWOOT_ACCOUNT_ID" | "CHATWOOT_API_TOKEN" | "ENCRYPTION_KEY">>;

/** Reads the environment; `NAME_FILE` reads the value from a file. Throws a ConfigError that names every bad variable. */
export function readConfig(env: Record<string, string | undefined> = process.env): Config {
  const problems: string[] = [];
  const values: Record<string, string> = {};
  for (const name of Object.keys(schema.shape)) {
    const file = env[`${name}_FILE`];
    if (file) {
      try {
        values[name] = readFileSync(file, "utf8").trim();
      } catch (error) {
        problems.push(`${name}_FILE: cannot read ${file} (${(error as NodeJS.ErrnoException).code ?? "error"}); name a readable file.`);
      }
    } else if (env[name]?.trim()) {
      values[name] = env[name].trim();
    }
  }
  const parsed = complete.safeParse(values);
  if (!parsed.success) problems.push(...parsed.error.issues.map((issue) => `${String(issue.path[0])}: ${issue.message}.`));
  if (problems.length > 0 || !parsed.success) throw new ConfigError(problems);
  return parsed.data;
}

/** Where code is kept as it was compiled, so that a server is back sooner: with our data, because whoever can write there can have us run theirs. */
export function compiledCodeFolder(): string {
  return join(resolve(process.env.DATA_DIR || "./data"), "compiled");
}

/** True when npm's shell stands between us and whoever started us. */
export function isRunByNpm(): boolean {
  return process.env.npm_command !== undefined;
}

/** The demo's: a folder of its own, its own PostgreSQL whatever the environment names, and a quiet log. */
export function readDemoConfig(): Config {
  const { DATABASE_URL: _, ...env } = process.env;
  return readConfig({ DATA_DIR: "./data/demo", LOG_LEVEL: "warn", ...env });
}

/** The same, with everything that a server needs; verification has no off switch. */
export function readServerConfig(env?: Record<string, string | undefined>): ServerConfig {
  return serverConfig(readConfig(env));
}

/** Checks that a configuration is enough for a server. */
export function serverConfig(config: Config): ServerConfig {
  const problems = (["CHATWOOT_BASE_URL", "CHATWOOT_ACCOUNT_ID", "CHATWOOT_API_TOKEN", "ENCRYPTION_KEY"] as const)
    .filter((name) => config[name] === undefined)
    .map((name) => `${name}: is missing; .env.example says what it is.`);
  if (config.CHATWOOT_WEBHOOK_SECRET.length === 0 && !config.WEBHOOK_PATH_SECRET) {
    problems.push(
      "CHATWOOT_WEBHOOK_SECRET: is missing; Chatwoot shows it when the webhook is created. For a Chatwoot that does not sign, set WEBHOOK_PATH_SECRET.",
    );
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return config as ServerConfig;
}
