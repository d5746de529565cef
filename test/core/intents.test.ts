import { builtInExamples } from "../../src/adapters/classifier/built-in.ts";
import { train } from "../../src/core/classifier/classifier.ts";
import { chosenIntent, intentOf, intentOfLabel, isBuiltIn } from "../../src/core/intents.ts";
import { languageOf } from "../../src/core/language.ts";
import { wordsOf } from "../../src/core/phrases.ts";
import { type Policy, policySchema } from "../../src/core/policy.ts";
import { routeOf } from "../../src/core/route.ts";
import { withLearnedIntent } from "../../src/flow/learned-intent.ts";
import { triaged } from "./make.ts";

const by = (label: string | null, inScope: number, own: boolean) => ({ label, inScope, own });

test.each<[string, string, ReturnType<typeof by>, string]>([
  ["a rule stands against the built-in examples", "order_status", by("sales", 0.99, false), "order_status"],
  ["built-in examples speak where no rule does", "other", by("sales", 0.6, false), "sales"],
  ["but not out of scope", "other", by("sales", 0.1, false), "other"],
  ["a team's own examples are believed before a rule", "order_status", by("Wholesale inquiry", 0.6, true), "wholesale_inquiry"],
  ["not when they hardly fit", "order_status", by("Wholesale inquiry", 0.4, true), "order_status"],
  ["hardly fitting is better than nothing", "other", by("Wholesale inquiry", 0.4, true), "wholesale_inquiry"],
  ["other says nothing, so the rule stands", "order_status", by("Other", 0.99, true), "order_status"],
  ["without an example the rule stands", "order_status", by(null, 0, true), "order_status"],
])("%s", (_, rule, verdict, intent) => {
  expect(chosenIntent(rule, verdict)).toBe(intent);
});

test.each([
  ["I lost my password", "account"],
  ["I can't log in", "account"],
  ["Perdi a senha", "account"],
  ["Preciso da palavra-passe", "account"],
  ["Preciso da fatura", "account"],
  ["Quiero una devolución", "return_refund"],
])("%j is about %s", (text, intent) => {
  expect(intentOf(wordsOf(text), languageOf(text) ?? "en")).toBe(intent);
});

test("a label that only looks different is the same intent", () => {
  expect(["Order status", "ORDER-STATUS", " order_status "].map(intentOfLabel)).toEqual(Array(3).fill("order_status"));
  expect(intentOfLabel("Größe & Maß")).toBe("größe_maß");
  expect(intentOfLabel("???")).toBe("other");
  expect(intentOfLabel("__proto__")).toBe("proto");
  expect([isBuiltIn("order_status"), isBuiltIn("toString"), isBuiltIn("wholesale")]).toEqual([true, false, false]);
});

test("a policy may declare intents of its own and route them; one that it does not declare is a slip", () => {
  const policy: Policy = policySchema.parse({
    intents: ["Wholesale inquiry"],
    teams: [{ name: "dealers", intents: ["wholesale_inquiry"] }],
  });
  const staff = {
    teams: [{ id: 4, name: "dealers" }],
    operators: [],
    membersOf: new Map(),
    serviceUserId: 1,
    lastAssignee: new Map(),
  };
  expect(routeOf({ triage: triaged({ intent: "wholesale_inquiry" }), policy, staff, escalated: false })).toMatchObject({ teamId: 4 });
  const { error } = policySchema.safeParse({ teams: [{ name: "dealers", intents: ["sales", "wholesale_inquiry"] }] });
  expect(error?.issues).toMatchObject([
    { path: ["teams", 0, "intents", 1], message: expect.stringContaining("wholesale_inquiry is no intent") },
  ]);
});

test("when the examples cannot be asked the rules alone tell the intent, and the log says so", async () => {
  const warned: string[] = [];
  const quiet = { debug() {}, info() {}, error() {}, warn: (_: object, message: string) => void warned.push(message) };
  const classifier = { classify: () => Promise.reject(new Error("gone")), examples: async () => [] };
  const triage = triaged({ intent: "sales", flags: ["legal"] });
  expect(await withLearnedIntent({ classifier, log: quiet }, triage, "hello")).toEqual(triage);
  expect(warned).toHaveLength(1);
});

test("examples change the intent and nothing else: flags come from the rules alone", async () => {
  const classifier = {
    classify: async () => ({ ...by("wholesale", 1, true), confidence: 1, signals: NO_SIGNALS }),
    examples: async () => [],
  };
  const triage = triaged({ intent: "sales", flags: ["legal", "safety"], sentiment: "negative", urgency: "high" });
  expect(await withLearnedIntent({ classifier, log: console }, triage, "hello")).toEqual({ ...triage, intent: "wholesale" });
});

test("rules and built-in examples together are right more often than either alone, on examples held out", async () => {
  const examples = await builtInExamples();
  const right = { rules: 0, examples: 0, both: 0 };
  const guesses = { made: 0, right: 0 };
  for (let fold = 0; fold < 10; fold++) {
    const classify = train(examples.filter((_, place) => place % 10 !== fold));
    for (const { text, label } of examples.filter((_, place) => place % 10 === fold)) {
      const verdict = { ...classify(text), own: false };
      const byRules = intentOf(wordsOf(text), languageOf(text) ?? "en");
      const both = chosenIntent(byRules, verdict);
      right.rules += Number(byRules === label);
      right.examples += Number(verdict.label === label);
      right.both += Number(both === label);
      if (both === byRules) continue;
      guesses.made += 1;
      guesses.right += Number(both === label);
    }
  }
  expect(right.both).toBeGreaterThan(1.1 * Math.max(right.rules, right.examples));
  expect(guesses.made).toBeGreaterThan(50);
  expect(guesses.right / guesses.made).toBeGreaterThan(0.65);
});

const NO_SIGNALS = { surety: 0, nearness: 0, coverage: 0, length: 0 };
