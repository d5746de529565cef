import fc from "fast-check";
import { confidenceOf, type Evidence, PRIOR_WEIGHTS, strongestReasons } from "../../src/core/confidence.ts";

const NO_CAPS = { noVerifiedQuote: false, contradiction: false, refusalOrTruncation: false, unsupportedFact: false };
const evidence = (more: Partial<Evidence> = {}): Evidence => ({
  retrievalStrength: 0.9,
  questionCoverage: 0.9,
  verifiedShare: 1,
  selfRating: null,
  history: null,
  caps: NO_CAPS,
  calibration: null,
  hidden: false,
  ...more,
});
const score = (more: Partial<Evidence> = {}) => confidenceOf(evidence(more)).score;

test("the prior says 35 when all is in the middle, high with good evidence, low with bad", () => {
  expect(score({ retrievalStrength: 0.5, questionCoverage: 0.5, verifiedShare: 0.5 })).toBe(35);
  expect(score()).toBeGreaterThanOrEqual(85);
  expect(score({ retrievalStrength: 0, questionCoverage: 0, verifiedShare: 0 })).toBeLessThanOrEqual(10);
});

test.each([
  ["noVerifiedQuote", "no_verified_quote", 30],
  ["contradiction", "contradicting_sources", 59],
  ["refusalOrTruncation", "refusal_or_truncation", 20],
  ["unsupportedFact", "unsupported_fact", 20],
])("%s caps the score at its limit and says so", (cap, name, limit) => {
  const { score: capped, caps } = confidenceOf(evidence({ caps: { ...NO_CAPS, [cap]: true } }));
  expect(capped).toBe(limit);
  expect(caps).toEqual([{ name, limit }]);
});

test("several caps: the lowest holds, all are named", () => {
  const all = confidenceOf(
    evidence({ caps: { noVerifiedQuote: true, contradiction: true, refusalOrTruncation: true, unsupportedFact: true } }),
  );
  expect(all.score).toBe(20);
  expect(all.caps).toHaveLength(4);
});

test("below fifty decisions the score is uncalibrated, fitted weights count at any number", () => {
  const weights = { ...PRIOR_WEIGHTS, bias: 5 };
  expect(confidenceOf(evidence({ calibration: { version: 3, weights, decisions: 49 } }))).toMatchObject({
    calibrated: false,
    decisions: 49,
    score: 99,
  });
  expect(confidenceOf(evidence({ calibration: { version: 3, weights, decisions: 50 } }))).toMatchObject({
    calibrated: true,
    decisions: 50,
    version: 3,
  });
});

test("a prior that stood the comparison with a refit on fifty decisions is calibrated, and has no version", () => {
  const stood = { version: null, weights: null, decisions: 50 };
  expect(confidenceOf(evidence({ calibration: stood }))).toMatchObject({ calibrated: true, version: null, score: score() });
});

test("signals that were not seen are not shown and change nothing", () => {
  expect(confidenceOf(evidence()).signals.map(({ name }) => name)).toEqual(["retrieval_strength", "question_coverage", "verified_quotes"]);
  expect(score({ selfRating: 0.5, history: 0.5 })).toBe(score());
});

const share = fc.double({ min: -1, max: 2 });
const maybe = fc.option(share);
const any = fc.record({
  retrievalStrength: share,
  questionCoverage: share,
  verifiedShare: maybe,
  selfRating: maybe,
  history: maybe,
  caps: fc.record({
    noVerifiedQuote: fc.boolean(),
    contradiction: fc.boolean(),
    refusalOrTruncation: fc.boolean(),
    unsupportedFact: fc.boolean(),
  }),
  calibration: fc.constant(null),
  hidden: fc.boolean(),
});

test("the score is whole, between 0 and 100, never above a cap, whatever comes in", () => {
  fc.assert(
    fc.property(any, (given) => {
      const made = confidenceOf(given);
      expect(Number.isInteger(made.score)).toBe(true);
      expect(made.score).toBeGreaterThanOrEqual(0);
      expect(made.score).toBeLessThanOrEqual(Math.min(99, ...made.caps.map(({ limit }) => limit)));
      for (const { value } of made.signals) expect(value >= 0 && value <= 1).toBe(true);
      expect(made.hidden).toBe(given.hidden);
    }),
  );
});

test("better evidence never lowers the prior's score", () => {
  fc.assert(
    fc.property(
      any,
      fc.constantFrom("retrievalStrength", "questionCoverage", "verifiedShare", "selfRating", "history"),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (given, signal, more) => {
        const value = given[signal];
        fc.pre(value !== null && Number.isFinite(value));
        expect(confidenceOf({ ...given, [signal]: value + more }).score).toBeGreaterThanOrEqual(confidenceOf(given).score);
      },
    ),
  );
});

test("reasons: caps first, the lowest ahead, then the signals that move the score most", () => {
  const made = confidenceOf(evidence({ retrievalStrength: 0.1, caps: { ...NO_CAPS, contradiction: true, noVerifiedQuote: true } }));
  expect(strongestReasons(made, 4)).toEqual([
    "at most 30%: no sentence is backed by a verified quote",
    "at most 59%: the sources contradict each other",
    "facts are backed by verified quotes (100%)",
    "no source fits the question well (10%)",
  ]);
});
