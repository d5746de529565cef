import type { Hit, Word } from "./phrases.ts";

/**
 * True when the words before a hit deny it: "no leak", "isn't leaking", "not a legal matter", "kein Brand". A negation reaches over
 * small words only ("not a"), so that "cannot stop the leak" and "not only leaks" deny nothing; with "no", "without" and the like over
 * one more word ("no fuel leak"), and in a gap of the phrase ("the brakes have not failed"). In German and French also directly behind, at the end of a clause ("es leckt nicht").
 */
export function isDenied(words: Word[], hit: Hit, language: string): boolean {
  const first = hit.places[0] ?? 0;
  const last = hit.places.at(-1) ?? first;
  const clause = words[first]?.clause;
  let strangers = 0;
  for (let at = first - 1; at >= 0 && at >= first - REACH; at--) {
    const word = words[at];
    if (!word || word.clause !== clause) break;
    if (word.text === "no" && language === "pt") break; // "in the"
    if (NOT.has(word.text) || word.text.endsWith("n't")) return strangers === 0;
    if (NO.has(word.text) || word.text.startsWith("kein")) return true;
    if (PASSED_OVER.has(word.text)) continue;
    if (++strangers > 1) break;
  }
  return isDeniedInside(words, hit) || isDeniedBehind(words, last);
}

/** Those hits that are not denied; denial carries over a list ("no smoke, fire or leak"). */
export function undenied(words: Word[], hits: Hit[], language: string): Hit[] {
  const deniedEnds = new Set<number>();
  return hits.filter((hit) => {
    const first = hit.places[0] ?? 0;
    const before = LISTS.has(words[first - 1]?.text ?? "") ? first - 2 : first - 1;
    const listed =
      deniedEnds.has(before) && words[before]?.sentence === words[first]?.sentence && before >= 0 && isListed(words, before, first);
    if (!listed && !isDenied(words, hit, language)) return true;
    deniedEnds.add(hit.places.at(-1) ?? first);
    return false;
  });
}

/** True for a word that denies something by itself. */
export function isNegation(word: string): boolean {
  return NOT.has(word) || NO.has(word) || word.endsWith("n't") || word.startsWith("kein");
}

const REACH = 6;
const list = (words: string) => new Set(words.trim().split(/\s+/));

/** Negations of a whole statement: nothing but small words may stand between. */
const NOT = list(`not never cannot cant dont doesnt didnt isnt wasnt arent werent wont wouldnt havent hasnt hadnt aint nothing nobody none
  nicht nie niemals nunca jamas jamais pas ne nao inutile`);
/** Negations of a noun: its adjective may stand between. */
const NO = list(
  "no without zero ohne weder sin ni ningun ninguna ninguno sans aucun aucune sem nem nenhum nenhuma nor neither niemand nichts nadie ninguem rien nada",
);
/** What may stand behind what it denies. */
const BEHIND = list("nicht pas no nao nenhum nenhuma");
const LISTS = list("or nor and oder noch und o ni y ou et nem e");
/** Small words a negation reaches over. */
const PASSED_OVER =
  list(`very entirely completely particularly a an any the my our your real really actual actually longer been being be is are was were it this that there have has had
  see seeing seen notice noticed sign signs of visible obvious kind sort want wish wishing intend planning going to need needing like trying here as about from
  sehr ganz besonders ein eine einen einer einem der die das den dem mehr wirklich zu irgend ist sind war es mich ich will mochte
  hay hace falta que me necesario un una el la los las es son estoy quiero voy esta estan de por
  tres vraiment d du des le les il y a besoin plus est m sont je veux en
  muito estou estamos ficou ha tem e se precisa um uma os as sao quero vou da do ja`);

/** A negation in a gap of a phrase that has none of its own. */
function isDeniedInside(words: Word[], { places }: Hit): boolean {
  const negates = (at: number) => isNegation(words[at]?.text ?? "");
  if (places.some(negates)) return false;
  const [first = 0, last = 0] = [places[0], places.at(-1)];
  for (let at = first + 1; at < last; at++) if (!places.includes(at) && negates(at)) return true;
  return false;
}

function isDeniedBehind(words: Word[], last: number): boolean {
  const next = words[last + 1];
  if (!next || next.clause !== words[last]?.clause || !BEHIND.has(next.text)) return false;
  const after = words[last + 2];
  return !after || after.clause !== next.clause || after.text === "mehr" || after.text === "plus";
}

/** Two hits of one list stand side by side, or with a comma and an "or" between. */
const isListed = (words: Word[], before: number, first: number) => first - before === 2 || words[before]?.clause !== words[first]?.clause;
