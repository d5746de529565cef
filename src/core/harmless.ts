import { courtesiesIn } from "./courtesies.ts";
import { fold, LANGUAGES, languageOf, stopwordsFor } from "./language.ts";
import { find, indexOf, phraseList, wordsOf } from "./phrases.ts";
import { sentencesOf } from "./sentences.ts";
import { termsOf } from "./terms.ts";

const LONGEST = 45; // words
/** A courtesy says early that it is one; an order that was obeyed does not. */
const OPENING_WORDS = 6;

/**
 * True for a sentence that states nothing: one of our courtesies word for word, or one made of a closed list of small and harmless
 * words. With `customerText`, it may also name what the customer wrote about ("sorry that your hose leaks"), and ask for anything.
 */
export function isHarmless(text: string, customerText: string | null): boolean {
  if (OURS.has(keyOf(text))) return true;
  if (/[\p{N}@{}<>[\]|]|https?:|www/iu.test(text)) return false;
  const words = wordsOf(text);
  if (words.length === 0 || words.length > LONGEST) return false;
  const own = languageOf(text);
  const smalls = (own ? [own] : LANGUAGES).map((code) => stopwordsFor("", code));
  const small = (word: string) => smalls.some((isSmall) => isSmall(word) || isSmall(word.split("'")[0] ?? word)); // "I'll"
  const strangers = words.filter((word) => !HARMLESS.has(word.text) && !HARMLESS.has(word.umlauts) && !small(word.text));
  const said = words.some((word) => HARMLESS.has(word.text));
  if (said && strangers.length === 0) return true;
  if (find(words, GREETINGS).some(({ places }) => places[0] === 0) && words.length <= 5 && strangers.length <= 2) return true; // "Hello Rosa"
  if (customerText === null) return false;
  const opens = (index: typeof FRAMES) => find(words, index).some(({ places }) => (places[0] ?? 0) < OPENING_WORDS);
  if (opens(REQUESTS)) return true;
  const topic = new Set(termsOf(customerText).flatMap(({ whole, weaker }) => [whole, ...weaker]));
  const named = new Set(
    termsOf(text, languageOf(text)).flatMap(({ word, whole, weaker }) =>
      topic.has(whole) || weaker.some((form) => topic.has(form)) ? [word] : [],
    ),
  );
  return opens(FRAMES) && strangers.every(({ text: word }) => named.has(word) || topic.has(word));
}

function keyOf(text: string): string {
  return wordsOf(text)
    .map((word) => word.text)
    .join(" ");
}

const OURS = new Set(
  LANGUAGES.flatMap((code) => Object.values(courtesiesIn(code))).flatMap((text) =>
    sentencesOf(text).map((sentence) => keyOf(sentence.text)),
  ),
);

const GREETINGS = indexOf(
  phraseList(
    "hello; hi; hey; dear; good; hallo; guten; liebe; lieber; sehr; hola; estimado; estimada; buenos; buenas; bonjour; bonsoir; cher; chere; ola; prezado; prezada; caro; cara; bom; boa",
  ),
);

/** Asking the customer for something; what must never be asked for is looked for elsewhere. */
const REQUESTS = indexOf(
  phraseList(`
  could|can|would|may you .. tell|share|send|confirm|let|provide|describe|check; please .. tell|share|send|let|describe us|me; which|what .. do|did|does|is|are you|your
  konnten|konnen|wurden sie .. uns|mir|bitte; bitte .. teilen|senden|schicken|nennen|geben .. uns|mir; teilen|senden|schicken|nennen sie .. uns|mir; welche|welches|welchen|welcher .. haben|nutzen|verwenden sie
  podria|puede|podrian .. indicarnos|decirnos|enviarnos|confirmarnos|compartir|facilitarnos; que|cual .. es|tiene su|usted
  pourriez|pouvez vous .. nous|me; quel|quelle .. est|avez votre|vous
  poderia|pode|podem|consegue .. nos|informar|enviar|dizer|confirmar; qual .. e|seu|sua`),
);

