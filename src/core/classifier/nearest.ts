import type { Vector } from "./vectors.ts";

/** How near a text is to its nearest example: cosine, 0..1. */
export type Nearest = (text: Vector) => number;

/** Looks examples up by the features they share with a text. */
export function nearestOf(examples: Vector[]): Nearest {
  const byPlace = new Map<number, { example: number; value: number }[]>();
  for (const [example, { places, values }] of examples.entries()) {
    for (const [k, place] of places.entries()) {
      const held = byPlace.get(place) ?? [];
      held.push({ example, value: values[k] ?? 0 });
      byPlace.set(place, held);
    }
  }
  const sums = new Float64Array(examples.length);
  return ({ places, values }) => {
    sums.fill(0);
    for (let k = 0; k < places.length; k++)
      for (const { example, value } of byPlace.get(places[k] as number) ?? [])
        sums[example] = (sums[example] as number) + value * (values[k] as number);
    return sums.reduce((best, sum) => Math.max(best, sum), 0);
  };
}
