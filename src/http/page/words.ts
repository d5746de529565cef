import type { Approval, Priority } from "../../core/words.ts";
import { scoreIsHidden } from "../approval-json.ts";
import { type Html, html } from "./html.ts";

/** A moment for people: how far away, the exact time behind it. The page's script keeps the words true. */
export function when(moment: Date, now: Date): Html {
  return html`<time datetime="${moment.toISOString()}" title="${moment.toISOString().slice(0, 16).replace("T", " ")} UTC">${distance(moment, now)}</time>`;
}

/** "in 12 min", "3 h ago", "now". */
export function distance(moment: Date, now: Date): string {
  const minutes = Math.round((moment.getTime() - now.getTime()) / 60_000);
  const amount = Math.abs(minutes);
  if (amount === 0) return "now";
  const spoken = amount < 90 ? `${amount} min` : amount < 48 * 60 ? `${Math.round(amount / 60)} h` : `${Math.round(amount / 1440)} days`;
  return minutes > 0 ? `in ${spoken}` : `${spoken} ago`;
}

/** The score in a few words, and how it should look. */
export function confidenceWords(approval: Approval): { text: string; tone: "good" | "fair" | "poor" | "hidden" } {
  if (scoreIsHidden(approval)) return { text: "Score hidden until you decide", tone: "hidden" };
  if (approval.degraded) return { text: "No draft", tone: "poor" };
  const text = `${approval.confidenceScore}% confidence${approval.confidence.calibrated ? "" : ", uncalibrated"}`;
  return { text, tone: approval.confidenceScore >= 80 ? "good" : approval.confidenceScore >= 60 ? "fair" : "poor" };
}

/** snake_case for people. */
export const spoken = (word: string): string => word.replaceAll("_", " ");

export const SIGNAL_WORDS: Record<string, string> = {
  retrieval_strength: "Strength of the best source",
  question_coverage: "Share of the question that the sources cover",
  verified_quotes: "Sentences with a verified quote",
  self_rating: "The drafter's own rating",
  history: "Earlier decisions on similar questions",
};

export const PRIORITY_WORDS: Record<Priority, string> = { urgent: "Urgent", high: "High", normal: "Normal", low: "Low" };
