import { readFileSync } from "node:fs";
import fc from "fast-check";
import { parseDelivery } from "../../../src/adapters/chatwoot/delivery.ts";
import { maskByWalking, maskPubsubToken } from "../../../src/adapters/chatwoot/mask.ts";
import { Problem } from "../../../src/core/problem.ts";

type Json = Record<string, unknown>;
const exampleA = (): Json => JSON.parse(readFileSync("fixtures/contract/example-a.json", "utf8"));
const bytes = (payload: unknown): Buffer => Buffer.from(JSON.stringify(payload));
const parse = (change: Json) => parseDelivery(bytes({ ...exampleA(), ...change }));

/** The refusal of a body, or null when it was taken. */
function refusal(body: Buffer): { code: string; detail: string } | null {
  try {
    parseDelivery(body);
    return null;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return { code: error.code, detail: error.message };
  }
}

describe("messages", () => {
  test("a customer's message from the website is read whole", () => {
    expect(parseDelivery(bytes(exampleA()))).toEqual({
      event: "message_created",
      accountId: 3,
      conversationId: 1182,
      conversationStatus: "open",
      message: {
        id: 90417,
        type: "incoming",
        private: false,
        content: "Hallo, meine Jacke aus Bestellung NL-20418 ist zu klein. Kann ich sie gegen Größe L tauschen?",
        contentType: "text",
        createdAt: new Date("2026-08-14T09:53:20.412Z"),
        sender: { type: "contact", id: 731, blocked: false },
        hasAttachments: false,
        autoReply: false,
        deleted: false,
        externalError: null,
        csatRating: null,
        ours: false,
        external: false,
      },
    });
  });

  test.each([
    [
      { id: 12, name: "Mara", email: "m@x.example", type: "user" },
      { type: "user", id: 12, blocked: false },
    ],
    [
      { id: 9, name: "Copilot", type: "agent_bot" },
      { type: "bot", id: 9, blocked: false },
    ],
    [
      { id: 2, name: "Captain", type: "captain_assistant" },
      { type: "bot", id: 2, blocked: false },
    ],
    [
      { id: 7, name: "Contact with its type", type: "contact" },
      { type: "contact", id: 7, blocked: false },
    ],
    [
      { id: 7, name: "Blocked", blocked: true },
      { type: "contact", id: 7, blocked: true },
    ],
    [
      { id: 7, type: "something_new" },
      { type: "none", id: 7, blocked: false },
    ],
    [null, { type: "none", id: null, blocked: false }],
    [undefined, { type: "none", id: null, blocked: false }],
  ])("the sender %j is understood", (sender, expected) => {
    expect(parse({ sender }).message?.sender).toEqual(expected);
  });

  test("an e-mail's words are the new ones: the text's, else the HTML's, else the content", () => {
    const email = (parts: Json) => parse({ content: "new\n> old", content_attributes: { email: parts } }).message?.content;
    expect(email({ text_content: { full: "f", reply: "r", quoted: "new text" }, html_content: { quoted: "new html" } })).toBe("new text");
    expect(email({ text_content: { quoted: "  \n" }, html_content: { quoted: "new html" } })).toBe("new html");
    expect(email({ text_content: {}, html_content: {} })).toBe("new\n> old");
    expect(email({ text_content: "broken", html_content: null })).toBe("new\n> old");
  });

  test("an automatic e-mail says so, an ordinary one does not", () => {
    expect(parse({ content_attributes: { email: { auto_reply: true } } }).message?.autoReply).toBe(true);
    expect(parse({ content_attributes: { email: { auto_reply: false } } }).message?.autoReply).toBe(false);
    expect(parse({ content_attributes: { email: { auto_reply: "true" } } }).message?.autoReply).toBe(false);
  });

  test("our mark is a text under countersign_id and nothing else", () => {
    expect(parse({ content_attributes: { countersign_id: "0198c1d2-6b1e-7c55-9b0e-5d0c6a7f1e21" } }).message?.ours).toBe(true);
    expect(parse({ content_attributes: { countersign_id: 7 } }).message?.ours).toBe(false);
    expect(parse({ content_attributes: { countersign: { id: "x" } } }).message?.ours).toBe(false);
  });

  test("deletion, the channel's error and an echo of the channel's own app are read", () => {
    expect(parse({ content_attributes: { deleted: true } }).message?.deleted).toBe(true);
    expect(parse({ content_attributes: { external_error: "131047" } }).message?.externalError).toBe("131047");
    expect(parse({ content_attributes: { external_error: "" } }).message?.externalError).toBeNull();
    expect(parse({ content_attributes: { external_echo: true } }).message?.external).toBe(true);
  });

  test("a rating counts from 1 to 5 on the survey's own message only", () => {
    const rated = (rating: unknown, content_type = "input_csat") =>
      parse({ content_type, content_attributes: { submitted_values: { csat_survey_response: { rating } } } }).message?.csatRating;
    expect(rated(5)).toBe(5);
    expect([rated(0), rated(6), rated(4.5), rated("5"), rated(null)]).toEqual([null, null, null, null, null]);
    expect(rated(5, "text")).toBeNull();
    expect(parse({ content_type: "input_csat", content_attributes: { submitted_values: [{ name: "x" }] } }).message?.csatRating).toBeNull();
  });

  test("no content is empty words, attachments are noticed", () => {
    expect(parse({ content: null }).message).toMatchObject({ content: "", hasAttachments: false });
    expect(parse({ content: null, attachments: [{ id: 1, file_type: "image" }] }).message).toMatchObject({ hasAttachments: true });
    expect(parse({ attachments: [] }).message?.hasAttachments).toBe(false);
  });

  test("content of 150,000 characters arrives whole", () => {
    const content = 'ä🙂\\"'.repeat(30_000);
    expect(parse({ content }).message?.content).toBe(content);
  });
});

