import { z } from "zod";
import { INTENTS, intentOfLabel, isBuiltIn } from "./intents.ts";

/**
 * What a team decides about itself: clocks, teams, words, thresholds, style. Every key is optional in the file, unknown ones are errors.
 * Keys are those of the file (snake_case), so that an error names what its author wrote.
 */

/** Written in any case; a name that is neither built-in nor declared under `intents` is most likely a slip. */
const intentName = z.string().trim().min(1).max(200).transform(intentOfLabel);

const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
export type Weekday = (typeof DAYS)[number];

const minutes = (value: number) => z.number().int().min(1).max(525_600).default(value);
const chatwootId = z.number().int().positive();
const words = z.array(z.string().trim().min(1).max(200)).default([]);

const businessHours = z
  .strictObject({
    time_zone: z.string().default("UTC").refine(isTimeZone, "is no IANA time zone such as Europe/Berlin"),
    /** Spans like "09:00-17:00"; a day that is left out is closed. An end of 24:00 is midnight. */
    weekly: z
      .partialRecord(z.enum(DAYS), z.array(z.string().refine(isSpan, 'must look like "09:00-17:00", the end after the start')))
      .default({}),
    /** Dates like "2026-12-25" in that time zone: closed all day. */
    holidays: z.array(z.iso.date()).default([]),
  })
  .refine((hours) => Object.values(hours.weekly).some((spans) => spans.length > 0), {
    message: "opens on no day; leave business_hours out to be always open",
    path: ["weekly"],
  });

const team = z
  .strictObject({
    name: z.string().trim().min(1).optional(),
    id: chatwootId.optional(),
    intents: z.array(intentName).default([]),
    /** Takes VIP customers. */
    vip: z.boolean().default(false),
    /** Takes what was escalated without naming a team. */
    escalation: z.boolean().default(false),
    /** Takes what no other entry takes. */
    default: z.boolean().default(false),
    method: z.enum(["least_busy", "round_robin", "manual"]).default("least_busy"),
    /** Nobody gets more open conversations than this; null: no limit. */
    max_open: z.number().int().positive().nullable().default(null),
  })
  .refine((entry) => (entry.name === undefined) !== (entry.id === undefined), "needs either name or id");

const keywordChange = z.strictObject({ add: words, remove: words }).prefault({});

const inbox = z.strictObject({
  draft: z.boolean().default(true),
  /** Conversation statuses in which a draft is made. */
  statuses: z.array(z.enum(["open", "pending", "snoozed", "resolved"])).default(["open"]),
});

const policyShape = z.strictObject({
  sla: z
    .strictObject({
      first_response_minutes: z.strictObject({ urgent: minutes(5), high: minutes(15), normal: minutes(30), low: minutes(60) }).prefault({}),
      resolution_minutes: z
        .strictObject({ simple: minutes(15), troubleshooting: minutes(30), complex: minutes(45), escalated: minutes(1440) })
        .prefault({}),
      /** null: always open. */
      business_hours: businessHours.nullable().default(null),
    })
    .prefault({}),
  teams: z.array(team).default([]),
  /** Intents of the team's own: labels of the examples that it trained triage with. */
  intents: z.array(intentName).default([]),
  vip: z
    .strictObject({
      labels: words,
      /** Attribute of contact or conversation → the values that make a VIP. */
      custom_attributes: z.record(z.string(), z.array(z.union([z.string(), z.number(), z.boolean()]))).default({}),
      contact_ids: z.array(chatwootId).default([]),
    })
    .prefault({}),
  /** Changes to the built-in lists of `keywords.ts`; entries are written as explained in `phrases.ts`. */
  keywords: z
    .strictObject({
      safety: keywordChange,
      legal: keywordChange,
      privacy: keywordChange,
      fraud: keywordChange,
      human_requested: keywordChange,
      complaint: keywordChange,
    })
    .prefault({}),
  /** Scores 0–100: from `send` on a draft may be recommended for sending, below `review` a complex one is escalated. */
  thresholds: z
    .strictObject({ send: z.number().min(0).max(100).default(85), review: z.number().min(0).max(100).default(60) })
    .refine((limits) => limits.review <= limits.send, { message: "must not be above send", path: ["review"] })
    .prefault({}),
  style: z
    .strictObject({
      tone: z.string().default("friendly, plain, short"),
      signature: z.string().default(""),
      /** A draft that promises one of these cannot be approved as it is. */
      forbidden_promises: words,
    })
    .prefault({}),
  /** Inbox id → whether and in which statuses it gets drafts; an inbox that is not named gets them while open. */
  inboxes: z.record(z.string().regex(/^[1-9]\d*$/, "must be an inbox id, a number"), inbox).default({}),
});

/** The shape of a policy file; parsing fills every default in. */
export const policySchema = policyShape.superRefine(({ intents, teams }, context) => {
  for (const [team, entry] of teams.entries())
    for (const [place, name] of entry.intents.entries())
      if (!isBuiltIn(name) && !intents.includes(name))
        context.addIssue({
          code: "custom",
          path: ["teams", team, "intents", place],
          message: `${name} is no intent: it must be one of ${INTENTS.join(", ")}, or stand under \`intents\``,
        });
});

export type Policy = z.infer<typeof policySchema>;
export type TeamPolicy = Policy["teams"][number];
export type BusinessHours = NonNullable<Policy["sla"]["business_hours"]>;

/** What holds without a policy file. */
export const DEFAULT_POLICY: Policy = policySchema.parse({});

/** "09:00-17:30" as minutes after midnight; null when it is no such span. */
export function spanOf(text: string): { from: number; to: number } | null {
  const match = /^(\d{1,2}):(\d{2})\s*[-–]\s*(\d{1,2}):(\d{2})$/.exec(text.trim());
  if (!match) return null;
  const [fromHour = 0, fromMinute = 0, toHour = 0, toMinute = 0] = match.slice(1).map(Number);
  if (fromMinute > 59 || toMinute > 59) return null;
  const from = fromHour * 60 + fromMinute;
  const to = toHour * 60 + toMinute;
  return from < to && to <= 24 * 60 ? { from, to } : null;
}

function isSpan(text: string): boolean {
  return spanOf(text) !== null;
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
