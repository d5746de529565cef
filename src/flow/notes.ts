import { randomUUID } from "node:crypto";
import type { Approval } from "../core/words.ts";
import type { Note, Tables } from "../ports.ts";
import { UNKNOWN_FATE_SECONDS } from "./unknown-fate.ts";

/** Queues the note of an approval's draft in place of the one before it, in the caller's transaction. */
export async function replaceDraftNote(tables: Tables, approval: Approval, text: string, at: Date): Promise<void> {
  const before = await withdrawNotes(tables, approval.id);
  await queueNote(tables, {
    accountId: approval.accountId,
    conversationId: approval.conversationId,
    approvalId: approval.id,
    approvalVersion: approval.version,
    kind: "draft",
    text,
    replaces: before[0]?.id ?? null,
    createdAt: at,
  });
}

/** Takes the draft notes of an approval away; answers which they were. */
export async function withdrawNotes(tables: Tables, approvalId: string): Promise<Note[]> {
  const notes = await tables.notes.liveOf(approvalId);
  for (const note of notes) {
    await tables.notes.update({ ...note, status: "removed" });
    const mayStand = note.messageId !== null || note.attemptedAt !== null;
    const startAfterSeconds = note.messageId === null ? UNKNOWN_FATE_SECONDS : 0;
    if (mayStand) await tables.jobs.send({ kind: "remove-note", data: { noteId: note.id }, startAfterSeconds });
  }
  return notes;
}

/** Queues a short note for the operators of a conversation. */
export async function queueNotice(
  tables: Tables,
  notice: { accountId: number; conversationId: number; approval: Approval | null; text: string; at: Date },
): Promise<void> {
  await queueNote(tables, {
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

async function queueNote(tables: Tables, note: Omit<Note, "id" | "status" | "messageId" | "attemptedAt" | "postedAt">): Promise<void> {
  const id = randomUUID();
  await tables.notes.insert({ ...note, id, status: "queued", messageId: null, attemptedAt: null, postedAt: null });
  await tables.jobs.send({ kind: "post-note", data: { noteId: id } });
}
