import fc from "fast-check";
import { type BusinessHours, DEFAULT_POLICY, policySchema } from "../../src/core/policy.ts";
import { afterBusinessMinutes, dueAt } from "../../src/core/sla.ts";

const hours = (weekly: BusinessHours["weekly"], more: Partial<BusinessHours> = {}): BusinessHours => ({
  time_zone: "Europe/Berlin",
  weekly,
  holidays: [],
  ...more,
});
const WORKDAYS = Object.fromEntries(["mon", "tue", "wed", "thu", "fri"].map((day) => [day, ["09:00-17:00"]]));
const OFFICE = hours(WORKDAYS);
const later = (since: string, minutes: number, open: BusinessHours | null) =>
  afterBusinessMinutes(new Date(since), minutes, open).toISOString();

test("always open, each priority has its own minutes after the customer began to wait", () => {
  const waitingSince = new Date("2026-11-21T10:00:00Z");
  const due = (priority: "urgent" | "high" | "normal" | "low") => dueAt({ waitingSince, priority, policy: DEFAULT_POLICY }).toISOString();
  expect([due("urgent"), due("high"), due("normal"), due("low")]).toEqual([
    "2026-11-21T10:05:00.000Z",
    "2026-11-21T10:15:00.000Z",
    "2026-11-21T10:30:00.000Z",
    "2026-11-21T11:00:00.000Z",
  ]);
});

test("the policy's business hours are the clock", () => {
  const policy = policySchema.parse({ sla: { business_hours: { time_zone: "Europe/Berlin", weekly: { mon: ["09:00-17:00"] } } } });
  // Saturday → Monday 9:30 in Berlin
  expect(dueAt({ waitingSince: new Date("2026-11-21T10:00:00Z"), priority: "normal", policy }).toISOString()).toBe(
    "2026-11-23T08:30:00.000Z",
  );
});

test.each([
  ["inside the hours", "2026-11-20T10:00:00Z", 30, "2026-11-20T10:30:00.000Z"],
  ["before opening", "2026-11-20T05:00:00Z", 30, "2026-11-20T08:30:00.000Z"],
  ["over the night", "2026-11-19T15:50:00Z", 30, "2026-11-20T08:20:00.000Z"],
  ["over the weekend", "2026-11-20T15:50:00Z", 30, "2026-11-23T08:20:00.000Z"],
  ["to the last minute", "2026-11-20T15:30:00Z", 30, "2026-11-20T16:00:00.000Z"],
  ["over several days", "2026-11-20T08:00:00Z", 3 * 480, "2026-11-24T16:00:00.000Z"],
  ["in the evening of another date in UTC", "2026-11-19T23:30:00Z", 10, "2026-11-20T08:10:00.000Z"],
])("%s, only open minutes count", (_, since, minutes, due) => {
  expect(later(since, minutes, OFFICE)).toBe(due);
});

test("a holiday is closed, a lunch break does not count, overlapping spans count once, midnight may end a day", () => {
  expect(later("2026-12-24T15:50:00Z", 30, hours(WORKDAYS, { holidays: ["2026-12-25"] }))).toBe("2026-12-28T08:20:00.000Z");
  expect(later("2026-11-20T10:50:00Z", 30, hours({ fri: ["13:00-17:00", "09:00-12:00"] }))).toBe("2026-11-20T12:20:00.000Z");
  expect(later("2026-11-20T08:00:00Z", 240, hours({ fri: ["09:00-12:00", "10:00-13:00"] }))).toBe("2026-11-20T12:00:00.000Z");
  expect(later("2026-11-20T22:30:00Z", 60, hours({ fri: ["20:00-24:00"], sat: ["00:00-02:00"] }))).toBe("2026-11-20T23:30:00.000Z");
});

