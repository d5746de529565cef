import type { Conversation } from "../core/words.ts";
import { HelpdeskError } from "../ports/helpdesk.ts";
import type { Ports } from "../ports.ts";

/** A conversation is forgotten when Chatwoot has said for so long that there is none: a wrong answer of an hour must cost nothing. */
const GONE_FOR_HOURS = 24;
/** Conversations that one run asks for, of those that are gone and of those that may be. */
const MOST = 200;
/** Each hour its share of all conversations is looked at: every one once a day, where a run can ask for so many. */
const HOURS = 24;

/** So many may be gone without a question; of more, at most half. Another Chatwoot under the same address has none of ours. */
const BELIEVED = 20;

type Reach = Pick<Ports, "store" | "helpdesk" | "clock" | "settings" | "log">;

/**
 * Deletes what we hold of conversations that no longer exist, after asking once more. Chatwoot deletes a contact's conversations with the
 * contact and tells nobody, so the contact's others are asked for, too; and nobody looks at one that waits for nothing, so each is asked for
 * from time to time.
 */
export async function forgetGone(ports: Reach): Promise<void> {
  const { store, clock, settings, log } = ports;
  const { accountId } = settings;
  const now = clock.now();
  const goneSince = new Date(now.getTime() - GONE_FOR_HOURS * 3_600_000);
  const hour = Math.floor(now.getTime() / 3_600_000) % HOURS;
  const { ids, held, gone } = await store.conversations.someOf(accountId, { modulo: HOURS, rest: hour, limit: MOST });
  const isBelievable = gone <= BELIEVED || gone * 2 <= held;
  if (!isBelievable)
    log.error({ held, gone }, "Chatwoot has hardly any of our conversations: is it still the same one? Nothing is forgotten meanwhile");
  let forgotten = 0;
  try {
    for (const conversationId of await store.conversations.goneBefore(accountId, goneSince, MOST)) {
      const found = await find(ports, conversationId);
      if (found && found !== "unknown") await store.conversations.see(found, now);
      if (found || !isBelievable) continue;
      for (const sibling of await store.conversations.siblings(accountId, conversationId)) await look(ports, sibling, now);
      await store.forget(accountId, conversationId);
      forgotten += 1;
    }
    for (const conversationId of ids) await look(ports, conversationId, now);
  } catch (error) {
    if (!(error instanceof HelpdeskError)) throw error;
    log.warn({ reason: error.message }, "Chatwoot could not be asked what it no longer has; the next run asks again");
  }
  if (forgotten > 0) log.info({ forgotten }, "deleted what was held of conversations that Chatwoot no longer has");
}

/** One that is there counts as seen by nobody: it shall not be kept longer for our having looked. */
async function look(ports: Reach, conversationId: number, now: Date): Promise<void> {
  if (await find(ports, conversationId)) return;
  await ports.store.conversations.markGone(ports.settings.accountId, conversationId, now);
}

/** null when Chatwoot says that it has none, `unknown` when it does not say of this one. */
async function find({ helpdesk }: Reach, conversationId: number): Promise<Conversation | "unknown" | null> {
  try {
    return await helpdesk.conversation(conversationId);
  } catch (error) {
    if (!(error instanceof HelpdeskError)) throw error;
    if (error.kind === "gone") return null;
    if (error.httpStatus !== null && error.kind !== "busy" && error.kind !== "refused") return "unknown";
    throw error;
  }
}
