import { createHold, HOLD_MS, type Moment, now } from "../../../src/adapters/postgres/hold.ts";
import { HoldLost } from "../../../src/ports/jobs.ts";
import { eventually } from "../../support/eventually.ts";

const NEARLY_MS = HOLD_MS - 60;
const ago = (ms: number, { steady, wall }: Moment = now()): Moment => ({ steady: steady - ms, wall: wall - ms });

/** Nothing of this process runs meanwhile: no timer, no answer. */
const standStill = (ms: number) => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

test("a hold that nobody confirms is lost by itself", async () => {
  const hold = createHold(ago(NEARLY_MS));
  expect(hold.isLost()).toBe(false);
  await eventually("it is lost", () => hold.signal.aborted);
  expect(() => hold.check()).toThrow(HoldLost);
});

test("a process that stood still sees at the first look that its hold is lost", () => {
  const hold = createHold(ago(NEARLY_MS));
  expect(() => hold.check()).not.toThrow();
  standStill(100);
  expect(hold.signal.aborted).toBe(false); // no timer had its turn
  expect(hold.isLost()).toBe(true);
  expect(hold.signal.aborted).toBe(true);
});

test.each<[string, (moment: Moment) => Moment]>([
  ["a machine that slept, for which the steady clock stood still", ({ steady, wall }) => ({ steady, wall: wall - HOLD_MS })],
  ["a wall clock that was set back", ({ steady, wall }) => ({ steady: steady - HOLD_MS, wall: wall + 3_600_000 })],
])("the clock that says more counts: %s", (_, since) => {
  expect(createHold(since(now())).isLost()).toBe(true);
});

test("a confirmation counts from when it was asked for, and an older one takes nothing back", () => {
  const hold = createHold(ago(NEARLY_MS));
  hold.confirm(ago(1_000));
  hold.confirm(ago(NEARLY_MS));
  standStill(100);
  expect(hold.isLost()).toBe(false);
  hold.end();
});

test("what is lost stays lost, and what has ended is not lost any more", () => {
  const [taken, ended] = [createHold(now()), createHold(ago(NEARLY_MS))];
  taken.lose("another process has it");
  taken.confirm(now());
  expect(taken.isLost()).toBe(true);
  ended.end();
  standStill(100);
  ended.lose("too late");
  expect(ended.isLost()).toBe(false);
});
