/** A measured value of a question: 700 hp. */
export interface Measure {
  /** The number as it was written, without its unit. */
  digits: string;
  value: number;
  unit: string;
}

/** The measured values of a text: numbers with a unit behind them. Money and spans of time are none, since articles state limits of those, not tables. */
export function measuresIn(text: string): Measure[] {
  return statedIn(text).map(({ digits, low, unit }) => ({ digits, value: low, unit }));
}

/** True when a text states this value, or a range that it lies in: 700 hp lies in "450 to 800 hp" and in "up to 800 hp". */
export function coversMeasure(text: string, { value, unit }: Measure): boolean {
  return statedIn(text).some((stated) => stated.unit === unit && stated.low <= value && value <= stated.high);
}

const UNITS: Record<string, string> = Object.fromEntries(
  [
    "hp bhp ps cv ch horsepower",
    "kw",
    "nm",
    "bar",
    "psi",
    "mm millimetres millimeters millimeter millimètres milímetros",
    "cm centimetres centimeters zentimeter centimètres centímetros",
    "m metre metres meter meters mètre mètres metro metros",
    "l litre litres liter liters litro litros",
    "micron microns µm",
    "kg",
    "°c degrees grad degrés grados graus",
  ].flatMap((names) => names.split(" ").map((name) => [name, names.split(" ")[0] ?? name])),
);
const BELOW = "up to|at most|below|under|less than|bis zu|bis|unter|höchstens|hasta|menos de|jusqu'à|jusqu’à|moins de|até";
const ABOVE = "more than|over|above|at least|from|mehr als|über|ab|mindestens|más de|desde|plus de|à partir de|mais de|a partir de";
const NUMBER = "\\d{1,9}(?:[.,]\\d{1,3}){0,2}";
const STATED = new RegExp(
  `(?<![\\p{L}\\p{N}.,/-])(?:(${BELOW})\\s|(${ABOVE})\\s)?(${NUMBER})(?:\\s?(?:to|and|bis|und|a|y|à|et|até|e|[-–])\\s?(${NUMBER}))?\\s?(${Object.keys(UNITS).join("|")})(?![\\p{L}\\p{N}])`,
  "giu",
);

interface Stated {
  digits: string;
  low: number;
  high: number;
  unit: string;
}

function statedIn(text: string): Stated[] {
  return [...text.matchAll(STATED)].map(([, below, above, first = "", second, unit = ""]) => {
    const value = numberIn(first);
    const low = below ? 0 : value;
    const high = second ? numberIn(second) : above ? Number.POSITIVE_INFINITY : value;
    return { digits: first, low, high, unit: UNITS[unit.toLowerCase()] ?? unit };
  });
}

/** "1,200" and "1.200" are one thousand two hundred, "1.5" and "1,5" one and a half. */
function numberIn(number: string): number {
  return Number(/^\d{1,3}(?:[.,]\d{3})+$/.test(number) ? number.replace(/[.,]/g, "") : number.replace(",", "."));
}
