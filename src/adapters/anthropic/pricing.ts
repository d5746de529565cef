/** What one call used, as the Messages API counts it. */
export interface Usage {
  input_tokens: number;
  output_tokens: number;
  cache_creation_input_tokens?: number | null;
  cache_read_input_tokens?: number | null;
}

/** US dollars per million tokens. */
interface Price {
  input: number;
  output: number;
  cacheWrite: number;
  cacheRead: number;
}

/**
 * Five-minute cache. Source: https://platform.claude.com/docs/en/about-claude/pricing, as of November 2026.
 * Haiku 5.5 costs five times as much when a prompt exceeds 100,000 tokens.
 */
const PRICES: Record<string, { upTo?: number; price: Price; beyond?: Price }> = {
  "claude-opus-5-5": { price: { input: 4, output: 20, cacheWrite: 5, cacheRead: 0.2 } },
  "claude-opus-5": { price: { input: 5, output: 25, cacheWrite: 6.25, cacheRead: 0.5 } },
  "claude-sonnet-5-5": { price: { input: 2, output: 10, cacheWrite: 2.5, cacheRead: 0.1 } },
  "claude-sonnet-5": { price: { input: 2, output: 10, cacheWrite: 2.5, cacheRead: 0.2 } },
  "claude-haiku-5-5": {
    upTo: 100_000,
    price: { input: 0.1, output: 0.5, cacheWrite: 0.125, cacheRead: 0.01 },
    beyond: { input: 0.5, output: 2.5, cacheWrite: 0.625, cacheRead: 0.05 },
  },
  "claude-haiku-4-5": { price: { input: 1, output: 5, cacheWrite: 1.25, cacheRead: 0.1 } },
};

/** What a call cost in US dollars; null for a model whose price we do not know. A dated name (…-20261007) is its model's. */
export function costOf(model: string, usage: Usage): number | null {
  const name = model.replace(/-\d{8}$/, "");
  const entry = Object.hasOwn(PRICES, name) ? PRICES[name] : undefined;
  if (!entry) return null;
  const written = usage.cache_creation_input_tokens ?? 0;
  const read = usage.cache_read_input_tokens ?? 0;
  const price = entry.beyond && usage.input_tokens + written + read > (entry.upTo ?? 0) ? entry.beyond : entry.price;
  const perMillion =
    usage.input_tokens * price.input + written * price.cacheWrite + read * price.cacheRead + usage.output_tokens * price.output;
  return perMillion / 1_000_000;
}

/** The most that a call can cost in US dollars, nothing read from the cache. A model whose price we do not know counts as the dearest we know. */
export function mostCostOf(model: string, inputTokens: number, outputTokens: number): number {
  const usage = { input_tokens: 0, cache_creation_input_tokens: inputTokens, output_tokens: outputTokens };
  return costOf(model, usage) ?? Math.max(...Object.keys(PRICES).map((known) => costOf(known, usage) ?? 0));
}

/** All tokens that went in, cached or not. */
export function inputTokensOf(usage: Usage): number {
  return usage.input_tokens + (usage.cache_creation_input_tokens ?? 0) + (usage.cache_read_input_tokens ?? 0);
}
