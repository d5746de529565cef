import fc from "fast-check";
import { orderOf, pairsOf, shareTogether, worthTogether } from "../../src/core/neighbours.ts";
import { termsOf } from "../../src/core/terms.ts";

function pairsIn(question: string) {
  const terms = termsOf(question, "en");
  return pairsOf(
    terms.slice(1).map((second, place) => ({ first: terms[place] ?? second, second })),
    () => 1,
  );
}
const share = (question: string, text: string) => shareTogether(orderOf(termsOf(text, "en")), pairsIn(question));

test.each([
  ["profile folder", "open the profile folder", 1],
  ["profile folders", "each folder of the profile", 1],
  ["profile folder", "the profile's own folder", 1],
  ["profile folder", "a profile; buttons, colours, menus, a folder", 0],
  ["profile folder colour", "the profile folder", 0.5],
  ["profile", "profile", 0],
])("%s: of its neighbours, '%s' holds %f", (question, text, expected) => {
  expect(share(question, text)).toBe(expected);
});

test("a pair counts once however often it is met, and never for more than all pairs together", () => {
  const pairs = pairsIn("profile folder colour");
  expect(worthTogether(orderOf(termsOf("profile folder profile folder folder profile", "en")), pairs)).toBe(1);
  const word = fc.constantFrom("profile", "folder", "colour", "menu", "mail");
  fc.assert(
    fc.property(fc.array(word, { maxLength: 12 }), fc.array(word, { maxLength: 30 }), (question, text) => {
      const value = share(question.join(" "), text.join(" "));
      expect(value).toBeGreaterThanOrEqual(0);
      expect(value).toBeLessThanOrEqual(1);
    }),
  );
});
