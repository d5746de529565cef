import { parseCommand } from "../core/command.ts";
import { refusedNotice, replacedNotice } from "../core/notice.ts";
import { Problem } from "../core/problem.ts";
import type { Message, Operator } from "../core/words.ts";
import { HelpdeskError } from "../ports/helpdesk.ts";
import type { Job } from "../ports/jobs.ts";
import type { Note } from "../ports/store.ts";
import type { Ports } from "../ports.ts";
import { decideApproval } from "./decide-approval.ts";
import { numberOf } from "./ids.ts";
import { queueNotice } from "./notes.ts";

type Reach = Pick<Ports, "store" | "helpdesk" | "clock" | "settings" | "metrics">;

/** A note that replaced another this recently may not be the one that the operator read. */
const JUST_REPLACED_SECONDS = 3;

/** Carries out a private note that begins with a command. Refusals are answered once, by a short note; what was carried out shows itself. */
export async function runCommand(ports: Reach, job: Pick<Job, "id" | "data">): Promise<void> {
  const conversationId = numberOf(job.data.conversationId);
  const messageId = numberOf(job.data.messageId);
  const { operatorId } = job.data;
  if (typeof operatorId !== "number") return; // nobody whom Chatwoot knows
  if ((await ports.helpdesk.self()).id === operatorId) return;
  const message = await read(ports, conversationId, messageId);
  if (!message || message.deleted || !message.private || message.sender.type !== "user") return;
  const word = /\w+/.exec(message.text)?.[0] ?? "";
  try {
    await obey(ports, conversationId, message, job);
  } catch (error) {
    if (!(error instanceof Problem) || error.retry) throw error;
    const { accountId } = ports.settings;
    const text = error instanceof JustReplaced ? replacedNotice(word, error.message) : refusedNotice(word, error.message);
    await ports.store.transaction(async (tables) => {
      const answered = await tables.idempotency.claim({
        operatorId,
        key: `refusal:${messageId}`,
        approvalId: job.id,
        fingerprint: "",
        at: ports.clock.now(),
      });
      if (answered === "new")
        await queueNotice(tables, { id: job.id, accountId, conversationId, approval: null, text, at: ports.clock.now() });
    });
  }
}

/** null when it is gone, with its conversation or alone. */
async function read({ helpdesk }: Reach, conversationId: number, messageId: number): Promise<Message | null> {
  try {
    return (await helpdesk.messages(conversationId, { afterId: messageId - 1 })).find(({ id }) => id === messageId) ?? null;
  } catch (error) {
    if (error instanceof HelpdeskError && error.kind === "gone") return null;
    throw error;
  }
}

async function obey(ports: Reach, conversationId: number, message: Message, job: Pick<Job, "id" | "data">): Promise<void> {
  const command = parseCommand(message.text, await ports.helpdesk.teams());
  if (!command) return;
  const note = await ports.store.notes.newestBefore(ports.settings.accountId, conversationId, message.id);
  if (!note?.approvalId) throw new Problem("not_found", "There is no draft above this command to decide.");
  await refuseIfJustReplaced(ports, note, await writtenAt(ports, message, job));
  await decideApproval(ports, {
    approvalId: note.approvalId,
    command,
    operator: await operatorOf(ports, message),
    surface: "note",
    expectedVersion: null,
    idempotencyKey: `note:${message.id}:${job.id}`,
  });
}

/** To the millisecond from the webhook; the API knows whole seconds only. */
async function writtenAt({ store }: Reach, message: Message, job: Pick<Job, "data">): Promise<Date> {
  const delivery = typeof job.data.deliveryId === "string" ? await store.deliveries.get(job.data.deliveryId) : null;
  return delivery?.messageAt ?? message.createdAt;
}

/** The operator may have meant the draft that stood there a moment ago. */
async function refuseIfJustReplaced(ports: Reach, note: Note, commandAt: Date): Promise<void> {
  if (!note.replaces || !note.approvalId || note.messageId === null) return;
  const stored = await read(ports, note.conversationId, note.messageId);
  if (!stored || !note.postedAt) return;
  // Our clock's word, within the second that Chatwoot's names: the two need not agree.
  const second = stored.createdAt.getTime();
  const postedAt = Math.min(Math.max(note.postedAt.getTime(), second), second + 999);
  if (commandAt.getTime() - postedAt >= JUST_REPLACED_SECONDS * 1000) return;
  throw new JustReplaced("stale", (await ports.store.approvals.get(note.approvalId))?.draftResponse ?? "");
}

/** Its message is the new draft. */
class JustReplaced extends Problem {}

async function operatorOf({ store, helpdesk }: Reach, { sender }: Message): Promise<Operator> {
  const id = sender.id ?? 0;
  const known = await store.operators.get(id);
  if (known) return known;
  return (
    (await helpdesk.operators()).find((operator) => operator.id === id) ?? {
      id,
      name: sender.name ?? `operator ${id}`,
      email: null,
      role: "agent",
    }
  );
}
