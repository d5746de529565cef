const WORD_JOINER = "\u2060";

/** Words from outside as one harmless line of Markdown: no line break, no link, no emphasis, no code, at most `longest` characters. */
export function inline(text: string, longest = 200): string {
  const line = text.replace(/[\s\p{Cc}]+/gu, " ").trim();
  return withoutMentions(cut(line, longest).replace(/[\\`*[\]<>|~]/g, "\\$&"));
}

/** The first characters of a text with "…" where the rest is left out. */
export function cut(text: string, longest: number): string {
  return text.length <= longest ? text : `${text.slice(0, Math.max(0, longest - 1)).toWellFormed()}…`;
}

/**
 * A draft's text as it stands in the note between the rules: the very words, but lines that Markdown or a hurried reader could take
 * for the note's own frame (rules, headlines of ours, commands, a code fence that never ends) begin with an invisible word joiner,
 * and mentions notify nobody.
 */
export function framed(text: string): string {
  const lines = text.split("\n");
  const openFence = unclosedFence(lines);
  const safe = lines
    .map((line, at) => (isFrameLike(line) || (openFence !== -1 && at >= openFence && fenceOf(line)) ? WORD_JOINER + line : line))
    .join("\n");
  return withoutMentions(safe);
}

/** Chatwoot notifies whoever a note mentions, wherever in it the address stands. */
const withoutMentions = (text: string) => text.replace(/mention:(?=\/\/)/gi, `$&${WORD_JOINER}`);

const HEADLINES = ["🤖", "📚", "🚩", "⌨"];

function isFrameLike(line: string): boolean {
  const bare = line.replace(/\s/g, "");
  if (bare.length >= 3 && (/^-+$/.test(bare) || /^\*+$/.test(bare) || /^_+$/.test(bare))) return true;
  return HEADLINES.some((headline) => bare.startsWith(headline)) || /^\s*\/(?:approve|edit|reject|escalate|redraft)\b/i.test(line);
}

/** The fence that a line opens or closes: its character and length. */
function fenceOf(line: string): { mark: string; length: number; bare: boolean } | null {
  const match = /^ {0,3}(`{3,}|~{3,})(.*)$/.exec(line);
  if (!match?.[1]) return null;
  return { mark: match[1].charAt(0), length: match[1].length, bare: match[2]?.trim() === "" };
}

/** The line of the code fence that is still open at the end, -1 when all are closed. */
function unclosedFence(lines: string[]): number {
  let open: { at: number; mark: string; length: number } | null = null;
  for (const [at, line] of lines.entries()) {
    const fence = fenceOf(line);
    if (!fence) continue;
    if (!open) open = { at, mark: fence.mark, length: fence.length };
    else if (fence.bare && fence.mark === open.mark && fence.length >= open.length) open = null;
  }
  return open?.at ?? -1;
}
