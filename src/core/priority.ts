import type { Priority, Triage } from "./words.ts";

/** Sorts priorities, the most urgent first: 0 urgent … 3 low. */
export const PRIORITY_RANK: Record<Priority, number> = { urgent: 0, high: 1, normal: 2, low: 3 };

/** Below this score a person should look soon, whatever the message says. */
export const LOW_CONFIDENCE = 40;

/** How soon a person should look, and the reason in words; the first rule that holds decides (design: "Priority"). */
export function priorityOf({
  triage,
  confidence,
  repeatedComplaint,
}: {
  triage: Triage;
  /** 0–100; null when there is no score. */
  confidence: number | null;
  repeatedComplaint: boolean;
}): { priority: Priority; reason: string } {
  const has = (flag: Triage["flags"][number]) => triage.flags.includes(flag);
  if (has("safety")) return { priority: "urgent", reason: "safety: people or property may be in danger" };
  if (has("fraud")) return { priority: "urgent", reason: "fraud: money or an account may be at risk" };
  if (has("legal")) return { priority: "urgent", reason: "legal: a legal step is mentioned" };
  if (repeatedComplaint && triage.urgency === "high") return { priority: "urgent", reason: "repeated complaint, and time is short" };
  if (repeatedComplaint) return { priority: "high", reason: "repeated complaint" };
  if (has("vip")) return { priority: "high", reason: "VIP customer" };
  if (has("human_requested")) return { priority: "high", reason: "the customer asks for a person" };
  if (has("privacy")) return { priority: "high", reason: "privacy: a request about personal data has a legal deadline" };
  if (triage.urgency === "high") return { priority: "high", reason: "time-critical for the customer" };
  if (confidence !== null && confidence < LOW_CONFIDENCE) return { priority: "high", reason: `confidence below ${LOW_CONFIDENCE}` };
  if (!triage.needsReply) return { priority: "low", reason: "needs no reply" };
  if (triage.intent === "feedback") return { priority: "low", reason: "feedback" };
  if (triage.urgency === "low" && !has("complaint")) return { priority: "low", reason: "the customer is in no hurry" };
  return { priority: "normal", reason: "nothing special" };
}
