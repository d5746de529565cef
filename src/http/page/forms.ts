import express, { type Request, type Response } from "express";
import type { DecisionCommand } from "../../core/approval.ts";
import { Problem } from "../../core/problem.ts";
import { DECISIONS } from "../decisions.ts";

/** The longest message, each character escaped, fits. */
const readUrlencoded = express.urlencoded({ extended: false, limit: 2 * 1024 * 1024, inflate: false });

export type Form = Record<string, string | undefined>;

/** The fields of a posted form. Line breaks are what was typed, not the CRLF that browsers send. */
export async function readForm(req: Request, res: Response): Promise<Form> {
  await new Promise<void>((resolve, reject) => readUrlencoded(req, res, (error?: unknown) => (error ? reject(error) : resolve())));
  const fields = Object.entries((req.body ?? {}) as Record<string, unknown>);
  return Object.fromEntries(fields.map(([name, value]) => [name, typeof value === "string" ? value.replaceAll("\r\n", "\n") : undefined]));
}

/** The version that the form was made on; null when it says none. */
export function versionOf({ version = "" }: Form): number | null {
  return /^\d{1,9}$/.test(version) ? Number(version) : null;
}

/** Reads a decision from its form with the same schema as the API's body. Throws `invalid_payload`. */
export function commandOf(kind: keyof typeof DECISIONS, form: Form): DecisionCommand {
  const target = /^(team|person):(\d{1,10})$/.exec(form.to ?? "");
  const parsed = DECISIONS[kind].body.safeParse({
    response: form.response,
    reason: form.reason,
    comment: form.comment || null,
    note: form.note || null,
    instruction: form.instruction || null,
    team_id: target?.[1] === "team" ? Number(target[2]) : null,
    assignee_id: target?.[1] === "person" ? Number(target[2]) : null,
  });
  if (!parsed.success) throw new Problem("invalid_payload", "The form was not filled in as it should be.", { cause: parsed.error });
  return parsed.data;
}
