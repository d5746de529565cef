/** The words an index knows, to find what a mistyped one probably meant. */
export interface Vocabulary {
  add(word: string): void;
  /** At most three known words one slip away (two in a long word); the first letter is taken to be right. */
  near(word: string): string[];
}

/** Shorter words have too many neighbours to guess from. */
const SHORTEST = 5;
const LONGEST = 30;
const TWO_SLIPS_FROM = 9;
const MOST_NEIGHBOURS = 3;

/** An empty vocabulary. */
export function createVocabulary(): Vocabulary {
  const byStartAndLength = new Map<string, string[]>();
  const bucket = (word: string, length: number) => `${word.slice(0, 1)}${length}`;
  const guessable = (word: string) => word.length >= SHORTEST && word.length <= LONGEST && LETTERS.test(word);

  return {
    add(word) {
      if (!guessable(word)) return;
      const key = bucket(word, word.length);
      const words = byStartAndLength.get(key);
      if (words) words.push(word);
      else byStartAndLength.set(key, [word]);
    },
    near(word) {
      if (!guessable(word)) return [];
      const most = word.length >= TWO_SLIPS_FROM ? 2 : 1;
      const found: { word: string; slips: number }[] = [];
      for (let length = word.length - most; length <= word.length + most; length++)
        for (const known of byStartAndLength.get(bucket(word, length)) ?? []) {
          const slips = slipsBetween(word, known, most);
          if (slips <= most) found.push({ word: known, slips });
        }
      return found
        .sort((a, b) => a.slips - b.slips)
        .slice(0, MOST_NEIGHBOURS)
        .map((neighbour) => neighbour.word);
    },
  };
}

const LETTERS = /^\p{L}+$/u;

/** Letters to add, drop, replace or swap with their neighbour; more than `most` is `most + 1`. */
function slipsBetween(a: string, b: string, most: number): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    let least = i;
    for (let j = 1; j <= b.length; j++) {
      let slips = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) slips = Math.min(slips, (before[j - 2] ?? 0) + 1);
      row.push(slips);
      least = Math.min(least, slips);
    }
    if (least > most) return most + 1;
    before = last;
    last = row;
  }
  return last[b.length] ?? most + 1;
}
