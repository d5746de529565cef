import { closest } from "../../src/core/closest.ts";

test.each([
  ["slaa", "sla"],
  ["hihg", "high"],
  ["Tehcnical", "technical"],
  ["intent", "intents"],
  ["zzz", null],
  ["x".repeat(100_000), null],
])("%j probably means %j", (word, meant) => {
  expect(closest(word, ["sla", "high", "technical", "intents"])).toBe(meant);
});
