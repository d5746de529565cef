import { answeredFrom, answeredKey, changedMaterially, withoutPersonalData } from "../../src/core/answered.ts";
import type { Approval } from "../../src/core/words.ts";

const AT = new Date("2026-11-20T10:00:00Z");
const DRAFT = "Goods can be sent back within 30 days. Shipping back is free inside Germany.";
const approval = {
  id: "a1",
  customerMessage: "Can I return this? Write to rosa@example.com or call +49 170 1234567, order 4837261",
  draftResponse: DRAFT,
  edited: false,
  sources: [
    { source_id: "returns", passage_id: "returns#1", url: "https://help.example/returns" },
    { source_id: "shipping", passage_id: "shipping#1", url: "https://help.example/shipping" },
  ],
  citations: [
    { sentence: "", passageId: "returns#1", quote: "", verified: true },
    { sentence: "", passageId: "shipping#1", quote: "", verified: false },
  ],
} as unknown as Approval;

test("an approved reply is evidence for the sources it verifiably quotes, and keeps nobody's address or number", () => {
  expect(answeredFrom(approval, DRAFT, AT, false)).toEqual({
    question: "Can I return this? Write to [email] or call [number], order [number]",
    sourceIds: ["returns"],
    answer: DRAFT,
    outcome: "approved",
    answeredAt: AT,
    approvalId: "a1",
  });
});

test("words of the operator's own are evidence only for what they link", () => {
  const own = "No. See https://help.example/shipping for why not.";
  expect(answeredFrom(approval, own, AT, true)).toMatchObject({ sourceIds: ["shipping"], outcome: "answered_by_hand" });
  expect(answeredFrom(approval, "We will look into that tomorrow, promised.", AT, true)).toMatchObject({ sourceIds: [] });
});

test("without a question or an answer there is nothing to learn", () => {
  expect(answeredFrom({ ...approval, customerMessage: " " }, DRAFT, AT, false)).toBeNull();
  expect(answeredFrom(approval, " ", AT, false)).toBeNull();
});

test("one question is one key, however it is spaced, cased and accented, and in whatever order its sources stand", () => {
  const key = answeredKey({ question: "Wo ist mein Päckchen?", sourceIds: ["a", "b"] });
  expect(answeredKey({ question: "  wo IST mein packchen", sourceIds: ["b", "a", "a"] })).toBe(key);
  expect(answeredKey({ question: "Wo ist mein Päckchen?", sourceIds: ["a"] })).not.toBe(key);
});

test("sizes, prices, years and short numbers stay, they are what is asked about", () => {
  for (const text of ["AN-6 on a 350 Chevy of 1967", "3/8 hose, 25 Nm, 1,200 euros", "-40 °C to 120 °C", "version 115.3.1"])
    expect(withoutPersonalData(text)).toBe(text);
});

test.each([
  ["a number", "Return within 30 days, no questions asked.", "Return within 14 days, no questions asked.", true],
  ["a tenth of the words", "one two three four five six seven eight nine ten", "one two three four five six seven x y z", true],
  [
    "a word of many",
    `Ship ${"it by post to the place you named ".repeat(8)}`,
    `Shipp ${"it by post to the place you named ".repeat(8)}`,
    false,
  ],
  ["nothing but marks and case", "Return it, please.", "return it – PLEASE!", false],
])("a text that changed by %s", (_, before, after, material) => {
  expect(changedMaterially(before, after)).toBe(material);
});
