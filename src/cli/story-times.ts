import type { StoryBody } from "./story.ts";

/** Text that people wrote is never a time of the helpdesk's, and a snoozed conversation wakes in the future. */
const NOT_THE_MOMENT = new Set(["content", "processed_message_content", "snoozed_until"]);
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)$/;
const UNIX_KEYS = /_at$|^(timestamp|waiting_since|snoozed_until)$/;

/** Moves every time in bodies that belong together by the same whole number of seconds, so that the newest of them is now. */
export function moveToNow(bodies: StoryBody[], now: Date): StoryBody[] {
  const newest = Math.max(...bodies.map(newestIn));
  if (!Number.isFinite(newest)) return bodies;
  const seconds = Math.floor((now.getTime() - newest) / 1000);
  return bodies.map((body) => moved("", body, seconds) as StoryBody);
}

function newestIn(value: unknown, key: string | number = ""): number {
  if (NOT_THE_MOMENT.has(String(key))) return Number.NEGATIVE_INFINITY;
  if (typeof value === "object" && value !== null)
    return Math.max(Number.NEGATIVE_INFINITY, ...Object.entries(value).map(([name, inner]) => newestIn(inner, name)));
  if (typeof value === "string" && ISO.test(value)) return Date.parse(value);
  return isUnix(String(key), value) ? value * 1000 : Number.NEGATIVE_INFINITY;
}

function moved(key: string, value: unknown, seconds: number): unknown {
  if (Array.isArray(value)) return value.map((inner) => moved(key, inner, seconds));
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, moved(name, inner, seconds)]));
  if (key === "content" || key === "processed_message_content") return value;
  if (typeof value === "string" && ISO.test(value)) {
    const iso = new Date(Date.parse(value) + seconds * 1000).toISOString();
    return value.endsWith("Z") ? iso : iso.replace("Z", "+00:00");
  }
  return isUnix(key, value) ? Math.round((value + seconds) * 1000) / 1000 : value;
}

/** Unix seconds, whole or with a fraction; 0 means never. */
function isUnix(key: string, value: unknown): value is number {
  return typeof value === "number" && value > 1_000_000_000 && value < 100_000_000_000 && UNIX_KEYS.test(key);
}
