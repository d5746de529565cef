import fc from "fast-check";
import { builtInExamples } from "../../src/adapters/classifier/built-in.ts";
import { type Example, train, trainInSteps } from "../../src/core/classifier/classifier.ts";
import { inScope } from "../../src/core/classifier/scope.ts";

const EXAMPLES: Example[] = [
  ["delivery", "Where is my parcel?"],
  ["delivery", "When does my package arrive?"],
  ["delivery", "Tracking says nothing about my parcel"],
  ["refund", "I want my money back"],
  ["refund", "Please refund the broken lamp"],
  ["refund", "How do I get a refund?"],
  ["opening hours", "When do you open on Sunday?"],
  ["opening hours", "Until what time is the shop open?"],
].map(([label = "", text = ""]) => ({ label, text }));

test.each([
  ["delivery", "where is the parcel"],
  ["delivery", "wher is my parsel??"],
  ["delivery", "WHERE IS MY PARCEL"],
  ["refund", "refunding the lamp"],
  ["refund", "mоney back"], // Cyrillic о
  ["opening hours", "is the shop open on sunday"],
  ["opening hours", "opening hours"], // the label's own name
])("the label is %s for: %s", (label, text) => {
  expect(train(EXAMPLES)(text)).toMatchObject({ label });
});

test("what the examples speak of is likelier in scope than what they do not", () => {
  const classify = train(EXAMPLES);
  const within = ["Where is my parcel now?", "I would like a refund", "Is the shop open?"].map((text) => classify(text).inScope);
  const without = ["qwertz", "Who won the match?", "👍", "123456789", "Wie wird das Wetter?"].map((text) => classify(text).inScope);
  expect(Math.min(...within)).toBeGreaterThan(0.5);
  expect(Math.max(...without)).toBeLessThan(0.3);
});

test("examples of what fits no label make the like of it out of scope", () => {
  const strange = "Who won the match yesterday?";
  const outside = ["Who won the match?", "Who won the game yesterday?", "Tell me who won"].map((text) => ({ label: "Out of scope", text }));
  const [without, taught] = [train(EXAMPLES)(strange), train([...EXAMPLES, ...outside])(strange)];
  expect(taught.label).toBe("Out of scope");
  expect(taught.inScope).toBeLessThan(without.inScope);
  expect(train([...EXAMPLES, ...outside])("Where is my parcel?").inScope).toBeGreaterThan(0.5);
});

test("the same examples give the same verdicts, at one go and in steps", () => {
  const texts = ["where is it", "money", "sunday", "unheard-of", ""];
  const first = texts.map(train(EXAMPLES));
  expect(texts.map(train(EXAMPLES))).toEqual(first);
  const steps = trainInSteps(Array.from({ length: 50 }, () => EXAMPLES).flat());
  let turns = 0;
  for (let step = steps.next(); !step.done; step = steps.next()) turns += 1;
  expect(turns).toBeGreaterThan(50); // others get their turn
});

test("any examples and any message give a label of the examples and numbers between 0 and 1", () => {
  const word = fc.oneof(
    fc.string(),
    fc.string({ unit: "grapheme" }),
    fc.constantFrom("__proto__", "constructor", "toString", "(a+)+$", "\\", "<>", "\u0000"),
  );
  const example = fc.record({ text: word, label: word });
  fc.assert(
    fc.property(fc.array(example, { minLength: 1, maxLength: 12 }), fc.array(word, { maxLength: 5 }), (examples, texts) => {
      const classify = train(examples);
      for (const text of [...texts, ...examples.map(({ text }) => text)]) {
        const { label, confidence, inScope } = classify(text);
        expect(examples.map(({ label }) => label)).toContain(label);
        for (const share of [confidence, inScope]) {
          expect(share).toBeGreaterThanOrEqual(0);
          expect(share).toBeLessThanOrEqual(1 + 1e-9);
        }
      }
    }),
    { numRuns: 60 },
  );
});

test("names that every object has are words and labels like any other", () => {
  const classify = train([
    { label: "__proto__", text: "constructor of the prototype" },
    { label: "toString", text: "hasOwnProperty is valueOf" },
  ]);
  expect(classify("constructor prototype").label).toBe("__proto__");
  expect(classify("hasOwnProperty valueOf").label).toBe("toString");
  expect(classify("isPrototypeOf __defineGetter__ 42").inScope).toBeLessThan(0.5);
});

test("with one label it is always that one, and the scope tells whether it fits; with no example there is no label", () => {
  const classify = train(EXAMPLES.filter(({ label }) => label === "delivery"));
  expect(classify("where is my parcel?")).toMatchObject({ label: "delivery", confidence: 1 });
  expect(classify("where is my parcel?").inScope).toBeGreaterThan(0.5);
  expect(classify("sing me a song")).toMatchObject({ label: "delivery" });
  expect(classify("sing me a song").inScope).toBeLessThan(0.3);
  expect(train([])("anything")).toMatchObject({ label: null, confidence: 0, inScope: 0 });
});

test.each([
  ["one word without end", "x".repeat(100_000)],
  ["many words", "why is my parcel late ".repeat(5_000)],
  ["nothing but emoji", "😀".repeat(50_000)],
  ["nothing but brackets", "([{*+?".repeat(17_000)],
])("a message of 100,000 characters is judged like any other: %s", (_, text) => {
  const classify = train(EXAMPLES);
  for (let time = 0; time < 20; time++) expect(classify(text).label).not.toBeNull(); // quadratic work would take minutes here
});

test("each sign of belonging makes it likelier that a label fits", () => {
  const base = { surety: 0, nearness: 0.3, coverage: 0.5, length: 1.5 };
  for (const [name, value] of Object.entries(base)) expect(inScope({ ...base, [name]: value + 0.2 })).toBeGreaterThan(inScope(base));
});

test("the built-in intents have forty examples each, none twice, and a question in another language finds its intent", async () => {
  const examples = await builtInExamples();
  const sizes = Map.groupBy(examples, ({ label }) => label);
  expect([...sizes.keys()].sort()).toEqual(
    ["account", "complaint", "feedback", "order_status", "other", "product_question", "return_refund", "sales", "technical_issue"].sort(),
  );
  for (const [, held] of sizes) expect(held.length).toBeGreaterThanOrEqual(40);
  expect(new Set(examples.map(({ text }) => text)).size).toBe(examples.length);
  const classify = train(examples);
  for (const [label, text] of [
    ["order_status", "wann kommt denn mein Paket"],
    ["return_refund", "¿cómo hago para devolver esto?"],
    ["account", "j'ai perdu mon mot de passe"],
    ["technical_issue", "o aparelho não liga mais"],
    ["sales", "can you quote us 500 pieces"],
  ])
    expect(classify(text ?? "")).toMatchObject({ label });
});
