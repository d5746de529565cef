/** The languages we drop stopwords for and have templates in. ISO 639-1. */
export const LANGUAGES = ["en", "de", "es", "fr", "pt"] as const;
export type Language = (typeof LANGUAGES)[number];

/** The language most of a text's small words belong to; null when they do not say. Needs a sentence, not a word. */
export function languageOf(text: string): Language | null {
  const hits = smallWordHits(text);
  const [first, second] = [...LANGUAGES].sort((a, b) => hits[b] - hits[a]);
  if (!first || !second || hits[first] < 1 || hits[first] === hits[second]) return null;
  return first;
}

/** The same, only where there is hardly a doubt: three small words at least, twice as many as of any other language. */
export function surelyIn(text: string): Language | null {
  const hits = smallWordHits(text);
  const [first, second] = [...LANGUAGES].sort((a, b) => hits[b] - hits[a]);
  return first && second && hits[first] >= 3 && hits[first] >= 2 * hits[second] ? first : null;
}

/** The small words that tell nothing about this text: those of its own language, or of all when it does not say which. Folded. */
export function stopwordsFor(text: string, language?: string | null): (word: string) => boolean {
  const own = language && isLanguage(language) ? language : languageOf(text);
  if (own) return (word) => STOPWORDS[own].has(word);
  const hits = smallWordHits(text);
  const likely = LANGUAGES.filter((code) => hits[code] >= 1);
  return (word) => likely.some((code) => STOPWORDS[code].has(word));
}

/** True for a language we know. */
export function isLanguage(code: string): code is Language {
  return (LANGUAGES as readonly string[]).includes(code);
}

/** Lower case, one form per letter, no accents: "Größe" and "GROSSE" are one word. */
export function fold(text: string): string {
  if (PLAIN.test(text)) return text.toLowerCase();
  return text.normalize("NFKD").replace(MARKS, "").toLowerCase().replaceAll("ß", "ss").replaceAll("œ", "oe").replaceAll("æ", "ae");
}

/** ASCII alone has nothing to decompose. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII is meant
const PLAIN = /^[\x00-\x7f]*$/;
const MARKS = /\p{M}+/gu;
const LETTERS = /\p{L}+/gu;
const SAMPLE_CHARS = 4000; // a language shows in its first paragraphs

/** Letters that hardly any other of our languages uses. */
const TELLTALES: [RegExp, Language][] = [
  [/[äöüß]/iu, "de"],
  [/[ñ¿¡]/iu, "es"],
  [/[ãõ]/iu, "pt"],
  [/[èêœûù]/iu, "fr"],
  [/[óíú]/iu, "es"],
  [/[óíú]/iu, "pt"],
];

function smallWordHits(text: string): Record<Language, number> {
  const sample = text.slice(0, SAMPLE_CHARS);
  const hits: Record<Language, number> = { en: 0, de: 0, es: 0, fr: 0, pt: 0 };
  for (const word of fold(sample).match(LETTERS) ?? []) {
    const languages = LANGUAGES.filter((code) => STOPWORDS[code].has(word));
    for (const code of languages) hits[code] += 1 / languages.length;
  }
  for (const [letters, code] of TELLTALES) if (letters.test(sample)) hits[code] += 1;
  return hits;
}

const list = (words: string) => new Set(words.trim().split(/\s+/));

