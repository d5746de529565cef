import { existsSync, readFileSync } from "node:fs";
import { parseDelivery } from "../../../src/adapters/chatwoot/delivery.ts";
import { verifySignature } from "../../../src/adapters/chatwoot/signature.ts";
import { meaningOf } from "../../../src/core/delivery.ts";
import { Problem } from "../../../src/core/problem.ts";

/** Every webhook that a real Chatwoot 4.14.2 sent while it was recorded: `fixtures/captured` holds them as data. */
interface Recorded {
  step: string;
  to: string;
  headers: Record<string, string>;
  body: string;
}

const OUR_ACCOUNT = 1;
const lines = <T>(file: string): T[] =>
  readFileSync(file, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as T);
const webhooks = lines<Recorded>("fixtures/captured/webhooks.jsonl");
const secrets = Object.values(JSON.parse(readFileSync("fixtures/captured/secrets.json", "utf8")) as Record<string, string>);
const parse = (webhook: Recorded) => parseDelivery(Buffer.from(webhook.body));

/** One webhook's refusal by the signature, or null. `now` is a minute after Chatwoot signed it. */
function refusal({ headers, body }: Recorded): string | null {
  const timestamp = headers["X-Chatwoot-Timestamp"];
  try {
    verifySignature({
      rawBody: Buffer.from(body),
      headers: { signature: headers["X-Chatwoot-Signature"], timestamp },
      secrets,
      toleranceSeconds: 300,
      now: new Date((Number(timestamp ?? 0) + 60) * 1000),
    });
    return null;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return error.code;
  }
}

/** How many webhooks came to each endpoint, by event and what they are to us. */
function tally(recorded: Recorded[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const webhook of recorded) {
    const delivery = parse(webhook);
    const meaning = meaningOf(delivery, OUR_ACCOUNT);
    const key = `${webhook.to} ${delivery.event}: ${meaning.kind === "ignored" ? meaning.reason : meaning.kind.toUpperCase()}`;
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}

test("every recorded webhook verifies with its secret, but for the four that cannot", () => {
  const refused = webhooks.map((webhook) => [webhook.step, webhook.to, refusal(webhook)]).filter(([, , code]) => code !== null);
  expect(webhooks).toHaveLength(477);
  expect(refused.sort()).toEqual([
    ["automation rule: note and webhook on a message", "automation", "missing_signature"],
    ["macro sends a webhook", "macro", "missing_signature"],
    ["note of 150000 characters", "account", "bad_signature"], // its body was shortened in the recording
    ["note of 150000 characters", "api-inbox", "bad_signature"],
  ]);
});

test("every recorded webhook is taken for what it is", () => {
  expect(tally(webhooks)).toEqual({
    "account contact_created: event_not_used": 9,
    "account contact_updated: event_not_used": 56,
    "account conversation_created: event_not_used": 11,
    "account conversation_status_changed: STATUS_CHANGED": 23,
    "account conversation_typing_off: event_not_used": 1,
    "account conversation_typing_on: event_not_used": 2,
    "account conversation_updated: event_not_used": 65,
    "account message_created: COMMAND": 2, // the macro's and an agent's
    "account message_created: CUSTOMER_MESSAGE": 43,
    "account message_created: OPERATOR_REPLY": 10,
    "account message_created: auto_reply": 1,
    "account message_created: not_a_command": 3,
    "account message_created: not_a_customer_message": 41, // bots, the automation, templates, and what `message_type: 1` makes
    "account message_created: own_message": 2,
    "account message_created: private": 4, // what `message_type: 0` makes of a note
    "account message_updated: MESSAGE_CHANGED": 3, // a customer's message deleted, a reply not delivered, a rating
    "account message_updated: event_not_used": 7, // read receipts, one of them on a command; a note deleted, a note that failed
    "account webwidget_triggered: event_not_used": 1,
    "api-inbox conversation_created: event_not_used": 6,
    "api-inbox conversation_status_changed: STATUS_CHANGED": 19,
    "api-inbox conversation_typing_off: event_not_used": 1,
    "api-inbox conversation_typing_on: event_not_used": 2,
    "api-inbox conversation_updated: event_not_used": 56,
    "api-inbox message_created: COMMAND": 2,
    "api-inbox message_created: CUSTOMER_MESSAGE": 37,
    "api-inbox message_created: OPERATOR_REPLY": 7,
    "api-inbox message_created: not_a_command": 3,
    "api-inbox message_created: not_a_customer_message": 37,
    "api-inbox message_created: own_message": 2,
    "api-inbox message_created: private": 3,
    "api-inbox message_updated: MESSAGE_CHANGED": 2,
    "api-inbox message_updated: event_not_used": 6,
    "automation automation_event.message_created: event_not_used": 1,
    "bot conversation_opened: event_not_used": 1,
    "bot conversation_status_changed: STATUS_CHANGED": 1,
    "bot conversation_updated: event_not_used": 1,
    "bot message_created: CUSTOMER_MESSAGE": 4,
    "bot message_created: not_a_command": 1,
    "macro macro.executed: event_not_used": 1,
  });
});

test("84 webhooks over three endpoints are 43 customer messages, each of them also on the account's endpoint", () => {
  const ofCustomers = webhooks.filter((webhook) => meaningOf(parse(webhook), OUR_ACCOUNT).kind === "customer_message");
  const ids = (recorded: Recorded[]) => new Set(recorded.map((webhook) => parse(webhook).message?.id));
  expect(ofCustomers).toHaveLength(84);
  expect(ids(ofCustomers).size).toBe(43);
  expect(ids(ofCustomers.filter((webhook) => webhook.to === "account")).size).toBe(43);
});

test("commands are taken when written, not again when the customer reads", () => {
  const commands = webhooks.filter((webhook) => meaningOf(parse(webhook), OUR_ACCOUNT).kind === "command");
  expect([...new Set(commands.map((webhook) => `${webhook.step}: ${parse(webhook).message?.content}`))].sort()).toEqual([
    "macro writes /approve: /approve",
    "the assigned agent writes a command: /edit Bitte schließen Sie den Hahn.\nLüften Sie.",
  ]);
});

test("an e-mail is its new words, without the thread below them", () => {
  const mail = webhooks.find(
    (webhook) => webhook.step === "e-mail: the customer answers with the thread quoted" && webhook.body.includes('"incoming_email"'),
  );
  if (!mail) throw new Error("the recording holds that mail");
  const { content } = JSON.parse(mail.body) as { content: string };
  const words = parse(mail).message?.content ?? "";
  expect(content).toContain(words);
  expect(words.length).toBeGreaterThan(0);
  expect(content.length).toBeGreaterThan(words.length);
  expect(words).not.toMatch(/^>/m);
});

test("another account's deliveries are none of ours", () => {
  const known = webhooks.filter((webhook) => parse(webhook).accountId !== null);
  expect(known).toHaveLength(477);
  for (const webhook of known) expect(meaningOf(parse(webhook), 2)).toEqual({ kind: "ignored", reason: "other_account" });
});

const RECORDING = "../shared/captured/steps.jsonl"; // absent for users; then what was copied from it has to do
(existsSync(RECORDING) ? test : test.skip)("what was copied from the recording is the recording", () => {
  const steps = lines<{ step: string; webhooks?: Omit<Recorded, "step">[] }>(RECORDING);
  const original = steps.flatMap(({ step, webhooks: sent }) => (sent ?? []).map(({ to, headers, body }) => ({ step, to, headers, body })));
  expect(webhooks.map(({ step, to, headers, body }) => ({ step, to, headers, body }))).toEqual(original);
});
