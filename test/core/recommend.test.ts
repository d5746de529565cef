import { DEFAULT_POLICY, policySchema } from "../../src/core/policy.ts";
import { HARD_FLAGS, recommend } from "../../src/core/recommend.ts";
import { triaged } from "./make.ts";

const given = { triage: triaged(), score: 90, verifiedShare: 1, hasSources: true, findings: [], degraded: false, policy: DEFAULT_POLICY };

test("a high score with every fact quoted, no flag and no finding may be sent", () => {
  expect(recommend(given)).toBe("send");
  expect(recommend({ ...given, score: 85 })).toBe("send");
});

test.each([
  ["a score below the threshold", { score: 84 }],
  ["a fact without a quote", { verifiedShare: 0.9 }],
  ["no fact at all", { verifiedShare: null }],
  ["a finding", { findings: [{ code: "unsupported_date", text: "…" }] }],
  ["a soft flag", { triage: triaged({ flags: ["vip"] }) }],
  ["an unverified contact", { triage: triaged({ flags: ["unverified_contact"] }) }],
  ["a placeholder, also without sources", { degraded: true, hasSources: false, score: 1 }],
  ["a low score on a simple question", { score: 10 }],
])("%s is for a person to review", (_, more) => {
  expect(recommend({ ...given, ...more })).toBe("review");
});

test("a hard flag escalates however good the draft is", () => {
  for (const flag of HARD_FLAGS) expect(recommend({ ...given, triage: triaged({ flags: [flag] }) })).toBe("escalate");
  expect(recommend({ ...given, degraded: true, triage: triaged({ flags: ["legal"] }) })).toBe("escalate");
});

test("without a source, or with a low score on a complex question, it is escalated", () => {
  expect(recommend({ ...given, hasSources: false })).toBe("escalate");
  for (const intent of ["technical_issue", "complaint", "account"] as const)
    expect(recommend({ ...given, score: 59, triage: triaged({ intent }) })).toBe("escalate");
  expect(recommend({ ...given, score: 60, triage: triaged({ intent: "technical_issue" }) })).toBe("review");
});

test("the policy's thresholds hold", () => {
  const policy = policySchema.parse({ thresholds: { send: 95, review: 80 } });
  expect(recommend({ ...given, policy })).toBe("review");
  expect(recommend({ ...given, policy, score: 79, triage: triaged({ intent: "technical_issue" }) })).toBe("escalate");
});
