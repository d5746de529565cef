import { Later } from "../core/later.ts";
import type { Mark } from "../core/words.ts";
import { HelpdeskError } from "../ports/helpdesk.ts";
import type { Hold, Job } from "../ports/jobs.ts";
import type { Note, Tables } from "../ports/store.ts";
import type { Ports } from "../ports.ts";
import { nameOf } from "./ids.ts";
import { tellChange } from "./tell-change.ts";
import { findMarked, waitForFate } from "./unknown-fate.ts";

type Reach = Pick<Ports, "store" | "helpdesk" | "clock">;

/** Puts a note into its conversation, once: after an attempt of unknown fate it looks for our mark before it posts again. */
export async function postNote({ store, helpdesk, clock }: Reach, job: Pick<Job, "data">, hold: Hold): Promise<void> {
  const noteId = nameOf(job.data.noteId);
  const note = await store.notes.get(noteId);
  if (!note || note.status === "posted" || note.status === "removed") return;
  const found = note.attemptedAt ? await findMarked(helpdesk, note.conversationId, note.id) : null;
  if (note.attemptedAt && !found) waitForFate(note.attemptedAt, clock.now());
  if (!found && !(await begin(store, note, clock.now()))) return;
  hold.check(); // whoever stood still here for longer than others look for the attempt would post beside them
  const messageId = found?.id ?? (await post(store, helpdesk, note));
  await settle({ store, clock }, note, messageId);
}

/** Marks the attempt as begun. False when the note is no longer wanted; throws Later when another try was faster. */
async function begin(store: Ports["store"], seen: Note, at: Date): Promise<boolean> {
  return store.transaction(async (tables) => {
    const wanted = await isWanted(tables, seen);
    const note = await tables.notes.lock(seen.id);
    if (!note || note.status === "removed") return false;
    if (note.attemptedAt?.getTime() !== seen.attemptedAt?.getTime()) throw new Later(1, "another try posts this note");
    await tables.notes.update(wanted ? { ...note, attemptedAt: at } : { ...note, status: "removed" });
    return wanted;
  });
}

/** A draft's note is worth posting only while its draft waits for a person. */
async function isWanted(tables: Tables, note: Note): Promise<boolean> {
  if (note.kind !== "draft" || !note.approvalId) return true;
  return (await tables.approvals.lock(note.approvalId))?.status === "pending";
}

/** The message's id; null when there is no conversation any more to post into. */
async function post(store: Ports["store"], helpdesk: Ports["helpdesk"], note: Note): Promise<number | null> {
  const mark: Mark = { approvalId: note.approvalId ?? note.id, kind: note.kind === "draft" ? "note" : "notice", ref: note.id };
  try {
    return (await helpdesk.postNote(note.conversationId, note.text, mark)).id;
  } catch (error) {
    if (!(error instanceof HelpdeskError) || error.kind === "unknown") throw error;
    if (error.kind === "gone") return null;
    await forgetAttempt(store, note.id);
    throw error;
  }
}

/** The post surely did not happen: the next attempt need not look for it. */
async function forgetAttempt(store: Ports["store"], noteId: string): Promise<void> {
  await store.transaction(async (tables) => {
    const note = await tables.notes.lock(noteId);
    if (note) await tables.notes.update({ ...note, attemptedAt: null });
  });
}

/** Writes down where the note stands; one whose draft was decided meanwhile is taken away again. */
async function settle({ store, clock }: Pick<Reach, "store" | "clock">, { id, approvalId, kind }: Note, messageId: number | null) {
  await store.transaction(async (tables) => {
    const approval = kind === "draft" && approvalId ? await tables.approvals.lock(approvalId) : null;
    const note = await tables.notes.lock(id);
    if (!note) return;
    const at = clock.now();
    if (note.status === "removed") {
      await tables.notes.update({ ...note, messageId, postedAt: at });
      await tables.jobs.remove("remove-note", id);
      await tables.jobs.send({ kind: "remove-note", data: { noteId: id } });
      return;
    }
    const status = messageId === null ? "failed" : "posted";
    await tables.notes.update({ ...note, status, messageId, postedAt: at });
    if (!approval) return;
    await tables.approvals.update({ ...approval, noteStatus: status, noteMessageId: messageId, updatedAt: at });
    await tellChange(tables, { before: approval, approval, at, what: `note_${status}`, detail: { message_id: messageId } });
  });
}