describe("other events", () => {
  const conversation = () => exampleA().conversation as Json;

  test("a conversation event names account, conversation and status", () => {
    const delivery = parseDelivery(
      bytes({ ...conversation(), status: "resolved", event: "conversation_status_changed", changed_attributes: null }),
    );
    expect(delivery).toEqual({
      event: "conversation_status_changed",
      accountId: 3,
      conversationId: 1182,
      conversationStatus: "resolved",
      message: null,
    });
  });

  test("before 4.14.2 the account of a conversation event stands in its newest message, or nowhere", () => {
    const { account: _, ...old } = conversation();
    expect(parseDelivery(bytes({ ...old, event: "conversation_created" })).accountId).toBe(3);
    expect(parseDelivery(bytes({ ...old, messages: [], event: "conversation_created" })).accountId).toBeNull();
  });

  test("a message from before 4.14.2, whose conversation has no account, is read", () => {
    const { account: _, ...old } = conversation();
    expect(parse({ conversation: old })).toMatchObject({ accountId: 3, conversationId: 1182 });
  });

  test("a status that we do not know is unknown, not wrong", () => {
    expect(parse({ conversation: { ...conversation(), status: "archived" } }).conversationStatus).toBeNull();
  });

  test.each([
    ["contact_updated", { account: { id: 3 }, id: 731, changed_attributes: [] }, { accountId: 3, conversationId: null }],
    ["webwidget_triggered", { account: { id: 3 }, id: 2, current_conversation: null }, { accountId: 3, conversationId: null }],
    [
      "conversation_typing_on",
      { user: {}, conversation: { id: 7, account: { id: 3 } }, is_private: false },
      { accountId: 3, conversationId: 7 },
    ],
    ["inbox_updated", { channel: { imap_password: "secret" } }, { accountId: null, conversationId: null }],
    ["something_new", { anything: ["goes"], account: "odd" }, { accountId: null, conversationId: null }],
    ["automation_event.message_created", { id: 1, account: { id: 3 } }, { accountId: 3, conversationId: null }],
  ])("%s is a delivery without a message", (event, payload, expected) => {
    expect(parseDelivery(bytes({ event, ...payload }))).toMatchObject({ event, message: null, ...expected });
  });
});

