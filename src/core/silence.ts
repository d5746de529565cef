import type { Message } from "./words.ts";

/** Chatwoot gives a webhook five seconds, and its own queue takes a few. */
const ON_ITS_WAY_SECONDS = 15;

/**
 * Since when webhooks about messages are missing, be it all or because somebody unticked those: from the first message that had to be found
 * on, until the next one is told of. What was written just now may still be told of. null while they come.
 */
export function silentSinceOf(
  found: Pick<Message, "createdAt">[],
  { before, lastTold, now }: { before: Date | null; lastTold: Date | null; now: Date },
): Date | null {
  if (before && (!lastTold || lastTold < before)) return before;
  return found.some(({ createdAt }) => now.getTime() - createdAt.getTime() > ON_ITS_WAY_SECONDS * 1000) ? now : null;
}

/** Has no webhook told of a message for so long, although customers write, that people should know? */
export function isSilent(silentSince: Date | null, { webhookSilenceMinutes }: { webhookSilenceMinutes: number }, now: Date): boolean {
  return silentSince !== null && now.getTime() - silentSince.getTime() >= webhookSilenceMinutes * 60_000;
}
