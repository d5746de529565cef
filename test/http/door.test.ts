import { randomUUID } from "node:crypto";
import { request } from "node:http";
import { gzipSync } from "node:zlib";
import { PATH_SECRET, startApp, type TestApp } from "../support/app.ts";
import { customerMessage, post, sealed } from "../support/door.ts";

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

const accepted = async (deliveryId: unknown) => (await app.store.deliveries.get(String(deliveryId)))?.outcome === "accepted";
const rows = async () => (await app.store.deliveries.list({ limit: 100 })).data.length;

/** Fields of a problem document; a stack or a path of ours in it would be a leak. */
function expectProblem(answer: { status: number; type: string | null; body: object; text: string }, status: number, code: string) {
  expect(answer).toMatchObject({ status, body: { status, code } });
  expect(answer.type).toMatch(/^application\/problem\+json/);
  expect(Object.keys(answer.body)).toEqual(expect.arrayContaining(["type", "title", "status", "code", "detail"]));
  expect(answer.text).not.toMatch(/\bat .*\.[tj]s:\d+|node_modules|Error:/);
}

describe("what the door takes", () => {
  test("a signed customer message is accepted, and its row is there when the answer comes", async () => {
    const deliveryId = randomUUID();
    const answer = await post(app.url, JSON.stringify(customerMessage()), { deliveryId });
    expect(answer).toMatchObject({ status: 202, body: { status: "accepted", delivery_id: deliveryId } });
    expect(await accepted(deliveryId)).toBe(true);
  });

  test("the same delivery twice is one delivery", async () => {
    const body = JSON.stringify(customerMessage());
    const deliveryId = randomUUID();
    await post(app.url, body, { deliveryId });
    const before = await rows();
    expect((await post(app.url, body, { deliveryId })).body).toEqual({ status: "duplicate", delivery_id: deliveryId });
    expect(await rows()).toBe(before);
  });

  test("the same message under another delivery id is a duplicate", async () => {
    const body = JSON.stringify(customerMessage());
    await post(app.url, body);
    expect((await post(app.url, body)).body.status).toBe("duplicate");
  });

  test("what we do not use is ignored with a reason", async () => {
    const answer = await post(app.url, JSON.stringify({ event: "contact_updated", id: 7, account: { id: 1 } }));
    expect(answer).toMatchObject({ status: 202, body: { status: "ignored", reason: "event_not_used" } });
  });

  test("another account's message is ignored", async () => {
    const answer = await post(app.url, JSON.stringify(customerMessage({ account: { id: 7, name: "Other" } })));
    expect(answer).toMatchObject({ status: 202, body: { status: "ignored", reason: "other_account" } });
  });

  test("a delivery without an id gets one of its body, so that a repetition stays a duplicate", async () => {
    const body = JSON.stringify(customerMessage());
    const first = await post(app.url, body, { deliveryId: null });
    const second = await post(app.url, body, { deliveryId: null });
    expect(first.body.status).toBe("accepted");
    expect(second.body).toEqual({ status: "duplicate", delivery_id: first.body.delivery_id });
  });

  test("a message of 150,000 characters is accepted", async () => {
    const answer = await post(app.url, JSON.stringify(customerMessage({ content: "ä".repeat(150_000) })));
    expect(answer).toMatchObject({ status: 202, body: { status: "accepted" } });
  });

  test("an e-mail of 9 MiB is accepted", async () => {
    const body = JSON.stringify(
      customerMessage({ content_attributes: { email: { html_content: { full: "x".repeat(9 * 1024 * 1024) } } } }),
    );
    expect(await post(app.url, body)).toMatchObject({ status: 202, body: { status: "accepted" } });
  });

  test("the secret path takes unsigned deliveries of an old Chatwoot", async () => {
    const answer = await post(app.url, JSON.stringify(customerMessage()), {
      path: `/webhooks/chatwoot/${PATH_SECRET}`,
      headers: { "X-Chatwoot-Signature": "", "X-Chatwoot-Timestamp": "" },
      deliveryId: null,
    });
    expect(answer).toMatchObject({ status: 202, body: { status: "accepted" } });
  });
});

test("who signs wrongly is refused at the secret path, too", async () => {
  const answer = await post(app.url, JSON.stringify(customerMessage()), { path: `/webhooks/chatwoot/${PATH_SECRET}`, secret: "another" });
  expect(answer).toMatchObject({ status: 401, body: { code: "bad_signature" } });
});