describe("refusals", () => {
  test.each([
    ["nothing", Buffer.alloc(0)],
    ["truncated JSON", bytes(exampleA()).subarray(0, 1500)],
    ["JSON with something behind it", Buffer.concat([bytes(exampleA()), Buffer.from("x")])],
    ["a form", Buffer.from("event=message_created&id=1")],
    ["UTF-16", Buffer.from(JSON.stringify(exampleA()), "utf16le")],
    ["Latin-1", Buffer.from(JSON.stringify(exampleA()), "latin1")],
    ["half an emoji", Buffer.concat([Buffer.from('{"event":"x","content":"'), Buffer.from("🙂").subarray(0, 2), Buffer.from('"}')])],
    ["a raw NUL in a text", Buffer.from('{"event":"x","content":"\u0000"}')],
  ])("%s is invalid_json", (_, body) => {
    expect(refusal(body)?.code).toBe("invalid_json");
  });

  test.each(["null", "[]", '"message_created"', "17", "true"])("%s is JSON but no object: invalid_payload", (body) => {
    expect(refusal(Buffer.from(body))).toEqual({ code: "invalid_payload", detail: "The body must be a JSON object." });
  });

  test("100 levels are taken, 101 refused, wherever they stand", () => {
    const nested = (levels: number) => Buffer.from(`{"event":"something_new","x":${"[".repeat(levels - 1)}${"]".repeat(levels - 1)}}`);
    expect(refusal(nested(100))).toBeNull();
    expect(refusal(nested(101))?.code).toBe("invalid_payload");
  });

  test("ten million brackets are refused without being parsed; brackets inside a text are none", () => {
    expect(refusal(Buffer.alloc(10_000_000, "["))?.code).toBe("invalid_payload");
    expect(parse({ content: '[{"'.repeat(1000) }).message?.content).toBe('[{"'.repeat(1000));
  });

  const without = (field: string): Json => {
    const payload = exampleA();
    delete payload[field];
    return payload;
  };
  test.each([
    ["`event` must be text", without("event")],
    ["`event` must be text", { ...exampleA(), event: 7 }],
    ["`event` must be an event's name", { ...exampleA(), event: "" }],
    ["`event` must be an event's name", { ...exampleA(), event: "message created\n" }],
    ["`id` must be a positive safe integer", without("id")],
    ["`id` must be a positive safe integer", { ...exampleA(), id: "90417" }],
    ["`id` must be a positive safe integer", { ...exampleA(), id: 0 }],
    ["`id` must be a positive safe integer", { ...exampleA(), id: -1 }],
    ["`id` must be a positive safe integer", { ...exampleA(), id: 1.5 }],
    ["`id` must be a positive safe integer", { ...exampleA(), id: 2 ** 53 }],
    ["`account` must be an object", without("account")],
    ["`account.id` must be a positive safe integer", { ...exampleA(), account: { id: null } }],
    ["`conversation` must be an object", without("conversation")],
    ["`conversation` must be an object", { ...exampleA(), conversation: [] }],
    ["`conversation.id` must be a positive safe integer", { ...exampleA(), conversation: { status: "open" } }],
    ["`conversation.status` must be text", { ...exampleA(), conversation: { id: 1, status: 1 } }],
    ["`message_type` must be text", { ...exampleA(), message_type: 0 }],
    ["`private` must be true or false", without("private")],
    ["`private` must be true or false", { ...exampleA(), private: "false" }],
    ["`content` must be text", { ...exampleA(), content: { text: "x" } }],
    ["`content_attributes` must be an object", { ...exampleA(), content_attributes: "{}" }],
    ["`created_at` must be an ISO 8601 time", { ...exampleA(), created_at: 1786701200 }],
    ["`created_at` must be an ISO 8601 time", { ...exampleA(), created_at: "2026-02-30T00:00:00Z" }],
    ["`sender` must be an object", { ...exampleA(), sender: "Anna" }],
    ["`sender.id` must be a positive safe integer", { ...exampleA(), sender: { id: "731" } }],
    ["`sender.blocked` must be true or false", { ...exampleA(), sender: { id: 731, blocked: "no" } }],
    ["`attachments` must be a list", { ...exampleA(), attachments: {} }],
    ["`id` must be a positive safe integer", { event: "conversation_status_changed", status: "open" }],
    ["`conversation` must be an object", { event: "conversation_typing_on" }],
  ])("invalid_payload says that %s", (words, payload) => {
    expect(refusal(bytes(payload))).toEqual({ code: "invalid_payload", detail: `The field ${words}.` });
  });

  test.each(["1e400", "-1e400", "123456789012345678901234567890", "9007199254740993"])("the gigantic id %s is refused", (number) => {
    const body = JSON.stringify(exampleA()).replace('"id":90417,"inbox"', `"id":${number},"inbox"`);
    expect(body).toContain(number);
    expect(refusal(Buffer.from(body))?.code).toBe("invalid_payload");
  });

  test("gigantic numbers in fields that we do not use are harmless", () => {
    const body = JSON.stringify(exampleA()).replace('"unread_count":1', '"unread_count":1e400');
    expect(refusal(Buffer.from(body))).toBeNull();
  });

  test("`__proto__` keys anywhere change nothing", () => {
    const evil = '"__proto__":{"private":true,"deleted":true,"ours":true,"countersign_id":"x","email":{"auto_reply":true}},';
    const body = JSON.stringify(exampleA()).replaceAll("{", `{${evil}`).replaceAll(",}", "}");
    expect(body.match(/__proto__/g)?.length).toBeGreaterThan(20);
    expect(parseDelivery(Buffer.from(body))).toEqual(parseDelivery(bytes(exampleA())));
    expect(({} as Json).deleted).toBeUndefined();
  });

  test("no refusal quotes the body", () => {
    const bodies = [bytes(exampleA()).subarray(0, 1500), bytes({ ...exampleA(), created_at: "Geheimnis" }), Buffer.from("Geheimnis")];
    for (const body of bodies) expect(refusal(body)?.detail).not.toMatch(/Geheimnis|Jacke|Becker/);
  });
});

