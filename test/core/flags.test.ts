import { DEFAULT_POLICY } from "../../src/core/policy.ts";
import { triage } from "../../src/core/triage.ts";
import { RAISING, TRAPS } from "./flag-sentences.ts";

const judge = (text: string) =>
  triage({
    text,
    channel: "Channel::Email",
    hmacVerified: false,
    contact: { id: 1, customAttributes: {} },
    labels: [],
    customAttributes: {},
    earlierComplaints: 0,
    policy: DEFAULT_POLICY,
  });

for (const [flag, sentences] of Object.entries(RAISING)) {
  test.each(sentences)(`${flag} is raised by: %s`, (text) => {
    expect(judge(text).flags).toContain(flag);
  });
}

test.each(TRAPS)("no flag is raised by: %s", (text) => {
  expect(judge(text).reasons).toEqual([]);
});

test.each(TRAPS)("a reply is needed for: %s", (text) => {
  expect(judge(text).needsReply).toBe(true);
});
