import { Later } from "../core/later.ts";
import type { Message } from "../core/words.ts";
import { HelpdeskError } from "../ports/helpdesk.ts";
import type { Ports } from "../ports.ts";

/** Chatwoot may still be working on a post this long after it began (its own limit is 15 s). */
export const UNKNOWN_FATE_SECONDS = 20;

/** Our marks are looked for among this many newest messages: more than can be written while a fate is unknown. */
const LOOK_BACK = 100;

/** The message that carries our mark with this `ref`, when Chatwoot has stored it; a conversation that is gone holds none. */
export async function findMarked(helpdesk: Ports["helpdesk"], conversationId: number, ref: string): Promise<Message | null> {
  try {
    const messages = await helpdesk.messages(conversationId, { atLeast: LOOK_BACK });
    return messages.find((message) => message.mark?.ref === ref && !message.deleted) ?? null;
  } catch (error) {
    if (error instanceof HelpdeskError && error.kind === "gone") return null;
    throw error;
  }
}

/** Throws Later until an attempt that began at `attemptedAt` can no longer be stored by Chatwoot. */
export function waitForFate(attemptedAt: Date, now: Date): void {
  const left = UNKNOWN_FATE_SECONDS - (now.getTime() - attemptedAt.getTime()) / 1000;
  if (left > 0) throw new Later(Math.min(2, left + 0.1), "the fate of an earlier attempt is unknown, looking again");
}
