import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ConfigError, readConfig, readServerConfig } from "../src/config.ts";

const ENOUGH = {
  CHATWOOT_BASE_URL: "https://chat.example.com/",
  CHATWOOT_ACCOUNT_ID: "1",
  CHATWOOT_API_TOKEN: "a-token",
  CHATWOOT_WEBHOOK_SECRET: "one, two",
  ENCRYPTION_KEY: "ab".repeat(32),
};

function refusal(env: Record<string, string>): string {
  try {
    readServerConfig({ ...ENOUGH, ...env });
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return "";
}

test("what a server needs is enough, everything else has a default", () => {
  expect(readServerConfig(ENOUGH)).toMatchObject({
    PORT: 3000,
    HOST: "127.0.0.1",
    CHATWOOT_BASE_URL: "https://chat.example.com",
    CHATWOOT_WEBHOOK_SECRET: ["one", "two"],
    DRAFT_DEBOUNCE_SECONDS: 2,
    ANTHROPIC_THINKING_TOKENS: 0,
    SEND_HOLD_SECONDS: 5,
    SIGNATURE_TOLERANCE_SECONDS: 300,
  });
});

test.each([
  ["PORT", "0x50"],
  ["PORT", "70000"],
  ["PUBLIC_URL", "countersign.example.com"],
  ["DATABASE_URL", "mysql://localhost/x"],
  ["CHATWOOT_BASE_URL", "ftp://chat.example.com"],
  ["CHATWOOT_ACCOUNT_ID", "-1"],
  ["WEBHOOK_PATH_SECRET", "short"],
  ["SIGNATURE_TOLERANCE_SECONDS", "0"],
  ["ENCRYPTION_KEY", "zz"],
  ["KNOWLEDGE_DIR", "/nowhere/at/all"],
  ["KNOWLEDGE_RETRIEVER", "/nowhere/retriever.ts"],
  ["CHATWOOT_KNOWLEDGE", "everything"],
  ["ANTHROPIC_THINKING_TOKENS", "500"],
  ["MODEL_USD_PER_DAY", "0"],
  ["DRAFTING", "maybe"],
  ["DRAFT_DEBOUNCE_SECONDS", "soon"],
  ["SEND_HOLD_SECONDS", "-5"],
  ["APPROVAL_EXPIRY_HOURS", "0"],
  ["RETENTION_DAYS", "1.5"],
  ["HIDDEN_SCORE_SHARE", "2"],
  ["LOG_LEVEL", "loud"],
  ["COOKIE_SECURE", "perhaps"],
])("a bad %s (%s) stops the start and names itself", (name, value) => {
  expect(refusal({ [name]: value })).toMatch(new RegExp(`^${name}: `));
});

test.each(Object.keys(ENOUGH))("a missing %s is named", (name) => {
  expect(refusal({ [name]: "" })).toMatch(new RegExp(`^${name}: is missing`));
});

test("all that is wrong is named at once", () => {
  expect(refusal({ PORT: "x", LOG_LEVEL: "y" }).split("\n")).toHaveLength(2);
});

test("NAME_FILE reads a secret from a file, and one that cannot be read is named", () => {
  const file = join(mkdtempSync(join(tmpdir(), "countersign-config-")), "token");
  writeFileSync(file, "from-a-file\n");
  expect(readConfig({ CHATWOOT_API_TOKEN_FILE: file }).CHATWOOT_API_TOKEN).toBe("from-a-file");
  expect(refusal({ CHATWOOT_API_TOKEN_FILE: `${file}.not` })).toMatch(/^CHATWOOT_API_TOKEN_FILE: cannot read/);
});

test(".env.example names every variable and no other", () => {
  const example = readFileSync(join(import.meta.dirname, "..", ".env.example"), "utf8");
  const named = [...example.matchAll(/^#?([A-Z][A-Z_]+)=/gm)].map((match) => match[1]);
  expect(named.sort()).toEqual(Object.keys(readConfig(ALL_SET)).sort());
});

/** With every optional variable set, a parsed configuration shows all names. */
const ALL_SET = {
  ...ENOUGH,
  PUBLIC_URL: "https://a.example",
  DATABASE_URL: "postgresql://localhost/x",
  WEBHOOK_PATH_SECRET: "x".repeat(24),
  ANTHROPIC_API_KEY: "k",
  ANTHROPIC_BASE_URL: "https://a.example",
  MODEL_TOKENS_PER_DAY: "1",
  MODEL_USD_PER_DAY: "0.5",
  MODEL_TOKENS_PER_DRAFT: "1",
  MODEL_USD_PER_DRAFT: "0.5",
  KNOWLEDGE_DIR: import.meta.dirname,
  KNOWLEDGE_RETRIEVER: import.meta.filename,
  EMBEDDINGS_URL: "https://a.example",
  EMBEDDINGS_MODEL: "m",
  EMBEDDINGS_API_KEY: "k",
  RERANK_URL: "https://a.example",
  RERANK_MODEL: "m",
  RERANK_API_KEY: "k",
  POLICY_FILE: import.meta.filename,
  COOKIE_SECURE: "true",
};