describe("the ladder of refusals", () => {
  const body = JSON.stringify(customerMessage());

  test("an unknown path is 404, a wrong secret path too", async () => {
    expectProblem(await post(app.url, body, { path: "/webhooks/other" }), 404, "not_found");
    expectProblem(await post(app.url, body, { path: "/webhooks/chatwoot/guessed" }), 404, "not_found");
  });

  test("the secret path does not exist where none is configured", async () => {
    const shut = await startApp({ pathSecret: null });
    try {
      expectProblem(await post(shut.url, body, { path: "/webhooks/chatwoot/null" }), 404, "not_found");
      expectProblem(await post(shut.url, body, { path: `/webhooks/chatwoot/${PATH_SECRET}` }), 404, "not_found");
    } finally {
      await shut.close();
    }
  });

  test.each(["GET", "PUT", "DELETE", "PATCH", "OPTIONS"])("%s is 405 and says what is allowed", async (method) => {
    const response = await fetch(`${app.url}/webhooks/chatwoot`, { method });
    const text = await response.text();
    expectProblem(
      { status: response.status, type: response.headers.get("content-type"), body: JSON.parse(text), text },
      405,
      "method_not_allowed",
    );
    expect(response.headers.get("allow")).toBe("POST");
  });

  test.each(["text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin1", ""])(
    "content type %j is 415",
    async (type) => {
      expectProblem(await post(app.url, body, { headers: { "Content-Type": type } }), 415, "unsupported_media_type");
    },
  );

  test("a charset of UTF-8 may be named", async () => {
    const answer = await post(app.url, JSON.stringify(customerMessage()), {
      headers: { "Content-Type": 'application/json; charset="UTF-8"' },
    });
    expect(answer.status).toBe(202);
  });

  test("a compressed body is 415 even when it is signed", async () => {
    const gzipped = gzipSync(body);
    expectProblem(await post(app.url, gzipped, { headers: { "Content-Encoding": "gzip" } }), 415, "unsupported_media_type");
    expectProblem(await post(app.url, body, { headers: { "Content-Encoding": "br" } }), 415, "unsupported_media_type");
  });

  test("one byte more than 10 MiB is 413, announced or not", async () => {
    const tooLarge = Buffer.alloc(10 * 1024 * 1024 + 1, 32);
    expectProblem(await post(app.url, tooLarge), 413, "payload_too_large");
    expectProblem(
      await raw({ headers: { ...sealed(tooLarge), "Transfer-Encoding": "chunked" }, body: tooLarge }),
      413,
      "payload_too_large",
    );
  });

  test("an unsigned delivery is 401 missing_signature", async () => {
    const response = await raw({ headers: { "Content-Type": "application/json", "X-Chatwoot-Delivery": randomUUID() }, body });
    expectProblem(response, 401, "missing_signature");
  });

  test("another secret, another body or another time is 401 bad_signature", async () => {
    expectProblem(await post(app.url, body, { secret: "not-the-secret" }), 401, "bad_signature");
    const seal = sealed(body);
    expectProblem(await raw({ headers: seal, body: body.replace("350", "351") }), 401, "bad_signature");
    const shifted = String(Number(seal["X-Chatwoot-Timestamp"]) + 1);
    expectProblem(await raw({ headers: { ...seal, "X-Chatwoot-Timestamp": shifted }, body }), 401, "bad_signature");
  });

  test("a clock that is off by more than five minutes, either way, is 401 stale_timestamp; by less it is taken", async () => {
    const now = Math.floor(Date.now() / 1000);
    for (const skew of [-310, 310]) expectProblem(await post(app.url, body, { timestamp: now + skew }), 401, "stale_timestamp");
    for (const skew of [-280, 280]) {
      expect(await post(app.url, JSON.stringify(customerMessage()), { timestamp: now + skew })).toMatchObject({ status: 202 });
    }
  });

  test.each(["", "soon", "1e9", "-1", "99999999999999999999999999"])("timestamp %j is refused with 401", async (timestamp) => {
    expect((await post(app.url, body, { timestamp })).status).toBe(401);
  });

  test("a header that came twice is refused: nobody can say which one was meant", async () => {
    const seal = sealed(body);
    for (const name of ["X-Chatwoot-Signature", "X-Chatwoot-Timestamp"] as const) {
      expectProblem(await raw({ headers: { ...seal, [name]: [seal[name], seal[name]] }, body }), 401, "bad_signature");
    }
    expectProblem(await raw({ headers: { ...seal, "X-Chatwoot-Delivery": [randomUUID(), randomUUID()] }, body }), 400, "invalid_payload");
  });

  test("a malformed delivery id is 400", async () => {
    for (const deliveryId of ["1", "not-a-uuid", "'; drop table webhook_deliveries; --"]) {
      expectProblem(await post(app.url, body, { deliveryId }), 400, "invalid_payload");
    }
  });
});

