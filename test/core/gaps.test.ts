import fc from "fast-check";
import { gapsOf, type UnansweredQuestion } from "../../src/core/gaps.ts";

let next = 0;
const asked = (question: string, changes: Partial<UnansweredQuestion> = {}): UnansweredQuestion => {
  next += 1;
  return {
    approvalId: `a${next}`,
    conversationId: next,
    question,
    language: "en",
    reason: "no_source",
    at: new Date(next * 1000),
    ...changes,
  };
};

test("questions about the same thing are one gap, however they are put; the largest comes first", () => {
  const gaps = gapsOf([
    asked("Do you sell titanium hose clamps?"),
    asked("Hello, which colour are your gift cards?"),
    asked("I am looking for a titanium clamp, do you have any clamps for hoses?", { reason: "escalated" }),
    asked("Can I buy a gift card for my friend?\n\nOn Monday Shop wrote:\n> Your titanium clamps have shipped."),
    asked("titanium clamps???"),
    asked("Is your warehouse open on Sundays?"),
  ]);
  expect(gaps.map(({ count }) => count)).toEqual([3, 2, 1]);
  expect(gaps[0]?.words.slice(0, 2).sort()).toEqual([expect.stringMatching(/^clamps?$/), "titanium"]);
  expect(gaps[0]?.reasons).toEqual({ no_source: 2, escalated: 1 });
  expect(gaps[0]?.firstAt).toEqual(new Date(1000));
  expect(gaps[0]?.lastAt).toEqual(new Date(5000));
  expect(gaps[1]?.words).toContain("gift");
});

test("small words bring nothing together", () => {
  expect(gapsOf([asked("Could you please help me with my pump?"), asked("Could you please help me with my invoice?")])).toHaveLength(2);
});

test("no questions, no gaps; every question is in exactly one, whatever it says", () => {
  expect(gapsOf([])).toEqual([]);
  const word = fc.constantFrom("clamp", "hose", "E85", "an-6", "🤖", "\ud800", "<b>", "titanium", " ", "\n");
  fc.assert(
    fc.property(fc.array(fc.array(word, { maxLength: 12 }), { maxLength: 40 }), (texts) => {
      const questions = texts.map((words) => asked(words.join(" ")));
      const found = gapsOf(questions).flatMap((gap) => gap.questions.map(({ approvalId }) => approvalId));
      expect(found.sort()).toEqual(questions.map(({ approvalId }) => approvalId).sort());
    }),
    { numRuns: 300 },
  );
});
