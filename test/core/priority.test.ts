import { PRIORITY_RANK, priorityOf } from "../../src/core/priority.ts";
import type { Priority, Triage } from "../../src/core/words.ts";
import { triaged } from "./make.ts";

const of = (triage: Partial<Triage>, confidence: number | null = 90, repeatedComplaint = false) =>
  priorityOf({ triage: triaged(triage), confidence, repeatedComplaint });

test.each<[Priority, string, Partial<Triage>, number | null, boolean]>([
  ["urgent", "safety", { flags: ["safety", "vip"], needsReply: false }, 90, false],
  ["urgent", "fraud", { flags: ["fraud"] }, 90, false],
  ["urgent", "legal", { flags: ["legal"] }, 90, false],
  ["urgent", "repeated complaint", { flags: ["complaint"], urgency: "high" }, 90, true],
  ["high", "repeated complaint", { flags: ["complaint"] }, 90, true],
  ["high", "VIP", { flags: ["vip"], intent: "feedback" }, 90, false],
  ["high", "person", { flags: ["human_requested"] }, 90, false],
  ["high", "privacy", { flags: ["privacy"] }, 90, false],
  ["high", "time-critical", { urgency: "high" }, 90, false],
  ["high", "confidence below 40", {}, 39, false],
  ["normal", "nothing special", {}, 40, false],
  ["normal", "nothing special", { flags: ["complaint"] }, 90, false],
  ["normal", "nothing special", {}, null, false],
  ["low", "feedback", { intent: "feedback" }, 90, false],
  ["low", "no hurry", { urgency: "low" }, 90, false],
  ["high", "confidence below 40", { urgency: "low" }, 39, false],
  ["normal", "nothing special", { urgency: "low", flags: ["complaint"] }, 90, false],
  ["low", "needs no reply", { needsReply: false }, 90, false],
])("%s because of %s", (priority, reason, triage, confidence, repeated) => {
  const judged = of(triage, confidence, repeated);
  expect(judged.priority).toBe(priority);
  expect(judged.reason).toContain(reason);
});

test("the most urgent sorts first", () => {
  expect((["low", "urgent", "normal", "high"] as Priority[]).toSorted((a, b) => PRIORITY_RANK[a] - PRIORITY_RANK[b])).toEqual([
    "urgent",
    "high",
    "normal",
    "low",
  ]);
});
