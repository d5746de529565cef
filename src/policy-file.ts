import { isMap, isScalar, LineCounter, type Node, parseDocument } from "yaml";
import type { z } from "zod";
import { closest } from "./core/closest.ts";
import { type Policy, policySchema } from "./core/policy.ts";
import { Problem } from "./core/problem.ts";

/**
 * A policy file's text (YAML, and JSON is YAML) as a policy with all defaults filled in.
 * Throws `invalid_payload` naming file, line and key of everything that is wrong; `extra.errors` holds them as `[{line, key, message}]`.
 */
export function parsePolicy(text: string, fileName: string): Policy {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, prettyErrors: false });
  if (document.errors.length > 0) {
    throw problem(
      fileName,
      document.errors.map((error) => ({ line: lines.linePos(error.pos[0]).line, key: "", message: error.message })),
    );
  }
  const parsed = policySchema.safeParse(withoutNulls(plainValue(document, fileName)) ?? {});
  if (parsed.success) return parsed.data;
  const lineOf = (path: PropertyKey[]) => lines.linePos(offsetOf(document.contents, path)).line;
  throw problem(
    fileName,
    parsed.error.issues.flatMap((issue) => mistakesOf(issue, lineOf)),
  );
}

interface Mistake {
  line: number;
  key: string;
  message: string;
}

function problem(fileName: string, mistakes: Mistake[]): Problem {
  const sentences = mistakes.map(({ line, message }) => `${fileName} line ${line}: ${message}`);
  return new Problem("invalid_payload", sentences.join("\n"), { extra: { errors: mistakes } });
}

/** A key whose entries are all commented out (`teams:`) is as good as absent. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).flatMap(([key, inner]) => (inner === null ? [] : [[key, withoutNulls(inner)]])));
}

/** Aliases may repeat a tree a thousandfold ("billion laughs"), which the parser refuses. */
function plainValue(document: ReturnType<typeof parseDocument>, fileName: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    throw problem(fileName, [{ line: 1, key: "", message: error instanceof Error ? error.message : String(error) }]);
  }
}

function mistakesOf(issue: z.core.$ZodIssue, lineOf: (path: PropertyKey[]) => number): Mistake[] {
  if (issue.code === "unrecognized_keys") {
    const known = keysAt(issue.path);
    return issue.keys.map((key) => {
      const meant = closest(key, known);
      const help = meant ? `did you mean \`${meant}\`?` : `known keys are ${known.map((name) => `\`${name}\``).join(", ")}`;
      return { line: lineOf([...issue.path, key]), key, message: `unknown key \`${key}\`; ${help}` };
    });
  }
  const key = issue.path.map(String).join(".");
  // An issue with a record's key carries what is wrong with the key one level down.
  const message = issue.code === "invalid_key" ? (issue.issues[0]?.message ?? issue.message) : issue.message;
  return [{ line: lineOf(issue.path), key, message: key === "" ? message : `\`${key}\`: ${message}` }];
}

/** The keys that may stand at a path, asked of the schema itself. */
function keysAt(path: PropertyKey[]): string[] {
  let schema: unknown = policySchema;
  for (const step of path) {
    const inner = unwrap(schema);
    schema = inner.shape?.[String(step)] ?? inner.element ?? inner.valueType;
  }
  const inner = unwrap(schema);
  return inner.keyType?.options ?? Object.keys(inner.shape ?? {});
}

interface Inner {
  shape?: Record<string, unknown>;
  element?: unknown;
  valueType?: unknown;
  keyType?: { options?: string[] };
}

function unwrap(schema: unknown): Inner {
  let current = schema as Inner & { unwrap?: () => unknown };
  while (
    current !== undefined &&
    current.shape === undefined &&
    current.element === undefined &&
    current.valueType === undefined &&
    current.unwrap
  ) {
    current = current.unwrap() as typeof current;
  }
  return current ?? {};
}

/** Where in the text the deepest part of a path stands that the file has; a missing key is its parent's place. */
function offsetOf(root: unknown, path: PropertyKey[]): number {
  let node = root as Node | null;
  let offset = node?.range?.[0] ?? 0;
  for (const step of path) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(step));
      if (!pair) return offset;
      offset = (pair.key as Node).range?.[0] ?? offset;
      node = pair.value as Node | null;
    } else {
      const items: unknown[] = (node as { items?: unknown[] } | null)?.items ?? [];
      const item = items[Number(step)] as Node | undefined;
      if (!item) return offset;
      offset = item.range?.[0] ?? offset;
      node = item;
    }
  }
  return offset;
}
