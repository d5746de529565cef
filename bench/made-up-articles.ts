import type { Passage } from "../src/core/words.ts";

/** Words that a made-up language has; real help centers of 50,000 passages have about as many. */
const VOCABULARY = 150_000;
const WORDS_PER_PASSAGE = 150;
const PASSAGES_PER_SOURCE = 5;
/** Two words in five of any language say nothing. */
const SMALL = "the of and to in is you for it on with that this can are be as your at have from or not by if".split(" ");
const ONSETS = "b c d f g h j k l m n p r s t v w br ch cl cr dr fl fr gl gr pl pr qu sc sh sl sp st str th tr".split(" ");
const RIMES = "a e i o u ai an ar at ea ed el en er es ing in ion is it o on or ous ow ul um un ure y".split(" ");

/** A made-up knowledge base whose words are as unevenly common as those of a real language (Zipf's law), the same at every run. */
export function* madeUpPassages(count: number): Generator<Passage> {
  const { next, word } = language();
  for (let number = 0; number < count; number++) {
    const source = Math.floor(number / PASSAGES_PER_SOURCE);
    const sourceId = `article-${source}`;
    const words = Array.from({ length: Math.round(WORDS_PER_PASSAGE * (0.4 + 1.2 * next())) }, word);
    for (let at = 12; at < words.length; at += 12) words[at] += ".";
    yield {
      sourceId,
      passageId: `${sourceId}#part-${number % PASSAGES_PER_SOURCE}`,
      title: `Article ${source}`,
      titlePath: [`${word()} ${word()}`],
      text: words.join(" "),
      url: null,
      updatedAt: null,
      safety: false,
    };
  }
}

/** Questions in the same language: a few words of one passage among others, one in ten mistyped. */
export function madeUpQuestions(count: number, passages: Passage[]): string[] {
  const { next, word } = language(7);
  return Array.from({ length: count }, () => {
    const said = (passages[Math.floor(next() * passages.length)]?.text ?? "").split(" ");
    const asked = Array.from({ length: 12 }, () => said[Math.floor(next() * said.length)] ?? "").map((each) =>
      next() < 0.1 ? each.slice(0, 2) + each.slice(3) : each,
    );
    return [...asked, ...Array.from({ length: 6 }, word)].join(" ");
  });
}

function language(seed = 1): { next: () => number; word: () => string } {
  let state = seed;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0; // mulberry32
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const word = () => {
    if (next() < 0.4) return SMALL[Math.floor(SMALL.length * next() ** 2)] ?? "";
    return spelled(Math.floor(VOCABULARY ** next())); // the inverse of Zipf's distribution with exponent 1: rank ≈ size ^ u
  };
  return { next, word };
}

/** Common words are short, rare ones long. */
function spelled(rank: number): string {
  let left = rank;
  let word = "";
  do {
    const both = (left * 7919 + 13) % (ONSETS.length * RIMES.length);
    word += `${ONSETS[both % ONSETS.length]}${RIMES[Math.floor(both / ONSETS.length)]}`;
    left = Math.floor(left / (ONSETS.length * RIMES.length));
  } while (left > 0);
  return rank % 3 === 0 ? `${word}s` : word;
}