describe("whatever arrives", () => {
  const used = fc.constantFrom(
    "id",
    "account",
    "conversation",
    "message_type",
    "private",
    "content",
    "content_attributes",
    "created_at",
    "sender",
    "attachments",
  );

  test("any bytes are a delivery or a Problem", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (body) => void refusal(Buffer.from(body))),
      { numRuns: 500 },
    );
  });

  test("any JSON in any field that we use is a delivery or a Problem", () => {
    const event = fc.constantFrom(
      "message_created",
      "message_updated",
      "conversation_updated",
      "conversation_typing_on",
      "contact_created",
    );
    fc.assert(
      fc.property(event, used, fc.jsonValue(), (name, field, value) => {
        void refusal(bytes({ ...exampleA(), event: name, [field]: value }));
        void refusal(bytes({ ...(exampleA().conversation as Json), event: name, [field]: value }));
      }),
      { numRuns: 500 },
    );
  });

  test("any content_attributes leave a customer's message readable", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.jsonValue(), (attributes, email) => {
        const delivery = parse({ content_attributes: { ...attributes, email, submitted_values: email } });
        expect(delivery.message?.id).toBe(90417);
      }),
      { numRuns: 300 },
    );
  });
});

describe("maskPubsubToken", () => {
  test("the token of a real payload is overwritten and not a byte else", () => {
    const raw = JSON.stringify(exampleA());
    expect(maskPubsubToken(raw)).toBe(raw.replace("REDACTED-treat-as-secret", "x".repeat(24)));
  });

  test.each([
    ['{"pubsub_token":"abc"}', '{"pubsub_token":"xxx"}'],
    ['{ "pubsub_token" \n\t:  "abc" , "a":"b"}', '{ "pubsub_token" \n\t:  "xxx" , "a":"b"}'],
    [String.raw`{"pubsub_token":"a\"b\\"}`, '{"pubsub_token":"xxxxxx"}'],
    [String.raw`{"pubsub\u005ftoken":"abc"}`, String.raw`{"pubsub\u005ftoken":"xxx"}`],
    ['[{"pubsub_token":"a"},{"x":{"pubsub_token":"bc"}}]', '[{"pubsub_token":"x"},{"x":{"pubsub_token":"xx"}}]'],
    ['{"pubsub_token":"pubsub_token"}', '{"pubsub_token":"xxxxxxxxxxxx"}'],
    ['{"pubsub_token":""}', '{"pubsub_token":""}'],
    ['{"pubsub_token":null,"a":"b"}', '{"pubsub_token":null,"a":"b"}'],
    ['{"pubsub_token":["a"],"b":"c"}', '{"pubsub_token":["a"],"b":"c"}'],
    ['{"a":"pubsub_token","b":"c"}', '{"a":"pubsub_token","b":"c"}'],
    ['["pubsub_token","b"]', '["pubsub_token","b"]'],
    [String.raw`{"content":"\"pubsub_token\":\"mine\""}`, String.raw`{"content":"\"pubsub_token\":\"mine\""}`],
    ['{"xpubsub_token":"a","pubsub_token2":"b"}', '{"xpubsub_token":"a","pubsub_token2":"b"}'],
    ["", ""],
    ['{"pubsub_token":"never closed', '{"pubsub_token":"never closed'],
  ])("%s becomes %s", (raw, masked) => {
    expect(maskPubsubToken(raw)).toBe(masked);
  });

  test("in any JSON, laid out in any way, exactly the tokens change, and no length", () => {
    const key = fc.oneof(fc.constant("pubsub_token"), fc.string(), fc.constant('"pubsub_token":'));
    const value = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: "small" },
        fc.string(),
        fc.constant("pubsub_token"),
        fc.integer(),
        fc.constant(null),
        tie("object"),
        tie("list"),
      ),
      object: fc.dictionary(key, tie("value"), { maxKeys: 4 }),
      list: fc.array(tie("value"), { maxLength: 4 }),
    })).object;
    const expected = (node: unknown): unknown => {
      if (Array.isArray(node)) return node.map(expected);
      if (typeof node !== "object" || node === null) return node;
      return Object.fromEntries(
        Object.entries(node).map(([name, inner]) =>
          name === "pubsub_token" && typeof inner === "string"
            ? [name, "x".repeat(Buffer.byteLength(JSON.stringify(inner)) - 2)]
            : [name, expected(inner)],
        ),
      );
    };
    fc.assert(
      fc.property(value, fc.constantFrom(0, 1, "\t\n"), (object, space) => {
        const raw = JSON.stringify(object, null, space);
        const masked = maskPubsubToken(raw);
        expect(Buffer.byteLength(masked)).toBe(Buffer.byteLength(raw));
        expect(JSON.stringify(JSON.parse(masked))).toBe(JSON.stringify(expected(JSON.parse(raw))));
        expect(maskByWalking(raw)).toBe(masked); // the quick way and the one that is right for every text say the same
      }),
      { numRuns: 500 },
    );
  });

  test("any text comes back in its length", () => {
    const pieces = fc.constantFrom('"pubsub_token"', ":", " ", '"', "\\", "x", "{", "é");
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 60 }), (parts) => {
        const raw = parts.join("");
        expect(Buffer.byteLength(maskPubsubToken(raw))).toBe(Buffer.byteLength(raw));
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    ["the key over and over", '"pubsub_token"'.repeat(700_000)],
    ["the key and ten million spaces", `{"pubsub_token"${" ".repeat(10_000_000)}`],
    ["one value of ten million characters", `{"pubsub_token":"${"a".repeat(10_000_000)}"}`],
    ["ten million backslashes", `{"pubsub_token":"${"\\".repeat(10_000_000)}"}`],
    ["five million open quotes", '"'.repeat(5_000_000)],
  ])("ten megabytes made to be slow are walked over once: %s", (_, raw) => {
    expect(maskPubsubToken(raw)).toHaveLength(raw.length); // a quadratic walk would outlive the test's time limit many times
  });
});
