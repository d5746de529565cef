import type { Message } from "./words.ts";

/** Chatwoot gives a webhook five seconds, and its own queue takes a few. */
const ON_ITS_WAY_SECONDS = 15;

/**
 * Since when webhooks are missing: from the first message that had to be found on, until the next webhook comes. What was written just now
 * may still be told of. null while they come.
 */
export function silentSinceOf(
  found: Pick<Message, "createdAt">[],
  { before, lastReceived, now }: { before: Date | null; lastReceived: Date | null; now: Date },
): Date | null {
  if (before && (!lastReceived || lastReceived < before)) return before;
  return found.some(({ createdAt }) => now.getTime() - createdAt.getTime() > ON_ITS_WAY_SECONDS * 1000) ? now : null;
}

/** Has no webhook come for so long, although conversations move, that people should know? */
export function isSilent(silentSince: Date | null, { webhookSilenceMinutes }: { webhookSilenceMinutes: number }, now: Date): boolean {
  return silentSince !== null && now.getTime() - silentSince.getTime() >= webhookSilenceMinutes * 60_000;
}
