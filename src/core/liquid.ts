const WORD_JOINER = "\u2060";

/**
 * Chatwoot renders Liquid in everything that is posted; a word joiner (U+2060) between the two characters of every `{{` and `{%`
 * keeps the words as they are, visibly unchanged. The opening alone suffices (tried on a real Chatwoot). Idempotent.
 */
export function neutralise(text: string): string {
  return text.replace(OPENING, `{${WORD_JOINER}`);
}

/** True when a text holds a Liquid opening that Chatwoot could render. */
export function hasLiquid(text: string): boolean {
  return text.search(OPENING) !== -1;
}

/** A brace whose next character would make it an opening; of `{{{` that is the first and the second. */
const OPENING = /\{(?=[{%])/g;

/**
 * A text as drafts and replies are written down: Liquid neutralised, and without what neither Chatwoot nor PostgreSQL stores
 * unchanged (NUL, lone surrogates), so that the stored words are the approved ones byte for byte.
 */
export function asWritten(text: string): string {
  return neutralise(text.replaceAll("\0", "").toWellFormed());
}
