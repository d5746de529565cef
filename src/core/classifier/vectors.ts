import type { Features } from "./features.ts";

/** A text as numbers: places of the vocabulary, ascending by first use, and their share of a length of one. */
export interface Vector {
  places: number[];
  values: number[];
}

/** The features that examples have, with their rarity. */
export interface Vocabulary {
  size: number;
  vectorOf(features: Features): Vector;
  /** Share of the telling words that stand in an example, 0..1; 0 without telling words. */
  coverage(features: Features): number;
}

/** Learns which features there are and how rare each is. What no example has counts to a text's length all the same: a strange text is near nothing. */
export function vocabularyOf(texts: Features[]): Vocabulary {
  const places = new Map<string, number>();
  const textsWith: number[] = [];
  for (const { weights } of texts) {
    for (const feature of weights.keys()) {
      const place = places.get(feature) ?? places.size;
      places.set(feature, place);
      textsWith[place] = (textsWith[place] ?? 0) + 1;
    }
  }
  const rarity = textsWith.map((count) => Math.log(1 + texts.length / count) ** RARITY);
  return {
    size: places.size,
    vectorOf({ weights }) {
      const vector: Vector = { places: [], values: [] };
      let square = 0;
      for (const [feature, weight] of weights) {
        const place = places.get(feature);
        const value = weight * (place === undefined ? UNKNOWN_RARITY : (rarity[place] ?? 0));
        square += value * value;
        if (place === undefined) continue;
        vector.places.push(place);
        vector.values.push(value);
      }
      const length = Math.sqrt(square) || 1;
      vector.values = vector.values.map((value) => value / length);
      return vector;
    },
    coverage: ({ words }) =>
      words.length === 0 ? 0 : words.filter((forms) => forms.some((form) => places.has(form))).length / words.length,
  };
}

const RARITY = 0.7;
const UNKNOWN_RARITY = 1;
