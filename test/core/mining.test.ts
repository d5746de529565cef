import { answeredPairs } from "../../src/core/mining.ts";
import type { Message } from "../../src/core/words.ts";

let next = 0;
const message = (changes: Partial<Message>): Message => {
  next += 1;
  return {
    id: next,
    type: "incoming",
    private: false,
    text: "",
    createdAt: new Date(next * 60_000),
    sender: { type: "contact", id: 1, name: "Rosa" },
    attachments: [],
    mark: null,
    deleted: false,
    autoReply: false,
    externalError: null,
    ...changes,
  };
};
const asks = (text: string, changes: Partial<Message> = {}) => message({ text, ...changes });
const answers = (text: string, changes: Partial<Message> = {}) =>
  message({ type: "outgoing", text, sender: { type: "user", id: 5, name: "Dana" }, ...changes });

const QUESTION = "Which AN size fits my 350 Chevy?";
const ANSWER = "An AN-6 feed line feeds up to 400 horsepower on gasoline.";

test("a customer's burst and the replies that follow are one question and one answer", () => {
  const first = answers(ANSWER);
  const pairs = answeredPairs([
    asks("Hello,\nWhich AN size fits", { createdAt: new Date(1000), id: 1001 }),
    asks("my 350 Chevy engine?", { createdAt: new Date(2000), id: 1002 }),
    first,
    answers("Use a swivel hose end for tight bends."),
    asks("And how long is the warranty on hoses?"),
    answers("The warranty on hoses is two years from delivery."),
    asks("Thanks!"),
    answers("You are welcome, have a great weekend with your engine!"),
  ]);
  expect(pairs).toEqual([
    {
      messageId: first.id,
      question: "Which AN size fits\n\nmy 350 Chevy engine?",
      answer: `${ANSWER}\n\nUse a swivel hose end for tight bends.`,
      answeredAt: first.createdAt,
    },
    expect.objectContaining({ question: "And how long is the warranty on hoses?" }),
  ]);
});

test.each<[string, () => Message[]]>([
  ["a bot's", () => [asks(QUESTION), answers(ANSWER, { sender: { type: "bot", id: 1, name: "Bot" } })]],
  ["our own draft's", () => [asks(QUESTION), answers(ANSWER, { mark: { approvalId: "x", kind: "reply", ref: "1" } })]],
  ["an automatic greeting", () => [asks(QUESTION), answers(ANSWER, { type: "template", sender: { type: "none", id: null, name: null } })]],
  ["a private note", () => [asks(QUESTION), answers(ANSWER, { private: true })]],
  ["deleted", () => [asks(QUESTION), answers(ANSWER, { deleted: true })]],
  ["never delivered", () => [asks(QUESTION), answers(ANSWER, { externalError: "mailbox full" })]],
  ["an answer to nothing", () => [answers(ANSWER)]],
  ["an answer to a courtesy", () => [asks("Thanks a lot!"), answers(ANSWER)]],
  ["no answer at all", () => [asks(QUESTION), answers("Let me see.")]],
  ["an out-of-office mail's", () => [asks(QUESTION, { autoReply: true }), answers(ANSWER)]],
])("what is %s teaches nothing", (_, messages) => {
  expect(answeredPairs(messages())).toEqual([]);
});

test("a person's answer after a bot's is the person's; a bot's after a person's takes nothing away", () => {
  const bot = { sender: { type: "bot" as const, id: 1, name: "Bot" } };
  expect(
    answeredPairs([asks(QUESTION), answers("I am a bot.", bot), asks("A person please: which AN size?"), answers(ANSWER)]),
  ).toHaveLength(1);
  expect(answeredPairs([asks(QUESTION), answers(ANSWER), answers("Please rate us.", bot)])).toMatchObject([
    { question: QUESTION, answer: ANSWER },
  ]);
});

test("addresses, telephone and order numbers, quoted mail and signatures do not come along", () => {
  const [pair] = answeredPairs([
    asks("Where is order 1234567? Write to rosa@mail.example or +49 30 1234567.\n\nKind regards,\nRosa Lind"),
    answers("Order 1234567 was shipped on Monday with our parcel service.\n-- \nDana Weiss\nNordhose"),
  ]);
  expect(`${pair?.question} ${pair?.answer}`).not.toMatch(/1234567|rosa@|Rosa|Dana|\+49/);
  expect(pair?.answer).toContain("shipped on Monday");
});
