import { randomUUID } from "node:crypto";
import type { Approval } from "../core/words.ts";
import type { Note, Tables } from "../ports/store.ts";
import { UNKNOWN_FATE_SECONDS } from "./unknown-fate.ts";

/** What an approval knows of its note while that is on its way. */
export const NOTE_QUEUED = { noteStatus: "queued", noteMessageId: null } as const satisfies Partial<Approval>;

/**
 * Queues the note of an approval's draft in place of the one before it, in the caller's transaction, which locked the approval.
 * `inPlaceOf` are notes of approvals that this one supersedes.
 */
export async function replaceDraftNote(
  tables: Tables,
  approval: Approval,
  { text, at, inPlaceOf = [] }: { text: string; at: Date; inPlaceOf?: Note[] },
): Promise<void> {
  const before = [...(await withdrawNotes(tables, approval.id)), ...inPlaceOf];
  await queueNote(tables, {
    id: randomUUID(),
    accountId: approval.accountId,
    conversationId: approval.conversationId,
    approvalId: approval.id,
    approvalVersion: approval.version,
    kind: "draft",
    text,
    replaces: before.find(mayStand)?.id ?? null,
    createdAt: at,
  });
}

/**
 * Takes the draft notes of an approval away, which the caller locked; answers which they were. One that is just being posted is
 * looked for when it must have arrived; whoever posts it and finds it withdrawn puts that forward.
 */
export async function withdrawNotes(tables: Tables, approvalId: string): Promise<Note[]> {
  const notes = await tables.notes.lockLive(approvalId);
  for (const note of notes) {
    await tables.notes.update({ ...note, status: "removed" });
    const startAfterSeconds = mayStand(note) && note.messageId === null ? UNKNOWN_FATE_SECONDS : 0;
    await tables.jobs.send({ kind: "remove-note", id: note.id, data: { noteId: note.id }, startAfterSeconds });
  }
  return notes;
}

const mayStand = (note: Note) => note.messageId !== null || note.attemptedAt !== null;

/** Queues a short note for the operators of a conversation; the same `id` again queues nothing. */
export async function queueNotice(
  tables: Tables,
  notice: { id: string; accountId: number; conversationId: number; approval: Approval | null; text: string; at: Date },
): Promise<void> {
  if (await tables.notes.get(notice.id)) return;
  await queueNote(tables, {
    id: notice.id,
    accountId: notice.accountId,
    conversationId: notice.conversationId,
    approvalId: notice.approval?.id ?? null,
    approvalVersion: notice.approval?.version ?? 0,
    kind: "notice",
    text: notice.text,
    replaces: null,
    createdAt: notice.at,
  });
}

async function queueNote(tables: Tables, note: Omit<Note, "status" | "messageId" | "attemptedAt" | "postedAt">): Promise<void> {
  await tables.notes.insert({ ...note, status: "queued", messageId: null, attemptedAt: null, postedAt: null });
  await tables.jobs.send({ kind: "post-note", data: { noteId: note.id } });
}
