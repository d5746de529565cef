import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";

const SRC = join(import.meta.dirname, "..", "src");

/** Who may import whom. A room is a folder of `src`, or a file at its top. */
const MAY_IMPORT: Record<string, string[]> = {
  core: ["core"],
  "ports.ts": ["core", "ports.ts"],
  flow: ["core", "ports.ts", "flow"],
  adapters: ["core", "ports.ts", "adapters"], // its own folder only: see the test below
  http: ["core", "ports.ts", "flow", "http"],
  "worker.ts": ["core", "ports.ts", "flow"],
  "metrics.ts": ["core", "ports.ts"],
  "config.ts": [],
  "log.ts": [],
  "policy-file.ts": ["core"],
  "health.ts": ["core", "ports.ts"],
  "compose.ts": ["adapters", "core", "ports.ts", "config.ts", "log.ts", "health.ts", "metrics.ts", "policy-file.ts"],
  simulator: ["simulator"],
};

/** One package, one home: where each may be imported. Builtins are everybody's but core's. */
const HOMES: Record<string, string[]> = {
  zod: [
    "core",
    "config.ts",
    "policy-file.ts",
    "http",
    "adapters/chatwoot",
    "adapters/anthropic",
    "adapters/knowledge",
    "adapters/spool",
    "simulator",
    "cli",
  ],
  express: ["http", "simulator"],
  helmet: ["http"],
  "better-sse": ["http"],
  "rate-limiter-flexible": ["http"],
  "zod-openapi": ["http"],
  "swagger-ui-dist": ["http"],
  cookie: ["http"],
  pino: ["log.ts"],
  "prom-client": ["metrics.ts"],
  "p-retry": ["adapters"],
  pg: ["adapters/postgres"],
  kysely: ["adapters/postgres"],
  "pg-boss": ["adapters/postgres"],
  "@anthropic-ai/sdk": ["adapters/anthropic"],
  "@llamaindex/core": ["adapters/knowledge"],
  llamaindex: ["adapters/knowledge"],
  diff: ["core"],
  yaml: ["policy-file.ts", "adapters/knowledge"],
  "csv-parse": ["adapters/knowledge"],
  htmlparser2: ["adapters/knowledge"],
  liquidjs: ["simulator"],
  multer: ["simulator"],
  "markdown-it": ["simulator"],
  minisearch: ["cli"],
};

/** Pure judgement may hash; it may not reach outside. */
const CORE_BUILTINS = ["node:crypto"];

interface Import {
  from: string;
  to: string;
}

const files = (readdirSync(SRC, { recursive: true, encoding: "utf8" }) as string[]).filter((file) => file.endsWith(".ts")).sort();
const imports: Import[] = files.flatMap((from) => importsOf(readFileSync(join(SRC, from), "utf8")).map((to) => ({ from, to })));
const inside = imports.filter(({ to }) => to.startsWith("."));
const outside = imports.filter(({ to }) => !to.startsWith("."));

test("there are imports to judge", () => {
  expect(inside.length).toBeGreaterThan(200);
  expect(outside.length).toBeGreaterThan(50);
});

test("every room imports only the rooms it may", () => {
  const wrong = inside.filter(({ from, to }) => {
    const allowed = MAY_IMPORT[roomOf(from)];
    return allowed !== undefined && !allowed.includes(roomOf(targetOf({ from, to })));
  });
  expect(wrong).toEqual([]);
});

test("every room but the front doors stands in the table", () => {
  const rooms = new Set(files.map(roomOf));
  expect([...rooms].filter((room) => !(room in MAY_IMPORT) && room !== "cli" && room !== "main.ts")).toEqual([]);
});

test("an adapter knows no other adapter", () => {
  const wrong = inside.filter(({ from, to }) => {
    const target = targetOf({ from, to });
    return from.startsWith("adapters/") && target.startsWith("adapters/") && adapterOf(from) !== adapterOf(target);
  });
  expect(wrong).toEqual([]);
});

test("every package is imported only where its home is", () => {
  const wrong = outside
    .filter(({ to }) => !to.startsWith("node:"))
    .filter(({ from, to }) => !(HOMES[packageOf(to)] ?? []).some((home) => from === home || from.startsWith(`${home}/`)));
  expect(wrong).toEqual([]);
});

test("every dependency has a home, and every home a dependency", () => {
  const { dependencies } = JSON.parse(readFileSync(join(SRC, "..", "package.json"), "utf8"));
  expect(Object.keys(HOMES).sort()).toEqual(Object.keys(dependencies).sort());
});

test("core reaches nothing outside", () => {
  const wrong = outside.filter(({ from, to }) => from.startsWith("core/") && to.startsWith("node:") && !CORE_BUILTINS.includes(to));
  expect(wrong).toEqual([]);
});

test("only the configuration reads the environment", () => {
  const readers = files.filter((file) => /process\s*\.\s*env\b/.test(readFileSync(join(SRC, file), "utf8")));
  expect(readers).toEqual(["config.ts"]);
});

function importsOf(source: string): string[] {
  const code = source.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");
  const found = [...code.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*"([.@a-z][^"\s]*)"/g)].map((match) => match[1] as string);
  return [...new Set(found)];
}

const targetOf = ({ from, to }: Import) => relative(SRC, resolve(SRC, dirname(from), to));
/** The ports have a second floor: `ports.ts` and the folder `ports` are one room. */
const roomOf = (file: string) => (file.split("/")[0] as string).replace(/^ports$/, "ports.ts");
const adapterOf = (file: string) => file.split("/").slice(0, 2).join("/");
const packageOf = (specifier: string) =>
  specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
