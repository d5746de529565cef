import { type DeliveredMessage, type Delivery, type Meaning, meaningOf } from "../../src/core/delivery.ts";

const CUSTOMERS: DeliveredMessage = {
  id: 7,
  type: "incoming",
  private: false,
  content: "Where is my order?",
  contentType: "text",
  createdAt: new Date("2026-11-21T09:00:00Z"),
  sender: { type: "contact", id: 3, blocked: false },
  hasAttachments: false,
  autoReply: false,
  deleted: false,
  externalError: null,
  csatRating: null,
  ours: false,
  external: false,
};
const user = { type: "user" as const, id: 2, blocked: false };
const bot = { type: "bot" as const, id: 1, blocked: false };
const nobody = { type: "none" as const, id: null, blocked: false };
const COMMAND = { ...CUSTOMERS, type: "outgoing", private: true, sender: user, content: "/approve" };

function meaning(message: Partial<DeliveredMessage> | null, change: Partial<Delivery> = {}): string {
  const delivery: Delivery = {
    event: "message_created",
    accountId: 1,
    conversationId: 5,
    conversationStatus: "open",
    message: message && { ...CUSTOMERS, ...message },
    ...change,
  };
  const said: Meaning = meaningOf(delivery, 1);
  return said.kind === "ignored" ? said.reason : said.kind;
}

test("a customer's message is message_created, incoming and not private", () => {
  expect(meaning({})).toBe("customer_message");
  expect(meaning({ private: true })).toBe("private");
  expect(meaning({ type: "template", sender: nobody })).toBe("not_a_customer_message");
  expect(meaning({ type: "activity", sender: nobody })).toBe("not_a_customer_message");
  expect(meaning({}, { event: "message_updated" })).toBe("event_not_used");
});

test("automatic mails, blocked contacts and messages of nothing get no draft", () => {
  expect(meaning({ autoReply: true })).toBe("auto_reply");
  expect(meaning({ sender: { type: "contact", id: 3, blocked: true } })).toBe("blocked_contact");
  expect(meaning({ content: " \n" })).toBe("empty");
  expect(meaning({ content: "", hasAttachments: true })).toBe("customer_message");
});

test("a customer who writes like an operator stays a customer", () => {
  expect(meaning({ content: "/approve" })).toBe("customer_message");
});

test("a message deleted before its webhook was built is accepted, so that it has an end that people can see", () => {
  expect(meaning({ deleted: true, content: "This message was deleted" })).toBe("customer_message");
});

test.each(["/approve", "/edit new words\nsecond line", "  /reject wrong_tone", "/ESCALATE technical", "/redraft"])(
  "a person's note %j is a command",
  (content) => {
    expect(meaning({ ...COMMAND, content })).toBe("command");
  },
);

test.each(["please /approve", "/approved", "/approve.", "/unknown", "approve", "", "//approve"])(
  "a person's note %j is none",
  (content) => {
    expect(meaning({ ...COMMAND, content })).toBe("not_a_command");
  },
);

test("commands are taken from a person's new note only", () => {
  expect(meaning(COMMAND, { event: "message_updated" })).toBe("event_not_used");
  expect(meaning({ ...COMMAND, sender: bot })).toBe("not_a_customer_message");
  expect(meaning({ ...COMMAND, sender: nobody })).toBe("not_a_customer_message");
  expect(meaning({ ...COMMAND, sender: { type: "contact", id: 3, blocked: false } })).toBe("not_a_customer_message");
  expect(meaning({ ...COMMAND, ours: true })).toBe("own_message");
  expect(meaning({ ...COMMAND, type: "incoming" })).toBe("private");
  expect(meaning({ ...COMMAND, private: false })).toBe("operator_reply");
});

test("an operator's own public reply is told from ours, a bot's and an automatic one", () => {
  const reply = { ...COMMAND, private: false, content: "On its way" };
  expect(meaning(reply)).toBe("operator_reply");
  expect(meaning({ ...reply, ours: true })).toBe("own_message");
  expect(meaning({ ...reply, sender: bot })).toBe("not_a_customer_message");
  expect(meaning({ ...reply, sender: nobody })).toBe("not_a_customer_message");
  expect(meaning({ ...reply, sender: nobody, external: true })).toBe("operator_reply");
});

test("of changes to a message only a reply's failure, a customer's deletion and a rating mean something", () => {
  const updated = { event: "message_updated" };
  const note = { type: "outgoing", private: true, sender: user, ours: true };
  expect(meaning({ ...note, externalError: "500 Internal Server Error" }, updated)).toBe("event_not_used");
  expect(meaning({ ...note, deleted: true }, updated)).toBe("event_not_used");
  expect(meaning({ externalError: "131047" }, updated)).toBe("message_changed");
  expect(meaning({ deleted: true }, updated)).toBe("message_changed");
  expect(meaning({ csatRating: 5 }, updated)).toBe("message_changed");
});

test("of a conversation's events only its status means something", () => {
  expect(meaning(null, { event: "conversation_status_changed" })).toBe("status_changed");
  for (const event of ["conversation_created", "conversation_updated", "conversation_typing_on", "contact_updated", "message_read"]) {
    expect(meaning(null, { event })).toBe("event_not_used");
  }
});

test("another account's delivery is never ours; one without an account is, for its signature was", () => {
  expect(meaning({}, { accountId: 2 })).toBe("other_account");
  expect(meaning(null, { event: "conversation_status_changed", accountId: null })).toBe("status_changed");
});
