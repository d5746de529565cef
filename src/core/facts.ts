import { fold } from "./language.ts";
import { plainlyWritten } from "./spelled.ts";

export type FactKind = "link" | "email" | "phone" | "price" | "percentage" | "date" | "time" | "duration" | "order_number" | "account";

/** Something in a text that is either right or wrong: a link, a price, a date. */
export interface Fact {
  kind: FactKind;
  /** As it stands in the text. */
  shown: string;
  /** The same in every spelling; a fact that can be read in two ways has two. */
  keys: string[];
}

/**
 * The checkable facts of a text. Sizes (AN-6, 7/8-14), years and small bare numbers are none. Each kind is looked for once, what was
 * found is taken out before the next kind is looked for; the patterns are bounded, so that the time grows with the text only.
 */
export function factsOf(text: string): Fact[] {
  const facts: Fact[] = [];
  let rest = plainlyWritten(text);
  for (const [kind, pattern, keysOf] of KINDS) {
    rest = rest.replace(pattern, (...found) => {
      const shown = String(found[0]);
      const keys = keysOf(shown, found.slice(1).map(String));
      if (keys.length === 0) return shown;
      facts.push({ kind, shown: shown.trim(), keys });
      return " ".repeat(shown.length);
    });
  }
  return facts;
}

/** True when one of the sources states the fact, in whatever spelling. */
export function isSupported(fact: Fact, sources: Map<FactKind, Set<string>>): boolean {
  const known = sources.get(fact.kind);
  if (!known) return false;
  if (fact.kind !== "phone") return fact.keys.some((key) => known.has(key));
  // +49 40 123456 and 040 123456 are one number
  return fact.keys.some((key) => [...known].some((other) => key.slice(-8) === other.slice(-8)));
}

/** The facts of some texts by kind, ready to be asked. */
export function knownFacts(texts: string[]): Map<FactKind, Set<string>> {
  const known = new Map<FactKind, Set<string>>();
  const add = (kind: FactKind, key: string) => known.set(kind, (known.get(kind) ?? new Set()).add(key));
  for (const fact of texts.flatMap(factsOf)) {
    for (const key of fact.keys) {
      add(fact.kind, key);
      if (fact.kind === "date") add("date", key.split("-").slice(0, 2).join("-")); // 12 May 2026 is also a 12 May
      if (fact.kind === "link") add("link", hostOf(key)); // who may link a page may name its shop
    }
  }
  return known;
}

type Kind = [kind: FactKind, pattern: RegExp, keysOf: (shown: string, groups: string[]) => string[]];

const MONTHS = new Map<string, number>(
  [
    "january jan januar janner enero janvier janeiro",
    "february feb februar febrero fevrier fevereiro",
    "march mar marz maerz marzo mars marco",
    "april apr abril avril",
    "may mai mayo maio",
    "june jun juni junio juin junho",
    "july jul juli julio juillet julho",
    "august aug agosto aout",
    "september sep sept septiembre septembre setembro",
    "october oct oktober okt octubre octobre outubro",
    "november nov noviembre novembre novembro",
    "december dec dezember dez diciembre decembre dezembro",
  ].flatMap((names, at) => names.split(" ").map((name): [string, number] => [name, at + 1])),
);

const UNITS = new Map<string, string>(
  [
    "minute minutes min minuten minuto minutos",
    "hour hours hrs stunde stunden hora horas heure heures",
    "day days tag tage tagen werktag werktage werktagen arbeitstag arbeitstage arbeitstagen dia dias jour jours",
    "week weeks woche wochen semana semanas semaine semaines",
    "month months monat monate monaten mes meses mois",
    "year years jahr jahre jahren ano anos an ans annee annees",
  ].flatMap((names, at) =>
    names.split(" ").map((name): [string, string] => [name, ["minute", "hour", "day", "week", "month", "year"][at] ?? ""]),
  ),
);

const NUMBERS = new Map<string, string>(
  [
    "one ein eine einem einen einer un una une um uma",
    "two zwei dos deux dois duas",
    "three drei tres trois",
    "four vier cuatro quatre quatro",
    "five funf cinco cinq",
    "six sechs seis",
    "seven sieben siete sept sete",
    "eight acht ocho huit oito",
    "nine neun nueve neuf nove",
    "ten zehn diez dix dez",
    "eleven elf once onze",
    "twelve zwolf doce douze doze",
    "thirteen",
    "fourteen vierzehn catorce quatorze",
  ].flatMap((names, at) => names.split(" ").map((name): [string, string] => [name, String(at + 1)])),
);

const TOP_LEVEL =
  "com|net|org|info|biz|io|co|shop|store|app|dev|eu|de|at|ch|fr|es|pt|br|it|nl|be|pl|uk|us|ca|mx|example|test|me|ly|ai|xyz|online|site|click|link|ru|cn";
