import type { Policy } from "./policy.ts";
import type { Finding, Flag, RecommendedAction, Triage } from "./words.ts";

/** Flags that want a specialist or a person, however good a draft is. */
export const HARD_FLAGS: readonly Flag[] = ["safety", "legal", "privacy", "fraud", "human_requested"];

/**
 * What we would do with the draft: escalate on a hard flag, without a source, or with a low score on a complex question; send with a
 * high score, no flag, no finding and every fact quoted; review the rest (design: "Recommended action"). A placeholder is reviewed.
 */
export function recommend({
  triage,
  score,
  verifiedShare,
  hasSources,
  findings,
  degraded,
  policy,
}: {
  triage: Triage;
  score: number; // 0–100
  /** Share of the draft's facts with a verified quote, 0..1; null when it states none. */
  verifiedShare: number | null;
  hasSources: boolean;
  findings: Finding[];
  degraded: boolean;
  policy: Policy;
}): RecommendedAction {
  if (triage.flags.some((flag) => HARD_FLAGS.includes(flag))) return "escalate";
  if (degraded) return "review";
  if (!hasSources) return "escalate";
  if (score < policy.thresholds.review && isComplex(triage)) return "escalate";
  const spotless = triage.flags.length === 0 && findings.length === 0 && verifiedShare === 1;
  return score >= policy.thresholds.send && spotless ? "send" : "review";
}

/** Questions whose answer takes judgement or somebody's account, not only a look at a page. */
function isComplex({ intent, flags }: Triage): boolean {
  return intent === "technical_issue" || intent === "complaint" || intent === "account" || flags.includes("complaint");
}
