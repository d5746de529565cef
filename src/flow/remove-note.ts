import { uuidOf } from "../core/hash.ts";
import { endedNotice } from "../core/notice.ts";
import { HelpdeskError } from "../ports/helpdesk.ts";
import type { Job } from "../ports/jobs.ts";
import type { Note } from "../ports/store.ts";
import type { Ports } from "../ports.ts";
import { nameOf } from "./ids.ts";
import { queueNotice } from "./notes.ts";
import { findMarked } from "./unknown-fate.ts";

type Reach = Pick<Ports, "store" | "helpdesk" | "clock">;

/** Takes a note of ours out of the conversation: its draft was decided, replaced, superseded or expired. */
export async function removeNote({ store, helpdesk, clock }: Reach, job: Pick<Job, "data">): Promise<void> {
  const note = await store.notes.get(nameOf(job.data.noteId));
  if (!note) return;
  const refused = await takeAway(helpdesk, note);
  await store.transaction(async (tables) => {
    const approval = note.approvalId ? await tables.approvals.lock(note.approvalId) : null;
    if (!approval) return;
    const replaced = (await tables.notes.lockLive(approval.id)).length > 0;
    if (refused) {
      const { accountId, conversationId } = note;
      const text = endedNotice(replaced ? "superseded" : approval.status);
      await queueNotice(tables, { id: uuidOf(`ended:${note.id}`), accountId, conversationId, approval, text, at: clock.now() });
    } else if (!replaced) {
      await tables.approvals.update({ ...approval, noteStatus: "removed", updatedAt: clock.now() });
      await tables.live.publish({ type: "approval.updated", id: approval.id });
    }
  });
}

/** True when Chatwoot does not let us: the note stays and has to be answered. A conversation that is gone took it along. */
async function takeAway(helpdesk: Ports["helpdesk"], note: Note): Promise<boolean> {
  try {
    const messageId = note.messageId ?? (note.attemptedAt && (await findMarked(helpdesk, note.conversationId, note.id))?.id);
    if (messageId) await helpdesk.removeNote(note.conversationId, messageId);
    return false;
  } catch (error) {
    if (error instanceof HelpdeskError && error.kind === "gone") return false;
    if (error instanceof HelpdeskError && (error.kind === "forbidden" || error.kind === "invalid")) return true;
    throw error;
  }
}
