import { courtesiesIn } from "./courtesies.ts";
import { fold, LANGUAGES, languageOf, stopwordsFor } from "./language.ts";
import { find, indexOf, phraseList, type Word, wordsOf } from "./phrases.ts";
import { sentencesOf } from "./sentences.ts";
import { termsOf } from "./terms.ts";

const LONGEST = 45; // words
/** Where nobody gives orders, a courtesy may hold a few words that no list foresees: "that way you get the right part". */
const FEW_STRANGERS = 3;
const FEW_AMONG = 0.3;
/** Words that grant, refuse, pay, send or open something are in no courtesy, however few there are. Beginnings of folded words. */
const DECIDING =
  /^(?:refund|credit|discount|free|gratis|voucher|coupon|cancel|approv|grant|guarant|replac|compensat|pay|paid|transfer|invoic|delet|password|card|bank|ship|deliver|arriv|warrant|lawyer|erstatt|gutsch|rabatt|storn|genehm|freigab|garant|ersatz|ersetz|entschadig|bezahl|zahlung|uberweis|rechnung|losch|passwort|karte|konto|versand|liefer|kostenlos|umsonst|reembols|devol|descuent|cupon|aprob|reempl|compens|pago|pagar|factur|contrasen|tarjeta|cuenta|entreg|gratuit|rembours|remise|reduction|annul|approuv|remplac|indemn|payer|virement|carte|compte|livr|expedi|desconto|cupom|aprov|substitu|indeniz|fatura|senha|cartao|conta$|contas$)/;
/** How an order stands is a fact, in however few words it is told. */
const ORDER_STATE =
  /(?<!(?:if|when|where|whether|why|that|ob|wenn|wann|wo|dass|si|cuando|donde|que|quand|ou|se|quando|onde) (?:your|the|ihre|die|ihr|das|su|el|tu|votre|la|le|seu|sua|o|a) )\b(?:order|parcel|package|shipment|bestellung|paket|sendung|pedido|paquete|envio|commande|colis|encomenda|pacote) (?:is|was|has|will|are|ist|wurde|wird|hat|esta|fue|ha|sera|est|a|foi|vai|ja)\b/;
/** A courtesy says early that it is one; an order that was obeyed does not. */
const OPENING_WORDS = 6;

/**
 * True for a sentence that states nothing: one of our courtesies word for word, or one made of a closed list of small and harmless
 * words. With `customerText`, it may also name what the customer wrote about ("sorry that your hose leaks"), and ask for anything.
 */
