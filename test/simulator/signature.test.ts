import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { signature } from "../../src/simulator/outbox.ts";
import { normalised, railsJson } from "../../src/simulator/webhook-json.ts";

const SECRET = "k7Qm2xVn9TzR4bWcYpL8sHdE";

test("a body is written as Rails writes it and signed over timestamp.body (test vector 1)", () => {
  const body = railsJson({
    id: 90417,
    content: 'Is 5 < 6 & "ok"? Größe M 🙂',
    message_type: "incoming",
    private: false,
    event: "message_created",
  });
  expect(Buffer.byteLength(body)).toBe(136);
  expect(body).toContain("5 \\u003c 6 \\u0026");
  expect(signature(SECRET, "1785578400", body)).toBe("sha256=f4bda1b9f86b504dcb3597cfca9832d5ec815fb1d37526badec03e13e8f7c115");
});

test("an empty object is signed, too (test vector 2)", () => {
  expect(signature(SECRET, "1785578400", "{}")).toBe("sha256=37585455b5353c0128c59329082fcec467c906a5606c17bb909ccd867282ee34");
});

test("a whole customer message is signed byte for byte (test vector 3)", () => {
  const body = JSON.stringify(JSON.parse(readFileSync(new URL("./example-a.json", import.meta.url), "utf8")));
  expect(Buffer.byteLength(body)).toBe(3105);
  expect(signature(SECRET, "1786701201", body)).toBe("sha256=d7c78ea9f8e8104501b67dbe08e76a01d89b1b1650257b31f5619897de840061");
});

test("line separators are escaped as the characters that end a script are", () => {
  expect(railsJson({ a: "x\u2028y\u2029</script>" })).toBe('{"a":"x\\u2028y\\u2029\\u003c/script\\u003e"}');
  expect(createHash("sha256").update(railsJson("é")).digest("hex")).toBe(createHash("sha256").update('"é"').digest("hex"));
});

test("webhooks lose back-slash line breaks and trailing line breaks, but no trailing spaces", () => {
  expect(normalised("one\\\ntwo\n\n\n")).toBe("one\ntwo");
  expect(normalised("end  \n\n")).toBe("end  ");
  expect(normalised(null)).toBeNull();
});
