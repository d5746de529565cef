import type { Dice } from "./dice.ts";
import type { HowItEnds } from "./postgres.ts";

/** One thing that goes wrong, `at` milliseconds into the run. */
export type Fault = { at: number } & (
  | { kind: "kill"; victims: number; pauseMs: number }
  | { kind: "rolling restart" }
  | { kind: "database"; how: HowItEnds; downMs: number }
  | { kind: "full disk"; ms: number; databaseDownMs: number }
  | { kind: "chatwoot storm"; ms: number }
  | { kind: "chatwoot down"; ms: number }
  | { kind: "webhook storm"; ms: number }
  | { kind: "model trouble"; ms: number; share: number }
  | { kind: "chatwoot restart"; downMs: number }
  | { kind: "frozen"; ms: number }
  | { kind: "channel refuses"; ms: number; share: number }
  | { kind: "token renewed"; ms: number }
  | { kind: "deletion"; what: "conversation" | "contact" }
);

/** How often each kind comes in an hour; in a short run each comes as often as `LEAST` says. */
const PER_HOUR: Record<Fault["kind"], number> = {
  kill: 165,
  "rolling restart": 12,
  database: 22,
  "full disk": 8,
  "chatwoot storm": 110,
  "chatwoot down": 18,
  "webhook storm": 110,
  "model trouble": 40,
  "chatwoot restart": 18,
  frozen: 20,
  "channel refuses": 40,
  "token renewed": 30,
  deletion: 40,
};
const LEAST: Record<Fault["kind"], number> = {
  kill: 5,
  "rolling restart": 1,
  database: 3,
  "full disk": 1,
  "chatwoot storm": 4,
  "chatwoot down": 1,
  "webhook storm": 4,
  "model trouble": 1,
  "chatwoot restart": 1,
  frozen: 1,
  "channel refuses": 2,
  "token renewed": 2,
  deletion: 3,
};
const EVERY_KIND = Object.keys(PER_HOUR) as Fault["kind"][];
/** After so long without a word a process has lost its hold on its jobs. */
const HOLD_MS = 10_000;
/** After so long others send again what it may have sent. */
const FATE_MS = 20_000;
const HOUR_MS = 3_600_000;
const HOWS: HowItEnds[] = ["kill", "fast", "immediate"];

/** All that goes wrong in a run, from the seed alone. Nothing begins in the last tenth, so that the run ends in peace. */
export function planFaults(dice: Dice, durationMs: number, kinds: Fault["kind"][] = EVERY_KIND): Fault[] {
  const faults = kinds.flatMap((kind) => {
    const count = Math.max(LEAST[kind], Math.round((PER_HOUR[kind] * durationMs) / HOUR_MS));
    // Spread out, so that no kind comes all at once.
    return Array.from({ length: count }, (_, place) =>
      faultOf(dice, kind, durationMs * (0.04 + (0.86 * (place + dice.next())) / count), place, durationMs),
    );
  });
  return faults.sort((a, b) => a.at - b.at);
}

function faultOf(dice: Dice, kind: Fault["kind"], at: number, place: number, durationMs: number): Fault {
  switch (kind) {
    case "kill":
      return { at, kind, victims: dice.chance(0.15) ? 3 : dice.chance(0.2) ? 2 : 1, pauseMs: dice.int(50, 2_500) };
    case "rolling restart":
      return { at, kind };
    case "database":
      return { at, kind, how: HOWS[place % HOWS.length] as HowItEnds, downMs: dice.int(200, 4_000) };
    case "full disk":
      return { at, kind, ms: dice.int(4_000, 9_000), databaseDownMs: place % 2 === 0 ? dice.int(1_000, 3_500) : 0 };
    case "chatwoot storm":
      return { at, kind, ms: dice.int(3_000, 9_000) };
    case "chatwoot down":
      return { at, kind, ms: dice.int(2_000, 8_000) };
    case "webhook storm":
      return { at, kind, ms: dice.int(3_000, 9_000) };
    case "model trouble":
      return { at, kind, ms: dice.int(5_000, 15_000), share: dice.pick([0.3, 0.6, 1]) };
    case "chatwoot restart":
      return { at, kind, downMs: dice.int(2_000, 6_000) };
    case "frozen": {
      const ms = dice.chance(0.3) ? dice.int(FATE_MS + 1_000, FATE_MS + 4_000) : dice.int(HOLD_MS + 1_000, HOLD_MS + 5_000);
      return { at: Math.max(0, Math.min(at, durationMs - ms)), kind, ms };
    }
    case "channel refuses":
      return { at, kind, ms: dice.int(4_000, 8_000), share: dice.pick([0.3, 0.6, 1]) };
    case "token renewed":
      return { at, kind, ms: dice.int(2_000, 8_000) };
    case "deletion":
      return { at, kind, what: place % 2 === 0 ? "contact" : "conversation" };
  }
}

const MESSAGES = "/api/v1/accounts/1/conversations/*/messages";
const EVERYTHING = "/api/v1/accounts/1/";

/** One way for a call of Chatwoot's REST to go wrong. The customers' own API stays well, so that all they write is known. */
export function restFault(dice: Dice): object {
  const target = dice.pick([
    { method: "POST", path: MESSAGES },
    { method: "POST", path: MESSAGES },
    { method: "GET", path: MESSAGES },
    { method: "DELETE", path: MESSAGES },
    { path: EVERYTHING },
    { path: "/api/v1/profile" },
  ]);
  const fault = dice.pick<object>([
    { drop: "before" },
    { drop: "after" },
    { drop: "after" },
    { drop: "before", delay_ms: dice.int(500, 3_000) },
    { status: 500 },
    { status: 502, body: "<html>bad gateway</html>" },
    { status: 503 },
    { status: 504, body: "<html>timeout</html>" },
    { status: 429, headers: { "retry-after": String(dice.int(1, 3)) } },
    { delay_ms: dice.int(300, 3_000) },
    { delay_ms: dice.int(10_500, 14_000) },
  ]);
  const refused = target.method === "DELETE" && dice.chance(0.3);
  return { match: { ...target, times: dice.int(1, 3) }, fault: refused ? { status: 403, body: { error: "not permitted" } } : fault };
}

/** One way for webhooks to go wrong. */
export function webhookFault(dice: Dice): object {
  const fault = dice.pick<unknown>([
    "never",
    "never",
    "duplicate",
    "duplicate_new_id",
    "reorder",
    "reorder",
    { delay_ms: dice.int(500, 6_000) },
    { delay_ms: 20_000 },
  ]);
  return { match: { ...(dice.chance(0.6) && { event: "message_created" }), times: dice.int(1, 3) }, fault };
}
