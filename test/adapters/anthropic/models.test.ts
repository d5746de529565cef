import { thinkingOf } from "../../../src/adapters/anthropic/models.ts";

test.each([
  ["claude-sonnet-5-5", 0, { effort: "low", thinking: { type: "between_tools" } }],
  ["claude-sonnet-5-5", 4000, { effort: "medium", thinking: { type: "adaptive" } }],
  ["claude-haiku-5-5", 0, { effort: "low", thinking: { type: "disabled" } }],
  ["claude-haiku-5-5", 16_000, { effort: "high", thinking: { type: "adaptive" } }],
  ["claude-opus-5-5", 0, { effort: "low" }], // always thinks; saying `disabled` is a 400
  ["claude-sonnet-5", 0, { effort: "low", thinking: { type: "disabled" } }],
  ["claude-sonnet-4-6", 0, {}],
  ["claude-sonnet-4-6", 2000, { thinking: { type: "adaptive" } }],
  ["claude-haiku-4-5-20251001", 2000, { thinking: { type: "enabled", budget_tokens: 2000 } }],
  ["claude-sonnet-4-20250514", 2000, { thinking: { type: "enabled", budget_tokens: 2000 } }],
  ["gateway/some-model", 2000, {}],
])("%s with %i tokens to think is told so in its family's way", (model, tokens, said) => {
  expect(thinkingOf(model, tokens)).toEqual(said);
});
