import { readFileSync } from "node:fs";
import { sign, verifySignature } from "../../../src/adapters/chatwoot/signature.ts";
import { Problem } from "../../../src/core/problem.ts";

const SECRET = "k7Qm2xVn9TzR4bWcYpL8sHdE";

/** The contract's vectors: computed with Node's crypto, checked with OpenSSL from Ruby. */
const VECTORS = [
  {
    name: "a body with escaped characters and an emoji",
    timestamp: "1785578400",
    body: Buffer.from(
      "eyJpZCI6OTA0MTcsImNvbnRlbnQiOiJJcyA1IFx1MDAzYyA2IFx1MDAyNiBcIm9rXCI/IEdyw7bDn2UgTSDwn5mCIiwibWVzc2FnZV90eXBlIjoiaW5jb21pbmciLCJwcml2YXRlIjpmYWxzZSwiZXZlbnQiOiJtZXNzYWdlX2NyZWF0ZWQifQ==",
      "base64",
    ),
    bytes: 136,
    signature: "sha256=f4bda1b9f86b504dcb3597cfca9832d5ec815fb1d37526badec03e13e8f7c115",
  },
  {
    name: "an empty object",
    timestamp: "1785578400",
    body: Buffer.from("{}"),
    bytes: 2,
    signature: "sha256=37585455b5353c0128c59329082fcec467c906a5606c17bb909ccd867282ee34",
  },
  {
    name: "a whole message_created",
    timestamp: "1786701201",
    body: Buffer.from(JSON.stringify(JSON.parse(readFileSync("fixtures/contract/example-a.json", "utf8")))),
    bytes: 3105,
    signature: "sha256=d7c78ea9f8e8104501b67dbe08e76a01d89b1b1650257b31f5619897de840061",
  },
];
const [escaped, small] = VECTORS as [(typeof VECTORS)[0], (typeof VECTORS)[0]];

/** The code that the door answers with, or "accepted". */
function outcome(change: {
  body?: Buffer;
  signature?: string | undefined;
  timestamp?: string | undefined;
  secrets?: string[];
  now?: number;
}): string {
  const headers = {
    signature: "signature" in change ? change.signature : small.signature,
    timestamp: "timestamp" in change ? change.timestamp : small.timestamp,
  };
  try {
    verifySignature({
      rawBody: change.body ?? small.body,
      headers,
      secrets: change.secrets ?? [SECRET],
      toleranceSeconds: 300,
      now: new Date((change.now ?? 1785578400) * 1000),
    });
    return "accepted";
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return error.code;
  }
}

test.each(VECTORS)("the contract's vector verifies and is made again: $name", ({ body, bytes, timestamp, signature }) => {
  expect(body.length).toBe(bytes);
  expect(outcome({ body, timestamp, signature, now: Number(timestamp) })).toBe("accepted");
  expect(sign(body, SECRET, timestamp)).toBe(signature);
});

test("the bytes as received are signed: parsed and written again they no longer verify", () => {
  const rewritten = Buffer.from(JSON.stringify(JSON.parse(escaped.body.toString())));
  expect(sign(rewritten, SECRET, escaped.timestamp)).toBe("sha256=476425fca722f32a6a6e350dc4ef9638e1a9a9830dbf10a88fd77996a45f36e5");
  expect(outcome({ body: rewritten, signature: escaped.signature })).toBe("bad_signature");
});

test("a signature of the body without the timestamp is refused", () => {
  const signature = "sha256=044088c9706266028c798227e9fad03de45cf20490141ae60d5f9459e9a52ab6";
  expect(outcome({ body: escaped.body, signature })).toBe("bad_signature");
});

test.each([
  ["no signature", { signature: undefined }],
  ["an empty signature", { signature: "" }],
  ["no timestamp", { timestamp: undefined }],
  ["an empty timestamp", { timestamp: "" }],
  ["neither", { signature: undefined, timestamp: undefined }],
])("a delivery with %s is missing_signature, also with the right secret configured", (_, change) => {
  expect(outcome(change)).toBe("missing_signature");
});

test.each([
  ["one flipped digit", { signature: small.signature.replace(/.$/, "5") }],
  ["the digest without its prefix", { signature: small.signature.slice(7) }],
  ["another algorithm's prefix", { signature: small.signature.replace("sha256", "sha1") }],
  ["a shortened digest", { signature: small.signature.slice(0, -2) }],
  ["a digest with something behind it", { signature: `${small.signature}00` }],
  ["a digest that is not hex", { signature: `sha256=${"z".repeat(64)}` }],
  ["the header sent twice", { signature: `${small.signature}, ${small.signature}` }],
  ["the timestamp sent twice", { timestamp: "1785578400, 1785578400" }],
  ["another timestamp", { timestamp: "1785578401" }],
  ["a timestamp that is no number", { timestamp: "yesterday" }],
  ["a timestamp in another writing", { timestamp: "1.7855784e9" }],
  ["a negative timestamp", { timestamp: "-1785578400" }],
  ["another body", { body: Buffer.from("{ }") }],
  ["another webhook's secret", { secrets: ["another-webhooks-secret"] }],
  ["no secret configured", { secrets: [] }],
])("%s is bad_signature", (_, change) => {
  expect(outcome(change)).toBe("bad_signature");
});

test("an empty secret signs nothing, though an attacker could sign with it", () => {
  expect(outcome({ signature: sign(small.body, "", small.timestamp), secrets: [""] })).toBe("bad_signature");
});

test("while rotating, either secret verifies, whichever stands first", () => {
  expect(outcome({ secrets: ["the-new-one", SECRET] })).toBe("accepted");
  expect(outcome({ secrets: [SECRET, "the-new-one"] })).toBe("accepted");
});

test.each([
  [0, "accepted"],
  [300, "accepted"],
  [301, "stale_timestamp"],
  [-300, "accepted"],
  [-301, "stale_timestamp"],
])("with 300 s allowed, a delivery signed %i s ago is %s", (age, expected) => {
  expect(outcome({ now: 1785578400 + age })).toBe(expected);
});

test("an old delivery with a forged signature is bad_signature: the age is judged after the signature", () => {
  expect(outcome({ signature: `sha256=${"0".repeat(64)}`, now: 1785578400 + 9999 })).toBe("bad_signature");
});

test("a timestamp beyond every clock is stale, not an accident", () => {
  const timestamp = "9".repeat(400);
  expect(outcome({ timestamp, signature: sign(small.body, SECRET, timestamp) })).toBe("stale_timestamp");
});

test("refusals name no secret and no signature", () => {
  try {
    verifySignature({
      rawBody: small.body,
      headers: { signature: `sha256=${"0".repeat(64)}`, timestamp: small.timestamp },
      secrets: [SECRET],
      toleranceSeconds: 300,
      now: new Date(0),
    });
    throw new Error("was accepted");
  } catch (error) {
    expect(error).toBeInstanceOf(Problem);
    expect((error as Problem).message).not.toContain(SECRET);
    expect((error as Problem).message).not.toContain(small.signature.slice(7));
  }
});
