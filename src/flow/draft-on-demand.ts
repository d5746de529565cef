import { randomUUID } from "node:crypto";
import { burstOf } from "../core/burst.ts";
import { Problem } from "../core/problem.ts";
import { HelpdeskError } from "../ports/helpdesk.ts";
import type { Ports } from "../ports.ts";
import { conversationKey } from "./keys.ts";

/** A person wants a draft where nothing waits: answers with the id that the approval will have. */
export async function draftOnDemand(
  { store, helpdesk, settings }: Pick<Ports, "store" | "helpdesk" | "settings">,
  { conversationId, instruction }: { conversationId: number; instruction: string | null },
): Promise<{ approvalId: string }> {
  const pending = await store.approvals.pendingOf(settings.accountId, conversationId);
  if (pending) {
    throw new Problem("already_decided", "A draft is waiting in this conversation; ask for a redraft of it instead.", {
      extra: { approval_id: pending.id },
    });
  }
  try {
    await helpdesk.conversation(conversationId);
    if (burstOf(await helpdesk.messages(conversationId, { atLeast: 50 })).burst.length === 0)
      throw new Problem("already_decided", "Everything that the customer wrote in this conversation has been answered.");
  } catch (error) {
    if (error instanceof HelpdeskError && error.kind === "gone")
      throw new Problem("not_found", "Chatwoot has no conversation with this id.");
    throw error;
  }
  const approvalId = randomUUID();
  await store.jobs.send({
    kind: "draft-reply",
    key: conversationKey(settings.accountId, conversationId),
    data: { conversationId, approvalId, instruction, redraft: true },
  });
  return { approvalId };
}
