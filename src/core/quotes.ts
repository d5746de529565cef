import type { Citation, Draft, Passage } from "./words.ts";

/** Words a quote must hold to prove anything; a number ("25 Nm") proves by itself. */
const FEWEST_WORDS = 3;

/**
 * True when the quote stands in the passage word for word: case, typography, Markdown marks and line breaks may differ, a word, a number or a unit may not.
 * "…" or "..." leaves words out; the parts must follow one another and must not leave out a "not". Linear in both texts.
 */
export function verifyQuote(quote: string, passageText: string): boolean {
  const parts = quote
    .split(ELLIPSIS)
    .map((part) => tokensOf(part, hasLinkTarget(quote)))
    .filter((part) => part.length > 0);
  const words = parts.flat();
  if (partsOf(words) < FEWEST_WORDS && !words.some((word) => DIGIT.test(word))) return false;

  const passage = tokensOf(passageText, hasLinkTarget(quote));
  let from = 0;
  for (const [index, part] of parts.entries()) {
    const at = indexOfRun(passage, part, from);
    if (at < 0) return false;
    if (index > 0 && passage.slice(from, at).some((word) => NEGATIONS.has(word))) return false;
    from = at + part.length;
  }
  return true;
}

/** The quotes of a draft's factual sentences, each verified against the passage it names. */
export function citationsOf(draft: Pick<Draft, "sentences">, passages: Pick<Passage, "passageId" | "text">[]): Citation[] {
  const texts = new Map(passages.map((passage) => [passage.passageId, passage.text]));
  return draft.sentences.flatMap(({ kind, text, passageId, quote }) => {
    if (kind !== "fact" || !passageId || !quote) return [];
    return [{ sentence: text, passageId, quote, verified: verifyQuote(quote, texts.get(passageId) ?? "") }];
  });
}

/** Share of the draft's factual sentences that a verified quote proves, 0..1; null when it states nothing. */
export function verifiedShare(draft: Pick<Draft, "sentences">, citations: Citation[]): number | null {
  const facts = draft.sentences.filter((sentence) => sentence.kind === "fact");
  if (facts.length === 0) return null;
  const proven = new Set(citations.filter((citation) => citation.verified).map((citation) => citation.sentence));
  return facts.filter((fact) => proven.has(fact.text)).length / facts.length;
}

/** Never begins with white space: a long run of it would be searched again from each of its characters. */
const ELLIPSIS = /(?:[[(]\s*)?(?:…|\.{3,})(?:\s*[\])])?/;
const WORD_PART = /[\p{L}\p{N}]+/gu;
const DIGIT = /\p{N}/u;

/** A path or a dotted name is one token of several words. */
const partsOf = (words: string[]) => words.reduce((sum, word) => sum + (word.match(WORD_PART)?.length ?? 0), 0);

/** Words, numbers with their sign, fractions and decimals whole, and the signs that change a value. Each character is looked at once. */
const TOKENS =
  /(?<![\p{L}\p{N}])-?\p{N}[\p{L}\p{N}]*(?:[-.,:/'^][\p{L}\p{N}]+)*|[\p{L}\p{N}]+(?:[-.,:/'@^][\p{L}\p{N}]+)*|[$€£¥%°+<>=±≥≤≠×~]/gu;

/** What an ellipsis may not swallow. */
const NEGATIONS = new Set(
  `not no never nor neither without except unless cannot can't don't doesn't isn't aren't won't didn't shouldn't
  nicht nie niemals kein keine keinen keinem keiner ohne ausser ne pas jamais aucun aucune sans sauf nunca jamás sin ningún ninguna salvo não sem nenhum nenhuma exceto`.split(
    /\s+/,
  ),
);

function tokensOf(text: string, withLinkTargets: boolean): string[] {
  const plain = (withLinkTargets ? text : text.replace(LINK_TARGET, "]"))
    .replace(/[⁰¹²³⁴-⁹]/g, "^$&") // 10² is not 102
    .replace(/[¼-¾⅐-⅞]/g, " $&") // 1½ is not 11/2
    .normalize("NFKC")
    .replace(/[‘’‚‛′`´]/g, "'")
    .replace(/[‐‑‒–−]/g, "-")
    .replace(/\u2044/g, "/")
    .replace(/—/g, " ")
    .replace(/[\u00ad\u200b-\u200d\u2060\ufeff]/g, "")
    .replace(/^ {0,3}> ?/gm, "")
    .replace(/\\(?=[\p{P}\p{S}])/gu, "")
    .replace(/[*_]/g, "");
  return plain.toLowerCase().replaceAll("ß", "ss").match(TOKENS) ?? [];
}

const LINK_TARGET = /\]\([^()]*\)/g;

function hasLinkTarget(quote: string): boolean {
  return quote.includes("](");
}

/** Knuth, Morris and Pratt: the first run of these words at or after `from`, -1 when there is none. */
function indexOfRun(words: string[], run: string[], from: number): number {
  const fallback: number[] = [0];
  for (let i = 1, k = 0; i < run.length; i++) {
    while (k > 0 && run[i] !== run[k]) k = fallback[k - 1] ?? 0;
    if (run[i] === run[k]) k += 1;
    fallback.push(k);
  }
  for (let i = from, k = 0; i < words.length; i++) {
    while (k > 0 && words[i] !== run[k]) k = fallback[k - 1] ?? 0;
    if (words[i] === run[k]) k += 1;
    if (k === run.length) return i - k + 1;
  }
  return -1;
}
