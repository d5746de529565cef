import { type Word, wordsOf } from "../phrases.ts";
import { rootOf } from "../terms.ts";

/** What a message is compared by. */
export interface Features {
  /** Feature → how much it weighs in a text before its rarity is counted. */
  weights: Map<string, number>;
  /** The telling words' own features, one entry per word: any of them known means that the word is known. */
  words: string[][];
  /** Words in all. */
  length: number;
}

/**
 * Words, their roots, pairs of roots and pieces of 3 or 4 letters (a typo or an inflection leaves most of these as they were); small words
 * count little, digits only by how many there are. Each feature counts once. Time linear in the text, of which the first 8,000 characters are read.
 */
export function featuresOf(text: string): Features {
  const words = wordsOf(text.slice(0, LONGEST_TEXT)).map(wordFeatures);
  const weights = new Map<string, number>();
  const add = (feature: string, weight: number) => weights.set(feature, Math.max(weights.get(feature) ?? 0, weight));
  for (const [place, { word, root, share, isNumber }] of words.entries()) {
    add(word, WORD * share);
    add(root, ROOT * share);
    const next = words[place + 1];
    if (next) add(`${root} ${next.root}`, PAIR * Math.max(share, next.share));
    if (!isNumber) for (const piece of piecesOf(word)) add(piece, PIECE * share);
  }
  const telling = words.filter(({ share }) => share === 1);
  return { weights, words: telling.map(({ word, root }) => [word, root]), length: words.length };
}

const LONGEST_TEXT = 8_000;

/** Shares of a text's weight, chosen by cross-validation over three sets of real messages (`countersign eval triage`). */
const WORD = 0.5;
const ROOT = 0.7;
const PAIR = 0.7;
const PIECE = 0.5;
const SMALL_WORD = 0.3;
const LONGEST_NUMBER = 6; // digits; more of them are some number or other

interface WordFeatures {
  word: string;
  root: string;
  share: number;
  isNumber: boolean;
}

function wordFeatures({ text }: Word): WordFeatures {
  const isNumber = /\p{N}/u.test(text);
  const word = isNumber ? `#${Math.min(text.length, LONGEST_NUMBER)}` : text.replaceAll("'", "");
  return { word, root: isNumber ? word : rootOf(word, "en"), share: SMALL.has(word) ? SMALL_WORD : 1, isNumber };
}

/** Pieces of a word between its marks of beginning and end. */
function piecesOf(word: string): string[] {
  const marked = [...`<${word}>`];
  const pieces: string[] = [];
  for (let size = 3; size <= 4; size++)
    for (let from = 0; from + size <= marked.length; from++) pieces.push(`.${marked.slice(from, from + size).join("")}`);
  return pieces;
}

/** Articles, pronouns, helping verbs, courtesies; question words and negations tell something and are not among them. Folded. */
const SMALL = new Set(
  `a an the is are am was were be been do does did i me my you your yours we our us it its this that of to in on at for from with and or so as
  please pls plz kindly sir madam hi hello hey can could would will shall have has had there im ive ur u
  der die das den dem des ein eine einen einem einer ist sind war bin ich mir mich mein meine meinen sie ihr ihre es und oder zu in im an am auf mit von fur bitte hallo kann konnen hat habe haben
  el la los las un una unos unas es son soy esta yo me mi mis usted su sus tu y o a de del en con por para favor hola puedo puede he ha
  le les des du et ou je j me mon ma mes vous votre vos c ce cette au aux dans avec sur bonjour s il svp puis pouvez ai avez a est
  os as um uma uns umas e eu meu minha seu sua voce do da dos das no na nos nas com ola por pode posso tenho`.split(/\s+/),
);
