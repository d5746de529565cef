import { DEFAULT_POLICY } from "../src/core/policy.ts";
import { Problem } from "../src/core/problem.ts";
import { parsePolicy } from "../src/policy-file.ts";

const refusal = (text: string): Problem => {
  try {
    parsePolicy(text, "policy.yaml");
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
  throw new Error("the policy was accepted");
};

test("an empty file, a file of comments and keys without entries are the default policy", () => {
  for (const text of ["", "# nothing yet\n", "teams:\nkeywords:\n  safety:\n", "{}"])
    expect(parsePolicy(text, "policy.yaml")).toEqual(DEFAULT_POLICY);
});

test("the example of the design is read, with its defaults filled in", () => {
  const policy = parsePolicy(
    `
sla:
  first_response_minutes: {urgent: 5, high: 10}
  business_hours: {time_zone: Europe/Berlin, weekly: {mon: ["09:00-17:00"], tue: ["09:00-12:00", "13:00-24:00"]}, holidays: ["2026-12-25"]}
teams:
  - {name: order support, intents: [order_status, return_refund], method: least_busy, max_open: 10}
  - {name: senior, vip: true, method: round_robin}
  - {id: 3, intents: [technical_issue], escalation: true}
vip: {labels: [vip], custom_attributes: {customer_tier: [premium]}, contact_ids: []}
keywords: {safety: {add: [hydrogen], remove: []}, legal: {}}
thresholds: {send: 85, review: 60}
style: {tone: "friendly, plain, short", signature: "", forbidden_promises: ["full refund", "guarantee"]}
inboxes: {"4": {draft: true, statuses: [open]}, 5: {draft: false}}
`,
    "policy.yaml",
  );
  expect(policy.sla.first_response_minutes).toEqual({ urgent: 5, high: 10, normal: 30, low: 60 });
  expect(policy.teams[0]).toMatchObject({ name: "order support", max_open: 10, vip: false, default: false });
  expect(policy.teams[2]).toMatchObject({ id: 3, method: "least_busy", escalation: true });
  expect(policy.inboxes).toEqual({ "4": { draft: true, statuses: ["open"] }, "5": { draft: false, statuses: ["open"] } });
  expect(policy.keywords.fraud).toEqual({ add: [], remove: [] });
});

test("JSON is read like YAML", () => {
  expect(parsePolicy('{"thresholds": {"send": 90}}', "policy.json").thresholds).toEqual({ send: 90, review: 60 });
});

test.each([
  ["slaa: {}", "policy.yaml line 1: unknown key `slaa`; did you mean `sla`?"],
  ["sla:\n  first_response_minutes:\n    hihg: 3\n", "policy.yaml line 3: unknown key `hihg`; did you mean `high`?"],
  ["teams:\n  - name: a\n    intent: [x]\n", "policy.yaml line 3: unknown key `intent`; did you mean `intents`?"],
  ["inboxes:\n  4:\n    drft: true", "policy.yaml line 3: unknown key `drft`; did you mean `draft`?"],
  ["automations: []", "policy.yaml line 1: unknown key `automations`; known keys are `sla`, `teams`"],
])("an unknown key is named with its line and the key that was probably meant: %j", (text, sentence) => {
  expect(refusal(text).message).toContain(sentence);
});

test.each([
  ["thresholds:\n  send: high", 2, "thresholds.send"],
  ["thresholds:\n  review: 90\n  send: 80", 2, "thresholds.review"],
  ["teams:\n  - name: a\n  - intents: [sales]", 3, "teams.1"],
  ["teams:\n  - name: a\n    id: 4", 2, "teams.0"],
  ["teams:\n  - name: a\n    intents: [sale]", 3, "teams.0.intents.0"],
  ["sla:\n  business_hours:\n    time_zone: Mars/Olympus\n    weekly: {mon: ['9:00-17:00']}", 3, "sla.business_hours.time_zone"],
  ["sla:\n  business_hours:\n    weekly:\n      mon: ['17:00-09:00']", 4, "sla.business_hours.weekly.mon.0"],
  ["sla:\n  business_hours:\n    weekly: {}", 3, "sla.business_hours.weekly"],
  ["sla:\n  business_hours:\n    weekly: {mon: ['9:00-17:00']}\n    holidays: ['2026-02-30']", 4, "sla.business_hours.holidays.0"],
  ["inboxes:\n  mail: {}", 2, "inboxes.mail"],
  ["- a\n- b", 1, ""],
])("a wrong value is named with its line and key: %j", (text, line, key) => {
  expect(refusal(text).extra.errors).toEqual([expect.objectContaining({ line, key })]);
});

test("every mistake is named at once", () => {
  expect((refusal("slaa: 1\nthresholds: {send: 500}\n").extra.errors as unknown[]).length).toBe(2);
});

test("text that is no YAML, a key given twice and an alias bomb are refused with a sentence, not a crash", () => {
  expect(refusal("a: [").message).toMatch(/^policy.yaml line 1: /);
  expect(refusal("sla: {}\nsla: {}").message).toContain("line 2");
  const bomb = `a: &a [x,x,x,x,x,x,x,x,x,x]\n${"bcdefghi".replace(/./g, (name, i: number) => `${name}: &${name} [${Array(10).fill(`*${"abcdefgh"[i]}`).join(",")}]\n`)}`;
  expect(refusal(bomb).code).toBe("invalid_payload");
});
