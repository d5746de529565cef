/** The words an index knows, to find what a mistyped one probably meant. */
export interface Vocabulary {
  add(word: string): void;
  remove(word: string): void;
  /** At most three known words one slip away (two in a long word); the first letter is taken to be right. */
  near(word: string): string[];
}

/** Shorter words have too many neighbours to guess from. */
const SHORTEST = 5;
const LONGEST = 30;
const TWO_SLIPS_FROM = 9;
const MOST_NEIGHBOURS = 3;

/** Words of one beginning and length, and beside each which letters it has: most words differ in too many to be compared at all. */
interface Bucket {
  words: string[];
  letters: number[];
}

/** An empty vocabulary. */
export function createVocabulary(): Vocabulary {
  const buckets = new Map<string, Bucket>();
  const bucketOf = (word: string, length: number) => buckets.get(`${word.slice(0, 1)}${length}`);
  const guessable = (word: string) => word.length >= SHORTEST && word.length <= LONGEST && LETTERS.test(word);

  return {
    add(word) {
      if (!guessable(word)) return;
      const bucket = bucketOf(word, word.length) ?? { words: [], letters: [] };
      bucket.words.push(word);
      bucket.letters.push(lettersOf(word));
      buckets.set(`${word.slice(0, 1)}${word.length}`, bucket);
    },
    remove(word) {
      const bucket = bucketOf(word, word.length);
      const place = bucket?.words.indexOf(word) ?? -1;
      if (place < 0) return;
      bucket?.words.splice(place, 1);
      bucket?.letters.splice(place, 1);
    },
    near(word) {
      if (!guessable(word)) return [];
      const most = word.length >= TWO_SLIPS_FROM ? 2 : 1;
      const own = lettersOf(word);
      const found: { word: string; slips: number }[] = [];
      for (let length = word.length - most; length <= word.length + most; length++) {
        const { words, letters } = bucketOf(word, length) ?? { words: [], letters: [] };
        for (let place = 0; place < letters.length; place++) {
          if (bitsIn(own ^ (letters[place] ?? 0)) > 2 * most) continue; // a slip takes one letter away and brings one in
          const known = words[place] ?? "";
          const slips = slipsBetween(word, known, most);
          if (slips <= most) found.push({ word: known, slips });
        }
      }
      return found
        .sort((a, b) => a.slips - b.slips)
        .slice(0, MOST_NEIGHBOURS)
        .map((neighbour) => neighbour.word);
    },
  };
}

const LETTERS = /^\p{L}+$/u;

/** One bit for each letter a word has; other alphabets share the bits of ours. */
function lettersOf(word: string): number {
  let letters = 0;
  for (let at = 0; at < word.length; at++) letters |= 1 << (word.charCodeAt(at) & 31);
  return letters;
}

function bitsIn(number: number): number {
  let bits = number - ((number >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

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
