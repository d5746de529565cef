import type Anthropic from "@anthropic-ai/sdk";

type Thinking = Anthropic.MessageCreateParams["thinking"];
type Effort = NonNullable<Anthropic.OutputConfig["effort"]>;

/** From here on a thinking budget asks for medium, then for high effort. Tokens. */
const MEDIUM_FROM = 1;
const HIGH_FROM = 8_000;

/**
 * How a model is told to think up to `tokens` before it answers, 0 for as little as it can. Families differ, and refuse what others need:
 * a fixed budget up to 4.5, adaptive thinking from 4.6 on, and off is `between_tools`, `disabled`, or saying nothing.
 * Source: https://platform.claude.com/docs/en/build-with-claude/thinking-troubleshooting, as of November 2026.
 */
export function thinkingOf(model: string, tokens: number): { thinking?: Thinking; effort?: Effort } {
  const effort = /^claude-[a-z]+-5/.test(model) ? { effort: effortFor(tokens) } : {};
  if (tokens === 0) return { ...effort, ...switchedOff(model) };
  if (/^claude-(?:3-7|(?:opus|sonnet)-4(?:-[0-5])?(?:-\d{8})?$|haiku-4-5)/.test(model))
    return { ...effort, thinking: { type: "enabled", budget_tokens: tokens } };
  return /^claude-/.test(model) ? { ...effort, thinking: { type: "adaptive" } } : effort;
}

function switchedOff(model: string): { thinking?: Thinking } {
  if (/^claude-sonnet-5-5/.test(model)) return { thinking: { type: "between_tools" } };
  if (/^claude-(?:haiku-5-5|(?:opus|sonnet|haiku)-5(?:-\d{8})?$)/.test(model)) return { thinking: { type: "disabled" } };
  return {};
}

function effortFor(tokens: number): Effort {
  if (tokens >= HIGH_FROM) return "high";
  return tokens >= MEDIUM_FROM ? "medium" : "low";
}
