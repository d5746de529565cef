import fc from "fast-check";
import { asWritten, hasLiquid, neutralise } from "../../src/core/liquid.ts";

const text = fc.oneof(fc.string({ unit: "binary" }), fc.string({ unit: fc.constantFrom("{", "%", "}", "a", "\n", "\u2060", " ") }));

test("no opening is left, the visible characters stay, and doing it twice changes nothing", () => {
  fc.assert(
    fc.property(text, (given) => {
      const safe = neutralise(given);
      expect(hasLiquid(safe)).toBe(false);
      expect(safe).not.toMatch(/\{[{%]/);
      expect(safe.replaceAll("\u2060", "")).toBe(given.replaceAll("\u2060", ""));
      expect(neutralise(safe)).toBe(safe);
    }),
  );
});

test.each([
  ["Mail {{contact.email}}", "Mail {\u2060{contact.email}}"],
  ["{% raw %}", "{\u2060% raw %}"],
  ["{{{x}}}", "{\u2060{\u2060{x}}}"],
  ['{"a":{"b":1}} 100 %} und {50%}', '{"a":{"b":1}} 100 %} und {50%}'],
])("%j becomes %j", (given, expected) => {
  expect(neutralise(given)).toBe(expected);
});

test("what is written down survives PostgreSQL and JSON unchanged", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (given) => {
      const written = asWritten(given);
      expect(written).not.toContain("\0");
      expect(Buffer.from(written, "utf8").toString("utf8")).toBe(written);
    }),
  );
});