/** Folded. Question words and helping verbs included: every question has them, no passage is about them. */
const STOPWORDS: Record<Language, Set<string>> = {
  en: list(`a about after again all also am an and any anybody anyone anything are aren as at be because been before being both but by can cannot cant
    could couldn did didn do does doesn doing don done each either else even ever every for from further get gets getting give go going got had hadn has hasn
    have haven having he hello help her here hers hey hi him his how however i if in into is isn it its itself just know let like ll long lot make many may maybe me might mine
    more most much must my myself need needs no nor now of off ok on once one only or other our ours out over own please possible really s same
    say see seem shall she should shouldn since so some somebody someone something still such sure t take taken takes tell than thank thanks that the their them then there these they thing
    things this those though through to too try trying under until up us use used using ve very want wanted was wasn way we well were weren what when where
    whether which while who whom whose why will with without won wonder wondering would wouldn yes yet you your yours dear regards re m d im ive`),
  de: list(`ab aber alle allem allen aller alles als also am an andere anderen auch auf aus bei beim bin bis bitte bist da dabei dadurch dafur dagegen daher damit
    danach dann daran darauf darf darum das dass davon dazu dein deine dem den denn der des deshalb dich die dies diese diesem diesen dieser dieses dir doch dort du durch ein eine
    einem einen einer eines einige er es etwas euch euer eure fur gegen geht gerne gewesen gibt habe haben habt hallo hat hatte hatten hatte hier hin hinter ich ihm ihn ihnen
    ihr ihre ihrem ihren ihrer im immer in ins ist ja jede jedem jeden jeder jedes jetzt kann kannst kein keine keinem keinen keiner konnen konnte konnten lang lange machen man mehr mein
    meine meinem meinen meiner mich mir mit moglich mochte mochten muss mussen nach nein nicht nichts noch nun nur ob oder ohne schon sehr sein seine seinem seinen
    seiner seit selbst sich sie sind so sogar soll sollen sollte sondern sonst uber um und uns unser unsere unserem unseren unter viel viele vom von vor wann war waren warum was
    weil welche welchem welchen welcher welches wenn wer werde werden wie wieder will wir wird wirst wo wollen wurde wurden zu zum zur zwar zwischen guten tag danke hallo`),
  es: list(`a al algo algun alguna algunas alguno algunos ante antes aqui aquel asi aun aunque bien cada como con contra cual cuales cualquier cuando cuanta cuanto cuantos
    de debe debo del desde donde dos durante e el ella ellas ellos en entonces entre era eran es esa esas ese eso esos esta estaba estan estar estas este esto estos estoy
    fue fueron ha haber habia hace hacer hacia han hasta hay he hola la las le les lo los mas me mi mis mientras mucho muy nada ni no nos nosotros nuestra nuestro o os otra otro
    para pero poco por porque pueda puede pueden puedo pues que quien quiero quisiera se sea ser si sido siempre sin sobre solo son soy su sus tal tambien tampoco tan tanto te tengo
    tener tiene tienen toda todas todo todos tu tus un una unas uno unos usted ustedes y ya yo necesito favor gracias buenos dias buenas tardes saludos`),
  fr: list(`a ai afin alors apres au aucun aucune aussi autre autres aux avant avec avez avoir avons bien bonjour c ca car ce ceci cela celle celles celui ces cet cette ceux chaque
    chez combien comme comment d dans de depuis des deux dois doit donc du elle elles en encore entre es est et etaient etait etant ete etre eux faire fait faut fois font
    hors ici il ils j je jusqu l la le les leur leurs lorsque lui m ma mais me meme mes mien moi moins mon n ne ni non nos notre nous on ont ou par parce pas peu peut peuvent
    peux plus pour pourquoi pourrait pouvez pouvoir puis qu quand que quel quelle quelles quels qui quoi s sa sans se sera ses si sien son sont sous suis sur ta te tes toi ton tous tout
    toute toutes tres tu un une vers veux voudrais vos votre vous y merci salut svp plait cordialement`),
  pt: list(`a ao aos aquela aquele aqueles aqui as assim ate bem cada com como contra da das de dela dele deles depois desde deve devo do dos e ela elas ele eles em entao entre era
    eram essa essas esse esses esta estao estar estas estava este estes estou eu faz fazer foi foram ha havia isso isto ja la lhe lhes mais mas me mesmo meu meus minha minhas muito na nao
    nas nem no nos nossa nosso num numa o onde os ou outra outro para pela pelas pelo pelos pode podem posso por porque pouco preciso qual quais quando quanto quantos que quem quero
    queria sao se seja sem sempre ser seu seus so sobre sua suas tal tambem tao te tem tenho ter teu toda todas todo todos tu tua tudo um uma umas uns voce voces
    obrigado obrigada ola bom dia boa tarde favor gostaria`),
};