/** How a courtesy begins that goes on in the customer's own words. */
const FRAMES = indexOf(
  phraseList(`
  thank|thanks; sorry; apologise|apologize; apologies; understand; colleague|specialist .. will|can .. check|look|confirm|review|get|reply|answer; i'll|we'll|i|we .. pass|forward|look|check; does not|doesn't|don't .. say|know|have|find; could not|couldn't find; not .. sure|certain
  danke; dank; leid; entschuldigen; entschuldigung; verstehen; kollegin|kollege .. wird|pruft|sieht|meldet; dazu|daruber .. keine|nichts; leider .. keine|nichts|nicht; gebe|geben|leite|leiten .. weiter
  gracias; lamento; lamentamos; sentimos; siento; disculpe; disculpas; entiendo; entendemos; companero|companera .. revisara|comprobara|confirmara; no .. informacion|encontramos|consta
  merci; desole|desoles|desolee; excuser; excuses; comprends|comprenons; collegue .. va|verifier|verifiera|reviendra|confirmera; ne .. trouve|trouvons|savons|precise
  obrigado|obrigada; lamento|lamentamos|sentimos; desculpe|desculpas; entendo|entendemos; colega .. vai|ira|verificar|confirmar; nao .. encontramos|informacao|sabemos`),
);

/** What courtesies are made of beside small words, folded; nothing here names a thing, a sum, a decision or an order to anybody. */
const HARMLESS = new Set(
  fold(`
  hello hi hey dear greetings thank thanks appreciate appreciated message mail email sorry apologise apologize apologies regards sincerely best kind warm welcome
  trouble inconvenience delay confusion patience understand understandable frustrating annoying glad happy pleased hear hope hopes helps reaching reach contacting contact
  writing letting colleague colleagues team specialist operator look looking check checks review reply replies respond answer question questions request matter issue
  concern closer personally shortly soon further back touch sir madam day evening week wish noted received hesitate forward forwarded pass passed details status order number great nice
  assist assistance support anytime information feel free information inform know confirm hearing happen happened experience
  tut tun sei wird mucho tenga lo muito esteja tenha
  hallo danke dank vielen herzlichen herzlich nachricht anfrage hinweis frage fragen anliegen mitteilung ruckmeldung geduld entschuldigen entschuldigung leid bedauern bedaure unannehmlichkeiten
  umstande kollegin kollege kollegen team fachabteilung sieht sehen schaut schauen pruft prufen meldet melden kummert kummern antwortet antworten antwort beantwortet genauer genau schnellstmoglich zeitnah
  bald gern gerne einfach falls freundlichen freundliche grussen grusse gruss liebe lieben beste besten sehr geehrte geehrter verstehen argerlich freuen freut weiter weitergeleitet weiterhelfen helfen hilft hilfe
  bestellnummer bestellung nachsehen teilen nennen leider information informationen liegt vor schonen jederzeit verfugung weitere weiteren stehen bitte herr frau
  hola gracias agradecemos mensaje consulta pregunta preguntas correo paciencia aviso disculpe disculpas disculpen sentimos lamento lamentamos siento molestias companero companera companeros equipo especialista
  revisar revisara revisaremos comprobara comprobar contacto pondra responda responde respondera conteste respuesta responder detalle breve pronto posible saludo saludos cordial cordiales atentamente estimado estimada
  entendemos gusto ayudar ayudarle ayuda vamos avisarnos numero pedido quedamos disposicion cualquier duda dudas indicarnos podria esperamos haya excelente dia
  bonjour bonsoir merci remercions remercie message demande question questions patience retour desoles desole desolee excuser excuses desagrement veuillez regrettons collegue collegues equipe specialiste
  regarder examiner examinera verifier verifiera reviendra repondra repondez repond reponse pres rapidement bientot simplement cordialement salutations cher chere comprenons plaisir aider signale signaler allons
  numero commande hesitez hesitez recontacter contacter souhaite souhaitons excellente journee disposition pourriez indiquer apprendre va delais meilleurs
  ola obrigado obrigada agradecemos mensagem pergunta perguntas contacto contato paciencia retorno aviso desculpa desculpas desculpe lamentamos lamento sentimos incomodo transtorno pedimos colega colegas equipe equipa especialista
  verificar analisar analisa analisara ira entrara responder respondera resposta responda basta breve melhor detalhe cumprimentos atenciosamente prezado prezada entendemos prazer ajudar avisar vamos
  numero pedido ficamos disposicao qualquer duvida duvidas retornara informar poderia otimo excelente dia vai`)
    .trim()
    .split(/\s+/),
);
