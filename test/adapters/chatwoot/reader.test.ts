import { readFileSync } from "node:fs";
import { createReader } from "../../../src/adapters/chatwoot/reader.ts";
import { sign } from "../../../src/adapters/chatwoot/signature.ts";

const NOW = new Date("2026-11-21T10:00:00Z");
const TIMESTAMP = String(NOW.getTime() / 1000);
const reader = createReader({ secrets: ["retiring", "current"], toleranceSeconds: 300, clock: { now: () => NOW } });
const message = Buffer.from(JSON.stringify(JSON.parse(readFileSync("fixtures/contract/example-a.json", "utf8"))));

const read = (rawBody: Buffer, secret = "current", timestamp = TIMESTAMP) =>
  reader.read({ rawBody, signature: sign(rawBody, secret, timestamp), timestamp, trusted: false });

test("a signed delivery is read, its text fit to be stored and to be read again", () => {
  const { delivery, body } = read(message);
  expect(delivery.message?.id).toBe(90417);
  expect(body).toBe(message.toString().replace("REDACTED-treat-as-secret", "x".repeat(24)));
  expect(reader.reread(body)).toEqual(delivery);
});

test("the signature is judged before the body is looked at", () => {
  const nonsense = Buffer.from("{");
  expect(() => read(nonsense, "somebody else's")).toThrow(expect.objectContaining({ code: "bad_signature" }));
  expect(() => read(nonsense, "current", "1")).toThrow(expect.objectContaining({ code: "stale_timestamp" }));
  expect(() => read(nonsense)).toThrow(expect.objectContaining({ code: "invalid_json" }));
});

test("unsigned deliveries are read only where the caller has checked the secret path", () => {
  const unsigned = { rawBody: message, signature: undefined, timestamp: undefined };
  expect(() => reader.read({ ...unsigned, trusted: false })).toThrow(expect.objectContaining({ code: "missing_signature" }));
  expect(reader.read({ ...unsigned, trusted: true }).delivery.message?.id).toBe(90417);
});

test("of an inbox event, which holds the channel's passwords, nothing but its name is kept", () => {
  const { delivery, body } = read(Buffer.from('{"event":"inbox_updated","channel":{"imap_password":"hunter2"}}'));
  expect(delivery.event).toBe("inbox_updated");
  expect(body).toBe('{"event":"inbox_updated"}');
});

test.each(["contact_created", "contact_updated"])(
  "of %s, which no forgotten conversation would take along, nothing but its name is kept",
  (event) => {
    const { delivery, body } = read(Buffer.from(`{"event":"${event}","email":"rosa@example.com","account":{"id":1}}`));
    expect(delivery).toMatchObject({ event, accountId: 1 });
    expect(body).toBe(`{"event":"${event}"}`);
  },
);
