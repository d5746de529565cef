import type { Approval, Attachment, Message } from "./words.ts";

/** What of a conversation still wants an answer. */
export interface Burst {
  /** The customer's unanswered messages in order of their own time and id. */
  burst: Message[];
  /** True when customers wrote and all of it has been answered. */
  answered: boolean;
  /** Everything else, in the same order: public messages and our operators' notes. */
  history: Message[];
}

/**
 * Splits a conversation into what is unanswered and what went before. An answer is a public message by a person or a bot that was
 * delivered; greetings, surveys, activity lines, deleted messages and automatic mails neither ask nor answer. A reply of ours answers
 * what its draft had read: a message that arrived while it was on its way still waits.
 */
export function burstOf(messages: Message[]): Burst {
  const ordered = messages.toSorted(byTime);
  const isAnswered = (question: Message, place: number) =>
    ordered.some((message, later) => later > place && isAnswer(message) && question.id <= answersUpTo(message));
  const burst = ordered.filter((message, place) => isQuestion(message) && !isAnswered(message, place));
  const answered = burst.length === 0 && ordered.some(isQuestion);
  return { burst, answered, history: ordered.filter((message) => !burst.includes(message)) };
}

/** What the customer asked last, answered or not: who wants another draft of it although somebody answered gets one. */
export function lastAskedOf(messages: Message[]): Burst {
  const last = messages.filter(isQuestion).toSorted(byTime).at(-1);
  return last ? burstOf(messages.filter((message) => byTime(message, last) <= 0)) : burstOf(messages);
}

const byTime = (a: Message, b: Message) => a.createdAt.getTime() - b.createdAt.getTime() || a.id - b.id;

/** What our reply is marked with (`Mark.ref`): the newest message that it answers, and the decision that it carries out. */
export const replyRef = ({ messageId, decidedAt }: Pick<Approval, "messageId" | "decidedAt">): string =>
  `${messageId}:${decidedAt?.getTime()}`;

function answersUpTo({ mark }: Message): number {
  const messageId = mark?.kind === "reply" ? Number.parseInt(mark.ref, 10) : Number.NaN;
  return Number.isNaN(messageId) ? Number.POSITIVE_INFINITY : messageId;
}

/** The burst as one text, messages parted by blank lines, attachments named: "[image: photo.jpg]". */
export function customerMessageOf(burst: Message[]): string {
  return burst
    .map(({ text, attachments }) => [text.trim(), attachments.map(attachmentName).join(" ")].filter((part) => part !== "").join("\n"))
    .filter((text) => text !== "")
    .join("\n\n");
}

function isQuestion(message: Message): boolean {
  if (message.type !== "incoming" || message.private || message.deleted || message.autoReply) return false;
  return message.text.trim() !== "" || message.attachments.length > 0;
}

/** A public message by a person or a bot that reached the customer, ours included. */
export function isAnswer(message: Message): boolean {
  if (message.type !== "outgoing" || message.private || message.deleted || message.autoReply || message.externalError !== null)
    return false;
  return message.sender.type === "user" || message.sender.type === "bot" || message.mark !== null;
}

const LONGEST_NAME = 120;

/** A file name is the customer's text, too: one line, no bracket to close ours. */
function attachmentName({ type, name }: Attachment): string {
  const clean = (name ?? "")
    .replace(/[\s[\]]+/g, " ")
    .trim()
    .slice(0, LONGEST_NAME);
  return clean === "" ? `[${type}]` : `[${type}: ${clean}]`;
}
