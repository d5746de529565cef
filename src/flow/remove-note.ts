import type { Job, Ports } from "../ports.ts";
import { nameOf } from "./ids.ts";
import { findMarked } from "./unknown-fate.ts";

/** Takes a note of ours out of the conversation: its draft was decided, superseded or expired. */
export async function removeNote({ store, helpdesk }: Pick<Ports, "store" | "helpdesk">, job: Pick<Job, "data">): Promise<void> {
  const note = await store.notes.get(nameOf(job.data.noteId));
  if (!note) return;
  const messageId = note.messageId ?? (await findMarked(helpdesk, note.conversationId, note.id))?.id;
  if (messageId) await helpdesk.removeNote(note.conversationId, messageId);
}
