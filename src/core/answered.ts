import { editRatio } from "./edit.ts";
import { sha256Hex } from "./hash.ts";
import { fold } from "./language.ts";
import type { Approval } from "./words.ts";

/** A customer's question that was answered before: evidence for the sources that answered it. */
export interface AnsweredQuestion {
  question: string;
  /** Empty when nobody knows what it rests on; then only its words serve, as an example. */
  sourceIds: string[];
  /** The words that went out; null when only the sources are known. */
  answer: string | null;
  outcome: "approved" | "edited" | "answered_by_hand" | "imported";
  answeredAt: Date;
  approvalId: string | null;
}

/** An answer that shares less than this with its draft may rest on something else than the draft's sources. */
const SAME_ANSWER_RATIO = 0.5;
const LONGEST_QUESTION = 8_000;
const LONGEST_ANSWER = 8_000;

/** What a reply that went out teaches: an approved or edited draft's, or one that an operator wrote while the draft waited. Null when it teaches nothing. */
export function answeredFrom(approval: Approval, reply: string, at: Date, byHand: boolean): AnsweredQuestion | null {
  const question = approval.customerMessage.trim();
  if (question === "" || reply.trim() === "") return null;
  const ratio = editRatio(approval.draftResponse, reply);
  return {
    question: withoutPersonalData(question).slice(0, LONGEST_QUESTION).toWellFormed(),
    sourceIds: sourcesOf(approval, reply, ratio),
    answer: withoutPersonalData(reply).slice(0, LONGEST_ANSWER).toWellFormed(),
    outcome: byHand ? "answered_by_hand" : approval.edited ? "edited" : "approved",
    answeredAt: at,
    approvalId: approval.id,
  };
}

/** One key for the same question with the same sources, however it was spaced and written. */
export function answeredKey({ question, sourceIds }: Pick<AnsweredQuestion, "question" | "sourceIds">): string {
  const words = fold(question).match(/[\p{L}\p{N}]+/gu) ?? [];
  return sha256Hex(JSON.stringify([words.join(" "), [...new Set(sourceIds)].sort()]));
}

/** Addresses, telephone, order and card numbers become marks: what is remembered is the question, not who asked. */
export function withoutPersonalData(text: string): string {
  return text
    .replace(/[\p{L}\p{N}._%+-]{1,64}@[\p{L}\p{N}.-]{1,255}\.\p{L}{2,24}/gu, "[email]")
    .replace(/(?<![\p{L}\p{N}])\+?\d(?:[\d ()/.-]{6,18})\d(?![\p{L}\p{N}])/gu, "[number]")
    .replace(/\d{5,}/g, "[number]");
}

/**
 * Has a text changed so much that answers which rested on it may be wrong? A tenth of its words, or any of its numbers:
 * a term of 30 days that became 14 is one word and everything.
 */
export function changedMaterially(before: string, after: string): boolean {
  const [old, now] = [countsOf(before), countsOf(after)];
  let same = 0;
  let all = 0;
  for (const word of new Set([...old.keys(), ...now.keys()])) {
    const [was, is] = [old.get(word) ?? 0, now.get(word) ?? 0];
    if (was !== is && /\p{N}/u.test(word)) return true;
    same += Math.min(was, is);
    all += Math.max(was, is);
  }
  return all > 0 && same / all < 1 - MATERIAL_SHARE;
}

const MATERIAL_SHARE = 0.1;

function countsOf(text: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const [word] of fold(text).matchAll(/[\p{L}\p{N}]+/gu)) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}

/** What the reply rests on: sources it links, and those its draft verifiably quoted when it still says much of what the draft said. */
function sourcesOf(approval: Approval, reply: string, ratio: number): string[] {
  const linked = approval.sources.filter(({ url }) => url !== null && reply.includes(url)).map(({ source_id }) => source_id);
  const quotedPassages = new Set(approval.citations.filter(({ verified }) => verified).map(({ passageId }) => passageId));
  const quoted =
    ratio <= SAME_ANSWER_RATIO
      ? approval.sources.filter(({ passage_id }) => quotedPassages.has(passage_id)).map(({ source_id }) => source_id)
      : [];
  return [...new Set([...linked, ...quoted])];
}
