import type { Term } from "./terms.ts";

/** Neighbouring words of a question. */
export interface Pairs {
  marks: Set<number>;
  /** What finding both side by side is worth, by the marks of both. */
  worth: Map<number, number>;
  /** What finding all of them is worth. */
  all: number;
}

/** Collects the neighbouring words of a question with what finding them side by side is worth; what is worth nothing is left out. */
export function pairsOf(neighbours: { first: Term; second: Term }[], worthOf: (place: number) => number): Pairs {
  const pairs: Pairs = { marks: new Set(), worth: new Map(), all: 0 };
  for (const [place, { first, second }] of neighbours.entries()) {
    const [a, b] = [markOf(first), markOf(second)];
    const value = worthOf(place);
    if (a === b || value <= 0 || pairs.worth.has(a * MARKS + b)) continue;
    pairs.marks.add(a).add(b);
    pairs.worth.set(a * MARKS + b, value);
    pairs.all += value;
  }
  return pairs;
}

/** The words of a text in order, each as a number of 16 bits that words of one root share; seldom two roots do. */
export function orderOf(terms: Term[]): Uint16Array {
  return Uint16Array.from(terms, markOf);
}

/** What the pairs are worth that stand side by side in a text, in either order, or in the question's order with one word between them. */
export function worthTogether(order: Uint16Array, { marks, worth }: Pairs): number {
  if (worth.size === 0) return 0;
  const met = new Set<number>();
  let sum = 0;
  const meet = (pair: number) => {
    const value = worth.get(pair);
    if (value === undefined || met.has(pair)) return;
    met.add(pair);
    sum += value;
  };
  for (let place = 0; place + 1 < order.length; place++) {
    const here = order[place] ?? 0;
    if (!marks.has(here)) continue;
    const next = order[place + 1] ?? 0;
    if (marks.has(next)) {
      meet(here * MARKS + next);
      meet(next * MARKS + here);
    }
    if (place + 2 < order.length) meet(here * MARKS + (order[place + 2] ?? 0));
  }
  return sum;
}

/** The same as a share of all pairs, 0..1. */
export function shareTogether(order: Uint16Array, pairs: Pairs): number {
  return pairs.all > 0 ? worthTogether(order, pairs) / pairs.all : 0;
}

const MARKS = 65_536;

/** FNV-1a of the root, folded to 16 bits. */
function markOf({ whole, weaker }: Term): number {
  const [only] = weaker;
  const root = weaker.length === 1 && only?.startsWith("~") ? only : whole;
  let hash = 0x811c9dc5;
  for (let at = 0; at < root.length; at++) hash = Math.imul(hash ^ root.charCodeAt(at), 0x01000193);
  return ((hash >>> 16) ^ hash) & (MARKS - 1);
}