describe("bad input", () => {
  test.each([
    ["nothing", ""],
    ["truncated JSON", JSON.stringify(customerMessage()).slice(0, -20)],
    ["two values", "{}{}"],
    ["JSON with a NUL byte", '{"event":"message_created\u0000"}'],
    ["UTF-16", Buffer.from(JSON.stringify(customerMessage()), "utf16le")],
    ["bytes that are no text", Buffer.from([0x7b, 0xff, 0xfe, 0x00, 0x7d])],
  ])("%s is 400 invalid_json", async (_name, body) => {
    const before = await rows();
    expectProblem(await post(app.url, body), 400, "invalid_json");
    expect(await rows()).toBe(before);
  });

  test.each([
    ["an array", "[]"],
    ["a string", '"message_created"'],
    ["null", "null"],
    ["a number", "17"],
    ["an object without an event", "{}"],
    ["an event that is a number", '{"event":17}'],
    ["a message without an id", JSON.stringify(customerMessage({ id: undefined }))],
    ["a message with a gigantic id", JSON.stringify(customerMessage()).replace(/"id":\d+/, '"id":1e400')],
    ["a message with a fractional id", JSON.stringify(customerMessage({ id: 1.5 }))],
    ["a message with a negative id", JSON.stringify(customerMessage({ id: -5 }))],
    ["a message whose privacy is a word", JSON.stringify(customerMessage({ private: "false" }))],
    ["a conversation that is a list", JSON.stringify(customerMessage({ conversation: [] }))],
  ])("%s is 400 invalid_payload or ignored, and never accepted", async (_name, body) => {
    const answer = await post(app.url, body);
    if (answer.status === 202) expect(answer.body.status).toBe("ignored");
    else expectProblem(answer, 400, "invalid_payload");
  });

  test("numbers that no id can be do not reach the database", async () => {
    for (const id of [2 ** 53, 1e300, 9_999_999_999_999_999_999n]) {
      const answer = await post(app.url, JSON.stringify(customerMessage()).replace(/"id":\d+/, `"id":${id}`));
      expect(answer.status).toBe(400);
    }
  });

  test("`__proto__` is a key like any other", async () => {
    const body = JSON.stringify(customerMessage()).replace("{", '{"__proto__":{"private":true,"polluted":1},');
    expect(await post(app.url, body)).toMatchObject({ status: 202, body: { status: "accepted" } });
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  test("100,000 nested arrays crash nobody", async () => {
    const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
    const body = JSON.stringify(customerMessage({ content_attributes: 0 })).replace(
      '"content_attributes":0',
      `"content_attributes":{"deep":${deep}}`,
    );
    expect([202, 400]).toContain((await post(app.url, body)).status);
    expect((await fetch(`${app.url}/healthz`)).status).toBe(200);
  });

  test("words that PostgreSQL cannot store as they are do not fail the delivery", async () => {
    for (const content of ["a\u0000b", "half a pair: \ud83d", "\u202e drawkcab"]) {
      expect(await post(app.url, JSON.stringify(customerMessage({ content })))).toMatchObject({
        status: 202,
        body: { status: "accepted" },
      });
    }
  });

  test("a body that ends early is nobody's delivery", async () => {
    const before = await rows();
    const body = JSON.stringify(customerMessage());
    await new Promise<void>((resolve) => {
      const sending = request(`${app.url}/webhooks/chatwoot`, {
        method: "POST",
        headers: { ...sealed(body), "Content-Length": body.length + 100 },
      });
      sending.on("error", () => resolve());
      sending.on("close", () => resolve());
      sending.write(body, () => setImmediate(() => sending.destroy()));
    });
    expect((await fetch(`${app.url}/healthz`)).status).toBe(200);
    expect(await rows()).toBe(before);
  });
});

describe("what refusals leave behind", () => {
  test("they are counted as refused, and no word of them is logged", async () => {
    await post(app.url, JSON.stringify(customerMessage({ content: "the secret of the refused" })), { secret: "wrong" });
    const metrics = await (await fetch(`${app.url}/metrics`)).text();
    expect(metrics).toMatch(/countersign_deliveries_total\{event="unknown",result="refused"\} [1-9]/);
    expect(metrics).toMatch(/countersign_deliveries_total\{event="message_created",result="accepted"\} [1-9]/);
    expect(app.logged).toContain("bad_signature");
    expect(app.logged).not.toContain("the secret of the refused");
  });

  test("a database that fails is 503, and the delivery can be sent again", async () => {
    const body = JSON.stringify(customerMessage());
    const deliveryId = randomUUID();
    app.failIngest = true;
    const refused = await post(app.url, body, { deliveryId });
    app.failIngest = false;
    expectProblem(refused, 503, "unavailable");
    expect(await post(app.url, body, { deliveryId })).toMatchObject({ status: 202, body: { status: "accepted" } });
  });

  test("neither the secret path nor anybody's words stand in the log", () => {
    expect(app.logged).not.toContain(PATH_SECRET);
    expect(app.logged).not.toContain("350 Chevy");
  });
});

interface Answered {
  status: number;
  type: string | null;
  body: Record<string, unknown>;
  text: string;
}

/** A request as `fetch` would not send it: repeated headers, chunks, no headers of its own. */
function raw({ headers, body }: { headers: Record<string, string | string[]>; body: string | Buffer }): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const sending = request(`${app.url}/webhooks/chatwoot`, { method: "POST", headers }, async (response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk as Buffer);
      const text = Buffer.concat(chunks).toString();
      resolve({ status: response.statusCode ?? 0, type: response.headers["content-type"] ?? null, body: JSON.parse(text), text });
    });
    sending.on("error", reject);
    sending.end(body);
  });
}