export function isHarmless(text: string, customerText: string | null): boolean {
  if (OURS.has(keyOf(text))) return true;
  if (/[\p{N}@{}<>[\]|]|https?:|www/iu.test(text) || ORDER_STATE.test(keyOf(text))) return false;
  const words = wordsOf(text);
  if (words.length === 0 || words.length > LONGEST) return false;
  const own = languageOf(text);
  const smalls = (own ? [own] : LANGUAGES).map((code) => stopwordsFor("", code));
  const small = (word: string) => smalls.some((isSmall) => isSmall(word) || isSmall(word.split("'")[0] ?? word)); // "I'll"
  const greets = find(words, GREETINGS).some(({ places }) => places[0] === 0);
  const known = (word: Word) => HARMLESS.has(word.text) || HARMLESS.has(word.umlauts) || small(word.text);
  const strangers = words.filter(
    (word, place) =>
      !known(word) &&
      !(greets && place === 1) && // "Hello Rosa, …"
      !(word.text === "free" && words[place - 1]?.text === "feel"), // alone it would be a price
  );
  const said = words.some((word) => HARMLESS.has(word.text));
  if (said && strangers.length === 0) return true;
  if (greets && words.length <= 5 && strangers.length <= 2) return true; // "Dear Ms Rosa Lind"
  if (customerText === null) return false;
  const opens = (index: typeof FRAMES) => find(words, index).some(({ places }) => (places[0] ?? 0) < OPENING_WORDS);
  if (opens(REQUESTS)) return true;
  const decides = words.some((word) => DECIDING.test(word.text));
  const topic = new Set(termsOf(customerText).flatMap(({ whole, weaker }) => [whole, ...weaker]));
  const named = new Set(
    termsOf(text, languageOf(text)).flatMap(({ word, whole, weaker }) =>
      topic.has(whole) || weaker.some((form) => topic.has(form)) ? [word] : [],
    ),
  );
  const unsaid = strangers.filter(({ text: word }) => !named.has(word) && !topic.has(word));
  if (opens(FRAMES) && unsaid.length === 0) return true;
  return !decides && unsaid.length <= FEW_STRANGERS && strangers.length < words.length * FEW_AMONG;
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
  thank|thanks; sorry; apologise|apologize; apologies; understand; colleague|specialist .. will|can .. check|look|confirm|review|get|reply|answer; i'll|we'll|i|we .. pass|forward|look|check; does not|doesn't|don't .. say|know|have|find; could not|couldn't find; not .. sure|certain; feel free; regarding; concerning; as for; waiting
  danke; dank; leid; entschuldigen; entschuldigung; verstehen; kollegin|kollege .. wird|pruft|sieht|meldet; dazu|daruber .. keine|nichts; leider .. keine|nichts|nicht; gebe|geben|leite|leiten .. weiter; bezuglich; was .. betrifft
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
  assist assistance support anytime information feel information inform know confirm hearing happen happened experience
  tut tun sei wird mucho tenga lo muito esteja tenha
  completely totally fully really absolutely certainly definitely walk guide explain through step steps clear unclear unsure find found finding search searched able unable documentation
  documents article articles page guide guides help knowledge base cover covers covered describe described describes mention mentions mentioned case particular specific exact exactly situation
  responsible relevant appropriate department member expert specialists follow following asap possible possibly works working work confirm see seen below above solve solves 
  resolve resolves problem problems issues continue continues persist persists persisting reply replying way ways make makes sure right correct best accurate caused causing cause
  checking looking reviewing investigating photo photos picture pictures screenshot video feedback important valuable value waiting wait sorted sort first second third last next other others
  regarding concerning about according based point points short summary briefly quick quickly simply just today already currently moment minute bit little while time gladly sincerely truly
  thought thoughts mean means like want wanted need needed needs needing provide provided providing share shared sharing give gives giving let lets letting tell told telling ask asked asking
  answer answered answers cannot can't possible unfortunately however meanwhile therefore so such bear bearing wonderful perfect lovely fine okay ok understood apology frustration disappointing
  disappointment disappointed unpleasant stressful hassle worry worried worrying concerned concerns reason reasons apologize apologise promptly later
  wonder appreciated reading read write wrote written describes describing reported report reporting raising raised bringing attention continue patience overview detail detailed
  vollkommen vollig absolut sicherlich wirklich durch schritt schritte erklaren erklart unklar klar finde finden gefunden suche angaben angabe artikel artikeln anleitung anleitungen dokumentation
  hilfeseite seite beschrieben beschreibt erwahnt fall konkret konkreten genauen situation zustandige zustandigen zustandiges verantwortliche abteilung mitarbeiter mitarbeiterin fachkollegen spezialisten
  moglich moglichst funktioniert bestatigen siehe unten oben folgenden folgende folgt losen problem probleme weiterhin bestehen besteht antworten sicher sicherstellen richtig richtige
  richtigen verursacht foto fotos bild bilder ruckmeldung wichtig warten wartezeit erste ersten zweite zweiten dritte letzte nachste nachsten bezuglich hinsichtlich betreffend zusammengefasst kurz
  momentan derzeit aktuell augenblick gerade zeit geben gibt brauchen benotigen benotigt bekommen erhalten fragen gefragt beantworten leider jedoch daher deshalb verstandlich verstandnis
  verstehe frustrierend enttauschend schade sorge sorgen grund ubersicht vorgehen gehen hoffe hoffen hilft schicken senden zusenden mitteilen weitergegeben weitergeleitet weitergebe angelegenheit
  wunschen wunsche schonen tag woche wochenende gut guten wunderbar prima perfekt alles
  completamente totalmente paso pasos explicar explicarle claro encontrar encontrado encontramos encuentro articulo articulos documentacion guia pagina informacion caso concreto exacto situacion
  responsable departamento experto especialistas seguir siguiente siguientes funciona confirmar ver abajo arriba resolver resuelve problema problemas continua persiste forma manera
  asegurar asegurarnos correcto correcta causado causadas foto fotos imagen captura importante esperando espera primera segunda tercera ultima respecto sobre resumen ahora momento tiempo dar damos
  necesita necesitamos facilitar pasado pasamos transmitido equipo correspondiente entiendo frustrante comprensible lamentable desafortunadamente sin embargo mientras razon favor permita permitame
  hacer saber escribir escribirnos escribanos enviarnos enviar preocupe encantado encantada
  completement totalement tout fait etape etapes expliquer clair trouver trouve trouvons trouvee article articles documentation guide page informations cas precis exact situation responsable service
  competent expert suivre suivant suivante suivantes fonctionne confirmer voir dessous dessus resoudre probleme problemes persiste facon maniere assurer correct correcte cause causee
  photo photos image capture important attendre attente premiere deuxieme seconde troisieme derniere concernant sujet resume maintenant moment temps donner besoin transmis transmise votre frustrant
  comprehensible malheureusement toutefois cependant raison permettez faire savoir ecrire envoyer inquietez comprends ravi ravie volontiers
  completamente passo passos explicar claro encontrar encontrei encontramos artigo artigos documentacao guia pagina informacoes caso especifico exato situacao responsavel setor departamento especialistas
  seguir seguinte seguintes funciona confirmar ver abaixo acima resolver problema problemas continuar persistir forma maneira garantir certo correto causado foto fotos imagem
  importante aguardando espera primeira segunda terceira ultima sobre resumo agora momento tempo dar precisar precisamos encaminhei encaminhado encaminhamos equipe entendo frustrante compreensivel
  infelizmente porem enquanto razao permita fazer saber escrever enviar preocupe
  hallo danke dank vielen herzlichen herzlich nachricht anfrage hinweis frage fragen anliegen mitteilung ruckmeldung geduld entschuldigen entschuldigung leid bedauern bedaure unannehmlichkeiten
  umstande kollegin kollege kollegen team fachabteilung sieht sehen schaut schauen pruft prufen meldet melden kummert kummern antwortet antworten antwort beantwortet genauer genau schnellstmoglich zeitnah
  bald gern gerne einfach falls freundlichen freundliche grussen grusse gruss liebe lieben beste besten sehr geehrte geehrter verstehen argerlich freuen freut weiter weitergeleitet weiterhelfen helfen helfe hilft hilfe
  bestellnummer bestellung nachsehen teilen nennen leider information informationen liegt vor schonen jederzeit verfugung weitere weiteren stehen bitte herr frau
  hola gracias agradecemos mensaje consulta pregunta preguntas correo paciencia aviso disculpe disculpas disculpen sentimos lamento lamentamos siento molestias companero companera companeros equipo especialista
  revisar revisara revisaremos comprobara comprobar contacto pondra responda responde respondera conteste respuesta responder detalle breve pronto posible saludo saludos cordial cordiales atentamente estimado estimada
  entendemos gusto ayudar ayudarle ayuda vamos avisarnos numero pedido quedamos disposicion cualquier duda dudas indicarnos podria esperamos haya excelente dia
  bonjour bonsoir soit soient encore arrive arrivee arrives merci remercions remercie message demande question questions patience retour desoles desole desolee excuser excuses desagrement veuillez regrettons collegue collegues equipe specialiste
  regarder examiner examinera verifier verifiera reviendra repondra repondez repond reponse pres rapidement bientot simplement cordialement salutations cher chere comprenons plaisir aider signale signaler allons
  numero commande hesitez hesitez recontacter contacter souhaite souhaitons excellente journee disposition pourriez indiquer apprendre va delais meilleurs
  ola obrigado obrigada agradecemos mensagem pergunta perguntas contacto contato paciencia retorno aviso desculpa desculpas desculpe lamentamos lamento sentimos incomodo transtorno pedimos colega colegas equipe equipa especialista
  verificar analisar analisa analisara ira entrara responder respondera resposta responda basta breve melhor detalhe cumprimentos atenciosamente prezado prezada entendemos prazer ajudar avisar vamos
  numero pedido ficamos disposicao qualquer duvida duvidas retornara informar poderia otimo excelente dia vai`)
    .trim()
    .split(/\s+/),
);
