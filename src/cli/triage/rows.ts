import { createHash } from "node:crypto";
import { z } from "zod";
import type { TriageExample } from "../../ports/triage.ts";
import { parseJson } from "../lines.ts";

const words = (longest: number) =>
  z
    .string()
    .max(longest)
    .refine((text) => text.trim() !== "", "must not be empty");

const row = z.object({ id: z.union([z.string().max(200), z.number()]).nullish(), text: words(100_000), label: words(200) });

/** Reads a `{id?, text, label}` line; without an id the example is known by its words. Throws what is wrong with it. */
export function parseExample(line: string): TriageExample {
  const { data, error } = row.safeParse(parseJson(line));
  if (error) throw new Error(error.issues.map(({ path, message }) => `${path.join(".") || "the line"}: ${message}`).join("; "));
  const [text, label] = [storable(data.text), storable(data.label)];
  const id = storable(String(data.id ?? ""));
  return { id: id || createHash("sha256").update(`${label}\n${text}`).digest("hex"), text, label };
}

/** PostgreSQL keeps no NUL and no half a character. */
const storable = (text: string) => text.replaceAll("\u0000", "").toWellFormed();
