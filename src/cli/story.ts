import { z } from "zod";
import { INTENTS } from "../core/intents.ts";

const flag = z.enum(["safety", "legal", "privacy", "fraud", "human_requested", "complaint", "vip", "injection", "unverified_contact"]);
const priority = z.enum(["low", "normal", "high", "urgent"]);
const words = z.array(z.string().min(1)).min(1);
const count = z.int().nonnegative();

/** A webhook's body as Chatwoot sends it, its keys in their order; what is in it is the door's business. */
const body = z.record(z.string(), z.unknown()).refine((value) => typeof value.event === "string", "a body has an event");

/** One step of a story of several: a body, a body under a named delivery id, or a pause until the house has come to rest. */
const step = z.union([z.strictObject({ wait_for: z.literal("approval") }), z.strictObject({ body, delivery_id: z.string().min(1) }), body]);

/** What the helpdesk holds where it differs from what the body implies. */
const conversation = z
  .strictObject({
    status: z.enum(["open", "resolved", "pending", "snoozed"]),
    contact: z.strictObject({ blocked: z.boolean() }),
    messages: z
      .array(z.strictObject({ by: z.enum(["customer", "operator"]), minutes_ago: z.number().positive(), content: z.string().min(1) }))
      .min(1),
  })
  .partial();

const delivery = z.strictObject({
  status: z.enum(["accepted", "ignored", "duplicate"]),
  reason: z
    .enum([
      "event_not_used",
      "not_a_customer_message",
      "private",
      "own_message",
      "not_a_command",
      "auto_reply",
      "blocked_contact",
      "empty",
      "conversation_pending",
    ])
    .optional(),
});

/** Checks on the conversation's newest approval; each key is optional. */
const approval = z
  .strictObject({
    status: z.enum(["pending", "approved", "sent", "send_failed", "rejected", "escalated", "superseded", "expired"]),
    decision: z.enum(["approve", "edit", "reject", "escalate", "redraft"]),
    intent: z.enum(INTENTS),
    language: z.string().regex(/^[a-z]{2}$/),
    flags: z.array(flag),
    flags_include: z.array(flag).min(1),
    priority,
    priority_at_least: priority,
    recommended_action: z.enum(["send", "review", "escalate"]),
    degraded: z.enum(["knowledge_unavailable", "drafter_unavailable", "attachment_only", "no_draft"]).nullable(),
    confidence_max: z.number().min(0).max(100),
    top_source: z.string().min(1),
    sources_include: words,
    no_sources: z.literal(true),
    draft_contains: words,
    draft_excludes: words,
    final_response: z.string().min(1),
    customer_message_contains: z.string().min(1),
    customer_message_excludes: z.string().min(1),
    answers: z.int().positive(),
  })
  .partial();

const expectation = z
  .strictObject({
    delivery: delivery.optional(),
    deliveries: z.array(delivery).min(2).optional(),
    approval: approval.nullable().optional(),
    approvals: count.optional(),
    pending: count.optional(),
    note: z.strictObject({ contains: words.optional(), excludes: words.optional() }).nullable().optional(),
    notes: count.optional(),
    public_replies: count.optional(),
    fate: z.enum(["drafted", "no_reply_needed", "conversation_pending", "conversation_closed", "contact_blocked"]).optional(),
  })
  .refine((value) => (value.delivery === undefined) !== (value.deliveries === undefined), "one of delivery and deliveries");

/** A fixture of `fixtures/deliveries`: what happens and what must come of it. `fixtures/README.md` explains every key. */
export const storySchema = z
  .strictObject({
    story: z.string().min(20),
    body: body.optional(),
    bodies: z.array(step).min(2).optional(),
    conversation: conversation.optional(),
    expect: expectation,
  })
  .refine((value) => (value.body === undefined) !== (value.bodies === undefined), "one of body and bodies")
  .refine((value) => bodiesOf(value).length === (value.expect.deliveries?.length ?? 1), "one expected delivery for each body");

export type Story = z.infer<typeof storySchema>;
export type StoryExpectation = z.infer<typeof expectation>;
export type StoryStep = z.infer<typeof step>;
export type StoryBody = z.infer<typeof body>;

/** What a story does, in order, whether it is told with `body` or with `bodies`. */
export function stepsOf(story: Told): StoryStep[] {
  return story.bodies ?? (story.body ? [story.body] : []);
}

/** The webhooks that a story sends, without its pauses. */
export function bodiesOf(story: Told): StoryBody[] {
  return stepsOf(story).flatMap((one) => (isPause(one) ? [] : [isNamed(one) ? one.body : one]));
}

/** True for a pause until the house has come to rest. */
export function isPause(one: StoryStep): one is { wait_for: "approval" } {
  return "wait_for" in one;
}

/** True for a body that is sent under a named delivery id: equal names share one id within a run. */
export function isNamed(one: StoryStep): one is { body: StoryBody; delivery_id: string } {
  return "delivery_id" in one && "body" in one;
}

interface Told {
  body?: StoryBody | undefined;
  bodies?: StoryStep[] | undefined;
}
