import fc from "fast-check";
import { createBreaker } from "../../src/core/breaker.ts";

const PAUSE = 100;
function aBreaker(failures = 3) {
  const clock = { now: 0 };
  const changes: string[] = [];
  const breaker = createBreaker({ failures, pauseMs: PAUSE, now: () => clock.now, changed: (state) => changes.push(state) });
  return { breaker, clock, changes };
}

test("failures in a row open it, one answer in between does not let them add up", () => {
  const { breaker, changes } = aBreaker();
  breaker.failed("500");
  breaker.failed("500");
  breaker.answered();
  breaker.failed("500");
  breaker.failed("500");
  expect(breaker.standing()).toEqual({ state: "closed", why: null });
  breaker.failed("timeout");
  expect(breaker.standing()).toEqual({ state: "open", why: "timeout" });
  expect(breaker.wait()).toBe(PAUSE);
  expect(changes).toEqual(["open"]);
});

test("after the pause one call is tried, the others go on waiting; its end decides", () => {
  const { breaker, clock, changes } = aBreaker(1);
  breaker.failed("500");
  clock.now += PAUSE;
  expect(breaker.standing().state).toBe("half_open");
  expect(breaker.wait()).toBe(0);
  expect(breaker.wait()).toBe(PAUSE);
  breaker.failed("500");
  expect(breaker.wait()).toBe(PAUSE);
  clock.now += PAUSE;
  expect(breaker.wait()).toBe(0);
  breaker.answered();
  expect(breaker.wait()).toBe(0);
  expect(breaker.wait()).toBe(0);
  expect(changes).toEqual(["open", "closed"]);
});

test("a call that was tried and never came to an end does not keep it shut for ever", () => {
  const { breaker, clock } = aBreaker(1);
  breaker.failed("500");
  clock.now += PAUSE;
  expect(breaker.wait()).toBe(0);
  clock.now += PAUSE;
  expect(breaker.wait()).toBe(0);
});

test("whatever happens, nobody waits longer than the pause and at most one call a pause goes out while it is not closed", () => {
  const step = fc.oneof(fc.constant("ask"), fc.constant("answered"), fc.constant("failed"), fc.integer({ min: 1, max: 150 }));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 4 }), (steps, failures) => {
      const { breaker, clock } = aBreaker(failures);
      let lastTried = Number.NEGATIVE_INFINITY;
      for (const step of steps) {
        if (typeof step === "number") clock.now += step;
        else if (step === "answered") breaker.answered();
        else if (step === "failed") breaker.failed("why");
        else {
          const before = breaker.standing().state;
          const wait = breaker.wait();
          expect(wait).toBeGreaterThanOrEqual(0);
          expect(wait).toBeLessThanOrEqual(PAUSE);
          if (before === "closed") expect(wait).toBe(0);
          if (before === "open") expect(wait).toBeGreaterThan(0);
          if (before !== "closed" && wait === 0) {
            expect(clock.now - lastTried).toBeGreaterThanOrEqual(PAUSE);
            lastTried = clock.now;
          }
          if (before === "closed") lastTried = Number.NEGATIVE_INFINITY;
        }
      }
    }),
    { numRuns: 500 },
  );
});
