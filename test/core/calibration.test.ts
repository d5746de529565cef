import fc from "fast-check";
import { OPERATORS } from "../../src/cli/calibration/operators.ts";
import { chanceOf } from "../../src/cli/calibration/random.ts";
import { simulate } from "../../src/cli/calibration/simulate.ts";
import { type DecidedDraft, fitWeights, forecastsOf, LEAST_DECISIONS, refit } from "../../src/core/calibration.ts";
import { PRIOR_WEIGHTS, scoreOf, type Weights } from "../../src/core/confidence.ts";
import { historyOf } from "../../src/core/history.ts";
import { binsOf, reliabilityOf, shareOf } from "../../src/core/reliability.ts";

/** Drafts with two signals, decided by somebody who weighs them like this. */
function decided(count: number, weights: Weights, { seed = 1, from = 0 } = {}): DecidedDraft[] {
  const chance = chanceOf(seed);
  return Array.from({ length: count }, (_, nth) => {
    const signals = [
      { name: "retrieval_strength" as const, value: chance.even() },
      { name: "verified_quotes" as const, value: chance.even() < 0.7 ? 1 : 0.3 },
    ];
    const label = chance.even() < scoreOf(signals, weights, []) / 100 ? 1 : 0;
    const score = scoreOf(signals, PRIOR_WEIGHTS, []);
    return { signals, caps: [], score, hidden: false, label, decidedAt: new Date(from + nth) };
  });
}

const STRICT = { ...PRIOR_WEIGHTS, bias: PRIOR_WEIGHTS.bias - 2 };
const LENIENT = { ...PRIOR_WEIGHTS, bias: PRIOR_WEIGHTS.bias + 2 };

describe("the fit", () => {
  test("without decisions it is the prior, with few it stays near, with many it finds the operators", () => {
    expect(fitWeights([])).toEqual(PRIOR_WEIGHTS);
    const distance = (count: number) => Math.abs(fitWeights(decided(count, STRICT)).bias - STRICT.bias);
    expect(distance(0)).toBe(2);
    expect(distance(30)).toBeLessThan(2);
    expect(distance(3000)).toBeLessThan(0.4);
  });

  test("a signal that was never seen keeps the prior's weight as far as the others say nothing about it", () => {
    const fitted = fitWeights(decided(1000, PRIOR_WEIGHTS));
    expect(fitted.history).toBeCloseTo(PRIOR_WEIGHTS.history, 0);
  });

  test("is finite and the same at every run, whatever people decided", () => {
    const draft = fc.record({
      signals: fc.uniqueArray(
        fc.record({
          name: fc.constantFrom("retrieval_strength", "question_coverage", "self_rating"),
          value: fc.double({ min: 0, max: 1, noNaN: true }),
        }),
        { selector: ({ name }) => name },
      ),
      caps: fc.constant<DecidedDraft["caps"]>([]),
      score: fc.integer({ min: 1, max: 99 }),
      hidden: fc.boolean(),
      label: fc.constantFrom(0 as const, 1 as const),
      decidedAt: fc.constant(new Date(0)),
    });
    fc.assert(
      fc.property(fc.array(draft, { maxLength: 60 }), (drafts) => {
        const weights = fitWeights(drafts);
        expect(Object.values(weights).every(Number.isFinite)).toBe(true);
        expect(fitWeights(drafts)).toEqual(weights);
      }),
      { numRuns: 50 },
    );
  });

  test("drafts that a cap held down do not move it: what was wrong with them is in no signal", () => {
    const open = decided(200, PRIOR_WEIGHTS);
    const held = open.map((draft): DecidedDraft => ({ ...draft, caps: [{ name: "unsupported_fact", limit: 20 }], score: 20, label: 0 }));
    expect(fitWeights(held)).toEqual(PRIOR_WEIGHTS);
    expect(forecastsOf(held, LENIENT).every(({ score }) => score <= 0.2)).toBe(true);
  });
});