const CURRENCIES: Record<string, string> = {
  $: "$",
  usd: "$",
  dollar: "$",
  dollars: "$",
  "€": "€",
  eur: "€",
  euro: "€",
  euros: "€",
  "£": "£",
  gbp: "£",
  pound: "£",
  pounds: "£",
  chf: "chf",
  r$: "r$",
  reais: "r$",
  real: "r$",
};

const KINDS: Kind[] = [
  [
    "email",
    /(?<![\p{L}\p{N}.+_-])[\p{L}\p{N}._+-]{1,64}@[\p{L}\p{N}-]{1,63}(?:\.[\p{L}\p{N}-]{1,63}){1,6}/gu,
    (shown) => [shown.toLowerCase().replace(/\.+$/, "")],
  ],
  ["link", /\bhttps?:\/\/[^\s<>()[\]"'`*|\\]{1,2000}/gi, (shown) => [linkKey(shown)]],
  [
    "link",
    new RegExp(
      `(?<![\\p{L}\\p{N}@./_-])(?:[\\p{L}\\p{N}-]{1,63}\\.){1,6}(?:${TOP_LEVEL})(?![\\p{L}\\p{N}.-]{0,1}[\\p{L}\\p{N}])(?:\\/[^\\s<>()[\\]"'\`*|\\\\]{0,500})?`,
      "giu",
    ),
    (shown) => [linkKey(shown)],
  ],
  [
    "account",
    /(?<![\p{L}\p{N}])[A-Z]{2}\d{2}(?:\s?[A-Z0-9]{4}){2,7}(?:\s?[A-Z0-9]{1,4})?(?![\p{L}\p{N}])/gu,
    (shown) => [shown.replace(/\s/g, "")],
  ],
  ["account", /(?<![\p{L}\p{N}])(?:bc1|0x)[a-z0-9]{20,60}(?![\p{L}\p{N}])/giu, (shown) => [shown.toLowerCase()]],
  ["date", /\b(\d{4})-(\d{1,2})-(\d{1,2})\b/g, (_, [year, month, day]) => dateKeys(day, month, year)],
  ["date", /\b(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4}|\d{2})\b/g, (_, [day, month, year]) => dateKeys(day, month, year)],
  [
    "date",
    /(?<![\d/])(\d{1,2})\/(\d{1,2})\/(\d{4}|\d{2})(?![\d/])/g,
    (_, [a, b, year]) => [...dateKeys(a, b, year), ...dateKeys(b, a, year)],
  ],
  [
    "date",
    /\b(\d{1,2})(?:st|nd|rd|th|\.|º)?\s(?:of\s|de\s)?(\p{L}{3,10})\.?(?:,?\s(?:de\s)?(\d{4}))?(?!\p{L})/gu,
    (_, [day, month = "", year]) => dateKeys(day, MONTHS.get(fold(month)), year),
  ],
  [
    "date",
    /(?<!\p{L})(\p{L}{3,10})\.?\s(\d{1,2})(?:st|nd|rd|th)?(?:,?\s(\d{4}))?\b/gu,
    (_, [month = "", day, year]) => dateKeys(day, MONTHS.get(fold(month)), year),
  ],
  [
    "price",
    /(?<![\p{L}\p{N}])(R\$|[$€£]|USD|EUR|GBP|CHF)\s?(\d[\d.,']{0,15})/giu,
    (_, [currency = "", number = ""]) => [`${valueOfNumber(number)}${CURRENCIES[currency.toLowerCase()] ?? currency}`],
  ],
  [
    "price",
    /(?<![\p{L}\d.,])(\d[\d.,']{0,15})\s?(€|\$|£|(?:euros?|eur|usd|dollars?|gbp|pounds?|chf|reais)(?![\p{L}\d]))/giu,
    (_, [number = "", currency = ""]) => [`${valueOfNumber(number)}${CURRENCIES[currency.toLowerCase()] ?? currency}`],
  ],
  [
    "percentage",
    /(?<![\p{L}\d.,])(\d[\d.,]{0,9})\s?(?:%|(?:percent|per cent|prozent|por ciento|por cento|pour cent)(?!\p{L}))/giu,
    (_, [number = ""]) => [valueOfNumber(number)],
  ],
  [
    "time",
    /(?<![\d:.])(\d{1,2}):(\d{2})(?:\s?([ap])\.?m\b\.?)?(?![\d:])/gi,
    (_, [hour = "", minute = "", half]) => [timeKey(hour, minute, half)],
  ],
  [
    "time",
    /(?<![\d:.,])(\d{1,2})\s?(?:([ap])\.?m\b\.?|(?:uhr|o'clock)(?!\p{L}))/giu,
    (_, [hour = "", half]) => [timeKey(hour, "00", half)],
  ],
  [
    "duration",
    /(?<![\p{L}\d.,-])(\d{1,4}|\p{L}{2,10})(?:\s?(?:-|to|bis|a|à|or|oder)\s?(\d{1,4}|\p{L}{2,10}))?[\s-](?:(?:working|business|calendar|full|consecutive|ganze|volle)\s)?(\p{L}{2,13})(?!\p{L})/giu,
    (_, [from = "", to = "", unit = ""]) => durationKeys(from, to, unit),
  ],
  [
    "phone",
    /(?<![\p{L}\d#-])(?:\+|00?|\(0?)\d[\d\s()./-]{5,20}\d(?![\p{L}\d])/gu,
    (shown) => (digits(shown).length >= 8 && digits(shown).length <= 15 ? [digits(shown)] : []),
  ],
  ["phone", /(?<![\p{L}\d#-])\d{3}[\s.-]\d{3}[\s.-]\d{4}(?![\p{L}\d])/gu, (shown) => [digits(shown)]],
  ["order_number", /(?<![\p{L}\p{N}-])#\s?(\d{3,12})(?!\d)/gu, (_, [number = ""]) => [number]],
  ["order_number", /(?<![\p{L}\p{N}.,-])(\d{5,22})(?![\p{L}\p{N}]|[.,]\d)/gu, (_, [number = ""]) => [number]],
  [
    "order_number",
    /(?<=\b(?:order|bestellung|pedido|commande|encomenda|invoice|rechnung|factura|facture|fatura|tracking)\s(?:number\s|no\.?\s|nr\.?\s|num\.?\s|nummer\s)?)(\d{4,12})(?![\p{L}\p{N}]|[.,]\d)/giu,
    (_, [number = ""]) => [number],
  ],
  [
    "order_number",
    /(?<![\p{L}\p{N}-])(?=[A-Z0-9-]{0,20}\d[A-Z0-9-]{0,20}\d)(?=[A-Z0-9-]{0,20}[A-Z])[A-Z0-9]{2,20}(?:-[A-Z0-9]{1,20}){0,4}(?![\p{L}\p{N}-])/gu,
    (shown) => (shown.replaceAll("-", "").length >= 6 ? [shown.replaceAll("-", "")] : []),
  ],
];

function linkKey(link: string): string {
  const bare = link
    .replace(/[.,;:!?…]+$/, "")
    .replace(/^https?:\/\//i, "")
    .replace(/^www\./i, "")
    .replace(/\/+$/, "");
  const host = hostOf(bare);
  return host.toLowerCase() + bare.slice(host.length);
}

const hostOf = (link: string) => (link.split(/[/?#]/, 1)[0] ?? link).toLowerCase();
const digits = (text: string) => text.replace(/\D/g, "").replace(/^00/, "");

function dateKeys(day: string | undefined, month: string | number | undefined, year: string | undefined): string[] {
  const [d, m] = [Number(day), Number(month)];
  if (!(d >= 1 && d <= 31 && m >= 1 && m <= 12)) return [];
  const y = year === undefined || year === "undefined" ? "" : `-${year.length === 2 ? `20${year}` : year}`;
  return [`${m}-${d}${y}`];
}

function timeKey(hour: string, minute: string, half: string | undefined): string {
  const h = Number(hour) % 24;
  const afternoon = half?.toLowerCase() === "p" && h < 12 ? 12 : 0;
  return `${half?.toLowerCase() === "a" && h === 12 ? 0 : h + afternoon}:${minute}`;
}

function durationKeys(from: string, to: string, unit: string): string[] {
  const canonical = UNITS.get(fold(unit));
  const [first, last] = [numberOf(from), to === "" || to === "undefined" ? null : numberOf(to)];
  if (!canonical || first === null || (to !== "" && to !== "undefined" && last === null)) return [];
  return [`${first}${last === null ? "" : `-${last}`} ${canonical}`];
}

const numberOf = (text: string): string | null => (/^\d+$/.test(text) ? String(Number(text)) : (NUMBERS.get(fold(text)) ?? null));

/** "1.234,50", "1,234.50" and "1234.5" are one number; three digits behind the only separator are thousands. */
function valueOfNumber(text: string): string {
  const clean = text.replace(/[.,']+$/, "").replaceAll("'", "");
  const decimal = /[.,](\d{1,2})$/.exec(clean);
  const whole = (decimal ? clean.slice(0, decimal.index) : clean).replace(/[.,]/g, "");
  return String(Number(`${whole}.${decimal?.[1] ?? "0"}`));
}
