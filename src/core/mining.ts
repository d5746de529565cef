import { withoutPersonalData } from "./answered.ts";
import { isCourtesyOnly } from "./courtesy.ts";
import { askedIn } from "./question.ts";
import { termsOf } from "./terms.ts";
import type { Message } from "./words.ts";

/** A question and the answer that a person gave to it, as an old conversation holds them. Addresses and long numbers are masked. */
export interface AnsweredPair {
  /** The first of the messages that answer. */
  messageId: number;
  question: string;
  answer: string;
  answeredAt: Date;
}

/** Less than this many telling words ask or answer nothing that would help another customer. */
const FEWEST_QUESTION_WORDS = 2;
const FEWEST_ANSWER_WORDS = 4;
const LONGEST_CHARS = 8000;

/**
 * The questions of a conversation that people answered: each burst of a customer with the public replies that follow it. Replies of bots,
 * automatic texts and drafts of ours (which teach by their decision) are left out, and so is what neither asks nor answers anything.
 */
export function answeredPairs(messages: Message[]): AnsweredPair[] {
  const pairs: AnsweredPair[] = [];
  const ordered = messages.toSorted((a, b) => a.createdAt.getTime() - b.createdAt.getTime() || a.id - b.id);
  let question: Message[] = [];
  let answer: Message[] = [];
  let byMachine = false;
  const end = () => {
    const pair = byMachine ? null : pairOf(question, answer);
    if (pair) pairs.push(pair);
    question = [];
    answer = [];
    byMachine = false;
  };
  for (const message of ordered) {
    if (message.private || message.deleted || message.autoReply || message.externalError !== null || message.text.trim() === "") continue;
    if (message.type === "incoming") {
      if (answer.length > 0 || byMachine) end();
      question.push(message);
    } else if (message.type === "outgoing" && question.length > 0) {
      if (message.sender.type === "user" && message.mark === null) answer.push(message);
      else if (answer.length === 0) byMachine = true;
    }
  }
  end();
  return pairs;
}

function pairOf(question: Message[], answer: Message[]): AnsweredPair | null {
  const [first] = answer;
  const asked = textOf(question);
  const answered = textOf(answer);
  if (!first || isCourtesyOnly(asked)) return null;
  if (termsOf(asked).length < FEWEST_QUESTION_WORDS || termsOf(answered).length < FEWEST_ANSWER_WORDS) return null;
  return { messageId: first.id, question: asked, answer: answered, answeredAt: first.createdAt };
}

function textOf(messages: Message[]): string {
  const text = messages.map((message) => askedIn(message.text)).join("\n\n");
  return withoutPersonalData(text).slice(0, LONGEST_CHARS).toWellFormed().replaceAll("\0", "").trim();
}