test("summer time: an open hour stays sixty minutes on the days when the clocks change", () => {
  const nights = hours({ sat: ["20:00-24:00"], sun: ["00:00-06:00"] });
  expect(later("2026-03-28T23:00:00Z", 120, nights)).toBe("2026-03-29T01:00:00.000Z"); // 2:00 became 3:00
  expect(later("2026-10-24T22:00:00Z", 240, nights)).toBe("2026-10-25T02:00:00.000Z"); // 3:00 became 2:00
  expect(later("2026-03-27T16:00:00Z", 30, OFFICE)).toBe("2026-03-30T07:30:00.000Z"); // opens an hour earlier by UTC
  expect(later("2026-03-29T00:00:00Z", 10, hours({ sun: ["02:30-05:00"] }))).toBe("2026-03-29T01:40:00.000Z"); // 2:30 does not exist
  expect(later("2026-11-01T05:00:00Z", 60, hours({ sun: ["00:00-03:00"] }, { time_zone: "America/New_York" }))).toBe(
    "2026-11-01T06:00:00.000Z",
  ); // 1:30 exists twice
});

test("zones with odd offsets and the other side of the world are right", () => {
  expect(later("2026-11-20T00:00:00Z", 15, hours(WORKDAYS, { time_zone: "Asia/Kathmandu" }))).toBe("2026-11-20T03:30:00.000Z");
  expect(later("2026-11-19T20:00:00Z", 15, hours(WORKDAYS, { time_zone: "Pacific/Auckland" }))).toBe("2026-11-19T20:15:00.000Z");
});

test("hours that never come end in plain minutes instead of never", () => {
  const holidays = Array.from({ length: 1_200 }, (_, day) => new Date(Date.UTC(2026, 10, 1 + day)).toISOString().slice(0, 10));
  expect(later("2026-11-20T10:00:00Z", 30, hours({ fri: ["09:00-17:00"] }, { holidays }))).toBe("2026-11-20T10:30:00.000Z");
});

const span = fc.tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 1, max: 24 })).filter(([from, to]) => from < to);
const weekly = fc.dictionary(
  fc.constantFrom("mon", "tue", "wed", "thu", "fri", "sat", "sun"),
  fc.array(
    span.map(([from, to]) => `${from}:00-${to}:00`),
    { minLength: 1, maxLength: 3 },
  ),
  { minKeys: 1, noNullPrototype: true },
);
const moment = fc.date({ min: new Date("2024-01-01"), max: new Date("2028-01-01"), noInvalidDate: true });
const zone = fc.constantFrom("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata");

test("a due time is never before the wait began nor before its plain minutes, and more minutes never make it earlier", () => {
  fc.assert(
    fc.property(
      moment,
      fc.integer({ min: 1, max: 3_000 }),
      fc.integer({ min: 0, max: 600 }),
      weekly,
      zone,
      (since, minutes, more, week, time_zone) => {
        const open = hours(week as BusinessHours["weekly"], { time_zone });
        const due = afterBusinessMinutes(since, minutes, open).getTime();
        expect(due).toBeGreaterThanOrEqual(since.getTime() + minutes * 60_000);
        expect(afterBusinessMinutes(since, minutes + more, open).getTime()).toBeGreaterThanOrEqual(due);
        expect(afterBusinessMinutes(since, minutes, null).getTime()).toBe(since.getTime() + minutes * 60_000);
      },
    ),
    { numRuns: 300 },
  );
});

test("open around the clock is the same as always open, in every zone and season", () => {
  const all = Object.fromEntries(["mon", "tue", "wed", "thu", "fri", "sat", "sun"].map((day) => [day, ["00:00-24:00"]]));
  fc.assert(
    fc.property(moment, fc.integer({ min: 1, max: 10_000 }), zone, (since, minutes, time_zone) => {
      expect(afterBusinessMinutes(since, minutes, hours(all, { time_zone })).getTime()).toBe(since.getTime() + minutes * 60_000);
    }),
    { numRuns: 300 },
  );
});
