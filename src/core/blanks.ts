/** Blanks such as `[needs: order number]` that a drafter leaves where it would have to invent; each as written, in order. */
export function blanksOf(text: string): string[] {
  return text.match(BLANK) ?? [];
}

/** Bounded, so that a text of many open brackets stays linear. */
const BLANK = /\[\s{0,9}needs\s{0,9}:[^\]\n]{0,200}\]/gi;
