import type { DecisionCommand } from "./approval.ts";
import { closest } from "./closest.ts";
import { Problem } from "./problem.ts";
import type { RejectReason } from "./words.ts";

/** The reasons a draft may be rejected for, as API and note command name them. */
export const REJECT_REASONS = [
  "wrong_fact",
  "wrong_tone",
  "policy",
  "outdated",
  "not_needed",
  "other",
] as const satisfies readonly RejectReason[];

/**
 * Reads a private note that is a command: `/approve`, `/edit <text>`, `/reject <reason> [comment]`, `/escalate [team] [note]`,
 * `/redraft [instruction]`; null when the note is none. Throws `invalid_payload` with a sentence that says how to write it.
 */
export function parseCommand(note: string, teams: { id: number; name: string }[]): DecisionCommand | null {
  const match = /^\/(approve|edit|reject|escalate|redraft)(?=\s|$)/i.exec(note.trimStart());
  if (!match) return null;
  const rest = note.trimStart().slice(match[0].length);
  switch (match[1]?.toLowerCase()) {
    case "approve":
      return parseApprove(rest.trim());
    case "edit":
      return parseEdit(rest);
    case "reject":
      return parseReject(rest.trim());
    case "escalate":
      return parseEscalate(rest.trim(), teams);
    default:
      return { decision: "redraft", instruction: rest.trim() || null };
  }
}

const refusal = (detail: string) => new Problem("invalid_payload", detail);

/** Words after `/approve` may be a correction; sending the draft without them would not be what was meant. */
function parseApprove(rest: string): DecisionCommand {
  if (rest !== "") throw refusal("`/approve` sends the draft as it is and takes no text. To send other words write `/edit` and the text.");
  return { decision: "approve" };
}

/** The text may start on the command's line or on the next; its own line breaks stay. */
function parseEdit(rest: string): DecisionCommand {
  const response = rest.replace(/^[^\S\n]*\r?\n?/, "").trimEnd();
  if (response.trim() === "") throw refusal("`/edit` needs the text to send, for example: `/edit Hello, your order left today.`");
  return { decision: "edit", response };
}

/** An editor may escape the underscore, people write a space or a hyphen for it; words that are no reason are the comment of `other`. */
function parseReject(rest: string): DecisionCommand {
  const text = rest.replaceAll("\\_", "_");
  if (text === "")
    throw refusal(`\`/reject\` needs a reason: ${REJECT_REASONS.join(", ")}. For example: \`/reject wrong_fact the size is AN-8\``);
  for (const reason of REJECT_REASONS) {
    const written = new RegExp(`^${reason.replace("_", "[_\\s-]?")}(?=$|[\\s:,.;])`, "i").exec(text);
    if (written) return { decision: "reject", reason, comment: text.slice(written[0].length).replace(/^[\s:,.;]+/, "") || null };
  }
  return { decision: "reject", reason: "other", comment: text };
}

function parseEscalate(rest: string, teams: { id: number; name: string }[]): DecisionCommand {
  const named = teamAtStart(rest, teams);
  if (named) return { decision: "escalate", teamId: named.id, assigneeId: null, note: named.rest || null };
  const [first = ""] = rest.split(/\s/, 1);
  const single = first === rest && first !== "";
  if (/^#?\d+$/.test(first) || single || closestTeam(rest, teams)) throw unknownTeam(first, teams);
  return { decision: "escalate", teamId: null, assigneeId: null, note: rest || null };
}

/** The longest team name, else a team's id, that the text begins with; what follows is the note. */
function teamAtStart(text: string, teams: { id: number; name: string }[]): { id: number; rest: string } | null {
  const byLength = teams.toSorted((a, b) => b.name.length - a.name.length);
  for (const { id, name } of byLength) {
    for (const written of [name, `"${name}"`, `@${name}`, String(id), `#${id}`]) {
      if (text.slice(0, written.length).toLowerCase() !== written.toLowerCase()) continue;
      const rest = text.slice(written.length);
      if (/^(?:$|[\s:,.;–—-])/.test(rest)) return { id, rest: rest.replace(/^[\s:,.;–—-]+/, "") };
    }
  }
  return null;
}

/** A mistyped team must not become a note that goes to somebody else: compares as many leading words as the name has. */
function closestTeam(text: string, teams: { name: string }[]): string | null {
  const words = text.split(/\s+/);
  for (const { name } of teams) {
    const start = words.slice(0, name.split(/\s+/).length).join(" ");
    if (start.length >= 4 && closest(start, [name])) return name;
  }
  return null;
}

function unknownTeam(word: string, teams: { id: number; name: string }[]): Problem {
  const names = teams.map(({ id, name }) => `${name} (${id})`).join(", ");
  const list = names === "" ? "there are no teams" : `teams are ${names.length > 200 ? `${names.slice(0, 200)}…` : names}`;
  return refusal(
    `There is no team “${word.slice(0, 60)}”: ${list}. Write \`/escalate [team] [note]\`; a note alone needs more than one word.`,
  );
}
