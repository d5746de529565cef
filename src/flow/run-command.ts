import { parseCommand } from "../core/command.ts";
import { refusedNotice, replacedNotice } from "../core/notice.ts";
import { Problem } from "../core/problem.ts";
import type { Message, Operator } from "../core/words.ts";
import type { Job, Note, Ports } from "../ports.ts";
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
  const operatorId = numberOf(job.data.operatorId);
  if ((await ports.helpdesk.self()).id === operatorId) return;
  const message = (await ports.helpdesk.messages(conversationId, { afterId: messageId - 1 })).find(({ id }) => id === messageId);
  if (!message || message.deleted || !message.private || message.sender.type !== "user") return;
  const word = /\w+/.exec(message.text)?.[0] ?? "";
  try {
    await obey(ports, conversationId, message, await operatorOf(ports, message), job.id);
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
      if (answered === "new") await queueNotice(tables, { accountId, conversationId, approval: null, text, at: ports.clock.now() });
    });
  }
}

async function obey(ports: Reach, conversationId: number, message: Message, operator: Operator, jobId: string): Promise<void> {
  const command = parseCommand(message.text, await ports.helpdesk.teams());
  if (!command) return;
  const note = await ports.store.notes.newestBefore(ports.settings.accountId, conversationId, message.id);
  if (!note?.approvalId) throw new Problem("not_found", "There is no draft above this command to decide.");
  await refuseIfJustReplaced(ports.store, note, message);
  await decideApproval(ports, {
    approvalId: note.approvalId,
    command,
    operator,
    surface: "note",
    expectedVersion: null,
    idempotencyKey: `note:${message.id}:${jobId}`,
  });
}

/** The operator may have meant the draft that stood there a moment ago. */
async function refuseIfJustReplaced(store: Ports["store"], note: Note, message: Message): Promise<void> {
  if (!note.replaces || !note.postedAt || !note.approvalId) return;
  const seconds = (message.createdAt.getTime() - note.postedAt.getTime()) / 1000;
  if (seconds >= JUST_REPLACED_SECONDS) return;
  throw new JustReplaced("stale", (await store.approvals.get(note.approvalId))?.draftResponse ?? "");
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
