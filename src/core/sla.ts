import { type BusinessHours, type Policy, spanOf, type Weekday } from "./policy.ts";
import type { Priority } from "./words.ts";

/** When the first answer is due: the priority's minutes after the customer began to wait, counted in business hours when the policy has them. */
export function dueAt({ waitingSince, priority, policy }: { waitingSince: Date; priority: Priority; policy: Policy }): Date {
  return afterBusinessMinutes(waitingSince, policy.sla.first_response_minutes[priority], policy.sla.business_hours);
}

/** A moment that many open minutes later; null means always open. Right across the change of summer time: an open hour is 60 real minutes. */
export function afterBusinessMinutes(since: Date, minutes: number, hours: BusinessHours | null): Date {
  let left = minutes * MINUTE_MS;
  let from = since.getTime();
  if (hours === null) return new Date(from + left);
  let day = localDay(from, hours.time_zone);
  for (let passed = 0; passed < MOST_DAYS; passed++) {
    for (const span of openings(day, hours)) {
      from = Math.max(from, span.from);
      if (span.to - from >= left) return new Date(from + left);
      left -= Math.max(0, span.to - from);
      from = Math.max(from, span.to);
    }
    day = new Date(day.getTime() + DAY_MS);
  }
  return new Date(since.getTime() + minutes * MINUTE_MS); // holidays for years: no clock is better than one that never ends
}

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const MOST_DAYS = 3 * 366;

const WEEKDAYS: Weekday[] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/** A day's opening spans as moments, ascending. `day` is the date, written as midnight UTC. */
function openings(day: Date, hours: BusinessHours): { from: number; to: number }[] {
  if (hours.holidays.includes(day.toISOString().slice(0, 10))) return [];
  const spans = hours.weekly[WEEKDAYS[day.getUTCDay()] ?? "sun"] ?? [];
  return spans
    .flatMap((text) => spanOf(text) ?? [])
    .map(({ from, to }) => ({ from: momentOf(day, from, hours.time_zone), to: momentOf(day, to, hours.time_zone) }))
    .toSorted((a, b) => a.from - b.from);
}

/** The date that a moment has in a time zone, written as midnight UTC. */
function localDay(moment: number, timeZone: string): Date {
  const local = moment + offsetAt(moment, timeZone);
  return new Date(local - (((local % DAY_MS) + DAY_MS) % DAY_MS));
}

/** The moment at which a zone's clocks show that many minutes after midnight; a time that the spring skips counts from after the gap. */
function momentOf(day: Date, minutes: number, timeZone: string): number {
  const wall = day.getTime() + minutes * MINUTE_MS;
  const before = wall - offsetAt(wall - DAY_MS, timeZone);
  const after = wall - offsetAt(wall + DAY_MS, timeZone);
  const [first, second] = before <= after ? [before, after] : [after, before];
  for (const moment of [first, second]) if (moment + offsetAt(moment, timeZone) === wall) return moment;
  return second;
}

const formats = new Map<string, Intl.DateTimeFormat>(); // making one costs a hundred times what asking it costs

/** How far a zone's clocks are ahead of UTC at a moment, in milliseconds. */
function offsetAt(moment: number, timeZone: string): number {
  let format = formats.get(timeZone);
  if (!format) {
    format = new Intl.DateTimeFormat("en-US", {
      timeZone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
    formats.set(timeZone, format);
  }
  const part = Object.fromEntries(format.formatToParts(moment).map(({ type, value }) => [type, Number(value)]));
  const wall = Date.UTC(part.year ?? 0, (part.month ?? 1) - 1, part.day, part.hour, part.minute, part.second);
  return wall - Math.floor(moment / 1000) * 1000;
}
