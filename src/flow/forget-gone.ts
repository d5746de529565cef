import { HelpdeskError } from "../ports/helpdesk.ts";
import type { Ports } from "../ports.ts";

/** A conversation is forgotten when Chatwoot has said for so long that there is none: a wrong answer of an hour must cost nothing. */
const GONE_FOR_HOURS = 24;
/** Conversations that one run asks for. */
const MOST = 200;

/**
 * Deletes what we hold of conversations that no longer exist, after asking once more. Chatwoot deletes a contact's conversations with the
 * contact and tells nobody, so the contact's others are asked for, too.
 */
export async function forgetGone({
  store,
  helpdesk,
  clock,
  settings,
  log,
}: Pick<Ports, "store" | "helpdesk" | "clock" | "settings" | "log">): Promise<void> {
  const now = clock.now();
  const { accountId } = settings;
  const goneSince = new Date(now.getTime() - GONE_FOR_HOURS * 3_600_000);
  let forgotten = 0;
  try {
    for (const conversationId of await store.conversations.goneBefore(accountId, goneSince, MOST)) {
      if (!(await isGone(conversationId))) continue;
      for (const sibling of await store.conversations.siblings(accountId, conversationId))
        if (await isGone(sibling)) await store.conversations.markGone(accountId, sibling, now);
      await store.forget(accountId, conversationId);
      forgotten += 1;
    }
  } catch (error) {
    if (!(error instanceof HelpdeskError)) throw error;
    log.warn({ reason: error.message }, "Chatwoot could not be asked what it no longer has; the next run asks again");
  }
  if (forgotten > 0) log.info({ forgotten }, "deleted what was held of conversations that Chatwoot no longer has");

  async function isGone(conversationId: number): Promise<boolean> {
    try {
      await store.conversations.see(await helpdesk.conversation(conversationId), now);
      return false;
    } catch (error) {
      if (error instanceof HelpdeskError && error.kind === "gone") return true;
      throw error;
    }
  }
}
