import type { Mark } from "../core/words.ts";
import { HelpdeskError, type Job, type Note, type Ports } from "../ports.ts";
import { nameOf } from "./ids.ts";
import { findMarked, waitForFate } from "./unknown-fate.ts";

type Reach = Pick<Ports, "store" | "helpdesk" | "clock">;

/** Puts a note into its conversation, once: after an attempt of unknown fate it looks for our mark before it posts again. */
export async function postNote({ store, helpdesk, clock }: Reach, job: Pick<Job, "data">): Promise<void> {
  const noteId = nameOf(job.data.noteId);
  const begun = await store.transaction(async (tables) => {
    const note = await tables.notes.lock(noteId);
    if (!note || note.status === "posted" || note.status === "removed" || (await isOutdated(tables, note))) return null;
    await tables.notes.update({ ...note, attemptedAt: note.attemptedAt ?? clock.now() });
    return note;
  });
  if (!begun) return;

  const found = begun.attemptedAt ? await findMarked(helpdesk, begun.conversationId, begun.id) : null;
  if (begun.attemptedAt && !found) {
    waitForFate(begun.attemptedAt, clock.now());
    await restart(store, clock, noteId);
  }
  const messageId = found?.id ?? (await post({ store, helpdesk, clock }, begun));
  await settle({ store, clock }, noteId, messageId);
}

/** A draft's note is worth posting only while its draft waits for a person. */
async function isOutdated(tables: Pick<Ports["store"], "approvals" | "notes">, note: Note): Promise<boolean> {
  if (note.kind !== "draft" || !note.approvalId) return false;
  const approval = await tables.approvals.get(note.approvalId);
  const wanted = approval?.status === "pending" || approval?.status === "send_failed";
  const newer = approval ? (await tables.notes.liveOf(approval.id)).some((other) => other.approvalVersion > note.approvalVersion) : false;
  if (wanted && !newer) return false;
  await tables.notes.update({ ...note, status: "removed" });
  return true;
}

async function restart(store: Ports["store"], clock: Ports["clock"], noteId: string): Promise<void> {
  await store.transaction(async (tables) => {
    const note = await tables.notes.lock(noteId);
    if (note) await tables.notes.update({ ...note, attemptedAt: clock.now() });
  });
}

async function post({ store, helpdesk, clock }: Reach, note: Note): Promise<number> {
  const mark: Mark = { approvalId: note.approvalId ?? note.id, kind: note.kind === "draft" ? "note" : "notice", ref: note.id };
  try {
    return (await helpdesk.postNote(note.conversationId, note.text, mark)).id;
  } catch (error) {
    if (error instanceof HelpdeskError && error.kind !== "unknown") await forgetAttempt(store, note.id);
    if (error instanceof HelpdeskError && error.kind === "gone") await settle({ store, clock }, note.id, null);
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
async function settle({ store, clock }: Pick<Reach, "store" | "clock">, noteId: string, messageId: number | null): Promise<void> {
  await store.transaction(async (tables) => {
    const note = await tables.notes.lock(noteId);
    if (!note) return;
    const removedMeanwhile = note.status === "removed";
    const status = messageId === null ? "failed" : removedMeanwhile ? "removed" : "posted";
    await tables.notes.update({ ...note, status, messageId, postedAt: clock.now() });
    if (removedMeanwhile && messageId !== null) await tables.jobs.send({ kind: "remove-note", data: { noteId } });
    const approval = note.kind === "draft" && note.approvalId && !removedMeanwhile ? await tables.approvals.lock(note.approvalId) : null;
    if (!approval) return;
    await tables.approvals.update({
      ...approval,
      noteStatus: status === "posted" ? "posted" : "failed",
      noteMessageId: messageId,
      updatedAt: clock.now(),
    });
    await tables.live.publish({ type: "approval.updated", id: approval.id });
  });
}