describe("a refit", () => {
  test("of too few decisions is not taken", () => {
    expect(refit(decided(LEAST_DECISIONS - 1, STRICT), [])).toMatchObject({ taken: false, reason: expect.stringContaining("too few") });
  });

  test("that meets held-back decisions better is taken, and says by how much", () => {
    const { taken, weights, heldBack } = refit(decided(300, STRICT), []);
    expect(taken).toBe(true);
    expect(weights.bias).toBeLessThan(PRIOR_WEIGHTS.bias - 1);
    expect(heldBack.before.decisions).toBe(60);
    expect(heldBack.after.logLoss).toBeLessThan(heldBack.before.logLoss ?? 0);
    expect(heldBack.after.brier).toBeLessThan(heldBack.before.brier ?? 0);
  });

  test("that makes the newest decisions worse is not taken, however well it fits the older ones", () => {
    const past = decided(400, STRICT);
    const now = decided(100, LENIENT, { seed: 2, from: 400 });
    const { taken, heldBack } = refit([...past, ...now], []);
    expect(heldBack.after.logLoss).toBeGreaterThan(heldBack.before.logLoss ?? 0);
    expect(taken).toBe(false);
  });

  test.each([50, 100, 500])("on %d decisions that look as the prior says costs next to nothing", (count) => {
    const fresh = decided(3000, PRIOR_WEIGHTS, { seed: 99 });
    const error = (by: Weights) => reliabilityOf(forecastsOf(fresh, by)).logLoss ?? 0;
    const costs = Array.from({ length: 10 }, (_, nth) => {
      const { taken, weights } = refit(decided(count, PRIOR_WEIGHTS, { seed: nth + 1 }), []);
      return error(taken ? weights : PRIOR_WEIGHTS) - error(PRIOR_WEIGHTS);
    });
    expect(costs.reduce((sum, cost) => sum + cost, 0) / costs.length).toBeLessThan(0.002);
  });

  test("brings the prior back when operators returned to it", () => {
    const strict = { weights: STRICT, fittedAt: new Date(-1) };
    const { taken, weights, reason } = refit(decided(400, PRIOR_WEIGHTS), [strict]);
    expect(taken).toBe(true);
    const fresh = decided(2000, PRIOR_WEIGHTS, { seed: 9 });
    const error = (by: Weights) => reliabilityOf(forecastsOf(fresh, by)).logLoss ?? 0;
    expect(error(weights)).toBeLessThan(error(STRICT));
    expect(reason).not.toBe("");
  });

  test("on simulated strict operators is far nearer to them after 100 and after 500 decisions than the prior", () => {
    const strict = OPERATORS.find(({ name }) => name === "strict");
    const points = strict ? simulate(strict, 4711) : [];
    const at = (decisions: number) => points.find((point) => point.decisions === decisions);
    expect(at(10)?.fitted.ece).toBe(at(10)?.prior.ece);
    for (const decisions of [100, 500]) expect(at(decisions)?.fitted.ece).toBeLessThan((at(decisions)?.prior.ece ?? 0) / 2);
  });
});

describe("reliability", () => {
  const forecasts = (...pairs: [number, 0 | 1][]) => pairs.map(([score, label]) => ({ score, label }));

  test("of nothing is null, never 0 or 1", () => {
    expect(reliabilityOf([])).toEqual({ decisions: 0, ece: null, brier: null, logLoss: null, auroc: null });
    expect(binsOf([]).every(({ promised, came }) => promised === null && came === null)).toBe(true);
    expect(shareOf(0, 0)).toBeNull();
    expect(reliabilityOf(forecasts([0.8, 1])).auroc).toBeNull();
  });

  test("a forecast that keeps its word has no calibration error, one that never does has all of it", () => {
    const kept = Array.from({ length: 10 }, (_, nth) => ({ score: 0.8, label: (nth < 8 ? 1 : 0) as 0 | 1 }));
    expect(reliabilityOf(kept).ece).toBeCloseTo(0, 10);
    expect(reliabilityOf(forecasts([1, 0], [0, 1])).ece).toBe(1);
    expect(reliabilityOf(forecasts([0.5, 0], [0.5, 1]))).toMatchObject({ ece: 0, brier: 0.25, auroc: 0.5 });
    expect(reliabilityOf(forecasts([0.2, 0], [0.4, 0], [0.6, 1])).auroc).toBe(1);
  });

  test("every score falls into the bin that names it, the ends included", () => {
    const bins = binsOf(Array.from({ length: 101 }, (_, score) => ({ score: score / 100, label: 1 as const })));
    expect(bins.map(({ decisions }) => decisions)).toEqual([10, 10, 10, 10, 10, 10, 10, 10, 10, 11]);
    for (const { from, to, promised } of bins) expect((promised ?? -1) >= from && (promised ?? 2) <= to).toBe(true);
  });

  test("intervals are Wilson's: honest for few and for extreme shares", () => {
    const none = shareOf(0, 10);
    expect(none?.share).toBe(0);
    expect(none?.low).toBe(0);
    expect(none?.high).toBeCloseTo(0.2775, 3);
    const half = shareOf(5, 10);
    expect([half?.low, half?.high]).toEqual([expect.closeTo(0.2366, 3), expect.closeTo(0.7634, 3)]);
  });
});

describe("history", () => {
  const asked = { question: "How long is the warranty on braided steel hose?", intent: "product_question" as const };
  const like = (label: 0 | 1) => ({ ...asked, question: "What warranty is there on a braided steel hose?", label });

  test("is null without a like question, and one decision moves it only a little", () => {
    expect(historyOf(asked, [])).toBeNull();
    expect(historyOf(asked, [{ question: "Can I pay with PayPal?", intent: "product_question", label: 1 }])).toBeNull();
    const [bad, good] = [historyOf(asked, [like(0)]) ?? 0, historyOf(asked, [like(1)]) ?? 0];
    expect(bad).toBeGreaterThan(1 / 3 - 0.01);
    expect(bad).toBeLessThan(0.5);
    expect(good).toBeGreaterThan(0.5);
    expect(good).toBeLessThan(2 / 3 + 0.01);
  });

  test("approaches the share of like drafts that were sent, those of the same intent ahead", () => {
    expect(
      historyOf(
        asked,
        Array.from({ length: 40 }, () => like(1)),
      ),
    ).toBeGreaterThan(0.9);
    const mixed = [like(1), { ...like(0), intent: "complaint" as const }];
    expect(historyOf(asked, mixed)).toBeGreaterThan(0.5);
  });
});
