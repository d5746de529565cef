import { draftFindings, moreCareful, moreUrgent, usageOf } from "../../src/core/opinion.ts";

test("a drafter's recommendation makes us more careful only", () => {
  expect(moreCareful("send", "escalate")).toBe("escalate");
  expect(moreCareful("escalate", "send")).toBe("escalate");
  expect(moreCareful("review", null)).toBe("review");
});

test("a drafter's urgency makes us faster only", () => {
  expect(moreUrgent("low", "high")).toBe("high");
  expect(moreUrgent("high", "low")).toBe("high");
  expect(moreUrgent("normal", null)).toBe("normal");
});

test("what is missing and a wrong language are shown; nothing is, where nothing is", () => {
  const customerText = "How long do I have to send these fittings back to you?";
  const english = "You have thirty days to send them back to us.";
  expect(draftFindings({ text: english, missing: [" "] }, { customerText, asked: false })).toEqual([]);
  expect(draftFindings({ text: english, missing: ["order number", "date"] }, { customerText, asked: false })).toMatchObject([
    { code: "missing_information", evidence: "order number; date" },
  ]);
  const german = { text: "Sie haben dreißig Tage Zeit, um sie an uns zurückzuschicken.", missing: [] };
  expect(draftFindings(german, { customerText, asked: false })).toMatchObject([{ code: "wrong_language" }]);
  expect(draftFindings(german, { customerText, asked: true })).toEqual([]); // the operator may have asked for German
});

test("all calls of a draft are added up; one unknown cost makes the sum unknown", () => {
  const call = { stage: "model" as const, model: "m", inputTokens: 10, outputTokens: 2, costUsd: 0.5, latencyMs: 1 };
  expect(usageOf([call, call])).toEqual({ inputTokens: 20, outputTokens: 4, costUsd: 1 });
  expect(usageOf([call, { ...call, costUsd: null }]).costUsd).toBeNull();
  expect(usageOf([])).toEqual({ inputTokens: 0, outputTokens: 0, costUsd: 0 });
});
