import { wrongLanguage } from "./tongue.ts";
import type { Draft, Finding, ModelUse, RecommendedAction, Urgency } from "./words.ts";

/** What an operator should know of a draft before reading it: what it lacks, and a language that is not the customer's. */
export function draftFindings(
  draft: Pick<Draft, "text" | "missing">,
  { customerText, asked }: { customerText: string; asked: boolean },
): Finding[] {
  const missing = draft.missing.map((one) => one.trim()).filter((one) => one !== "");
  // whoever asked for a draft in their own words may have asked for another language
  const strange = asked ? null : wrongLanguage(draft.text, customerText);
  return [
    ...(missing.length > 0 ? [{ code: "missing_information", text: "Only a person can look this up.", evidence: missing.join("; ") }] : []),
    ...(strange ? [{ code: "wrong_language", text: strange }] : []),
  ];
}

/** The drafter's recommendation counts only where it is the more careful one. */
export function moreCareful(ours: RecommendedAction, theirs: RecommendedAction | null): RecommendedAction {
  return theirs !== null && CARE.indexOf(theirs) > CARE.indexOf(ours) ? theirs : ours;
}

const CARE: RecommendedAction[] = ["send", "review", "escalate"];

/** The drafter's urgency counts only where it is higher than what the rules say. */
export function moreUrgent(ours: Urgency, theirs: Urgency | null): Urgency {
  return theirs !== null && HURRY.indexOf(theirs) > HURRY.indexOf(ours) ? theirs : ours;
}

const HURRY: Urgency[] = ["low", "normal", "high"];

/** What all calls of a draft came to; the cost is null when one's is not known. */
export function usageOf(calls: ModelUse[]): Pick<ModelUse, "inputTokens" | "outputTokens" | "costUsd"> {
  const sum = (of: (call: ModelUse) => number) => calls.reduce((all, call) => all + of(call), 0);
  return {
    inputTokens: sum((call) => call.inputTokens),
    outputTokens: sum((call) => call.outputTokens),
    costUsd: calls.some((call) => call.costUsd === null) ? null : sum((call) => call.costUsd ?? 0),
  };
}
