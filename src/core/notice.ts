import { neutralise } from "./liquid.ts";
import { inline } from "./note-text.ts";
import type { ApprovalStatus } from "./words.ts";

/** A notice is one short line; longer ones would bury the conversation. Characters. */
export const LONGEST_NOTICE = 399;

/** Answers a command that was refused; `why` is the refusal's sentence. */
export function refusedNotice(command: string, why: string): string {
  return notice(`⛔ \`/${command.replace(/[^a-z]/gi, "").slice(0, 20)}\` was not carried out.`, why);
}

/** Refuses a command that came right after its draft was replaced: the operator may have meant the old one. */
export function replacedNotice(command: string, newDraft: string): string {
  return notice(
    `⛔ \`/${command.replace(/[^a-z]/gi, "").slice(0, 20)}\` was not carried out: the draft had just been replaced. Read the new one, then decide:`,
    newDraft,
  );
}

/** Tells those who take the conversation over what they are to do, and who sent it. */
export function escalationNotice({ by, to, note }: { by: string; to: string | null; note: string | null }): string {
  return notice(`📣 ${inline(by, 60)} escalated this conversation${to === null ? "" : ` to ${inline(to, 80)}`}.`, note ?? "");
}

/** Stands below a draft's note that could not be taken away. */
export function endedNotice(status: ApprovalStatus): string {
  return notice(`✔️ The draft above is ${status.replaceAll("_", " ")} and waits for no decision any more.`, "");
}

/** Says below a reply that it is not the one that was approved; what was follows as far as there is room. */
export function differsNotice({ by, approved }: { by: string | null; approved: string }): string {
  const whose = by === null ? "were approved" : `${inline(by, 60)} approved`;
  return notice(`⚠️ Chatwoot stored other words in the reply above than those that ${whose}. Look at both. Approved:`, approved);
}

/** Our own words whole, then as much of the words from outside as fits. */
function notice(own: string, outside: string): string {
  const room = LONGEST_NOTICE - own.length - 1;
  let words = inline(outside, room);
  // Escapes and word joiners lengthen a text; a quarter less each time is soon short enough.
  for (let length = room; neutralise(words).length > room; length = Math.floor(length * 0.75)) words = inline(outside, length);
  return neutralise(words === "" ? own : `${own} ${words}`);
}
